//! Rows to bytes: table, CSV, JSON and JSON lines, customer by customer.
//! Pure: no file, no socket, no clock, no terminal; what a format needs to know of them is given to it.

pub mod columns;
pub mod csv;
pub mod date;
pub mod json;
pub mod summary;
pub mod table;

use crate::insight::Insight;

/// How a report looks.
#[derive(Clone, Copy)]
pub enum Style {
    Table(table::View),
    Csv(csv::Style),
    Json,
    Jsonl,
}

/// Makes the pieces of a report: one a customer, and an end.
pub struct Writer {
    style: Style,
    /// The only answer: its JSON is the body itself, its table needs no total.
    is_one: bool,
    pieces: usize,
    is_ended: bool,
    total: table::Total,
}

impl Writer {
    pub fn new(style: Style, is_one: bool) -> Self {
        Self { style, is_one, pieces: 0, is_ended: false, total: table::Total::default() }
    }

    /// The next customer's part, with whatever comes before it.
    ///
    /// # Errors
    /// None that a writer to memory can have.
    pub fn piece(&mut self, customer: Option<&str>, body: &str, rows: &[Insight<'_>]) -> anyhow::Result<Vec<u8>> {
        let is_first = self.pieces == 0;
        self.pieces += 1;
        match self.style {
            Style::Table(view) => {
                self.total.add(rows);
                let section = table::render(rows, customer, view);
                Ok(if is_first { section } else { format!("\n{section}") }.into_bytes())
            }
            Style::Csv(style) => {
                csv::render(rows, csv::Style { header: style.header && is_first, mark: is_first, ..style })
            }
            Style::Json if self.is_one => Ok(json::body(body)),
            Style::Json => Ok(json::element(customer, body, is_first)),
            Style::Jsonl => json::lines(rows),
        }
    }

    /// What follows the last customer.
    pub fn end(&mut self) -> Vec<u8> {
        self.is_ended = true;
        match self.style {
            Style::Table(view) if !self.is_one => {
                let total = self.total.render(view);
                // Nothing that it would have to stand apart from.
                let total = if self.pieces == 0 { total.trim_start() } else { &total };
                total.as_bytes().to_vec()
            }
            Style::Csv(style) if self.pieces == 0 => csv::render(&[], style).unwrap_or_default(),
            Style::Json if !self.is_one => json::end(self.pieces == 0),
            _ => Vec::new(),
        }
    }

    /// What makes a report whole that ends before its time.
    pub fn interrupt(&mut self) -> Vec<u8> {
        match self.style {
            Style::Json if !self.is_one && self.pieces > 0 && !self.is_ended => json::end(false),
            _ => Vec::new(),
        }
    }
}
