//! What rows come to: seats counted once, the days of the data, what has changed. The workloads of a product count the same
//! seats, so they are never added up. It knows no format.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::date;
use super::group::{GroupKey, Indexed};
use super::row::{ChangeKind, Cost, Row};
use super::summary;
use crate::insight::Insight;
use crate::insight::number::{Number, decimal, minus, plus};

/// The oldest and newest UTC day of some rows.
pub type Days = (Date, Date);

/// The totals of a customer's rows. Rows hidden by a filter count too: a seat idle in one workload may be active in
/// another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The first one served.
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    /// Of the rows that are not gone; `None` if none has a date.
    pub days: Option<Days>,
    /// The dates of the earlier rows.
    pub since: Option<Days>,
    pub rows: usize,
    pub shown: usize,
    /// Rows that are only in the earlier response.
    pub gone: usize,
    /// How many shown rows have each kind of change, in the order of [`ChangeKind::ALL`]; `None` if nothing was compared.
    pub changes: Option<[usize; 4]>,
    pub idle: Idle,
    /// The seats of the shown products that were sold and assigned to nobody; `None` if that is unknown of all of them.
    pub unassigned: Option<Decimal>,
    /// If there are prices: what the idle seats of the shown products cost.
    pub costs: Option<Costs>,
    /// Whether the report calculated the usage of a shown row that stands for one workload.
    pub has_calculated: bool,
}

/// The idle seats of a customer: for each product, service and channel, the largest workload's qualified seats minus the
/// busiest workload's active ones. Products without a shown row are left out, and so are seats that are gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Idle {
    /// How many products the shown rows have.
    pub products: usize,
    /// The idle seats of the products with figures.
    pub seats: Decimal,
    /// The qualified seats of these products.
    pub of: Decimal,
    /// The idle seats of each product, in the order served; `None` if a figure is missing or too large.
    pub by_product: Vec<(String, Option<Decimal>)>,
}

/// What idle seats cost a month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// By currency; `None` if a sum cannot be held.
    pub by_currency: BTreeMap<String, Option<Decimal>>,
    /// The idle seats with a price.
    pub seats: Decimal,
    /// All idle seats of the same products and of those without a price.
    pub of: Decimal,
}

impl Costs {
    fn add_row(&mut self, cost: &Cost, idle: Option<Decimal>) {
        let Some(seats) = idle else { return };
        self.of = plus(self.of, seats).unwrap_or(self.of);
        if let (Some(amount), Some(currency)) = (cost.idle, &cost.currency) {
            self.seats = plus(self.seats, seats).unwrap_or(self.seats);
            self.add_amount(currency, Some(amount));
        }
    }

    fn add_amount(&mut self, currency: &str, amount: Option<Decimal>) {
        match self.by_currency.get_mut(currency) {
            Some(sum) => *sum = sum.zip(amount).and_then(|(sum, amount)| plus(sum, amount)),
            None => drop(self.by_currency.insert(currency.to_owned(), amount)),
        }
    }

    fn add(&mut self, other: &Self) {
        self.seats = plus(self.seats, other.seats).unwrap_or(self.seats);
        self.of = plus(self.of, other.of).unwrap_or(self.of);
        for (currency, amount) in &other.by_currency {
            self.add_amount(currency, *amount);
        }
    }
}

impl Idle {
    /// How many products lack a figure.
    pub fn unknown(&self) -> usize {
        self.by_product.iter().filter(|(_, idle)| idle.is_none()).count()
    }

    /// The product with the most idle seats, the first of equal ones; `None` if no seats are idle.
    pub fn most(&self) -> Option<(&str, Decimal)> {
        let some = self.known().filter(|(_, idle)| !idle.is_zero());
        some.reduce(|most, next| if next.1 > most.1 { next } else { most })
    }

    fn known(&self) -> impl Iterator<Item = (&str, Decimal)> {
        self.by_product.iter().filter_map(|(product, idle)| Some((product.as_str(), (*idle)?)))
    }
}

/// Counts the rows of a customer as they pass.
#[derive(Default)]
pub struct Counter<'b> {
    figures: Figures,
    groups: Indexed<GroupKey<'b>, Group<'b>>,
    /// The products of shown rows.
    products: HashSet<Cow<'b, str>>,
}

/// A product of one service and channel.
#[derive(Default)]
struct Group<'b> {
    product: Cow<'b, str>,
    qualified: Option<Decimal>,
    active: Option<Decimal>,
    is_shown: bool,
    /// Whether any of its rows is not gone.
    is_there: bool,
}

impl<'b> Counter<'b> {
    pub fn new(since: Option<Days>) -> Self {
        Self { figures: Figures { since, ..Figures::default() }, ..Self::default() }
    }

    pub fn add(&mut self, row: &Row<'b>, is_shown: bool) {
        let (insight, figures) = (&row.insight, &mut self.figures);
        figures.rows += 1;
        figures.customer_id = figures.customer_id.take().or_else(|| insight.customer_id.as_deref().map(str::to_owned));
        figures.customer_name =
            figures.customer_name.take().or_else(|| insight.customer_name.as_deref().map(str::to_owned));
        let product = insight.product_name.clone().unwrap_or_default();
        if is_shown {
            figures.shown += 1;
            self.products.insert(product.clone());
            let unassigned = row.seats.as_ref().and_then(|seats| decimal(seats.unassigned.as_deref()?));
            figures.unassigned = added(figures.unassigned, unassigned);
            if let Some(cost) = &row.cost {
                figures.costs.get_or_insert_default().add_row(cost, row.idle());
            }
            figures.has_calculated |= row.summary.is_none() && summary::exact_share(row).is_some();
            if let Some(change) = row.change_kind() {
                let counts = figures.changes.get_or_insert_default();
                counts[ChangeKind::ALL.iter().position(|kind| *kind == change).unwrap_or_default()] += 1;
            }
        }
        let group = self.groups.entry(GroupKey::of(insight), || Group { product, ..Group::default() });
        group.is_shown |= is_shown;
        if row.is_gone() {
            figures.gone += 1;
            return;
        }
        group.is_there = true;
        group.qualified = group.qualified.max(insight.licenses_qualified.as_ref().and_then(Number::value));
        group.active = group.active.max(insight.licenses_active.as_ref().and_then(Number::value));
        self.add_day(insight);
    }

    /// Counts only the row's date.
    pub fn add_day(&mut self, insight: &Insight<'_>) {
        if let Some(day) = insight.processed_date_time.as_deref().and_then(date::utc_day) {
            self.figures.days = spanned(self.figures.days, Some((day, day)));
        }
    }

    pub fn figures(self) -> Figures {
        let mut products = Indexed::default();
        for group in self.groups.values.into_iter().filter(|group| group.is_shown && group.is_there) {
            let figures = group
                .qualified
                .zip(group.active)
                .and_then(|(qualified, active)| Some((minus(qualified, active)?.max(Decimal::ZERO), qualified)));
            let product = group.product.into_owned();
            let (_, sum) = products.entry(product.clone(), || (product, Some((Decimal::ZERO, Decimal::ZERO))));
            *sum = sum.zip(figures).and_then(|(sum, next)| both(sum, next));
        }
        let mut idle = Idle { products: self.products.len(), ..Idle::default() };
        for (product, figures) in products.values {
            // A figure that cannot be added counts as unknown.
            let sums = figures.and_then(|figures| both((idle.seats, idle.of), figures));
            (idle.seats, idle.of) = sums.unwrap_or((idle.seats, idle.of));
            idle.by_product.push((product, sums.and(figures).map(|(idle, _)| idle)));
        }
        Figures { idle, ..self.figures }
    }
}

/// The sum of what is known.
fn added(sum: Option<Decimal>, next: Option<Decimal>) -> Option<Decimal> {
    match (sum, next) {
        // A figure that cannot be added counts as unknown.
        (Some(sum), Some(next)) => Some(plus(sum, next).unwrap_or(sum)),
        (sum, next) => sum.or(next),
    }
}

/// The sums of the first and of the second elements.
fn both(one: (Decimal, Decimal), other: (Decimal, Decimal)) -> Option<(Decimal, Decimal)> {
    Some((plus(one.0, other.0)?, plus(one.1, other.1)?))
}

/// The totals of all customers.
#[derive(Default)]
pub struct Totals {
    pub customers: usize,
    pub rows: usize,
    pub shown: usize,
    /// As for one customer, over all of them.
    pub changes: Option<[usize; 4]>,
    /// Idle seats, and the seats of the same products.
    pub idle: (Decimal, Decimal),
    /// As for one customer.
    pub unassigned: Option<Decimal>,
    pub costs: Option<Costs>,
    pub has_calculated: bool,
    /// Products without figures, counted for each customer.
    pub unknown: usize,
    /// Products with figures, counted for each customer.
    pub known: usize,
    /// The figures of the first customer.
    first: Option<Figures>,
    /// Idle seats by customer, in order of appearance.
    by_customer: Vec<(String, Decimal)>,
    /// The same by product.
    by_product: Indexed<String, (String, Decimal)>,
}

impl Totals {
    pub fn add(&mut self, figures: &Figures) {
        let idle = &figures.idle;
        self.customers += 1;
        self.rows += figures.rows;
        self.shown += figures.shown;
        self.unknown += idle.unknown();
        self.known += idle.by_product.len() - idle.unknown();
        self.idle = both(self.idle, (idle.seats, idle.of)).unwrap_or(self.idle);
        self.unassigned = added(self.unassigned, figures.unassigned);
        if let Some(costs) = &figures.costs {
            self.costs.get_or_insert_default().add(costs);
        }
        self.has_calculated |= figures.has_calculated;
        if let Some(counts) = figures.changes {
            for (sum, count) in self.changes.get_or_insert_default().iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let customer = figures.customer_name.as_ref().or(figures.customer_id.as_ref());
        self.by_customer.push((customer.cloned().unwrap_or_default(), idle.seats));
        for (product, idle) in &idle.by_product {
            let (_, sum) = self.by_product.entry(product.clone(), || (product.clone(), Decimal::ZERO));
            *sum = idle.and_then(|idle| plus(*sum, idle)).unwrap_or(*sum);
        }
        if self.first.is_none() {
            self.first = Some(figures.clone());
        }
    }

    /// The figures of the customer, if there is only one.
    pub fn one(&self) -> Option<&Figures> {
        self.first.as_ref().filter(|_| self.customers == 1)
    }

    /// The customers with idle seats, most first: by name if known, else by id.
    pub fn idle_customers(&self) -> Vec<(&str, Decimal)> {
        most_first(&self.by_customer)
    }

    /// The products with idle seats, most first.
    pub fn idle_products(&self) -> Vec<(&str, Decimal)> {
        most_first(&self.by_product.values)
    }
}

/// Those above zero, the largest first.
fn most_first(all: &[(String, Decimal)]) -> Vec<(&str, Decimal)> {
    let some = all.iter().filter(|(_, idle)| !idle.is_zero());
    let mut some: Vec<_> = some.map(|(name, idle)| (name.as_str(), *idle)).collect();
    some.sort_by_key(|(_, idle)| std::cmp::Reverse(*idle));
    some
}

/// The span that covers both.
pub fn spanned(one: Option<Days>, other: Option<Days>) -> Option<Days> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::rows_of;

    fn idle_of(body: &str) -> String {
        let mut counter = Counter::default();
        for row in rows_of(body) {
            counter.add(&Row::from(row), true);
        }
        let idle = counter.figures().idle;
        let (products, unknown, most) = (idle.products, idle.unknown(), idle.most());
        format!("products: {products}, unknown: {unknown}, seats: {} of {}, most: {most:?}", idle.seats, idle.of)
    }

    #[test]
    fn a_seat_that_three_workloads_count_is_one_seat() {
        assert_eq!(
            idle_of(
                r#"{"items":[
                {"productName":"E3","workloadName":"Exchange","licensesQualified":10,"licensesActive":4},
                {"productName":"E3","workloadName":"Teams","licensesQualified":10,"licensesActive":7},
                {"productName":"E3","workloadName":"SharePoint","licensesQualified":8,"licensesActive":1},
                {"productName":"P1","workloadName":"Exchange","licensesQualified":5,"licensesActive":0}]}"#
            ),
            r#"products: 2, unknown: 0, seats: 8 of 15, most: Some(("P1", 5))"#
        );
    }

    #[test]
    fn channels_are_counted_apart_and_equals_go_to_the_first_served() {
        assert_eq!(
            idle_of(
                r#"{"items":[
                {"productName":"B","channel":"reseller","licensesQualified":3,"licensesActive":1},
                {"productName":"A","channel":"reseller","licensesQualified":1,"licensesActive":0},
                {"productName":"A","channel":"direct","licensesQualified":1,"licensesActive":0}]}"#
            ),
            r#"products: 2, unknown: 0, seats: 4 of 5, most: Some(("B", 2))"#
        );
    }

    #[test]
    fn a_product_without_a_figure_is_unknown_and_not_zero() {
        assert_eq!(
            idle_of(r#"{"items":[{"productName":"A","licensesQualified":3},{"productName":"B"}]}"#),
            "products: 2, unknown: 2, seats: 0 of 0, most: None"
        );
        assert_eq!(
            idle_of(r#"{"items":[{"productName":"A","licensesQualified":3,"licensesActive":4}]}"#),
            "products: 1, unknown: 0, seats: 0 of 3, most: None"
        );
    }
}
