//! Seats counted once: the rows of a product's workloads count the same seats, so they are never added up.
//! It looks at one answer; it knows no format.

use std::collections::HashMap;
use std::hash::Hash;

use crate::insight::{Insight, Number};

/// The idle seats of a customer, over all products.
#[derive(Debug, PartialEq)]
pub struct Idle<'a> {
    /// How many products the rows name.
    pub products: usize,
    /// How many of them lack a figure, so that nothing is known of their idle seats.
    pub unknown: usize,
    /// The idle seats of those with figures.
    pub seats: f64,
    /// The idle seats of each product, in the order served; `None` where a figure is missing.
    pub by_product: Vec<(&'a str, Option<f64>)>,
    /// The product with the most of them, the first served of equals; `None` where none is idle.
    pub most: Option<(&'a str, f64)>,
}

/// Counts idle seats, each once: of a product (per service and channel) the largest workload's qualified seats less the
/// busiest workload's active ones.
pub fn idle<'a>(rows: &'a [Insight<'_>]) -> Idle<'a> {
    // The busiest and the largest workload of each product, service and channel; then the sum of those of a product.
    let mut groups = Indexed::default();
    for row in rows {
        let product = row.product_name.as_deref().unwrap_or("");
        let product_key = row.product_id.as_deref().unwrap_or(product);
        let key = (row.customer_id.as_deref(), product_key, row.service_name.as_deref(), row.channel.as_deref());
        let (_, qualified, active) = groups.entry(key, || (product, None, None));
        *qualified = larger(*qualified, row.licenses_qualified);
        *active = larger(*active, row.licenses_active);
    }
    let mut products = Indexed::default();
    for (product, qualified, active) in groups.values {
        let idle = qualified.zip(active).map(|(qualified, active): (f64, f64)| (qualified - active).max(0.0));
        let (_, sum) = products.entry(product, || (product, Some(0.0)));
        *sum = sum.zip(idle).map(|(sum, idle): (f64, f64)| sum + idle);
    }
    let idle_of: Vec<(&str, Option<f64>)> = products.values;
    let known = || idle_of.iter().filter_map(|(product, idle)| idle.map(|idle| (*product, idle)));
    Idle {
        products: idle_of.len(),
        unknown: idle_of.iter().filter(|(_, idle)| idle.is_none()).count(),
        seats: known().fold(0.0, |seats, (_, idle)| seats + idle),
        most: known().filter(|(_, idle)| *idle > 0.0).reduce(|most, next| if next.1 > most.1 { next } else { most }),
        by_product: idle_of,
    }
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
}

impl<K, V> Default for Indexed<K, V> {
    fn default() -> Self {
        Self { index: HashMap::new(), values: Vec::new() }
    }
}

fn larger(so_far: Option<f64>, figure: Option<Number<'_>>) -> Option<f64> {
    match (so_far, figure.map(Number::value).filter(|figure| figure.is_finite())) {
        (Some(so_far), Some(figure)) => Some(so_far.max(figure)),
        (so_far, figure) => so_far.or(figure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight;

    fn idle_of(body: &str) -> String {
        let rows = insight::rows(body, None).expect("rows");
        let Idle { products, unknown, seats, most, .. } = idle(&rows);
        format!("products: {products}, unknown: {unknown}, seats: {seats:?}, most: {most:?}")
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
            r#"products: 2, unknown: 0, seats: 8.0, most: Some(("P1", 5.0))"#
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
            r#"products: 2, unknown: 0, seats: 4.0, most: Some(("B", 2.0))"#
        );
    }

    #[test]
    fn a_product_without_a_figure_is_unknown_and_not_zero() {
        assert_eq!(
            idle_of(r#"{"items":[{"productName":"A","licensesQualified":3},{"productName":"B"}]}"#),
            "products: 2, unknown: 2, seats: 0.0, most: None"
        );
        assert_eq!(
            idle_of(r#"{"items":[{"productName":"A","licensesQualified":3,"licensesActive":4}]}"#),
            "products: 1, unknown: 0, seats: 0.0, most: None"
        );
    }
}
