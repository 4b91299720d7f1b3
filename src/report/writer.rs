//! What every format does: it is handed the rows of one customer after the other, and gives bytes.
//! It knows no format.

use std::borrow::Cow;

use jiff::civil::Date;

use super::row::Row;
use super::shape::{Field, Shape};
use super::totals::{Figures, Totals};
use crate::failure::Failure;

/// How a report is to look; each format takes what it has a use for.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Look {
    /// Those that somebody asked for; `None` is the format's own choice.
    pub columns: Option<Vec<Field>>,
    pub shape: Shape,
    /// The UTC day from which ages are counted.
    pub today: Date,
    /// Whether there may be more customers than one: totals and arrays are for several.
    pub is_one: bool,
    /// Whether rows may be left out.
    pub is_filtered: bool,
    pub header: bool,
    /// Columns of the terminal; `None` is as wide as needed.
    pub width: Option<u16>,
    pub color: bool,
    /// Between CSV cells: one ASCII character.
    pub delimiter: u8,
    /// CSV with CRLF, and with a byte order mark, which makes Excel read UTF-8.
    pub excel: bool,
    /// Leave CSV cells that a spreadsheet would run as a formula as they are.
    pub raw_text: bool,
}

/// A format. Nothing is written of a customer whose rows turn out to be unreadable.
pub trait Writer {
    /// Whether it is for people, who read the rows of a customer together, with what they come to.
    fn is_for_people(&self) -> bool {
        false
    }

    /// What comes before the first customer, and before the end where there is none.
    fn begin(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// The rows of a customer.
    ///
    /// # Errors
    /// Where its rows cannot be read; the format is then as it was before.
    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure>;

    /// What follows the last customer.
    fn end(&mut self, totals: &Totals) -> Vec<u8>;

    /// What makes whole what is written so far, where the run ends before its time.
    fn interrupted(&self) -> &'static [u8] {
        b""
    }
}

/// Bytes to write one after the other: a body is never copied.
pub type Chunks<'b> = Vec<Cow<'b, [u8]>>;

/// Whose rows they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading<'h> {
    /// One customer's, with the id that was asked for.
    Customer(Option<&'h str>),
    /// Those of so many customers, sorted together.
    All(usize),
    /// The customers themselves, of so many.
    List(usize),
}

/// Rows that a format shows together.
pub struct Part<'p, 'b> {
    pub heading: Heading<'p>,
    /// The body that the rows came in, where they came in one.
    pub body: &'b str,
    pub(super) visit: Visit<'p>,
}

/// Hands over rows one by one, and then what they come to.
pub(super) type Visit<'p> = &'p mut dyn FnMut(&mut dyn FnMut(&Row<'_>)) -> Result<Figures, Failure>;

impl Part<'_, '_> {
    /// Visits the rows that are to be shown, in their order; to be called once, also by a format that shows none, since
    /// rows are looked at only here. Gives what they come to, which is counted for formats for people alone.
    ///
    /// # Errors
    /// Where a row cannot be read: nothing of the part may be written then.
    pub fn rows(self, mut show: impl FnMut(&Row<'_>)) -> Result<Figures, Failure> {
        (self.visit)(&mut show)
    }
}
