//! The list of the partner's customers, in any format made of rows.
//! It reads no answer.

use super::row::Row;
use super::totals::{Figures, Totals};
use super::writer::{Heading, Part, Writer};
use crate::failure::Failure;

/// Renders the list of the partner's customers: `rows` are those kept of `customers` in all.
///
/// # Errors
/// Those of the format.
pub fn list(rows: &[Row<'_>], customers: usize, mut writer: Box<dyn Writer>) -> Result<Vec<u8>, Failure> {
    let mut visit = |show: &mut dyn FnMut(&Row<'_>)| {
        rows.iter().for_each(show);
        Ok(Figures::default())
    };
    let begin = writer.begin();
    let rows = writer.rows(Part { heading: Heading::List(customers), body: "", is_only: false, visit: &mut visit })?;
    Ok([begin, rows.concat(), writer.end(&Totals::default(), &[])?].concat())
}
