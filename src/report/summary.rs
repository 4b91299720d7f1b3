//! One row for all workloads of a product, which count the same seats and are never added up; and one for all products of a
//! customer, which are added up. It knows no format.

use std::borrow::Cow;
use std::collections::HashSet;

use rust_decimal::Decimal;

use super::date;
use super::group::{GroupKey, Indexed};
use super::row::{Cost, Row, Seats, Spare, Sum, Summary};
use crate::insight::Insight;
use crate::insight::number::{Number, decimal, plain, plus};

/// One row for all workloads of a product: the qualified seats of the largest, the name and active seats of the busiest.
pub fn summarised<'a>(rows: impl IntoIterator<Item = Insight<'a>>) -> Vec<Row<'a>> {
    let mut products = Products::default();
    rows.into_iter().for_each(|row| products.add(row));
    products.summarised()
}

/// Rows by product, as they come.
#[derive(Default)]
pub struct Products<'a>(Indexed<GroupKey<'a>, Vec<Insight<'a>>>);

impl<'a> Products<'a> {
    pub fn add(&mut self, row: Insight<'a>) {
        self.0.entry(GroupKey::of(&row), Vec::new).push(row);
    }

    /// One row for each.
    pub fn summarised(self) -> Vec<Row<'a>> {
        self.0.values.into_iter().map(|group| summary(&group)).collect()
    }
}

fn summary<'a>(group: &[Insight<'a>]) -> Row<'a> {
    let first_with = |member: fn(&Insight<'a>) -> Option<Cow<'a, str>>| group.iter().find_map(member);
    let largest = most(group, |row| row.licenses_qualified.as_ref());
    let busiest = most(group, |row| row.licenses_active.as_ref());
    let licenses_qualified = largest.and_then(|row| row.licenses_qualified.clone());
    let licenses_active = busiest.and_then(|row| row.licenses_active.clone());
    let workloads: HashSet<_> = group.iter().map(|row| (&row.workload_name, &row.workload_code)).collect();
    let value = |number: &Option<Number<'_>>| number.as_ref().and_then(Number::value);
    let usage_percent =
        value(&licenses_active).zip(value(&licenses_qualified)).and_then(|(active, of)| hundredths(active, of));
    let insight = Insight {
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
        processed_date_time: oldest(group.iter()),
        // Microsoft's usage figure is about one workload, as whatever else a row may have.
        ..Insight::default()
    };
    Row { summary: Some(Summary { parts: workloads.len(), usage_percent, sum: None }), ..Row::from(insight) }
}

/// The oldest valid date. If none is valid, the first one is returned as served.
fn oldest<'r, 'a: 'r>(rows: impl Iterator<Item = &'r Insight<'a>>) -> Option<Cow<'a, str>> {
    let dates: Vec<_> = rows.filter_map(|row| row.processed_date_time.as_ref()).collect();
    let known = dates.iter().filter_map(|text| Some((date::instant(text)?, *text)));
    let oldest = known.reduce(|oldest, next| if next.0 < oldest.0 { next } else { oldest });
    oldest.map(|(_, text)| text).or(dates.first().copied()).cloned()
}

/// The row with the largest figure, the first of equal rows; `None` if none has a figure.
fn most<'r, 'a>(
    group: &'r [Insight<'a>],
    figure: fn(&'r Insight<'a>) -> Option<&'r Number<'a>>,
) -> Option<&'r Insight<'a>> {
    let with_figure = group.iter().filter_map(|row| Some((figure(row)?.value(), row)));
    // A figure too large to compare counts only if there is no other.
    with_figure.reduce(|most, next| if next.0 > most.0 { next } else { most }).map(|(_, row)| row)
}

/// `active` as a percentage of `qualified`, not rounded.
fn hundredths(active: Decimal, qualified: Decimal) -> Option<Decimal> {
    active.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(qualified)
}

/// One row per customer: the sums over its products from [`summarised`], which count different seats. A product without a
/// figure is left out of that sum, and of the usage if either figure is absent: it does not count as 0.
pub fn by_customer<'a>(products: &[Row<'a>]) -> Vec<Row<'a>> {
    let mut customers = Indexed::default();
    for product in products {
        customers.entry(product.insight.customer_id.clone(), Vec::new).push(product);
    }
    customers.values.iter().map(|products| sum(products)).collect()
}

fn sum<'a>(products: &[&Row<'a>]) -> Row<'a> {
    let first_with =
        |member: fn(&Insight<'a>) -> Option<Cow<'a, str>>| products.iter().find_map(|row| member(&row.insight));
    let qualified = |row: &&Row<'a>| row.insight.licenses_qualified.as_ref().and_then(Number::value);
    let active = |row: &&Row<'a>| row.insight.licenses_active.as_ref().and_then(Number::value);
    let idle = |row: &&Row<'a>| row.insight.licenses_idle().and_then(|idle| decimal(&idle));
    let complete: Vec<_> = products.iter().filter_map(|row| Some((qualified(row)?, active(row)?))).collect();
    let of = total(complete.iter().map(|(qualified, _)| *qualified));
    let used = total(complete.iter().map(|(_, active)| *active));
    let kinds: HashSet<_> = products.iter().map(|row| GroupKey::of(&row.insight).into_product()).collect();
    let insight = Insight {
        customer_id: first_with(|row| row.customer_id.clone()),
        customer_name: first_with(|row| row.customer_name.clone()),
        licenses_qualified: total(products.iter().filter_map(qualified)).map(Number::from),
        licenses_active: total(products.iter().filter_map(active)).map(Number::from),
        processed_date_time: oldest(products.iter().map(|row| &row.insight)),
        ..Insight::default()
    };
    let sum_of = |count: fn(&Seats) -> Option<&String>| {
        let counts = products.iter().filter_map(|row| decimal(count(row.seats.as_ref()?)?));
        total(counts).map(plain)
    };
    let seats = products.iter().any(|row| row.seats.is_some()).then(|| Seats {
        sold: sum_of(|seats| seats.sold.as_ref()),
        deployed: sum_of(|seats| seats.deployed.as_ref()),
        unassigned: sum_of(|seats| seats.unassigned.as_ref()),
        assigned_idle: sum_of(|seats| seats.assigned_idle.as_ref()),
    });
    // What is missing of all products is told elsewhere.
    let has_seats = |row: &Row<'_>| {
        let has_both = |seats: &Seats| seats.sold.is_some() && seats.deployed.is_some();
        seats.is_none() || row.seats.as_ref().is_some_and(has_both)
    };
    let sum_of_costs =
        |amount: fn(&Cost) -> Option<Decimal>| total(products.iter().filter_map(|row| amount(row.cost.as_ref()?)));
    // All are in one currency, or there is no report.
    let currency = products.iter().find_map(|row| row.cost.as_ref()?.currency.clone());
    let cost = products.iter().any(|row| row.cost.is_some()).then(|| Cost {
        price: None,
        currency,
        idle: sum_of_costs(|cost| cost.idle),
        unassigned: sum_of_costs(|cost| cost.unassigned),
    });
    let sum_of_spare =
        |seats: fn(&Spare) -> Option<Decimal>| total(products.iter().filter_map(|row| seats(row.spare.as_ref()?)));
    let spare = products
        .iter()
        .any(|row| row.spare.is_some())
        .then(|| Spare { spare: sum_of_spare(|it| it.spare), excess: sum_of_spare(|it| it.excess) });
    let is_complete = |row: &&&Row<'a>| qualified(row).is_some() && active(row).is_some() && has_seats(row);
    let sum = Sum {
        licenses_idle: total(products.iter().filter_map(idle)).map(plain),
        incomplete: products.len() - products.iter().filter(is_complete).count(),
    };
    let usage_percent = used.zip(of).and_then(|(active, qualified)| hundredths(active, qualified));
    Row {
        known_name: products.iter().find_map(|row| row.known_name.clone()),
        summary: Some(Summary { parts: kinds.len(), usage_percent, sum: Some(sum) }),
        seats,
        cost,
        spare,
        ..Row::from(insight)
    }
}

/// The exact sum of the figures; absent if there are none, or if it cannot be held.
fn total(mut figures: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    let first = figures.next()?;
    figures.try_fold(first, plus)
}

/// The percentage that a report calculates, not rounded: that of a summary's row, and that of a row whose endpoint serves
/// none. `None` for any other row.
pub fn exact_share(row: &Row<'_>) -> Option<Decimal> {
    let Insight { licenses_qualified, licenses_active, usage_percent, has_no_percentage, .. } = &row.insight;
    match &row.summary {
        Some(summary) => summary.usage_percent,
        None if *has_no_percentage && usage_percent.is_none() => {
            hundredths(licenses_active.as_ref()?.value()?, licenses_qualified.as_ref()?.value()?)
        }
        None => None,
    }
}
