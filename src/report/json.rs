//! The service's own answer as it came, and rows as JSON lines.
//! It never parses and writes again: a body stays the same to the byte, and a number keeps its digits.

use super::columns::{COLUMNS, Value};
use crate::insight::Insight;

/// The body, byte for byte, with a final newline; an empty one is `null`.
pub fn body(body: &str) -> Vec<u8> {
    let body = if body.trim_ascii().is_empty() { "null" } else { body };
    let newline = if body.ends_with('\n') { "" } else { "\n" };
    [body, newline].concat().into_bytes()
}

/// One object a row, with the fields of the CSV; absent is `null`.
pub fn lines(rows: &[Insight<'_>]) -> anyhow::Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(rows.len() * 400);
    for row in rows {
        for (index, column) in COLUMNS.iter().enumerate() {
            lines.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
            lines.extend_from_slice(column.name.as_bytes());
            lines.extend_from_slice(b"\":");
            match (column.value)(row) {
                Value::Absent => lines.extend_from_slice(b"null"),
                Value::Number(number) => lines.extend_from_slice(number.as_bytes()),
                Value::Text(text) => serde_json::to_writer(&mut lines, &text)?,
            }
        }
        lines.extend_from_slice(b"}\n");
    }
    Ok(lines)
}
