//! What every format does: it gets the rows of one customer after another, and returns bytes.
//! It knows no format.

use std::borrow::Cow;

use jiff::civil::Date;

use super::row::Row;
use super::shape::{Field, Layout};
use super::totals::{Figures, Totals};
use crate::failure::Failure;

/// How a report should look; each format takes what it needs.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Look {
    /// Those asked for; `None` for the format's default.
    pub columns: Option<Vec<Field>>,
    pub layout: Layout,
    /// The UTC day from which ages are counted.
    pub today: Date,
    /// Whether there can only be one customer: totals and arrays are for several.
    pub is_one: bool,
    /// Whether a filter may hide rows.
    pub is_filtered: bool,
    /// The options that shape the rows, each with its value: without a path or an address.
    pub options: Vec<(&'static str, String)>,
    pub header: bool,
    /// The width of the terminal; `None` for as wide as needed.
    pub width: Option<u16>,
    pub color: bool,
    /// Between CSV cells: one ASCII character.
    pub delimiter: u8,
    /// CSV with CRLF and a byte order mark, so that Excel reads it as UTF-8.
    pub excel: bool,
    /// Whether formula-like CSV cells are left unescaped.
    pub raw_text: bool,
}

/// A format. If a customer's rows cannot be read, nothing is written for that customer.
pub trait Writer {
    /// Whether it is for people, who want a customer's rows together, with totals.
    fn is_for_people(&self) -> bool {
        false
    }

    /// Whether the output so far is worth having if the rest is missing: rows are, an answer in pages is not.
    fn is_of_use_in_part(&self) -> bool {
        true
    }

    /// Whether it also shows one row per product of the same rows.
    fn has_products(&self) -> bool {
        false
    }

    /// The products of a customer, whose rows come next.
    fn products(&mut self, _products: &[Row<'_>]) {}

    /// What comes before the first customer, or before the end if there are no customers.
    fn begin(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// The rows of a customer.
    ///
    /// # Errors
    /// If its rows cannot be read; the format is then unchanged.
    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure>;

    /// What follows the last customer. `warnings` are those of the run, for formats that show them.
    ///
    /// # Errors
    /// If the report is more than the format can hold, or than the disk can.
    fn end(&mut self, _totals: &Totals, _warnings: &[String]) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }

    /// What is odd about the report in this format.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// What completes the output so far, if the run ends early.
    fn interrupted(&self) -> &'static [u8] {
        b""
    }
}

/// Bytes to write in order: a body is never copied.
pub type Chunks<'b> = Vec<Cow<'b, [u8]>>;

/// The customer or customers of some rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading<'h> {
    /// One customer's, with the id that was asked for.
    Customer(Option<&'h str>),
    /// The rows of this many customers, sorted together.
    All(usize),
    /// The list of customers itself, out of this many.
    List(usize),
}

/// Rows that a format shows together.
pub struct Part<'p, 'b> {
    pub heading: Heading<'p>,
    /// The body that the rows came from, if any.
    pub body: &'b str,
    /// Whether it is the only body of the report.
    pub is_only: bool,
    pub(super) visit: Visit<'p>,
}

/// Passes on rows one by one, then returns their totals.
pub(super) type Visit<'p> = &'p mut dyn FnMut(&mut dyn FnMut(&Row<'_>)) -> Result<Figures, Failure>;

impl Part<'_, '_> {
    /// Visits the rows to be shown, in order. Must be called once, even by a format that shows no rows, since rows are
    /// checked only here. Returns their totals, which are counted only for formats for people.
    ///
    /// # Errors
    /// If a row cannot be read: then nothing of the part may be written.
    pub fn rows(self, mut show: impl FnMut(&Row<'_>)) -> Result<Figures, Failure> {
        (self.visit)(&mut show)
    }
}
