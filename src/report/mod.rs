//! Answers to bytes: what was asked of the rows, then table, CSV, JSON and JSON lines, customer by customer.
//! Pure: no file, no socket, no clock, no terminal; what a format needs to know of them is given to it.

pub mod alarm;
pub mod columns;
pub mod compare;
pub mod csv;
pub mod date;
pub mod json;
pub mod query;
pub mod summary;
pub mod table;

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::insight::{Change, Insight};
use alarm::{Alarm, Finding};
use columns::{Field, Shape};
use compare::Earlier;
use query::Query;
use table::Section;

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
    query: Query,
    columns: Vec<Field>,
    /// What the rows are compared with, where they are.
    earlier: Earlier,
    /// Customers that have rows now and then, but none in common.
    strangers: usize,
    /// The only answer: its JSON is the body itself, its table needs no total.
    is_one: bool,
    /// Whether something was written, or is to be.
    is_begun: bool,
    is_ended: bool,
    /// Rows before any filter.
    served: usize,
    alarms: Vec<Alarm>,
    total: table::Total,
    /// Rows that wait for those of the other customers, to be sorted with them.
    held: Vec<Insight<'static>>,
}

impl Writer {
    pub fn new(style: Style, mut query: Query, earlier: Earlier, is_one: bool) -> Self {
        let columns = match (&query.columns, style) {
            (Some(columns), _) => columns.0.clone(),
            (None, Style::Table(_)) => query.shape.table_columns(),
            (None, _) => query.shape.columns(),
        };
        let alarms = query.alarms.drain(..).map(Alarm::new).collect();
        let total = table::Total::default();
        let (held, is_begun, is_ended) = (Vec::new(), false, false);
        Self {
            style,
            query,
            columns,
            earlier,
            strangers: 0,
            is_one,
            is_begun,
            is_ended,
            served: 0,
            alarms,
            total,
            held,
        }
    }

    /// Whether rows of all customers are sorted together, so that nothing can be written before the last has come.
    pub fn holds(&self) -> bool {
        !self.is_one && !self.query.sort.is_empty()
    }

    /// The next customer's part, with whatever comes before it.
    ///
    /// # Errors
    /// Those of comparing; none else that a writer to memory can have.
    pub fn piece(&mut self, customer: Option<&str>, body: &str, rows: Vec<Insight<'_>>) -> anyhow::Result<Vec<u8>> {
        let (rows, since) = self.worked_out(customer, rows)?;
        let mut shown: Vec<_> = rows.iter().filter(|row| self.query.keeps(row)).collect();
        self.look_at(&rows, &shown);
        self.query.sort(&mut shown);
        let is_first = !self.is_begun;
        let (columns, today) = (&self.columns[..], self.query.today);
        let piece = match self.style {
            Style::Table(view) => {
                // Of several customers, those that no row is asked of have no section.
                if shown.is_empty() && !self.query.filters.is_empty() && !self.is_one {
                    return Ok(Vec::new());
                }
                let section = Section { customer, rows: &rows, shown: &shown, since, today };
                let section = table::section(&section, columns, view);
                if is_first { section } else { format!("\n{section}") }.into_bytes()
            }
            Style::Csv(style) => {
                let style = csv::Style { header: style.header && is_first, mark: is_first, ..style };
                csv::render(&shown, columns, today, style)?
            }
            Style::Json if self.is_one => json::body(body),
            Style::Json => json::element(customer, body, is_first),
            Style::Jsonl => json::lines(&shown, columns, today)?,
        };
        self.is_begun = true;
        Ok(piece)
    }

    /// Keeps the next customer's rows, to be sorted with those of the others.
    ///
    /// # Errors
    /// Those of comparing.
    pub fn hold(&mut self, customer: Option<&str>, rows: Vec<Insight<'static>>) -> Result<(), Failure> {
        let (rows, _) = self.worked_out(customer, rows)?;
        self.look_at(&rows, &rows.iter().filter(|row| self.query.keeps(row)).collect::<Vec<_>>());
        self.held.extend(rows.into_iter().filter(|row| self.query.keeps(row)));
        self.is_begun = true;
        Ok(())
    }

    /// The rows of the report, as they are summed up or compared, and the days of what they are compared with.
    fn worked_out<'a>(
        &mut self,
        customer: Option<&str>,
        rows: Vec<Insight<'a>>,
    ) -> Result<(Vec<Insight<'a>>, Option<table::Days>), Failure> {
        match self.query.shape {
            Shape::Rows => Ok((rows, None)),
            Shape::Summary => Ok((summary::merged(&rows), None)),
            Shape::Changes => {
                let customers: BTreeSet<_> =
                    rows.iter().map(|row| row.customer_id.as_deref()).chain([customer]).collect();
                let then = self.earlier.take(&customers)?;
                let since = table::days(then.iter());
                let has_both = !rows.is_empty() && !then.is_empty();
                let rows = compare::compared(rows, then);
                let is_paired = |row: &Insight<'_>| matches!(row.change(), Some(Change::Changed | Change::Same));
                self.strangers += usize::from(has_both && !rows.iter().any(is_paired));
                Ok((rows, since))
            }
        }
    }

    fn look_at(&mut self, rows: &[Insight<'_>], shown: &[&Insight<'_>]) {
        self.served += rows.len();
        for alarm in &mut self.alarms {
            alarm.test(shown, self.query.today);
        }
        if matches!(self.style, Style::Table(_)) {
            self.total.add(rows, shown);
        }
    }

    /// The customers that the earlier answer has rows of, and this report has not.
    pub fn not_compared(&self) -> Vec<String> {
        self.earlier.rest().map(str::to_owned).collect()
    }

    /// What follows the last customer.
    ///
    /// # Errors
    /// None that a writer to memory can have.
    pub fn end(&mut self) -> anyhow::Result<Vec<u8>> {
        self.is_ended = true;
        let mut rows: Vec<_> = self.held.iter().collect();
        self.query.sort(&mut rows);
        let (columns, today) = (&self.columns[..], self.query.today);
        Ok(match self.style {
            Style::Table(view) => {
                let mut text = String::new();
                if self.holds() {
                    let has_names = rows.iter().all(|row| row.customer_name.is_some());
                    let customer = if has_names { "customerName" } else { "customerId" };
                    let customer = Field::named(customer).filter(|_| self.query.columns.is_none());
                    let columns: Vec<_> = customer.into_iter().chain(columns.iter().copied()).collect();
                    text += &table::sorted(&rows, &columns, &self.total, today, view);
                } else if !self.is_one {
                    let total = self.total.render(view);
                    // Nothing that it would have to stand apart from.
                    text += if self.is_begun { &total } else { total.trim_start() };
                }
                if self.query.shape == Shape::Summary && self.served > 0 {
                    text += &table::rule(view);
                }
                text.into_bytes()
            }
            Style::Csv(style) if self.holds() || !self.is_begun => csv::render(&rows, columns, today, style)?,
            Style::Json if !self.is_one => json::end(!self.is_begun),
            Style::Jsonl => json::lines(&rows, columns, today)?,
            Style::Csv(_) | Style::Json => Vec::new(),
        })
    }

    /// What makes a report whole that ends before its time.
    pub fn interrupt(&mut self) -> Vec<u8> {
        match self.style {
            Style::Json if !self.is_one && self.is_begun && !self.is_ended => json::end(false),
            _ => Vec::new(),
        }
    }

    /// What became of the alarms, and what is odd about what was compared.
    pub fn findings(&self) -> Vec<Finding> {
        let strangers = (self.strangers > 0).then(|| {
            let of = if self.is_one { String::new() } else { format!("of {} customers ", self.strangers) };
            Finding::Warning(format!("--compare: {of}no row is in both answers; are they the same customer's?"))
        });
        let alarms = self.alarms.iter().flat_map(|alarm| alarm.findings(self.served));
        strangers.into_iter().chain(alarms).collect()
    }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
