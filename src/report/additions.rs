//! What options add to rows from files: an earlier answer, prices, exceptions; and what there is to say about them.
//! It reads no file, and knows no format.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::alarm::Finding;
use super::compare::{self, Earlier};
use super::deployment;
use super::exceptions::Exceptions;
use super::group::{GroupKey, Indexed};
use super::mixture::Mixture;
use super::prices::Prices;
use super::query::Query;
use super::row::{ChangeKind, Row};
use super::shape::Shape;
use super::summary;
use super::totals::{Counter, Days};
use super::wording::{counted, listed};
use crate::failure::Failure;
use crate::insight::Insight;
use crate::insight::deployment::Deployment;
use crate::sanitize::sanitize_cut;

/// What the files hold, and what came of it so far.
#[derive(Default)]
pub struct Additions {
    /// Rows to compare with, if any.
    earlier: Earlier,
    prices: Option<Rc<Prices>>,
    exceptions: Option<Rc<Exceptions>>,
    /// Customers with rows in both answers, but none in common.
    strangers: usize,
    /// The names of products without a price, by whether they have an id, and the id or name.
    unpriced: Indexed<(bool, String), String>,
    /// Those of the prices that fit a product.
    currencies: BTreeSet<String>,
    mixture: Mixture,
}

impl Additions {
    pub fn new(earlier: Earlier, prices: Option<Rc<Prices>>, exceptions: Option<Rc<Exceptions>>) -> Self {
        Self { earlier, prices, exceptions, ..Self::default() }
    }

    /// The rows of a report after summing, comparing and adding, and the dates of the earlier rows.
    ///
    /// # Errors
    /// Those of comparing.
    pub fn derived<'b>(
        &mut self,
        query: &Query,
        customer: Option<&str>,
        rows: Vec<Insight<'b>>,
        deployment: Vec<Deployment<'b>>,
    ) -> Result<(Vec<Row<'b>>, Option<Days>), Failure> {
        let (mut rows, since) = match query.layout.shape {
            Shape::Rows => (rows.into_iter().map(Row::from).collect(), None),
            Shape::Summary | Shape::Customers => (deployment::joined(summary::summarised(rows), deployment), None),
            Shape::Changes => self.compared(customer, rows)?,
        };
        for row in &mut rows {
            self.except(row);
        }
        self.price(query, &mut rows);
        Ok((rows, since))
    }

    /// Adds what the exceptions say of a row.
    pub fn except(&self, row: &mut Row<'_>) {
        if let Some(exceptions) = &self.exceptions {
            exceptions.apply(row);
        }
    }

    fn price(&mut self, query: &Query, rows: &mut [Row<'_>]) {
        let Some(prices) = &self.prices else { return };
        for row in &mut *rows {
            prices.apply(row);
            let currency = row.cost.as_ref().and_then(|cost| cost.currency.as_ref());
            if let Some(currency) = currency.filter(|currency| !self.currencies.contains(*currency)) {
                self.currencies.insert(currency.clone());
            }
        }
        if query.layout.shape == Shape::Customers {
            for sum in summary::by_customer(rows).iter().filter(|sum| query.may_keep(sum)) {
                let own = rows.iter().filter(|row| row.insight.customer_id == sum.insight.customer_id);
                own.for_each(|row| count_unpriced(&mut self.unpriced, row));
            }
            return;
        }
        for row in &*rows {
            if query.may_keep(row) {
                count_unpriced(&mut self.unpriced, row);
            }
            self.mixture.shows(query, row);
        }
    }

    fn compared<'b>(
        &mut self,
        customer: Option<&str>,
        rows: Vec<Insight<'b>>,
    ) -> Result<(Vec<Row<'b>>, Option<Days>), Failure> {
        let customers: BTreeSet<_> = rows.iter().map(|row| row.customer_id.as_deref()).chain([customer]).collect();
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

    /// Checks that what was added up can be: the costs of a customer's products are one amount.
    ///
    /// # Errors
    /// `Usage`, naming the currencies, if there are several.
    pub fn check(&self, shape: Shape) -> Result<(), Failure> {
        let currencies: Vec<_> = self.currencies.iter().map(String::as_str).collect();
        if shape != Shape::Customers || currencies.len() < 2 {
            return Ok(());
        }
        let message = format!(
            "--summary=customer adds up costs, and the prices used are in {} currencies: {}",
            currencies.len(),
            listed(&currencies, "and")
        );
        Err(Failure::usage(message).hint("give prices in one currency, or write --summary, which keeps them apart"))
    }

    /// The ids and names of customers that have rows in the earlier answer, but are not in this report.
    pub fn not_compared(&self) -> Vec<(String, Option<String>)> {
        self.earlier.rest().map(|(id, name)| (id.to_owned(), name.map(str::to_owned))).collect()
    }

    /// Anything odd about what was added.
    pub fn findings(&self, is_one: bool) -> Vec<Finding> {
        let mut warnings = Vec::new();
        if self.strangers > 0 {
            let of = if is_one { String::new() } else { format!("for {} customers, ", self.strangers) };
            warnings.push(format!("--compare: {of}no row is in both responses; are they from the same customer?"));
        }
        warnings.extend(self.told_unpriced());
        warnings.extend(self.mixture.warnings());
        warnings.into_iter().map(Finding::Warning).collect()
    }

    fn told_unpriced(&self) -> Option<String> {
        const SHOWN: usize = 5;
        let products = &self.unpriced.values;
        let prices = self.prices.as_ref().filter(|_| !products.is_empty())?;
        let mut names: Vec<_> = products.iter().take(SHOWN).map(|name| sanitize_cut(name, 100)).collect();
        if products.len() > SHOWN {
            names.push("…".to_owned());
        }
        let lacks_ids = prices.has_ids && self.unpriced.keys().any(|(has_id, _)| !has_id);
        let why = if lacks_ids {
            "; a price by product id fits only where the service sends ids, as with `--endpoint commercial`"
        } else {
            ""
        };
        let count = counted(products.len(), "product");
        Some(format!("--prices: {count} without a price, left out of the costs: {}{why}", names.join(", ")))
    }
}

fn count_unpriced(unpriced: &mut Indexed<(bool, String), String>, row: &Row<'_>) {
    if row.cost.as_ref().is_none_or(|cost| cost.price.is_some()) {
        return;
    }
    let (has_id, product) = GroupKey::of(&row.insight).into_product();
    let name = row.insight.product_name.as_deref().or(product.as_deref()).unwrap_or("–").to_owned();
    unpriced.entry((has_id, product.map_or(String::new(), Into::into)), || name);
}
