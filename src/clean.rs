//! Makes text that other people wrote harmless for a terminal: what could move the cursor, hide or reorder letters is
//! shown as `\u{…}`. It does not judge, translate or drop anything, and reports for programs (CSV, JSON) never pass here.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every control, invisible or reordering character shown as its code point.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Almost all text is printable ASCII: one look at the bytes, no copy.
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        let hidden = match char {
            ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => !joins(before, rest.clone().next()),
            _ => is_hidden(char),
        };
        if hidden {
            // Writing to a String cannot fail.
            let _ = write!(cleaned, "\\u{{{:x}}}", u32::from(char));
        } else {
            cleaned.push(char);
        }
        before = Some(char);
    }
    Cow::Owned(cleaned)
}

/// The cleaned text, cut to `limit` characters; a cut is shown by `…`.
pub fn clean_cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", clean(&text[..end])),
        None => clean(text).into_owned(),
    }
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

fn is_hidden(char: char) -> bool {
    matches!(char,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Whether a joiner has something to join: emoji and the scripts that use joiners are never ASCII or white space.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let joinable = |char: char| {
        !char.is_ascii()
            && !char.is_whitespace()
            && !is_hidden(char)
            && !matches!(char, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
    };
    before.is_some_and(joinable) && after.is_some_and(joinable)
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
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn a_joiner_stays_only_where_it_joins() {
        assert_eq!(clean("👩\u{200d}💻"), "👩\u{200d}💻");
        assert_eq!(clean("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(clean("pay\u{200d}pal"), "pay\\u{200d}pal");
        assert_eq!(clean("end\u{200d}"), "end\\u{200d}");
        assert_eq!(clean("\u{200c}start"), "\\u{200c}start");
        assert_eq!(clean("é\u{200d}\u{200d}é"), "é\\u{200d}\\u{200d}é");
    }

    #[test]
    fn a_cut_is_visible_and_counts_characters() {
        assert_eq!(clean_cut("äöü", 3), "äöü");
        assert_eq!(clean_cut("äöü\u{1b}", 3), "äöü…");
    }
}
