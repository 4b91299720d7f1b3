//! One row for all workloads of a product, which count the same seats: they are never added up.
//! It looks at the rows of one customer; it knows no format.

use std::borrow::Cow;
use std::collections::HashSet;

use rust_decimal::{Decimal, RoundingStrategy};

use super::date;
use super::group::{GroupKey, Indexed};
use super::row::{Row, Summary};
use crate::insight::Insight;
use crate::insight::number::Number;

/// One row for all workloads of a product: of the largest its qualified seats, of the busiest its name and its active ones.
pub fn summarised(rows: Vec<Insight<'_>>) -> Vec<Row<'_>> {
    let mut groups = Indexed::default();
    for row in rows {
        groups.entry(GroupKey::of(&row), Vec::new).push(row);
    }
    groups.values.iter().map(|group| summary(group)).collect()
}

fn summary<'a>(group: &[Insight<'a>]) -> Row<'a> {
    let first_with = |member: fn(&Insight<'a>) -> Option<Cow<'a, str>>| group.iter().find_map(member);
    let largest = most(group, |row| row.licenses_qualified.as_ref());
    let busiest = most(group, |row| row.licenses_active.as_ref());
    let oldest = group
        .iter()
        .filter_map(|row| Some((date::instant(row.processed_date_time.as_deref()?)?, row)))
        .reduce(|oldest, next| if next.0 < oldest.0 { next } else { oldest });
    let licenses_qualified = largest.and_then(|row| row.licenses_qualified.clone());
    let licenses_active = busiest.and_then(|row| row.licenses_active.clone());
    let workloads: HashSet<_> = group.iter().map(|row| (&row.workload_name, &row.workload_code)).collect();
    let usage_percent = share(licenses_active.as_ref(), licenses_qualified.as_ref());
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
        // Microsoft's figure is about one workload.
        usage_percent: None,
        // What is no date is shown only where there is none.
        processed_date_time: match oldest {
            Some((_, row)) => row.processed_date_time.clone(),
            None => first_with(|row| row.processed_date_time.clone()),
        },
    };
    Row { summary: Some(Summary { workloads: workloads.len(), usage_percent }), ..Row::from(insight) }
}

/// The row with the largest figure, the first served of equals; `None` where none has one.
fn most<'r, 'a>(
    group: &'r [Insight<'a>],
    figure: fn(&'r Insight<'a>) -> Option<&'r Number<'a>>,
) -> Option<&'r Insight<'a>> {
    let with_figure = group.iter().filter_map(|row| Some((figure(row)?.value(), row)));
    // A figure that cannot be compared is the largest only where there is no other.
    with_figure.reduce(|most, next| if next.0 > most.0 { next } else { most }).map(|(_, row)| row)
}

/// `active` in hundredths of `qualified`, with one decimal.
fn share(active: Option<&Number<'_>>, qualified: Option<&Number<'_>>) -> Option<String> {
    let share = hundredths(active?, qualified?)?.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    Some(format!("{share:.1}"))
}

fn hundredths(active: &Number<'_>, qualified: &Number<'_>) -> Option<Decimal> {
    active.value()?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(qualified.value()?)
}

/// The same of a summary's row, not rounded; `None` for any other row.
pub fn exact_share(row: &Row<'_>) -> Option<Decimal> {
    row.summary.as_ref()?;
    hundredths(row.insight.licenses_active.as_ref()?, row.insight.licenses_qualified.as_ref()?)
}
