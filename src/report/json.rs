//! The service's own answer, verbatim: one body, or an array with one element per customer.
//! It never re-serialises: a body stays the same to the byte.

use std::borrow::Cow;

use super::totals::Totals;
use super::writer::{Chunks, Heading, Part, Writer};
use crate::failure::Failure;

#[derive(Default)]
pub struct Json {
    /// Whether the only body was written.
    is_alone: bool,
    elements: usize,
}

impl Writer for Json {
    fn is_of_use_in_part(&self) -> bool {
        false
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let Part { heading, body, is_only, .. } = part;
        part.rows(|_| {})?;
        let is_empty = body.trim_ascii().is_empty();
        if is_only {
            self.is_alone = true;
            let body = if is_empty { "null" } else { body };
            let newline = if body.ends_with('\n') { "" } else { "\n" };
            return Ok(vec![Cow::Borrowed(body.as_bytes()), Cow::Borrowed(newline.as_bytes())]);
        }
        let start = if self.elements == 0 { "[\n" } else { ",\n" };
        let id = match heading {
            Heading::Customer(Some(id)) => serde_json::Value::from(id).to_string(),
            Heading::Customer(None) | Heading::All(_) | Heading::List(_) => "null".to_owned(),
        };
        let body = if is_empty { "null" } else { body.trim_ascii_end() };
        self.elements += 1;
        let start = format!("{start}{{\"customerId\":{id},\"response\":").into_bytes();
        Ok(vec![Cow::Owned(start), Cow::Borrowed(body.as_bytes()), Cow::Borrowed(b"}")])
    }

    fn end(&mut self, _: &Totals, _: &[String]) -> Result<Vec<u8>, Failure> {
        Ok(match self.elements {
            _ if self.is_alone => Vec::new(),
            0 => b"[]\n".to_vec(),
            _ => CLOSING.to_vec(),
        })
    }

    fn interrupted(&self) -> &'static [u8] {
        if self.elements == 0 { b"" } else { CLOSING }
    }
}

const CLOSING: &[u8] = b"\n]\n";
