//! Rows as a table for people: the customer and the age of the data above, a usage bar, and a last line that starts with
//! the idle seats. It hides and sorts nothing; colours only repeat what the figures say.

mod bar;
mod grid;
mod paint;
#[cfg(test)]
mod properties;
mod wrap;

use std::borrow::Cow;

use super::cell::{Cell, legible};
use super::section::{Ending, MOST, Section, ending};
use super::totals::{Figures, Ranked, Totals};
use super::wording::counted;
use super::words::{NO_ROWS, closing, customer, data, named, none_of, none_of_all, rule, total};
use super::writer::{Chunks, Heading, Look, Part, Writer};
use crate::failure::Failure;
use crate::insight::number::plain as digits;
use grid::{GridColumn, grid};
use paint::{BOLD, mark, paint};
use wrap::{DOT, paragraph};

pub struct Table {
    look: Look,
    /// Whether the next part needs a blank line before it.
    has_begun: bool,
}

impl Table {
    pub fn new(look: Look) -> Self {
        Self { look, has_begun: false }
    }

    /// The section of a customer; without its rows if none is shown.
    fn section(&self, asked: Option<&str>, figures: &Figures, rows: Option<&Section>) -> String {
        let title = paragraph(&self.title(asked, figures), self.look.width);
        match rows {
            _ if figures.rows == 0 => format!("{title}\n{NO_ROWS}\n"),
            Some(rows) if figures.shown > 0 => {
                let closing = closing(figures, str::to_owned).join(DOT);
                format!("{title}\n\n{}\n{}\n", self.rows_of(rows), paragraph(&closing, self.look.width))
            }
            _ => format!("{title}\n\n{}\n", none_of(figures)),
        }
    }

    /// The customer, and the age of the data.
    fn title(&self, asked: Option<&str>, figures: &Figures) -> String {
        let (name, id) = customer(asked, figures);
        let id = id.map_or(String::new(), |id| format!("{DOT}{}", legible(id)));
        let customer = format!("{}{id}", mark(BOLD, &named(name, str::to_owned)));
        if figures.rows == 0 { customer } else { format!("{customer}\n{}", data(figures, self.look.today)) }
    }

    fn rows_of(&self, section: &Section) -> String {
        let columns = section.columns.iter().zip(&section.cells);
        let columns: Vec<_> = columns.map(|(column, cells)| GridColumn::of(column, self.look.header, cells)).collect();
        grid(&columns, self.look.width, 0)
    }

    /// The list of customers: columns under their full names, then how many customers are shown.
    fn list(&self, section: &Section, customers: usize) -> String {
        let columns = section.columns.iter().zip(&section.cells);
        let name = |name: &'static str| self.look.header.then_some(name);
        let columns: Vec<_> = columns.map(|(column, cells)| GridColumn::new(name(column.name), false, cells)).collect();
        let of = if self.look.is_filtered { format!("{} of ", section.len()) } else { String::new() };
        format!("{}\n{of}{}\n", grid(&columns, self.look.width, 0), counted(customers, "customer"))
    }

    /// The total of several customers, and the customers and products with the most idle seats.
    fn total(&self, totals: &Totals) -> String {
        if totals.rows == 0 {
            return format!("{}\n{NO_ROWS}\n", mark(BOLD, &counted(totals.customers, "customer")));
        }
        let words = total(totals, str::to_owned).join(DOT);
        let mut text = format!("{}\n{}\n", mark(BOLD, "Total"), paragraph(&words, self.look.width));
        for (what, ranking) in [("customer", totals.idle_customers()), ("product", totals.idle_products())] {
            if !ranking.is_empty() {
                text += &format!("\nMost idle seats by {what}\n{}", self.ranked(&ranking));
            }
        }
        text
    }

    /// The top of a ranking.
    fn ranked(&self, ranking: &[Ranked<'_>]) -> String {
        const INDENT: usize = 2;
        let first = &ranking[..ranking.len().min(MOST)];
        let counts: Vec<_> = first.iter().map(|ranked| Cell::whole(&digits(ranked.idle))).collect();
        let names: Vec<_> = first.iter().map(|ranked| Cell::words(&named(ranked.name, str::to_owned))).collect();
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
        let heading = part.heading;
        let Some((section, figures)) = Section::read(part, &self.look)? else { return Ok(Vec::new()) };
        let text = match heading {
            Heading::All(customers) => {
                let title = mark(BOLD, &counted(customers, "customer"));
                let title = format!("{title}\n{}", data(&figures, self.look.today));
                format!("{}\n\n{}", paragraph(&title, self.look.width), self.rows_of(&section))
            }
            Heading::Customer(customer) => self.section(customer, &figures, Some(&section)),
            Heading::List(customers) => self.list(&section, customers),
        };
        let apart = if self.has_begun { "\n" } else { "" };
        self.has_begun = true;
        Ok(vec![Cow::Owned(paint(&format!("{apart}{text}"), self.look.color).into_bytes())])
    }

    fn end(&mut self, totals: &Totals, _: &[String]) -> Result<Vec<u8>, Failure> {
        let mut text = match ending(totals, &self.look, self.has_begun) {
            Ending::Nothing => String::new(),
            Ending::Section(figures) => self.section(None, figures, None),
            Ending::NoneOfAll => format!("{}\n", none_of_all(totals)),
            Ending::Total => format!("{}{}", if self.has_begun { "\n" } else { "" }, self.total(totals)),
        };
        if let Some(rule) = rule(&self.look, totals) {
            text += &format!("{}\n", paragraph(&rule, self.look.width));
        }
        Ok(paint(&text, self.look.color).into_bytes())
    }
}
