//! What is learnt of a customer's rows as they pass: which are shown, which raise an alarm, what they come to.
//! It keeps no row.

use super::alarm::Alarm;
use super::query::Query;
use super::row::Row;
use super::summary;
use super::totals::{Counter, Days, Figures};

/// Checks the rows of a customer as they pass: which are shown, which alarms match, what they add up to.
pub struct Watch<'w, 'b> {
    query: &'w Query,
    /// A copy of the report's alarms, which replaces them once all rows could be read.
    pub alarms: Vec<Alarm>,
    pub served: usize,
    counter: Option<Counter<'b>>,
}

impl<'w, 'b> Watch<'w, 'b> {
    pub fn new(query: &'w Query, alarms: &[Alarm], counts: bool, since: Option<Days>) -> Self {
        Self { query, alarms: alarms.to_vec(), served: 0, counter: counts.then(|| Counter::new(since)) }
    }

    /// Whether the row is shown.
    pub fn sees(&mut self, row: &Row<'b>) -> bool {
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
    pub fn sees_products(&mut self, products: &[Row<'b>]) -> Vec<Row<'b>> {
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
    pub fn figures(&mut self, name: Option<&str>) -> Figures {
        let mut figures = self.counter.take().map(Counter::figures).unwrap_or_default();
        figures.customer_name = figures.customer_name.or_else(|| name.map(str::to_owned));
        figures
    }
}
