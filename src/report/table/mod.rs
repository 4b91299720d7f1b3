//! Rows as a table for people: the customer and the age of the data above, a usage bar, and a last line that starts with
//! the idle seats. It hides and sorts nothing; colours only repeat what the figures say.

mod cell;
mod grid;
mod paint;
#[cfg(test)]
mod properties;
pub mod words;
mod wrap;

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::columns::{
    CUSTOMER, Column, Comparable, LICENSES_ACTIVE, LICENSES_ACTIVE_CHANGE, LICENSES_IDLE, LICENSES_QUALIFIED,
    LICENSES_QUALIFIED_CHANGE, PRODUCT_NAME,
};
use super::row::Row;
use super::shape::{Field, Shape};
use super::totals::{Figures, Totals};
use super::wording::counted;
use super::writer::{Chunks, Heading, Look, Part, Writer};
use crate::failure::Failure;
use crate::insight::number::plain as digits;
use cell::{ABSENT, Cell};
use grid::{GridColumn, grid};
use paint::{BOLD, DIM, mark, paint};
use words::{closing, data, named, title, total};
use wrap::paragraph;

pub struct Table {
    look: Look,
    /// Whether the next part needs a blank line before it.
    has_begun: bool,
}

impl Table {
    pub fn new(look: Look) -> Self {
        Self { look, has_begun: false }
    }

    /// The section of a customer, with its rows already laid out.
    fn section(&self, asked: Option<&str>, figures: &Figures, rows: &str) -> String {
        let title = paragraph(&title(asked, figures, self.look.today), self.look.width);
        if figures.rows == 0 {
            format!("{title}\n{NO_ROWS}\n")
        } else if figures.shown == 0 {
            format!("{title}\n\n--where keeps none of {}.\n", counted(figures.rows, "row"))
        } else {
            format!("{title}\n\n{rows}\n{}\n", paragraph(&closing(figures), self.look.width))
        }
    }

    /// The total of several customers, and the customers and products with the most idle seats.
    fn total(&self, totals: &Totals) -> String {
        if totals.rows == 0 {
            return format!("{}\n{NO_ROWS}\n", mark(BOLD, &counted(totals.customers, "customer")));
        }
        let mut text = format!("{}\n{}\n", mark(BOLD, "Total"), paragraph(&total(totals), self.look.width));
        for (what, ranking) in [("customer", totals.idle_customers()), ("product", totals.idle_products())] {
            if !ranking.is_empty() {
                text += &format!("\nMost idle seats by {what}\n{}", self.ranked(&ranking));
            }
        }
        text
    }

    /// The top of a ranking.
    fn ranked(&self, ranking: &[(&str, Decimal)]) -> String {
        const MOST: usize = 10;
        const INDENT: usize = 2;
        let first = &ranking[..ranking.len().min(MOST)];
        let counts: Vec<_> = first.iter().map(|(_, idle)| Cell::whole(&digits(*idle))).collect();
        let names: Vec<_> = first.iter().map(|(name, _)| Cell::words(&named(name))).collect();
        let columns = [GridColumn::new(None, true, &counts), GridColumn::new(None, false, &names)];
        let rows = grid(&columns, self.look.width, INDENT);
        match ranking.len() - first.len() {
            0 => rows,
            more => format!("{rows}{}… and {more} more\n", " ".repeat(INDENT)),
        }
    }
}

impl Writer for Table {
    fn is_for_people(&self) -> bool {
        true
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let (heading, look) = (part.heading, &self.look);
        let mut columns = look.columns.clone().unwrap_or_else(|| look.shape.columns_for_people());
        if matches!(heading, Heading::All(_)) && look.columns.is_none() && look.shape != Shape::Customers {
            columns.insert(0, Field(&CUSTOMER));
        }
        let mut body = Body::new(columns);
        let figures = part.rows(|row| body.add(row, look))?;
        let text = match heading {
            // With several customers, those without a shown row get no section.
            Heading::Customer(_) if figures.shown == 0 && look.is_filtered && !look.is_one => return Ok(Vec::new()),
            Heading::All(_) if figures.shown == 0 => return Ok(Vec::new()),
            Heading::All(customers) => {
                let title = format!("{}\n{}", mark(BOLD, &counted(customers, "customer")), data(&figures, look.today));
                format!("{}\n\n{}", paragraph(&title, look.width), body.text(look))
            }
            Heading::Customer(customer) => self.section(customer, &figures, &body.text(look)),
            Heading::List(customers) => body.list(customers, look),
        };
        let apart = if self.has_begun { "\n" } else { "" };
        self.has_begun = true;
        Ok(vec![Cow::Owned(paint(&format!("{apart}{text}"), self.look.color).into_bytes())])
    }

    fn end(&mut self, totals: &Totals, _: &[String]) -> Result<Vec<u8>, Failure> {
        let mut text = String::new();
        // A single customer has all of this in its section, if it has one.
        match totals.one() {
            _ if self.look.is_one => {}
            Some(_) if self.has_begun => {}
            Some(figures) => text += &self.section(None, figures, ""),
            None if self.look.is_filtered && totals.shown == 0 && totals.rows > 0 => {
                let (rows, customers) = (counted(totals.rows, "row"), counted(totals.customers, "customer"));
                text += &format!("--where keeps none of {rows} of {customers}.\n");
            }
            None => text += &format!("{}{}", if self.has_begun { "\n" } else { "" }, self.total(totals)),
        }
        if matches!(self.look.shape, Shape::Summary | Shape::Customers) && totals.shown > 0 {
            text += &format!("{}\n", paragraph(RULE, self.look.width));
        }
        Ok(paint(&text, self.look.color).into_bytes())
    }
}

const NO_ROWS: &str = "No licence usage rows.";

/// How a summary counts seats.
pub(super) const RULE: &str = "Each seat counts once: qualified in the largest workload, active in the busiest · \
                    usage calculated by pc-usage: active × 100 ÷ qualified";

/// The cells of a table, column by column.
struct Body {
    columns: Vec<Field>,
    cells: Vec<Vec<Cell>>,
    /// The idle seats of each row that is not gone.
    idle: Vec<Option<Decimal>>,
}

impl Body {
    fn new(columns: Vec<Field>) -> Self {
        Self { cells: columns.iter().map(|_| Vec::new()).collect(), columns, idle: Vec::new() }
    }

    fn add(&mut self, row: &Row<'_>, look: &Look) {
        let has_changes_behind = look.shape == Shape::Changes && look.columns.is_none();
        for (Field(column), cells) in self.columns.iter().zip(&mut self.cells) {
            let mut cell = Cell::of(column, row, look.today);
            if let Some(change) = change_of(column).filter(|_| has_changes_behind) {
                cell = cell.with_change(&Cell::of(change, row, look.today));
            }
            let is_repeated = |above: &Cell| above.text == cell.text && cell.text != ABSENT;
            if **column == PRODUCT_NAME && cells.last().is_some_and(is_repeated) {
                cell.style = Some(DIM);
            }
            cells.push(cell);
        }
        self.idle.push(match LICENSES_IDLE.comparable(row, look.today) {
            Some(Comparable::Number(idle)) if !row.is_gone() => Some(idle),
            _ => None,
        });
    }

    fn text(&mut self, look: &Look) -> String {
        let most = self.idle.iter().flatten().max().copied().filter(|most| !most.is_zero());
        for (Field(column), cells) in self.columns.iter().zip(&mut self.cells) {
            for (cell, idle) in cells.iter_mut().zip(&self.idle) {
                if **column == LICENSES_IDLE && most.is_some() && *idle == most {
                    cell.style = Some(BOLD);
                }
            }
        }
        let columns = self.columns.iter().zip(&self.cells);
        let columns: Vec<_> =
            columns.map(|(Field(column), cells)| GridColumn::of(column, look.header, cells)).collect();
        grid(&columns, look.width, 0)
    }

    /// The list of customers: columns under their full names, then how many customers are shown.
    fn list(&self, customers: usize, look: &Look) -> String {
        let columns = self.columns.iter().zip(&self.cells);
        let name = |column: &'static Column| look.header.then_some(column.name);
        let columns: Vec<_> =
            columns.map(|(Field(column), cells)| GridColumn::new(name(column), false, cells)).collect();
        let of = if look.is_filtered { format!("{} of ", self.idle.len()) } else { String::new() };
        format!("{}\n{of}{}\n", grid(&columns, look.width, 0), counted(customers, "customer"))
    }
}

/// How a count has changed.
fn change_of(column: &Column) -> Option<&'static Column> {
    match column {
        column if *column == LICENSES_QUALIFIED => Some(&LICENSES_QUALIFIED_CHANGE),
        column if *column == LICENSES_ACTIVE => Some(&LICENSES_ACTIVE_CHANGE),
        _ => None,
    }
}
