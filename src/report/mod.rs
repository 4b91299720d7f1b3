//! Turns answers into bytes, customer by customer: the query on their rows, then a format.
//! It uses no file, socket, clock or terminal: what a format needs to know is passed in.

pub mod additions;
#[cfg(test)]
mod additions_properties;
pub mod alarm;
#[cfg(test)]
mod bodies;
mod cell;
pub mod columns;
pub mod compare;
mod costs;
pub mod csv;
pub mod date;
mod deployment;
pub mod exceptions;
pub mod format;
mod group;
mod html;
mod json;
pub mod jsonl;
pub mod listing;
mod markdown;
mod mixture;
mod pairs;
mod parts;
pub mod prices;
#[cfg(test)]
mod properties;
pub mod query;
pub mod row;
mod section;
pub mod shape;
mod summary;
pub mod table;
mod totals;
mod watch;
pub mod wording;
pub mod words;
pub mod writer;
pub mod xlsx;

use std::borrow::Cow;
use std::mem;

use crate::failure::Failure;
use crate::insight::Insight;
use crate::insight::deployment::Deployment;
use additions::Additions;
use alarm::{Alarm, Finding};
use parts::{Customer, Parts};
use query::Query;
use row::Row;
use shape::Shape;
use summary::Products;
use totals::{Counter, Figures, Totals};
use watch::Watch;
use wording::counted;
use writer::{Chunks, Heading, Part, Writer};

/// An answer, as a report needs it.
#[derive(Clone, Copy)]
pub struct Body<'b> {
    /// The customer of the rows, if known.
    pub customer: Option<&'b str>,
    /// The customer's name, if known from elsewhere than its rows.
    pub name: Option<&'b str>,
    /// Without a byte order mark.
    pub text: &'b str,
    /// Whether it holds all rows of one customer. Other bodies may hold those of several, and a customer may be in several.
    pub is_whole: bool,
    /// Whether it is the only body of the report: its JSON is the body itself.
    pub is_only: bool,
    /// The ids of the customers that it was asked for, with their names if known: those without rows are shown too.
    pub asked: &'b [(String, Option<String>)],
}

/// Reads the rows of a body and passes them on in the order served.
pub type Read<'r, 'b> = &'r mut dyn FnMut(&mut dyn FnMut(Insight<'b>)) -> Result<(), Failure>;

/// Builds a report piece by piece: one per answer, and an end.
pub struct Report {
    query: Query,
    additions: Additions,
    writer: Box<dyn Writer>,
    /// Whether there is only one customer.
    is_one: bool,
    has_begun: bool,
    /// Rows before any filter.
    served: usize,
    alarms: Vec<Alarm>,
    totals: Totals,
    /// Customers held until all their rows are there.
    parts: Parts,
    /// Products without a figure, left out of the sums.
    incomplete: usize,
    /// Rows held until those of all customers are there, to be shown together.
    held: Vec<Row<'static>>,
}

impl Report {
    pub fn new(mut query: Query, additions: Additions, writer: Box<dyn Writer>, is_one: bool) -> Self {
        let alarms = query.alarms.drain(..).map(Alarm::new).collect();
        Self {
            query,
            additions,
            writer,
            is_one,
            has_begun: false,
            served: 0,
            alarms,
            totals: Totals::default(),
            parts: Parts::default(),
            incomplete: 0,
            held: Vec::new(),
        }
    }

    /// Adds an answer and returns its part of the report; empty if its rows must wait for others. `deployment` is what was
    /// sold to its customers.
    ///
    /// # Errors
    /// Those of reading and of comparing; the report is then as it was before.
    pub fn add<'b>(
        &mut self,
        body: Body<'b>,
        deployment: Vec<Deployment<'static>>,
        read: Read<'_, 'b>,
    ) -> Result<Chunks<'b>, Failure> {
        let is_as_served = self.query.layout.shape == Shape::Rows && self.query.sort.is_empty();
        if !body.is_whole && (self.writer.is_for_people() || !is_as_served) {
            let mut rows = Vec::new();
            read(&mut |row| rows.push(row.into_owned()))?;
            self.parts.add(body.asked, rows, deployment);
            return Ok(Vec::new());
        }
        if is_as_served {
            return self.visited(body, read);
        }
        let mut rows = Vec::new();
        read(&mut |row| rows.push(row))?;
        let heading = Heading::Customer(body.customer);
        let part = Customer { rows, deployment, name: body.name.map(Cow::Borrowed) };
        self.customer(heading, part, body.text, body.is_only)
    }

    /// Adds what was sold to customers whose rows are still to come.
    pub fn add_deployment(&mut self, deployment: Vec<Deployment<'static>>) {
        self.parts.add(&[], Vec::new(), deployment);
    }

    /// Adds the customers that were held until all their rows were there.
    ///
    /// # Errors
    /// Those of comparing.
    pub fn add_held(&mut self) -> Result<Chunks<'static>, Failure> {
        let mut chunks = Vec::new();
        for (id, section) in mem::take(&mut self.parts).sections() {
            chunks.extend(self.customer(Heading::Customer(id.as_deref()), section, "", false)?);
        }
        Ok(chunks)
    }

    /// Adds a former customer of the earlier answer: all rows are gone.
    ///
    /// # Errors
    /// Those of comparing.
    pub fn add_gone(&mut self, customer: &str) -> Result<Chunks<'static>, Failure> {
        self.customer(Heading::Customer(Some(customer)), Customer::default(), "", false)
    }

    /// The end of the report, after the last answer, and what was found. `warnings` are those of the run so far.
    ///
    /// # Errors
    /// Those of the format, and `Usage` if costs cannot be added up.
    pub fn end(&mut self, warnings: &[String]) -> Result<(Chunks<'static>, Vec<Finding>), Failure> {
        self.additions.check(self.query.layout.shape)?;
        let mut chunks = Vec::new();
        if self.sorts_all() {
            let mut rows = mem::take(&mut self.held);
            self.query.sort(&mut rows);
            let mut counter = Counter::default();
            if self.writer.is_for_people() {
                for row in &rows {
                    counter.add(row, true);
                }
            }
            // A single customer of a list gets a section like any other.
            let one = self.totals.one().filter(|_| self.query.layout.shape != Shape::Customers).cloned();
            let heading = one.as_ref().map_or(Heading::All(self.totals.customers), |_| Heading::Customer(None));
            let mut figures = one.unwrap_or_else(|| counter.figures());
            if let Heading::All(_) = heading {
                // The rows that are shown do not say what stands beside them, nor a sum all its dates.
                let Totals { days, since, rows, gone, .. } = self.totals;
                figures = Figures { days, since, rows, gone, ..figures };
            }
            chunks.extend(self.list(heading, "", false, &rows, &figures)?);
        }
        if !self.has_begun {
            chunks.push(self.writer.begin().into());
        }
        let findings = self.findings();
        let warnings = warnings.iter().chain(findings.iter().map(Finding::text)).cloned().collect::<Vec<_>>();
        chunks.push(self.writer.end(&self.totals, &warnings)?.into());
        Ok((chunks, findings))
    }

    /// Leaves out what became of the alarms.
    pub fn drop_alarms(&mut self) {
        self.alarms.clear();
    }

    /// Whether the output so far is worth having if the rest is missing.
    pub fn is_of_use_in_part(&self) -> bool {
        self.writer.is_of_use_in_part()
    }

    /// What completes the output so far, if the run ends early.
    pub fn interrupted(&self) -> &'static [u8] {
        self.writer.interrupted()
    }

    /// The ids and names of customers that have rows in the earlier answer, but are not in this report.
    pub fn not_compared(&self) -> Vec<(String, Option<String>)> {
        self.additions.not_compared()
    }

    /// What became of the alarms, and anything odd about what was added.
    fn findings(&self) -> Vec<Finding> {
        let incomplete = (self.incomplete > 0).then(|| {
            let products = counted(self.incomplete, "product");
            Finding::Warning(format!("--summary=customer: {products} without a figure, left out of the sums"))
        });
        let alarms = self.alarms.iter().flat_map(|alarm| alarm.findings(self.served));
        let of_format = self.writer.warnings().into_iter().map(Finding::Warning);
        self.additions.findings(self.is_one).into_iter().chain(incomplete).chain(of_format).chain(alarms).collect()
    }

    /// Whether rows of all customers are shown together, so that nothing can be written before the last answer.
    fn sorts_all(&self) -> bool {
        !self.is_one && (!self.query.sort.is_empty() || self.query.layout.shape == Shape::Customers)
    }

    /// Shows rows as served: they go straight to the format without being collected.
    fn visited<'b>(&mut self, body: Body<'b>, read: Read<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        if self.writer.has_products() {
            // In a pass of their own, so that no list of rows is held; it also checks them before the first is shown.
            let mut products = Products::default();
            read(&mut |insight| {
                let mut row = Row::from(insight);
                self.additions.except(&mut row);
                if self.query.keeps(&row) {
                    products.add(row.insight);
                }
            })?;
            self.writer.products(&products.summarised());
        }
        let mut watch = Watch::new(&self.query, &self.alarms, self.writer.is_for_people(), None);
        let mut seen = Figures::default();
        let mut visit = |show: &mut dyn FnMut(&Row<'_>)| {
            read(&mut |insight| {
                let mut row = Row { known_name: body.name.map(Cow::Borrowed), ..Row::from(insight) };
                self.additions.except(&mut row);
                if watch.sees(&row) {
                    show(&row);
                }
            })?;
            seen = watch.figures(body.name);
            seen.customer_id = seen.customer_id.take().or_else(|| body.customer.map(str::to_owned));
            Ok(seen.clone())
        };
        let heading = Heading::Customer(body.customer);
        let part = Part { heading, body: body.text, is_only: body.is_only, visit: &mut visit };
        let rows = self.writer.rows(part)?;
        (self.alarms, self.served) = (watch.alarms, self.served + watch.served);
        self.totals.add(&seen);
        Ok(self.begun(rows))
    }

    /// Adds all rows of one customer, summed, compared or sorted.
    fn customer<'b>(
        &mut self,
        heading: Heading<'_>,
        part: Customer<'b>,
        body: &'b str,
        is_only: bool,
    ) -> Result<Chunks<'b>, Failure> {
        let Customer { rows, deployment, name } = part;
        let customer = if let Heading::Customer(id) = heading { id } else { None };
        let (mut rows, since) = self.additions.derived(&self.query, customer, rows, deployment)?;
        if self.is_one {
            self.additions.check(self.query.layout.shape)?;
        }
        for row in &mut rows {
            row.known_name.clone_from(&name);
        }
        let name = name.as_deref();
        let mut watch = Watch::new(&self.query, &self.alarms, self.writer.is_for_people(), since);
        let mut shown: Vec<_> = if self.query.layout.shape == Shape::Customers {
            watch.sees_products(&rows)
        } else {
            rows.into_iter().filter(|row| watch.sees(row)).collect()
        };
        let mut figures = watch.figures(name);
        figures.customer_id = figures.customer_id.or_else(|| customer.map(str::to_owned));
        if self.query.layout.shape == Shape::Customers {
            // The counter has counted its products.
            (figures.rows, figures.shown) = (watch.served, shown.len());
        }
        self.incomplete += shown.iter().map(Row::incomplete).sum::<usize>();
        (self.alarms, self.served) = (watch.alarms, self.served + watch.served);
        self.totals.add(&figures);
        if self.writer.has_products() {
            let there = shown.iter().filter(|row| !row.is_gone());
            self.writer.products(&summary::summarised(there.map(|row| row.insight.clone())));
        }
        if self.sorts_all() {
            self.held.extend(shown.into_iter().map(Row::into_owned));
            return Ok(Vec::new());
        }
        self.query.sort(&mut shown);
        self.list(heading, body, is_only, &shown, &figures)
    }

    fn list<'b>(
        &mut self,
        heading: Heading<'_>,
        body: &'b str,
        is_only: bool,
        rows: &[Row<'_>],
        figures: &Figures,
    ) -> Result<Chunks<'b>, Failure> {
        let mut visit = |show: &mut dyn FnMut(&Row<'_>)| {
            rows.iter().for_each(show);
            Ok(figures.clone())
        };
        let rows = self.writer.rows(Part { heading, body, is_only, visit: &mut visit })?;
        Ok(self.begun(rows))
    }

    fn begun<'b>(&mut self, mut rows: Chunks<'b>) -> Chunks<'b> {
        if !mem::replace(&mut self.has_begun, true) {
            rows.insert(0, self.writer.begin().into());
        }
        rows
    }
}
