//! Wraps text to a width: at blanks, and inside a word only if there is no other way.
//! It knows no tables.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Words are cut only in terminals narrower than this.
pub const ROOM_FOR_WORDS: usize = 50;

/// Arranges pieces on lines of at most `width` columns, joined by `between`. A wider piece is cut.
pub fn wrapped<'t>(pieces: impl Iterator<Item = &'t str>, between: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for mut piece in pieces {
        if let Some(line) = lines.last_mut()
            && line.width() + between.len() + piece.width() <= width
        {
            *line += between;
            *line += piece;
            continue;
        }
        while piece.width() > width {
            let (head, rest) = piece.split_at(end_of_line(piece, width));
            lines.push(head.to_owned());
            piece = rest;
        }
        lines.push(piece.to_owned());
    }
    lines
}

/// Where to cut a word: after at least one letter, with its accents.
fn end_of_line(word: &str, width: usize) -> usize {
    const JOINER: char = '\u{200d}';
    let mut end = word.len();
    let mut before = None;
    for (at, char) in word.char_indices() {
        let may_end = char.width() != Some(0) && before.is_some_and(|before| before != JOINER);
        if may_end && word[..at].width() <= width {
            end = at;
        } else if may_end {
            break;
        }
        before = Some(char);
    }
    // If not even the first letter fits, keep it: a line must not be empty.
    if end == word.len() { first_letter(word) } else { end }
}

fn first_letter(word: &str) -> usize {
    word.char_indices().skip(1).find(|(_, char)| char.width() != Some(0)).map_or(word.len(), |(at, _)| at)
}

/// The separator between the parts of a line.
pub const DOT: &str = " · ";

/// The indent of continuation lines.
const INDENT: &str = "  ";

/// The width of an id, which is never broken, on an indented line.
const LEAST: usize = INDENT.len() + 36;

/// Breaks each line at its dots, and if that is not enough at blanks; continuation lines are indented.
pub fn paragraph(text: &str, terminal: Option<u16>) -> String {
    let Some(terminal) = terminal.map(usize::from) else { return text.to_owned() };
    let width = terminal.max(LEAST);
    let mut all: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let mut lines: Vec<String> = Vec::new();
        for part in line.split(DOT) {
            if let Some(last) = lines.last_mut()
                && last.width() + DOT.width() + part.width() <= width
            {
                *last += DOT;
                *last += part;
                continue;
            }
            let is_first = lines.is_empty();
            if is_first && part.width() <= width {
                lines.push(part.to_owned());
                continue;
            }
            let longest = part.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
            let least = if terminal < ROOM_FOR_WORDS { 0 } else { longest };
            let wrapped = wrapped(part.split(' '), " ", least.max(width - INDENT.len()));
            lines.extend(
                wrapped
                    .into_iter()
                    .enumerate()
                    .map(|(index, line)| if is_first && index == 0 { line } else { format!("{INDENT}{line}") }),
            );
        }
        all.append(&mut lines);
    }
    all.join("\n")
}
