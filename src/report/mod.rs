//! Turns answers into bytes, customer by customer: the query on their rows, then a format.
//! It uses no file, socket, clock or terminal: what a format needs to know is passed in.

pub mod alarm;
#[cfg(test)]
mod bodies;
pub mod columns;
pub mod compare;
pub mod csv;
pub mod date;
pub mod format;
mod group;
mod json;
pub mod jsonl;
#[cfg(test)]
mod properties;
pub mod query;
pub mod row;
pub mod shape;
mod summary;
pub mod table;
mod totals;
pub mod wording;
pub mod writer;
pub mod xlsx;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::mem;

use crate::failure::Failure;
use crate::insight::Insight;
use alarm::{Alarm, Finding};
use compare::Earlier;
use group::Indexed;
use query::Query;
use row::{ChangeKind, Row};
use shape::Shape;
use summary::Products;
use totals::{Counter, Days, Figures, Totals, spanned};
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
}

/// Reads the rows of a body and passes them on in the order served.
pub type Read<'r, 'b> = &'r mut dyn FnMut(&mut dyn FnMut(Insight<'b>)) -> Result<(), Failure>;

/// Builds a report piece by piece: one per answer, and an end.
pub struct Report {
    query: Query,
    /// The earlier rows to compare with, if any.
    earlier: Earlier,
    writer: Box<dyn Writer>,
    /// Whether there is only one customer.
    is_one: bool,
    has_begun: bool,
    /// Rows before any filter.
    served: usize,
    alarms: Vec<Alarm>,
    totals: Totals,
    /// Customers with rows in both answers, but none in common.
    strangers: usize,
    /// Rows held until all rows of their customer are there.
    parts: Indexed<Option<String>, (Option<String>, Vec<Insight<'static>>)>,
    /// Products without a figure, left out of the sums.
    incomplete: usize,
    /// Rows held until those of all customers are there, to be shown together.
    held: Vec<Row<'static>>,
    /// The dates of the customers of the held rows.
    held_days: Option<Days>,
}

impl Report {
    pub fn new(mut query: Query, earlier: Earlier, writer: Box<dyn Writer>, is_one: bool) -> Self {
        let alarms = query.alarms.drain(..).map(Alarm::new).collect();
        Self {
            query,
            earlier,
            writer,
            is_one,
            has_begun: false,
            served: 0,
            alarms,
            totals: Totals::default(),
            strangers: 0,
            parts: Indexed::default(),
            incomplete: 0,
            held: Vec::new(),
            held_days: None,
        }
    }

    /// Adds an answer and returns its part of the report; empty if its rows must wait for others.
    ///
    /// # Errors
    /// Those of reading and of comparing; the report is then as it was before.
    pub fn add<'b>(&mut self, body: Body<'b>, read: Read<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let is_as_served = self.query.shape == Shape::Rows && self.query.sort.is_empty();
        if !body.is_whole && (self.writer.is_for_people() || !is_as_served) {
            let mut rows = Vec::new();
            read(&mut |row| rows.push(row.into_owned()))?;
            for row in rows {
                let id = row.customer_id.as_deref().map(str::to_owned);
                self.parts.entry(id.clone(), || (id, Vec::new())).1.push(row);
            }
            return Ok(Vec::new());
        }
        if is_as_served {
            return self.visited(body, read);
        }
        let mut rows = Vec::new();
        read(&mut |row| rows.push(row))?;
        self.customer(body.customer, body.name, body.text, rows)
    }

    /// Adds a former customer of the earlier answer: all rows are gone.
    ///
    /// # Errors
    /// Those of comparing.
    pub fn add_gone(&mut self, customer: &str) -> Result<Chunks<'static>, Failure> {
        self.customer(Some(customer), None, "", Vec::new())
    }

    /// The end of the report, after the last answer, and what was found. `warnings` are those of the run so far.
    ///
    /// # Errors
    /// Those of comparing and of the format.
    pub fn end(&mut self, warnings: &[String]) -> Result<(Chunks<'static>, Vec<Finding>), Failure> {
        let mut chunks = Vec::new();
        for (customer, rows) in mem::take(&mut self.parts).values {
            chunks.extend(self.customer(customer.as_deref(), None, "", rows)?);
        }
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
            let one = self.totals.one().filter(|_| self.query.shape != Shape::Customers).cloned();
            let heading = one.as_ref().map_or(Heading::All(self.totals.customers), |_| Heading::Customer(None));
            let mut figures = one.unwrap_or_else(|| counter.figures());
            if self.query.shape == Shape::Customers {
                // A sum has only the oldest date.
                figures.days = self.held_days;
            }
            chunks.extend(self.list(heading, "", &rows, &figures)?);
        }
        if !self.has_begun {
            chunks.push(self.writer.begin().into());
        }
        let findings = self.findings();
        let warnings = warnings.iter().chain(findings.iter().map(Finding::text)).cloned().collect::<Vec<_>>();
        chunks.push(self.writer.end(&self.totals, &warnings)?.into());
        Ok((chunks, findings))
    }

    /// What completes the output so far, if the run ends early.
    pub fn interrupted(&self) -> &'static [u8] {
        self.writer.interrupted()
    }

    /// The ids and names of customers that have rows in the earlier answer, but are not in this report.
    pub fn not_compared(&self) -> Vec<(String, Option<String>)> {
        self.earlier.rest().map(|(id, name)| (id.to_owned(), name.map(str::to_owned))).collect()
    }

    /// What became of the alarms, and anything odd about the comparison.
    fn findings(&self) -> Vec<Finding> {
        let strangers = (self.strangers > 0).then(|| {
            let of = if self.is_one { String::new() } else { format!("for {} customers, ", self.strangers) };
            Finding::Warning(format!("--compare: {of}no row is in both responses; are they from the same customer?"))
        });
        let incomplete = (self.incomplete > 0).then(|| {
            let products = counted(self.incomplete, "product");
            Finding::Warning(format!("--summary=customer: {products} without a figure, left out of the sums"))
        });
        let alarms = self.alarms.iter().flat_map(|alarm| alarm.findings(self.served));
        let of_format = self.writer.warnings().into_iter().map(Finding::Warning);
        strangers.into_iter().chain(incomplete).chain(of_format).chain(alarms).collect()
    }

    /// Whether rows of all customers are shown together, so that nothing can be written before the last answer.
    fn sorts_all(&self) -> bool {
        !self.is_one && (!self.query.sort.is_empty() || self.query.shape == Shape::Customers)
    }

    /// Shows rows as served: they go straight to the format without being collected.
    fn visited<'b>(&mut self, body: Body<'b>, read: Read<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        if self.writer.has_products() {
            // In a pass of their own, so that no list of rows is held; it also checks them before the first is shown.
            let mut products = Products::default();
            read(&mut |insight| {
                let row = Row::from(insight);
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
                let row = Row { known_name: body.name.map(Cow::Borrowed), ..Row::from(insight) };
                if watch.sees(&row) {
                    show(&row);
                }
            })?;
            seen = watch.figures(body.name);
            seen.customer_id = seen.customer_id.take().or_else(|| body.customer.map(str::to_owned));
            Ok(seen.clone())
        };
        let part = Part { heading: Heading::Customer(body.customer), body: body.text, visit: &mut visit };
        let rows = self.writer.rows(part)?;
        (self.alarms, self.served) = (watch.alarms, self.served + watch.served);
        self.totals.add(&seen);
        Ok(self.begun(rows))
    }

    /// Adds all rows of one customer, summed, compared or sorted.
    fn customer<'b>(
        &mut self,
        customer: Option<&str>,
        name: Option<&'b str>,
        body: &'b str,
        rows: Vec<Insight<'b>>,
    ) -> Result<Chunks<'b>, Failure> {
        let (mut rows, since) = self.derived(customer, rows)?;
        for row in &mut rows {
            row.known_name = name.map(Cow::Borrowed);
        }
        let mut watch = Watch::new(&self.query, &self.alarms, self.writer.is_for_people(), since);
        let mut shown: Vec<_> = if self.query.shape == Shape::Customers {
            watch.sees_products(&rows)
        } else {
            rows.into_iter().filter(|row| watch.sees(row)).collect()
        };
        let mut figures = watch.figures(name);
        figures.customer_id = figures.customer_id.or_else(|| customer.map(str::to_owned));
        if self.query.shape == Shape::Customers {
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
            if !shown.is_empty() {
                self.held_days = spanned(self.held_days, figures.days);
            }
            self.held.extend(shown.into_iter().map(Row::into_owned));
            return Ok(Vec::new());
        }
        self.query.sort(&mut shown);
        self.list(Heading::Customer(customer), body, &shown, &figures)
    }

    fn list<'b>(
        &mut self,
        heading: Heading<'_>,
        body: &'b str,
        rows: &[Row<'_>],
        figures: &Figures,
    ) -> Result<Chunks<'b>, Failure> {
        let mut visit = |show: &mut dyn FnMut(&Row<'_>)| {
            rows.iter().for_each(show);
            Ok(figures.clone())
        };
        let rows = self.writer.rows(Part { heading, body, visit: &mut visit })?;
        Ok(self.begun(rows))
    }

    fn begun<'b>(&mut self, mut rows: Chunks<'b>) -> Chunks<'b> {
        if !mem::replace(&mut self.has_begun, true) {
            rows.insert(0, self.writer.begin().into());
        }
        rows
    }

    /// The rows of the report after summing or comparing, and the dates of the earlier rows.
    fn derived<'b>(
        &mut self,
        customer: Option<&str>,
        rows: Vec<Insight<'b>>,
    ) -> Result<(Vec<Row<'b>>, Option<Days>), Failure> {
        match self.query.shape {
            Shape::Rows => Ok((rows.into_iter().map(Row::from).collect(), None)),
            Shape::Summary | Shape::Customers => Ok((summary::summarised(rows), None)),
            Shape::Changes => {
                let customers: BTreeSet<_> =
                    rows.iter().map(|row| row.customer_id.as_deref()).chain([customer]).collect();
                let then = self.earlier.take(&customers)?;
                let mut counter = Counter::default();
                for row in &then {
                    counter.add_day(row);
                }
                let has_both = !rows.is_empty() && !then.is_empty();
                let rows = compare::compared(rows, then);
                let is_paired = |row: &Row<'_>| row.change_kind().is_some_and(ChangeKind::is_paired);
                self.strangers += usize::from(has_both && !rows.iter().any(is_paired));
                Ok((rows, counter.figures().days))
            }
        }
    }
}

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
    let rows = writer.rows(Part { heading: Heading::List(customers), body: "", visit: &mut visit })?;
    Ok([begin, rows.concat(), writer.end(&Totals::default(), &[])?].concat())
}

/// Checks the rows of a customer as they pass: which are shown, which alarms match, what they add up to.
struct Watch<'w, 'b> {
    query: &'w Query,
    /// A copy of the report's alarms, which replaces them once all rows could be read.
    alarms: Vec<Alarm>,
    served: usize,
    counter: Option<Counter<'b>>,
}

impl<'w, 'b> Watch<'w, 'b> {
    fn new(query: &'w Query, alarms: &[Alarm], counts: bool, since: Option<Days>) -> Self {
        Self { query, alarms: alarms.to_vec(), served: 0, counter: counts.then(|| Counter::new(since)) }
    }

    /// Whether the row is shown.
    fn sees(&mut self, row: &Row<'b>) -> bool {
        let is_shown = self.query.keeps(row);
        self.served += 1;
        if let Some(counter) = &mut self.counter {
            counter.add(row, is_shown);
        }
        if is_shown {
            self.alarms.iter_mut().for_each(|alarm| alarm.test(row, self.query.today));
        }
        is_shown
    }

    /// The same for a customer's products, whose sum is the row; the seats counted are those of the products.
    fn sees_products(&mut self, products: &[Row<'b>]) -> Vec<Row<'b>> {
        let mut counter = self.counter.take();
        let mut shown = Vec::new();
        for row in summary::by_customer(products) {
            let is_shown = self.sees(&row);
            if let Some(counter) = &mut counter {
                let own = products.iter().filter(|product| product.insight.customer_id == row.insight.customer_id);
                own.for_each(|product| counter.add(product, is_shown));
            }
            shown.extend(is_shown.then_some(row));
        }
        self.counter = counter;
        shown
    }

    /// What the rows add up to; `name` is used if they have no customer name.
    fn figures(&mut self, name: Option<&str>) -> Figures {
        let mut figures = self.counter.take().map(Counter::figures).unwrap_or_default();
        figures.customer_name = figures.customer_name.or_else(|| name.map(str::to_owned));
        figures
    }
}
