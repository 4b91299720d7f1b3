//! The service's own answer as it came, and rows as JSON lines.
//! It never parses and writes again: a body stays the same to the byte, and a number keeps its digits.

use jiff::civil::Date;

use super::columns::{Field, Value};
use crate::insight::Insight;

/// The body, byte for byte, with a final newline; an empty one is `null`.
pub fn body(body: &str) -> Vec<u8> {
    let body = if body.trim_ascii().is_empty() { "null" } else { body };
    let newline = if body.ends_with('\n') { "" } else { "\n" };
    [body, newline].concat().into_bytes()
}

/// One line of the array for many customers: the body stays as it came.
pub fn element(customer: Option<&str>, body: &str, is_first: bool) -> Vec<u8> {
    let start = if is_first { "[\n" } else { ",\n" };
    let id = customer.map_or_else(|| "null".to_owned(), |id| serde_json::Value::from(id).to_string());
    format!(
        "{start}{{\"customerId\":{id},\"response\":{}}}",
        if body.trim_ascii().is_empty() { "null" } else { body.trim_ascii_end() }
    )
    .into_bytes()
}

/// What closes the array.
pub fn end(is_empty: bool) -> Vec<u8> {
    if is_empty { b"[]\n".to_vec() } else { b"\n]\n".to_vec() }
}

/// One object a row, with the fields of the CSV; absent is `null`.
///
/// # Errors
/// None that a writer to memory can have.
pub fn lines(rows: &[&Insight<'_>], columns: &[Field], today: Date) -> anyhow::Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(rows.len() * 400);
    for row in rows {
        for (index, Field(column)) in columns.iter().enumerate() {
            lines.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
            lines.extend_from_slice(column.name.as_bytes());
            lines.extend_from_slice(b"\":");
            match (column.value)(row, today) {
                Value::Absent => lines.extend_from_slice(b"null"),
                Value::Number(number) => lines.extend_from_slice(number.as_bytes()),
                Value::Text(text) => serde_json::to_writer(&mut lines, &text)?,
            }
        }
        lines.extend_from_slice(b"}\n");
    }
    Ok(lines)
}

/// One object a row of texts.
///
/// # Errors
/// None that a writer to memory can have.
pub fn plain(columns: &[&str], rows: &[[Option<&str>; 4]]) -> anyhow::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for row in rows {
        for (index, (column, cell)) in columns.iter().zip(row).enumerate() {
            lines.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
            lines.extend_from_slice(column.as_bytes());
            lines.extend_from_slice(b"\":");
            serde_json::to_writer(&mut lines, cell)?;
        }
        lines.extend_from_slice(b"}\n");
    }
    Ok(lines)
}
