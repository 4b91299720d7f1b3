//! Seats counted once: the rows of a product's workloads count the same seats, so they are never added up.
//! It looks at one answer; it knows no format.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use rust_decimal::{Decimal, RoundingStrategy};

use super::date;
use crate::insight::{Change, Derived, Insight, Number, minus, plus};

/// What all workloads of a product have in common: the customer, the product by its id, else by its name, the service and the
/// channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key<'a> {
    customer: Option<&'a str>,
    has_id: bool,
    product: Option<&'a str>,
    service: Option<&'a str>,
    channel: Option<&'a str>,
}

impl<'a> Key<'a> {
    pub fn of(row: &'a Insight<'_>) -> Self {
        // An empty id would make one of all products.
        let id = row.product_id.as_deref().filter(|id| !id.is_empty());
        let name = row.product_name.as_deref().filter(|name| !name.is_empty());
        Self {
            customer: row.customer_id.as_deref(),
            has_id: id.is_some(),
            product: id.or(name),
            service: row.service_name.as_deref(),
            channel: row.channel.as_deref(),
        }
    }
}

/// One row for all workloads of a product: of the largest its qualified seats, of the busiest its name and its active ones.
pub fn merged<'a>(rows: &[Insight<'a>]) -> Vec<Insight<'a>> {
    let mut groups = Indexed::default();
    for row in rows {
        groups.entry(Key::of(row), Vec::new).push(row);
    }
    groups.values.iter().map(|group| merge(group)).collect()
}

fn merge<'a>(group: &[&Insight<'a>]) -> Insight<'a> {
    let first_with = |member: fn(&Insight<'a>) -> Option<Cow<'a, str>>| group.iter().find_map(|row| member(row));
    let largest = most(group, |row| row.licenses_qualified);
    let busiest = most(group, |row| row.licenses_active);
    let oldest = group
        .iter()
        .filter_map(|row| Some((date::instant(row.processed_date_time.as_deref()?)?, *row)))
        .reduce(|oldest, next| if next.0 < oldest.0 { next } else { oldest });
    let licenses_qualified = largest.and_then(|row| row.licenses_qualified);
    let licenses_active = busiest.and_then(|row| row.licenses_active);
    let workloads: HashSet<_> = group.iter().map(|row| (&row.workload_name, &row.workload_code)).collect();
    Insight {
        customer_id: first_with(|row| row.customer_id.clone()),
        customer_name: first_with(|row| row.customer_name.clone()),
        product_id: first_with(|row| row.product_id.clone()),
        product_name: first_with(|row| row.product_name.clone()),
        workload_name: busiest.and_then(|row| row.workload_name.clone()),
        workload_code: busiest.and_then(|row| row.workload_code.clone()),
        service_name: first_with(|row| row.service_name.clone()),
        service_code: first_with(|row| row.service_code.clone()),
        channel: first_with(|row| row.channel.clone()),
        licenses_qualified,
        licenses_active,
        // Microsoft's figure is about one workload.
        usage_percent: None,
        // What is no date is shown only where there is none.
        processed_date_time: match oldest {
            Some((_, row)) => row.processed_date_time.clone(),
            None => first_with(|row| row.processed_date_time.clone()),
        },
        derived: Some(Box::new(Derived::Summary {
            workloads: workloads.len(),
            usage_percent: share(licenses_active, licenses_qualified),
        })),
    }
}

/// The row with the largest figure, the first served of equals; `None` where none has one.
fn most<'r, 'a>(group: &[&'r Insight<'a>], figure: fn(&Insight<'a>) -> Option<Number<'a>>) -> Option<&'r Insight<'a>> {
    let with_figure = group.iter().filter_map(|row| Some((figure(row)?.value(), *row)));
    // A figure that cannot be compared is the largest only where there is no other.
    with_figure.reduce(|most, next| if next.0 > most.0 { next } else { most }).map(|(_, row)| row)
}

/// `active` in hundredths of `qualified`, with one decimal.
fn share(active: Option<Number<'_>>, qualified: Option<Number<'_>>) -> Option<String> {
    let share = hundredths(active?, qualified?)?.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    Some(format!("{share:.1}"))
}

fn hundredths(active: Number<'_>, qualified: Number<'_>) -> Option<Decimal> {
    active.value()?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(qualified.value()?)
}

/// The same of a summary's row, not rounded; `None` for any other row.
pub fn exact_share(row: &Insight<'_>) -> Option<Decimal> {
    match row.derived.as_deref() {
        Some(Derived::Summary { .. }) => hundredths(row.licenses_active?, row.licenses_qualified?),
        _ => None,
    }
}

/// The idle seats of a customer, over all products.
#[derive(Debug, PartialEq)]
pub struct Idle<'a> {
    /// How many products the rows name.
    pub products: usize,
    /// How many of them lack a figure that can be calculated with, so that nothing is known of their idle seats.
    pub unknown: usize,
    /// The idle seats of those with figures.
    pub seats: Decimal,
    /// The idle seats of each product, in the order served; `None` where a figure is missing.
    pub by_product: Vec<(&'a str, Option<Decimal>)>,
    /// The product with the most of them, the first served of equals; `None` where none is idle.
    pub most: Option<(&'a str, Decimal)>,
}

/// Counts idle seats, each once: of a product (per service and channel) the largest workload's qualified seats less the
/// busiest workload's active ones. Products that `shown` does not name are left out; of the others all workloads count, since
/// a seat that a workload left idle may be busy in one that is not shown. Seats that are gone are not idle.
pub fn idle<'a>(rows: &'a [Insight<'_>], shown: &[&'a Insight<'_>]) -> Idle<'a> {
    let wanted: HashSet<Key<'_>> = shown.iter().map(|row| Key::of(row)).collect();
    let is_gone = |row: &&Insight<'_>| row.change() == Some(Change::Gone);
    // The busiest and the largest workload of each product, service and channel; then the sum of those of a product.
    let mut groups = Indexed::default();
    for row in rows.iter().filter(|row| !is_gone(row)) {
        let key = Key::of(row);
        if !wanted.contains(&key) {
            continue;
        }
        let (_, qualified, active) = groups.entry(key, || (name(row), None, None));
        *qualified = larger(*qualified, row.licenses_qualified);
        *active = larger(*active, row.licenses_active);
    }
    let mut products = Indexed::default();
    for (product, qualified, active) in groups.values {
        let idle = qualified.zip(active).and_then(|(qualified, active)| minus(qualified, active));
        let idle = idle.map(|idle| idle.max(Decimal::ZERO));
        let (_, sum) = products.entry(product, || (product, Some(Decimal::ZERO)));
        *sum = sum.zip(idle).and_then(|(sum, idle)| plus(sum, idle));
    }
    let mut idle_of: Vec<(&str, Option<Decimal>)> = products.values;
    let mut seats = Decimal::ZERO;
    for (_, idle) in &mut idle_of {
        // What cannot be added is not known either.
        match idle.and_then(|idle| plus(seats, idle)) {
            Some(sum) => seats = sum,
            None => *idle = None,
        }
    }
    let known = idle_of.iter().filter_map(|(product, idle)| idle.map(|idle| (*product, idle)));
    Idle {
        products: shown.iter().map(|row| name(row)).collect::<HashSet<_>>().len(),
        unknown: idle_of.iter().filter(|(_, idle)| idle.is_none()).count(),
        seats,
        most: known.filter(|(_, idle)| !idle.is_zero()).reduce(|most, next| if next.1 > most.1 { next } else { most }),
        by_product: idle_of,
    }
}

fn name<'a>(row: &'a Insight<'_>) -> &'a str {
    row.product_name.as_deref().unwrap_or("")
}

/// Values by key, in the order in which their keys came.
pub struct Indexed<K, V> {
    index: HashMap<K, usize>,
    pub values: Vec<V>,
}

impl<K: Eq + Hash, V> Indexed<K, V> {
    /// The key's value, a new one where it has none.
    pub fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let at = *self.index.entry(key).or_insert_with(|| {
            self.values.push(new());
            self.values.len() - 1
        });
        &mut self.values[at]
    }

    /// The key's value.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.index.get(key).map(|at| &mut self.values[*at])
    }
}

impl<K, V> Default for Indexed<K, V> {
    fn default() -> Self {
        Self { index: HashMap::new(), values: Vec::new() }
    }
}

fn larger(so_far: Option<Decimal>, figure: Option<Number<'_>>) -> Option<Decimal> {
    // An absent one is less than any other.
    so_far.max(figure.and_then(Number::value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight;

    fn idle_of(body: &str) -> String {
        let rows = insight::collection(body, None).expect("rows").rows;
        let Idle { products, unknown, seats, most, .. } = idle(&rows, &rows.iter().collect::<Vec<_>>());
        format!("products: {products}, unknown: {unknown}, seats: {seats}, most: {most:?}")
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
            r#"products: 2, unknown: 0, seats: 8, most: Some(("P1", 5))"#
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
            r#"products: 2, unknown: 0, seats: 4, most: Some(("B", 2))"#
        );
    }

    #[test]
    fn a_product_without_a_figure_is_unknown_and_not_zero() {
        assert_eq!(
            idle_of(r#"{"items":[{"productName":"A","licensesQualified":3},{"productName":"B"}]}"#),
            "products: 2, unknown: 2, seats: 0, most: None"
        );
        assert_eq!(
            idle_of(r#"{"items":[{"productName":"A","licensesQualified":3,"licensesActive":4}]}"#),
            "products: 1, unknown: 0, seats: 0, most: None"
        );
    }
}
