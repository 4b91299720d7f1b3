//! Makes text from outside harmless for a terminal: characters that could move the cursor, hide or reorder text are shown
//! as `\u{…}`; and knows names that are harmful as files. It drops nothing, and is not used for CSV or JSON.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every control, invisible or reordering character shown as its code point.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    // Almost all text is printable ASCII: one pass over the bytes, no copy.
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    // The previous character, if it is shown as is.
    let mut before = None;
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        let hidden = match char {
            ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => !joins(before, rest.clone().next()),
            VARIATION_SELECTOR_1..=VARIATION_SELECTOR_16 => !varies(before, rest.clone().next()),
            _ => is_hidden(char),
        };
        if hidden {
            // Writing to a String cannot fail.
            let _ = write!(cleaned, "\\u{{{:x}}}", u32::from(char));
        } else {
            cleaned.push(char);
        }
        before = (!hidden).then_some(char);
    }
    Cow::Owned(cleaned)
}

/// Whether Windows takes a file of this name for a device, with or without an ending (source: Microsoft Learn, "Naming Files,
/// Paths, and Namespaces").
pub fn is_device(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered.is_some_and(|number| {
            let mut chars = number.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
}

/// The cleaned text, cut to `limit` characters; a cut is marked with `…`.
pub fn sanitize_cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", sanitize(&text[..end])),
        None => sanitize(text).into_owned(),
    }
}

/// The text with its HTML entities decoded: all numeric ones, and the named ones for ASCII and the no-break space. The
/// service writes no others, and a table of all names would be a twentieth of the program.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let (start, mut rest) = text.split_at(first);
    let mut decoded = start.to_owned();
    while let Some(char) = rest.chars().next() {
        let (char, length) = decode_entity(rest).unwrap_or((char, char.len_utf8()));
        decoded.push(char);
        rest = &rest[length..];
    }
    Cow::Owned(decoded)
}

/// The character that an entity at the start of the text stands for, and the length of the entity.
pub fn decode_entity(text: &str) -> Option<(char, usize)> {
    // The longest is `&#x10ffff;`, or `&#1114111;`.
    let length = text.bytes().take(10).position(|byte| byte == b';')?;
    let char = match text[..length].strip_prefix('&')? {
        "excl" => '!',
        "quot" | "QUOT" => '"',
        "num" => '#',
        "dollar" => '$',
        "percnt" => '%',
        "amp" | "AMP" => '&',
        "apos" => '\'',
        "lpar" => '(',
        "rpar" => ')',
        "ast" => '*',
        "plus" => '+',
        "comma" => ',',
        "period" => '.',
        "sol" => '/',
        "colon" => ':',
        "semi" => ';',
        "lt" | "LT" => '<',
        "equals" => '=',
        "gt" | "GT" => '>',
        "quest" => '?',
        "commat" => '@',
        "lsqb" | "lbrack" => '[',
        "bsol" => '\\',
        "rsqb" | "rbrack" => ']',
        "Hat" => '^',
        "lowbar" => '_',
        "grave" => '`',
        "lcub" | "lbrace" => '{',
        "verbar" | "vert" => '|',
        "rcub" | "rbrace" => '}',
        "nbsp" => '\u{a0}',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            // `parse` alone would accept a sign too; and control characters stay encoded.
            char::from_u32(code.ok()?).filter(|char| !char.is_control() && !number.contains('+'))?
        }
    };
    Some((char, length + 1))
}

/// Whether a spreadsheet would run the text as a formula (source: OWASP, "CSV Injection"), even after blanks.
pub fn is_formula(text: &str) -> bool {
    // Most text needs no closer look.
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return false;
    }
    let is_blank = |char: &char| char.is_whitespace() && !char.is_control();
    let first = text.chars().find(|char| !is_blank(char));
    first.is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') || first.is_control())
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const VARIATION_SELECTOR_1: char = '\u{fe00}';
const VARIATION_SELECTOR_16: char = '\u{fe0f}';

/// Control characters, and those that are invisible or reorder text wherever they are.
fn is_hidden(char: char) -> bool {
    matches!(char,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}'
        | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a joiner has something to join: emoji, and scripts that use joiners, are never ASCII or white space.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let is_letter = |char: char| !char.is_ascii() && !char.is_whitespace() && !is_hidden(char) && !is_joiner(char);
    before.is_some_and(is_letter) && after.is_some_and(|after| is_letter(after) && !is_selector(after))
}

/// Whether a variation selector follows what it varies (source: Unicode's `StandardizedVariants.txt` and
/// `emoji-variation-sequences.txt`): a symbol, an ideograph, an emoji, or the digit of a keycap. After anything else it is
/// invisible and could carry hidden text.
fn varies(before: Option<char>, after: Option<char>) -> bool {
    const KEY: char = '\u{20e3}';
    before.is_some_and(|before| match before {
        '0'..='9' | '#' | '*' => after == Some(KEY),
        '©' | '®' => true,
        before => before >= '\u{1000}' && !before.is_whitespace() && !is_joiner(before) && !is_selector(before),
    })
}

fn is_joiner(char: char) -> bool {
    matches!(char, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

fn is_selector(char: char) -> bool {
    matches!(char, VARIATION_SELECTOR_1..=VARIATION_SELECTOR_16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_shown_as_its_code_point() {
        for (text, shown) in [
            ("plain & simple", "plain & simple"),
            ("\x1b[2Jgone", "\\u{1b}[2Jgone"),
            ("two\nlines\r\t\x7f", "two\\u{a}lines\\u{d}\\u{9}\\u{7f}"),
            ("C1 \u{9b}31m", "C1 \\u{9b}31m"),
            ("bidi \u{202e}cod.exe", "bidi \\u{202e}cod.exe"),
            ("isolate \u{2066}x\u{2069}", "isolate \\u{2066}x\\u{2069}"),
            ("\u{feff}bom \u{200b}zero", "\\u{feff}bom \\u{200b}zero"),
            ("tag \u{e0041}", "tag \\u{e0041}"),
            ("mark \u{61c}\u{180e}\u{200e}\u{2028}", "mark \\u{61c}\\u{180e}\\u{200e}\\u{2028}"),
            ("Zürich 株式会社 שלום", "Zürich 株式会社 שלום"),
        ] {
            assert_eq!(sanitize(text), shown);
        }
    }

    #[test]
    fn a_joiner_stays_only_where_it_joins() {
        assert_eq!(sanitize("👩\u{200d}💻"), "👩\u{200d}💻");
        assert_eq!(sanitize("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(sanitize("pay\u{200d}pal"), "pay\\u{200d}pal");
        assert_eq!(sanitize("end\u{200d}"), "end\\u{200d}");
        assert_eq!(sanitize("\u{200c}start"), "\\u{200c}start");
        assert_eq!(sanitize("é\u{200d}\u{200d}é"), "é\\u{200d}\\u{200d}é");
    }

    #[test]
    fn what_is_invisible_is_shown_wherever_it_stands() {
        let ranges = [
            (0x00, 0x1f),
            (0x7f, 0x9f),
            (0xad, 0xad),
            (0x34f, 0x34f),
            (0x61c, 0x61c),
            (0x115f, 0x1160),
            (0x17b4, 0x17b5),
            (0x180b, 0x180f),
            (0x200b, 0x200f),
            (0x2028, 0x202e),
            (0x2060, 0x206f),
            (0x3164, 0x3164),
            (0xfe00, 0xfe0f),
            (0xfeff, 0xfeff),
            (0xffa0, 0xffa0),
            (0xfff0, 0xfffb),
            (0xe0000, 0xe0fff),
        ];
        for char in ('\0'..='\u{1ffff}').chain('\u{dff00}'..='\u{e10ff}') {
            let code = u32::from(char);
            let hidden = ranges.iter().any(|(first, last)| (*first..=*last).contains(&code));
            let shown = if hidden { format!("a\\u{{{code:x}}}b") } else { format!("a{char}b") };
            assert_eq!(sanitize(&format!("a{char}b")), shown);
        }
    }

    #[test]
    fn a_variation_selector_stays_only_behind_what_it_varies() {
        for kept in ["❤\u{fe0f}", "❤\u{fe0f}\u{200d}🔥", "1\u{fe0f}\u{20e3}", "©\u{fe0f}", "葛\u{fe00}", "∩\u{fe00}"]
        {
            assert_eq!(sanitize(kept), kept);
        }
        for (text, shown) in [
            ("\u{fe0f}x", "\\u{fe0f}x"),
            ("1\u{fe0f}", "1\\u{fe0f}"),
            ("é\u{fe01}", "é\\u{fe01}"),
            ("❤\u{fe0f}\u{fe01}\u{fe02}", "❤\u{fe0f}\\u{fe01}\\u{fe02}"),
            ("\u{200b}\u{fe0f}", "\\u{200b}\\u{fe0f}"),
            ("\u{3000}\u{fe0f}", "\u{3000}\\u{fe0f}"),
            ("👩\u{200d}\u{fe0f}", "👩\\u{200d}\\u{fe0f}"),
            ("葛\u{e0100}", "葛\\u{e0100}"),
        ] {
            assert_eq!(sanitize(text), shown);
        }
    }

    #[test]
    fn entities_are_decoded_and_what_only_looks_like_one_is_left() {
        for (text, decoded) in [
            ("We&#39;re sorry", "We're sorry"),
            ("&lt;a&gt; &amp;amp; &quot;b&quot;&nbsp;&apos;c&apos;", "<a> &amp; \"b\"\u{a0}'c'"),
            ("&#220;ber &#xFC;&#X1F4BB;", "Über ü💻"),
            ("AT&T; R&D &", "AT&T; R&D &"),
            (
                "&#; &#x; &#+39; &#27; &#xD800; &#1114112; &nosuch; &#ü;",
                "&#; &#x; &#+39; &#27; &#xD800; &#1114112; &nosuch; &#ü;",
            ),
            ("plain", "plain"),
        ] {
            assert_eq!(decode_entities(text), decoded);
        }
    }

    #[test]
    fn a_cut_is_visible_and_counts_characters() {
        assert_eq!(sanitize_cut("äöü", 3), "äöü");
        assert_eq!(sanitize_cut("äöü\u{1b}", 3), "äöü…");
    }
}
