//! Rows as CSV (RFC 4180) for a spreadsheet or a script: a header always, an absent value as an empty cell.
//! It writes to memory only, and never touches a number.

use csv::{Terminator, WriterBuilder};

use super::columns::{COLUMNS, Value};
use crate::insight::Insight;

/// How the CSV is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// One ASCII character.
    pub delimiter: u8,
    /// A byte order mark and CRLF, which make Excel read UTF-8.
    pub excel: bool,
    pub header: bool,
    /// Leave text that a spreadsheet would run as a formula as it is.
    pub raw_text: bool,
}

pub fn render(rows: &[Insight<'_>], style: Style) -> anyhow::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(256 + rows.len() * 160);
    if style.excel {
        start.extend_from_slice(b"\xef\xbb\xbf");
    }
    let mut writer = WriterBuilder::new()
        .delimiter(style.delimiter)
        .terminator(if style.excel { Terminator::CRLF } else { Terminator::Any(b'\n') })
        .from_writer(start);
    // The writer itself would leave the header out where there are no rows.
    if style.header {
        writer.write_record(COLUMNS.iter().map(|column| column.name))?;
    }
    for row in rows {
        for column in &COLUMNS {
            match (column.value)(row) {
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

/// Whether a spreadsheet would take the text for a formula (source: OWASP, "CSV Injection").
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}
