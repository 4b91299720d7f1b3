//! What formats for people show together: the columns and cells of a section, what stands out in it, and which sections there
//! are. It writes nothing.

use rust_decimal::Decimal;

use super::cell::{ABSENT, Cell, Emphasis};
use super::columns::{
    CUSTOMER, Column, LICENSES_ACTIVE, LICENSES_ACTIVE_CHANGE, LICENSES_IDLE, LICENSES_QUALIFIED,
    LICENSES_QUALIFIED_CHANGE, PRODUCT_NAME,
};
use super::row::Row;
use super::shape::{Field, Shape};
use super::totals::{Figures, Totals};
use super::writer::{Heading, Look, Part};
use crate::failure::Failure;

/// The cells of a section, column by column.
pub struct Section {
    pub columns: Vec<&'static Column>,
    /// As many for each column.
    pub cells: Vec<Vec<Cell>>,
    /// The idle seats of each row that is not gone.
    idle: Vec<Option<Decimal>>,
}

impl Section {
    /// Reads a part's rows; `None` if it gets no section: with several customers, one without a shown row.
    ///
    /// # Errors
    /// If a row cannot be read.
    pub fn read(part: Part<'_, '_>, look: &Look) -> Result<Option<(Self, Figures)>, Failure> {
        let heading = part.heading;
        let columns = columns(heading, look);
        let mut section = Self { cells: columns.iter().map(|_| Vec::new()).collect(), columns, idle: Vec::new() };
        let figures = part.rows(|row| section.add(row, look))?;
        let needs_rows = match heading {
            Heading::Customer(_) => look.is_filtered && !look.is_one,
            Heading::All(_) => true,
            Heading::List(_) => false,
        };
        if needs_rows && figures.shown == 0 {
            return Ok(None);
        }
        section.emphasise();
        Ok(Some((section, figures)))
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.idle.len()
    }

    /// Its rows, from the first column to the last.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = (&'static Column, &Cell)>> {
        let columns = || self.columns.iter().zip(&self.cells);
        (0..self.len()).map(move |row| columns().map(move |(column, cells)| (*column, &cells[row])))
    }

    fn add(&mut self, row: &Row<'_>, look: &Look) {
        let has_changes_behind = look.layout.shape == Shape::Changes && look.columns.is_none();
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            let mut cell = Cell::of(column, row, look.today);
            if let Some(change) = change_of(column).filter(|_| has_changes_behind) {
                cell = cell.with_change(&Cell::of(change, row, look.today));
            }
            let is_repeated = |above: &Cell| above.text == cell.text && cell.text != ABSENT;
            if **column == PRODUCT_NAME && cells.last().is_some_and(is_repeated) {
                cell.emphasis = Emphasis::Again;
            }
            cells.push(cell);
        }
        self.idle.push(row.idle().filter(|_| !row.is_gone()));
    }

    fn emphasise(&mut self) {
        let most = self.idle.iter().flatten().max().copied().filter(|most| !most.is_zero());
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            for (cell, idle) in cells.iter_mut().zip(&self.idle) {
                if **column == LICENSES_IDLE && most.is_some() && *idle == most {
                    cell.emphasis = Emphasis::Most;
                }
            }
        }
    }
}

fn columns(heading: Heading<'_>, look: &Look) -> Vec<&'static Column> {
    let columns = look.columns.clone().unwrap_or_else(|| look.layout.columns_for_people());
    let mut columns: Vec<_> = columns.into_iter().map(|Field(column)| column).collect();
    if matches!(heading, Heading::All(_)) && look.columns.is_none() && look.layout.shape != Shape::Customers {
        columns.insert(0, &CUSTOMER);
    }
    columns
}

/// How a count has changed.
fn change_of(column: &Column) -> Option<&'static Column> {
    match column {
        column if *column == LICENSES_QUALIFIED => Some(&LICENSES_QUALIFIED_CHANGE),
        column if *column == LICENSES_ACTIVE => Some(&LICENSES_ACTIVE_CHANGE),
        _ => None,
    }
}

/// A column's header in a report: its short name as a word, else its full name.
pub fn header(column: &Column) -> String {
    capital(column.short.unwrap_or(column.name))
}

pub fn capital(name: &str) -> String {
    name[..1].to_ascii_uppercase() + &name[1..]
}

/// The parts between which a header may be broken. `BusiestWorkload`: `Busiest`, `Workload`.
pub fn humps(name: &str) -> impl Iterator<Item = &str> {
    let starts = name.char_indices().filter(|(at, char)| *at == 0 || char.is_ascii_uppercase()).map(|(at, _)| at);
    let ends = starts.clone().skip(1).chain([name.len()]);
    starts.zip(ends).map(|(start, end)| &name[start..end])
}

/// What follows the last section.
pub enum Ending<'t> {
    /// The only customer has all of it in its section.
    Nothing,
    /// The section of the only customer, which has none yet since no row is shown.
    Section(&'t Figures),
    /// That a filter hides all rows of all customers.
    NoneOfAll,
    /// The total of several customers.
    Total,
}

/// `has_sections` says whether any was written.
pub fn ending<'t>(totals: &'t Totals, look: &Look, has_sections: bool) -> Ending<'t> {
    match totals.one() {
        _ if look.is_one => Ending::Nothing,
        Some(_) if has_sections => Ending::Nothing,
        Some(figures) => Ending::Section(figures),
        None if look.is_filtered && totals.shown == 0 && totals.rows > 0 => Ending::NoneOfAll,
        None => Ending::Total,
    }
}

/// How many of a ranking are shown before the rest is only counted.
pub const MOST: usize = 10;
