//! Rows as JSON lines: one object per row with the fields of the CSV, an absent value as `null`.
//! It never changes the digits of a number.

use std::borrow::Cow;

use super::columns::Value;
use super::shape::Field;
use super::writer::{Chunks, Look, Part, Writer};
use crate::failure::Failure;

pub struct Jsonl {
    look: Look,
    columns: Vec<Field>,
}

impl Jsonl {
    pub fn new(look: Look) -> Self {
        let columns = look.columns.clone().unwrap_or_else(|| look.layout.columns());
        Self { look, columns }
    }
}

impl Writer for Jsonl {
    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let mut lines = Vec::new();
        part.rows(|row| {
            line(
                self.columns.iter().map(|Field(column)| (column.name, (column.value)(row, self.look.today))),
                &mut lines,
            );
        })?;
        Ok(vec![Cow::Owned(lines)])
    }
}

/// Adds one object with these members.
fn line<'a>(members: impl IntoIterator<Item = (&'static str, Value<'a>)>, lines: &mut Vec<u8>) {
    for (index, (name, value)) in members.into_iter().enumerate() {
        lines.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(b"\":");
        match value {
            Value::Absent => lines.extend_from_slice(b"null"),
            Value::Number(number) => lines.extend_from_slice(number.as_bytes()),
            Value::Text(text) => {
                // Writing to memory cannot fail.
                let _ = serde_json::to_writer(&mut *lines, &text);
            }
        }
    }
    lines.extend_from_slice(b"}\n");
}
