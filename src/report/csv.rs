//! Rows as CSV (RFC 4180) for a spreadsheet or a script: a header always, an absent value as an empty cell.
//! It writes to memory only, and never touches a number.

use csv::{Terminator, WriterBuilder};
use jiff::civil::Date;

use super::columns::{Field, Value};
use crate::insight::Insight;

/// How the CSV is written.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Style {
    /// One ASCII character.
    pub delimiter: u8,
    /// CRLF, and a byte order mark, which makes Excel read UTF-8.
    pub excel: bool,
    /// Whether the byte order mark is still to be written.
    pub mark: bool,
    pub header: bool,
    /// Leave text that a spreadsheet would run as a formula as it is.
    pub raw_text: bool,
}

/// Rows, with or without what starts a file.
///
/// # Errors
/// None that a writer to memory can have.
pub fn render(rows: &[&Insight<'_>], columns: &[Field], today: Date, style: Style) -> anyhow::Result<Vec<u8>> {
    let names = columns.iter().map(|Field(column)| column.name);
    let cells = rows.iter().map(|row| columns.iter().map(|Field(column)| (column.value)(row, today)));
    write(names, cells, 256 + rows.len() * 160, style)
}

/// Rows of texts under these names.
///
/// # Errors
/// None that a writer to memory can have.
pub fn plain(names: &[&str], rows: &[[Option<&str>; 4]], style: Style) -> anyhow::Result<Vec<u8>> {
    write(names.iter().copied(), rows.iter().map(|row| row.iter().copied().map(Value::text)), 0, style)
}

fn write<'a, Row: Iterator<Item = Value<'a>>>(
    names: impl Iterator<Item = &'a str>,
    rows: impl Iterator<Item = Row>,
    capacity: usize,
    style: Style,
) -> anyhow::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(capacity);
    if style.excel && style.mark {
        start.extend_from_slice(b"\xef\xbb\xbf");
    }
    let mut writer = WriterBuilder::new()
        .delimiter(style.delimiter)
        .terminator(if style.excel { Terminator::CRLF } else { Terminator::Any(b'\n') })
        .from_writer(start);
    // The writer itself would leave the header out where there are no rows.
    if style.header {
        writer.write_record(names)?;
    }
    for row in rows {
        for value in row {
            match value {
                Value::Absent => writer.write_field("")?,
                Value::Number(number) => writer.write_field(number.as_bytes())?,
                Value::Text(text) if is_formula(&text) && !style.raw_text => writer.write_field(format!("'{text}"))?,
                Value::Text(text) => writer.write_field(text.as_bytes())?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer.into_inner()?)
}

/// Whether a spreadsheet would take the text for a formula (source: OWASP, "CSV Injection"), also behind blanks.
fn is_formula(text: &str) -> bool {
    // Almost no text needs a closer look.
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return false;
    }
    let is_blank = |char: &char| char.is_whitespace() && !char.is_control();
    let first = text.chars().find(|char| !is_blank(char));
    first.is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') || first.is_control())
}

/// The text of a cell that may be from a CSV of ours, without the sign that disarmed it.
pub fn as_it_was(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}
