//! Reads files, standard input and CSV, in UTF-8 or UTF-16. CSV is read strictly: a mistake gives an error with its line, and
//! never loses a row. It knows no columns but by the names that it is asked for.

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

/// The text of a file without its byte order mark; `name` is the file's in errors.
///
/// # Errors
/// `Usage`, naming the line, if it is not UTF-8.
pub fn text<'b>(bytes: &'b [u8], name: &str) -> Result<&'b str, Failure> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (text, end) = match str::from_utf8(bytes) {
        // Other encodings of two or four bytes have such bytes, and no text has.
        Ok(text) => (text, text.find('\0')),
        Err(error) => ("", Some(error.valid_up_to())),
    };
    let Some(end) = end else { return Ok(text) };
    let line = String::from_utf8_lossy(&bytes[..end]).matches('\n').count() + 1;
    Err(Failure::usage(format!("line {line} of {name} is not UTF-8")).hint("save the file as CSV UTF-8"))
}

/// A CSV whose columns are found by name.
pub struct Table {
    name: String,
    header: StringRecord,
    records: Vec<(u64, StringRecord)>,
    /// Whether a comma is free to be a decimal sign.
    pub has_decimal_comma: bool,
}

impl Table {
    /// Reads a CSV with a header; its delimiter, a comma, semicolon or tab, is the one that makes the most columns.
    ///
    /// # Errors
    /// The file system's, and `Usage`, naming the line, for a wrong encoding, quote, or number of cells.
    pub fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let (bytes, name) = read(path)?;
        Ok(Self::parse(&bytes, name)?)
    }

    fn parse(bytes: &[u8], name: String) -> Result<Self, Failure> {
        let text = text(bytes, &name)?;
        let columns = |delimiter: &u8| {
            let mut reader = ReaderBuilder::new().delimiter(*delimiter).from_reader(text.as_bytes());
            reader.headers().map_or(0, StringRecord::len)
        };
        // The first of equal ones is the last that `max_by_key` sees.
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(columns).unwrap_or(b',');
        let (header, mut records) = records(text, delimiter, &name)?;
        // Spreadsheets leave rows of empty cells behind.
        records.retain(|(_, record)| record.iter().any(|cell| !cell.trim().is_empty()));
        for (line, record) in &records {
            if record.iter().skip(header.len()).any(|cell| !cell.trim().is_empty()) {
                let message =
                    format!("line {line} of {name} has {} cells under {} columns", record.len(), header.len());
                return Err(Failure::usage(message).hint("a cell that contains the delimiter is put in quotes"));
            }
        }
        Ok(Self { name, header, records, has_decimal_comma: delimiter != b',' })
    }

    /// The place of the column with this name, ignoring case; `None` if there is none.
    ///
    /// # Errors
    /// `Usage` if there are several.
    pub fn column(&self, name: &str) -> Result<Option<usize>, Failure> {
        let is_named = |column: &str| as_it_was(column).trim().eq_ignore_ascii_case(name);
        let mut places = self.header.iter().enumerate().filter(|(_, column)| is_named(column)).map(|(place, _)| place);
        match (places.next(), places.next()) {
            (Some(_), Some(_)) => Err(Failure::usage(format!("{} has two columns `{name}`", self.name))),
            (place, _) => Ok(place),
        }
    }

    /// The error for a column that is missing; `columns` are all that are needed.
    pub fn lacks(&self, column: &str, columns: &str) -> Failure {
        let failure = Failure::usage(format!("{} has no column `{column}`", self.name));
        failure.hint(format!("its first line has to name the columns {columns}, in any order"))
    }

    /// The lines that are not empty, with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (u64, Cells<'_>)> {
        self.records.iter().map(|(line, record)| (*line, Cells(record)))
    }

    /// The error for a line.
    pub fn wrong(&self, line: u64, why: &str) -> Failure {
        Failure::usage(format!("line {line} of {}: {why}", self.name))
    }

    /// The file's name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The cells of a line.
#[derive(Clone, Copy)]
pub struct Cells<'t>(&'t StringRecord);

impl<'t> Cells<'t> {
    /// The text at a place, trimmed; empty if there is none.
    pub fn at(self, place: Option<usize>) -> &'t str {
        let cell = place.and_then(|place| self.0.get(place)).unwrap_or_default();
        as_it_was(cell).trim()
    }
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
    fn text_is_utf_8_and_everything_else_is_refused_with_its_line() {
        let text = |bytes: &[u8]| super::text(bytes, "file").map(str::to_owned).map_err(|failure| failure.message);
        assert_eq!(text("Zürich".as_bytes()).as_deref(), Ok("Zürich"));
        assert_eq!(text(b"\xef\xbb\xbfa").as_deref(), Ok("a"));
        assert_eq!(text(b"").as_deref(), Ok(""));
        // Without its mark, UTF-16 is not told from other encodings.
        for (bytes, line) in [(&b"a\nZ\xfcrich"[..], 2), (b"a\0\n\0b\0", 1), (b"\0a\0\n\0b", 1), (b"a\n\nb\0", 3)] {
            assert_eq!(text(bytes), Err(format!("line {line} of file is not UTF-8")), "{bytes:?}");
        }
    }

    #[test]
    fn columns_are_found_by_name_whatever_separates_them() {
        for (written, has_decimal_comma) in [
            ("product,price\nE3,9\n", false),
            ("\u{feff} PRICE ,x,\"Product\"\r\n9,y,E3\r\n,,\r\n\r\n", false),
            ("product;price\nE3;9", true),
            ("\"product\"\t\"a, b; c\"\tprice\nE3\t\t9\t\t\n", true),
            ("'=x,product,price\n,'E3,9", false),
        ] {
            let table = Table::parse(written.as_bytes(), "file".to_owned()).expect("a table");
            let at = |name: &str| table.column(name).expect("one column");
            let lines: Vec<_> =
                table.lines().map(|(line, cells)| (line, cells.at(at("product")), cells.at(at("price")))).collect();
            let product = if written.contains("'E3") { "'E3" } else { "E3" };
            assert_eq!((lines, table.has_decimal_comma), (vec![(2, product, "9")], has_decimal_comma), "{written}");
            assert_eq!(at("nothing"), None);
        }
        let refused = |written: &str| match Table::parse(written.as_bytes(), "file".to_owned()) {
            Ok(table) => table.column("price").expect_err("wrong").message,
            Err(failure) => failure.message,
        };
        assert_eq!(refused("price,Price\n"), "file has two columns `price`");
        // A decimal comma that separates.
        assert_eq!(refused("product,price\n\nE3,9,10\n"), "line 3 of file has 3 cells under 2 columns");
        assert_eq!(refused("a,b\n\"x\n"), "line 2 of file: a quote is opened and never closed");
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
