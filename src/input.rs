//! Reads files, standard input and CSV, in UTF-8 or UTF-16. CSV is read strictly: a mistake gives an error with its line, and
//! never loses a row. It knows no columns.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use csv::{Position, ReaderBuilder, StringRecord};

use crate::failure::Failure;
use crate::sanitize::is_formula;

/// Reads a file: its bytes, which are UTF-8 if they were UTF-16, and its name for errors. `None` is standard input.
///
/// # Errors
/// The file system's, and `Usage` for broken UTF-16.
pub fn read(path: Option<&Path>) -> anyhow::Result<(Vec<u8>, String)> {
    let name = name_of(path);
    let mut bytes = Vec::new();
    match path {
        Some(path) => File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
        None => io::stdin().lock().read_to_end(&mut bytes),
    }
    .with_context(|| format!("cannot read {name}"))?;
    let bytes =
        utf8(bytes).ok_or_else(|| Failure::usage(format!("{name} is not valid UTF-16")).hint("save it as UTF-8"))?;
    Ok((bytes, name))
}

/// Text in UTF-16, as `>` of Windows PowerShell writes it, in UTF-8 and without its byte order mark; `None` if it is broken.
/// All else is left as it is.
pub fn utf8(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let unit = match bytes[..] {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Some(bytes),
    };
    let (pairs, half) = bytes[2..].as_chunks();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| half.is_empty()).map(String::into_bytes)
}

/// A file's name for errors; `None` is standard input.
pub fn name_of(file: Option<&Path>) -> String {
    file.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
}

/// The text of a cell, without the `'` that our own CSV puts before a formula-like text.
pub fn as_it_was(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// The header, and the records with the line that each starts on. `name` is the file's name in errors.
///
/// # Errors
/// `Usage`, naming the line, if a quote is never closed, or has text after it.
pub fn records(text: &str, delimiter: u8, name: &str) -> Result<(StringRecord, Vec<(u64, StringRecord)>), Failure> {
    const TWICE: &str = "a quote inside a quoted cell is written twice";
    check_quotes(text, delimiter)
        .map_err(|(line, why)| Failure::usage(format!("line {line} of {name}: {why}")).hint(TWICE))?;
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let wrong = |error| Failure::usage(format!("{name} is not a valid CSV: {error}"));
    let header = reader.headers().map_err(wrong)?.clone();
    let records = reader.records().map(|record| {
        let record = record.map_err(wrong)?;
        Ok((record.position().map_or(0, |position| line(text, position)), record))
    });
    Ok((header, records.collect::<Result<_, Failure>>()?))
}

/// The line of a record's first cell: the reader counts blank lines as part of the record that follows.
fn line(text: &str, position: &Position) -> u64 {
    let record = usize::try_from(position.byte()).ok().and_then(|start| text.get(start..)).unwrap_or_default();
    let ends = record.bytes().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + ends.filter(|byte| *byte == b'\n').count() as u64
}

/// The csv reader accepts an unclosed quote as one long cell, and text after a closing quote as part of the cell.
fn check_quotes(text: &str, delimiter: u8) -> Result<(), (u64, &'static str)> {
    let mut line = 1;
    let mut is_start = true;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if is_start && byte == b'"' {
            let opened = line;
            loop {
                match bytes.next() {
                    None => return Err((opened, "a quote is opened and never closed")),
                    Some(b'"') if bytes.next_if_eq(&b'"').is_none() => break,
                    Some(byte) => line += u64::from(byte == b'\n'),
                }
            }
            if bytes.peek().is_some_and(|next| !matches!(next, b'\r' | b'\n') && *next != delimiter) {
                return Err((line, "there is text after a closing quote"));
            }
        }
        line += u64::from(byte == b'\n');
        is_start = matches!(byte, b'\r' | b'\n') || byte == delimiter;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read_as_utf_8() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let little = |text: &str| units(text).into_iter().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let big = |text: &str| units(text).into_iter().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for text in ["", "a", "Löwe 🦁\r\n"] {
            assert_eq!(utf8(little(&format!("\u{feff}{text}"))).as_deref(), Some(text.as_bytes()));
            assert_eq!(utf8(big(&format!("\u{feff}{text}"))).as_deref(), Some(text.as_bytes()));
            assert_eq!(utf8(text.as_bytes().to_vec()).as_deref(), Some(text.as_bytes()));
        }
        for broken in [&b"\xff\xfea"[..], b"\xff\xfe\x3d\xd8", b"\xfe\xff\xd8\x3d\x00"] {
            assert_eq!(utf8(broken.to_vec()), None);
        }
    }

    #[test]
    fn quotes_are_closed_and_end_their_cell() {
        for text in ["", "a", "\"a\"", "\"a\"\"\",b\r\n\"\"", "a\"b,c\"\n", "\"a\n\"\n\n,\"\"", " \"a\"x"] {
            assert_eq!(check_quotes(text, b','), Ok(()), "{text}");
        }
        for (text, line, why) in [
            ("\"", 1, "a quote is opened and never closed"),
            ("a\nb,\"c\nd,\"\"e\n", 2, "a quote is opened and never closed"),
            ("\"\"\"", 1, "a quote is opened and never closed"),
            ("a\n\"b\nc\"d\n", 3, "there is text after a closing quote"),
            ("a\r\n\"b\" ,c", 2, "there is text after a closing quote"),
            ("\"a\";b", 1, "there is text after a closing quote"),
        ] {
            assert_eq!(check_quotes(text, b','), Err((line, why)), "{text}");
        }
    }
}
