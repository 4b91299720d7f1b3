//! Rows as CSV (RFC 4180) for a spreadsheet or a script: an absent value is an empty cell.
//! It never changes a number.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

use super::columns::Value;
use super::shape::Field;
use super::writer::{Chunks, Look, Part, Writer};
use crate::failure::Failure;
use crate::sanitize::is_formula;

pub struct Csv {
    look: Look,
    columns: Vec<Field>,
}

impl Csv {
    pub fn new(look: Look) -> Self {
        let columns = look.columns.clone().unwrap_or_else(|| look.layout.columns());
        Self { look, columns }
    }
}

impl Writer for Csv {
    fn begin(&mut self) -> Vec<u8> {
        start(self.columns.iter().map(|Field(column)| column.name), &self.look)
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let mut records = Records::new(&self.look);
        part.rows(|row| records.add(self.columns.iter().map(|Field(column)| (column.value)(row, self.look.today))))?;
        Ok(vec![Cow::Owned(records.into_bytes())])
    }
}

/// The start of a file: byte order mark and header.
fn start<'a>(names: impl Iterator<Item = &'a str>, look: &Look) -> Vec<u8> {
    let mut records = Records::new(look);
    // The crate would leave out the header if there are no rows.
    if look.header {
        // These names are ours and need no escaping.
        records.add(names.map(|name| Value::Number(name.into())));
    }
    let mark: &[u8] = if look.excel { b"\xef\xbb\xbf" } else { b"" };
    [mark, &records.into_bytes()].concat()
}

/// Builds CSV records.
struct Records {
    writer: csv::Writer<Vec<u8>>,
    raw_text: bool,
}

impl Records {
    fn new(look: &Look) -> Self {
        let writer = WriterBuilder::new()
            .delimiter(look.delimiter)
            .terminator(if look.excel { Terminator::CRLF } else { Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        Self { writer, raw_text: look.raw_text }
    }

    fn add<'a>(&mut self, values: impl Iterator<Item = Value<'a>>) {
        // Writing to memory cannot fail, and all rows of a format have the same length.
        for value in values {
            let _ = match value {
                Value::Absent => self.writer.write_field(""),
                Value::Number(number) => self.writer.write_field(number.as_bytes()),
                Value::Text(text) if is_formula(&text) && !self.raw_text => self.writer.write_field(format!("'{text}")),
                Value::Text(text) => self.writer.write_field(text.as_bytes()),
            };
        }
        let _ = self.writer.write_record(None::<&[u8]>);
    }

    fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().unwrap_or_default()
    }
}
