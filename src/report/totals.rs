//! What rows come to: seats counted once, the days of the data, what has changed. The workloads of a product count the same
//! seats, so they are never added up. It knows no format.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::costs::Costs;
use super::date;
use super::group::{GroupKey, Indexed};
use super::row::{ChangeKind, Row};
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
    /// Those of the products with figures.
    pub seats: Seats,
    /// The idle seats of each product, in the order served; `None` if a figure is missing or too large.
    pub by_product: Vec<(String, Option<Decimal>)>,
}

/// Seats, each counted once over the workloads of its product.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seats {
    pub qualified: Decimal,
    pub active: Decimal,
    /// Of each product at least 0, so it may differ from qualified − active.
    pub idle: Decimal,
}

impl Seats {
    /// Of one product; `None` if the difference cannot be held.
    fn of(qualified: Decimal, active: Decimal) -> Option<Self> {
        Some(Self { qualified, active, idle: minus(qualified, active)?.max(Decimal::ZERO) })
    }

    /// `None` if a sum cannot be held.
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            qualified: plus(self.qualified, other.qualified)?,
            active: plus(self.active, other.active)?,
            idle: plus(self.idle, other.idle)?,
        })
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
            let seats = group.qualified.zip(group.active).and_then(|(qualified, active)| Seats::of(qualified, active));
            let product = group.product.into_owned();
            let (_, sum) = products.entry(product.clone(), || (product, Some(Seats::default())));
            *sum = sum.zip(seats).and_then(|(sum, next)| sum.plus(next));
        }
        let mut idle = Idle { products: self.products.len(), ..Idle::default() };
        for (product, seats) in products.values {
            // A figure that cannot be added counts as unknown.
            let sum = seats.and_then(|seats| idle.seats.plus(seats));
            idle.seats = sum.unwrap_or(idle.seats);
            idle.by_product.push((product, sum.and(seats).map(|seats| seats.idle)));
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

/// The totals of all customers.
#[derive(Default)]
pub struct Totals {
    pub customers: usize,
    pub rows: usize,
    pub shown: usize,
    pub gone: usize,
    pub days: Option<Days>,
    pub since: Option<Days>,
    /// As for one customer, over all of them.
    pub changes: Option<[usize; 4]>,
    pub seats: Seats,
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
        self.gone += figures.gone;
        if figures.shown > 0 {
            self.days = spanned(self.days, figures.days);
        }
        self.since = spanned(self.since, figures.since);
        self.unknown += idle.unknown();
        self.known += idle.by_product.len() - idle.unknown();
        self.seats = self.seats.plus(idle.seats).unwrap_or(self.seats);
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
        self.by_customer.push((customer.cloned().unwrap_or_default(), idle.seats.idle));
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
    pub fn idle_customers(&self) -> Vec<Ranked<'_>> {
        most_first(&self.by_customer)
    }

    /// The products with idle seats, most first.
    pub fn idle_products(&self) -> Vec<Ranked<'_>> {
        most_first(&self.by_product.values)
    }
}

/// A customer or a product of a ranking.
pub struct Ranked<'t> {
    pub name: &'t str,
    pub idle: Decimal,
    /// Its place in the order of appearance, from 0.
    pub place: usize,
}

/// Those above zero, the largest first.
fn most_first(all: &[(String, Decimal)]) -> Vec<Ranked<'_>> {
    let all = all.iter().enumerate().map(|(place, (name, idle))| Ranked { name, idle: *idle, place });
    let mut some: Vec<_> = all.filter(|ranked| !ranked.idle.is_zero()).collect();
    some.sort_by_key(|ranked| std::cmp::Reverse(ranked.idle));
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
        format!(
            "products: {products}, unknown: {unknown}, seats: {} of {}, most: {most:?}",
            idle.seats.idle, idle.seats.qualified
        )
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
