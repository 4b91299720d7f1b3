//! Rows as a table for people: the customer and the data's age above it, a usage bar, a last line that says something.
//! It hides nothing and sorts nothing; its colours only repeat what the figures say.

mod cell;
mod grid;
mod paint;

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::columns::{CUSTOMER_ID, CUSTOMER_NAME};
use super::date;
use super::row::ChangeKind;
use super::shape::{Field, Shape};
use super::totals::{Figures, Totals};
use super::wording::counted;
use super::writer::{Chunks, Heading, Look, Part, Writer};
use crate::failure::Failure;
use crate::insight::number::plain as digits;
use cell::{Cell, legible};
use grid::{GridColumn, grid, paragraph};
use paint::{BOLD, mark, paint};

pub use grid::plain;

pub struct Table {
    look: Look,
    /// Whether anything is written that the next part must stand apart from.
    has_begun: bool,
}

impl Table {
    pub fn new(look: Look) -> Self {
        Self { look, has_begun: false }
    }

    /// The blocks below the title.
    fn body(&self, columns: &[Field], cells: &[Vec<Cell>]) -> String {
        let columns: Vec<_> =
            columns.iter().zip(cells).map(|(Field(column), cells)| GridColumn { column, cells }).collect();
        grid(&columns, self.look.header, self.look.width)
    }
}

impl Writer for Table {
    fn is_for_people(&self) -> bool {
        true
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let (heading, look) = (part.heading, &self.look);
        let mut columns = look.columns.clone().unwrap_or_else(|| look.shape.columns_for_people());
        let names_customers =
            matches!(heading, Heading::All(_)) && look.columns.is_none() && look.shape != Shape::Customers;
        if names_customers {
            columns.splice(..0, [Field(&CUSTOMER_NAME), Field(&CUSTOMER_ID)]);
        }
        let mut cells: Vec<Vec<Cell>> = columns.iter().map(|_| Vec::new()).collect();
        let mut has_names = true;
        let figures = part.rows(|row| {
            has_names &= row.insight.customer_name.is_some();
            for (Field(column), cells) in columns.iter().zip(&mut cells) {
                cells.push(Cell::of(column, row, look.today));
            }
        })?;
        if names_customers {
            let other = usize::from(has_names);
            columns.remove(other);
            cells.remove(other);
        }
        let text = match heading {
            // Of several customers, those that no row is asked of have no section.
            Heading::Customer(_) if figures.shown == 0 && look.is_filtered && !look.is_one => return Ok(Vec::new()),
            Heading::All(_) if figures.shown == 0 => return Ok(Vec::new()),
            Heading::All(customers) => {
                let title = format!("{}\n{}", mark(BOLD, &counted(customers, "customer")), data(&figures, look.today));
                format!("{}\n\n{}\n", paragraph(&title, look.width), self.body(&columns, &cells))
            }
            Heading::Customer(customer) => {
                let title = paragraph(&title(customer, &figures, look.today), look.width);
                if figures.rows == 0 {
                    format!("{title}\nNo licence usage rows.\n")
                } else if figures.shown == 0 {
                    format!("{title}\n\n--where keeps none of {}.\n", counted(figures.rows, "row"))
                } else {
                    let closing = paragraph(&closing(&figures), look.width);
                    format!("{title}\n\n{}\n\n{closing}\n", self.body(&columns, &cells))
                }
            }
        };
        let apart = if self.has_begun { "\n" } else { "" };
        self.has_begun = true;
        Ok(vec![Cow::Owned(paint(&format!("{apart}{text}"), self.look.color).into_bytes())])
    }

    fn end(&mut self, totals: &Totals) -> Vec<u8> {
        let mut text = String::new();
        if !self.look.is_one {
            let apart = if self.has_begun { "\n" } else { "" };
            text += &format!("{apart}{}", total(totals));
        }
        if matches!(self.look.shape, Shape::Summary | Shape::Customers) && totals.rows > 0 {
            text += &format!("{}\n", paragraph(RULE, self.look.width));
        }
        paint(&text, self.look.color).into_bytes()
    }
}

/// How a summary counts.
const RULE: &str = "Seats counted once: the largest workload's qualified, the busiest's active; usagePercent is ours: \
                    active × 100 ÷ qualified.";

/// The customer, and how old the data is.
fn title(asked: Option<&str>, figures: &Figures, today: Date) -> String {
    let customer = match (figures.customer_name.as_deref(), figures.customer_id.as_deref().or(asked)) {
        (Some(name), Some(id)) => format!("{} · {}", mark(BOLD, &legible(name)), legible(id)),
        (Some(one), None) | (None, Some(one)) => mark(BOLD, &legible(one)),
        (None, None) => mark(BOLD, "Customer unknown"),
    };
    if figures.rows == 0 {
        return customer;
    }
    let since = match figures.since {
        Some((oldest, newest)) if oldest == newest => format!(", compared with {oldest}"),
        Some((oldest, newest)) => format!(", compared with {oldest} – {newest}"),
        None => String::new(),
    };
    format!("{customer}\n{}{since}", data(figures, today))
}

/// Of which days the rows are that are not gone.
fn data(figures: &Figures, today: Date) -> String {
    if figures.gone == figures.rows {
        return "No licence usage rows any more".to_owned();
    }
    match figures.days {
        Some((oldest, newest)) if oldest == newest => {
            format!("Data of {oldest}, {}", age_text(date::age(oldest, today)))
        }
        Some((oldest, newest)) => {
            let ages = match (date::age(newest, today), date::age(oldest, today)) {
                (newest @ 0.., oldest) => format!("{newest} to {oldest} days old"),
                (newest, oldest @ ..0) => format!("{} to {}", oldest.unsigned_abs(), age_text(newest)),
                (newest, oldest) => format!("{} to {}", age_text(oldest), age_text(newest)),
            };
            format!("Data of {oldest} – {newest}, {ages}")
        }
        None => "Data without a date".to_owned(),
    }
}

fn age_text(days: i32) -> String {
    match days {
        0 => "of today".to_owned(),
        1 => "1 day old".to_owned(),
        2.. => format!("{days} days old"),
        _ => format!("{} ahead of today", counted(days.unsigned_abs() as usize, "day")),
    }
}

/// What the figures come to: rows, products, where the idle seats are, and what has changed.
fn closing(figures: &Figures) -> String {
    let idle = &figures.idle;
    let seats = if idle.unknown() > 0 && idle.unknown() == idle.by_product.len() {
        "idle seats unknown".to_owned()
    } else {
        let mut seats = match idle.most() {
            None => "no idle seats".to_owned(),
            Some(_) => idle_seats(idle.seats),
        };
        if figures.shown < figures.rows {
            seats += OVER_ALL;
        }
        if let Some((product, most)) = idle.most().filter(|_| idle.products > 1) {
            let product = if product.is_empty() { "–".into() } else { legible(product) };
            seats += &format!(", most in {product} ({})", digits(most));
        }
        if idle.unknown() > 0 {
            seats += &format!(" ({} without figures)", counted(idle.unknown(), "product"));
        }
        seats
    };
    let changes = figures.changes.map_or(String::new(), |counts| {
        let counts =
            ChangeKind::ALL.iter().zip(counts).filter(|(kind, count)| **kind != ChangeKind::Same && *count > 0);
        let changes: Vec<_> = counts.map(|(kind, count)| format!("{count} {}", kind.name())).collect();
        if changes.is_empty() { " · no change".to_owned() } else { format!(" · {}", changes.join(", ")) }
    });
    format!("{} · {} · {seats}{changes}", rows_of(figures.shown, figures.rows), counted(idle.products, "product"))
}

/// A filter leaves rows out, but not the seats that they count busy.
const OVER_ALL: &str = " (counted once over all workloads)";

fn rows_of(shown: usize, all: usize) -> String {
    if shown == all { counted(all, "row") } else { format!("{shown} of {}", counted(all, "row")) }
}

/// A closing line, and the products with the most idle seats.
fn total(totals: &Totals) -> String {
    let products = totals.idle_products();
    let customers = counted(totals.customers, "customer");
    let rows = rows_of(totals.shown, totals.rows);
    let over_all = if totals.shown < totals.rows { OVER_ALL } else { "" };
    let mut text = format!("{}\n{customers} · {rows} · {}{over_all}", mark(BOLD, "Total"), idle_seats(totals.seats()));
    for (product, idle) in products {
        let product = if product.is_empty() { "–".into() } else { legible(product) };
        text += &format!("\n  {:>6} {product}", digits(idle));
    }
    text + "\n"
}

/// Seats may have a fraction.
fn idle_seats(count: Decimal) -> String {
    format!("{} idle seat{}", digits(count), if count == Decimal::ONE { "" } else { "s" })
}
