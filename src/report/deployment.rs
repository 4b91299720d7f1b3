//! What was sold and assigned, beside what is used: each product's row of a deployment answer joins its row of the summary.
//! It adds up nothing, and loses no product that only one of the two answers has.

use std::borrow::Cow;

use super::pairs::{Identity, Place, paired};
use super::row::{Row, Seats, Summary};
use crate::insight::Insight;
use crate::insight::deployment::Deployment;
use crate::insight::number::Number;

/// The rows of a summary with what was sold of each product, followed by the products that only `deployment` has.
pub fn joined<'a>(mut rows: Vec<Row<'a>>, deployment: Vec<Deployment<'a>>) -> Vec<Row<'a>> {
    let used: Vec<_> = rows
        .iter()
        .map(|Row { insight: row, .. }| identity([&row.customer_id, &row.product_id, &row.product_name, &row.channel]))
        .collect();
    let owned: Vec<_> = deployment
        .iter()
        .map(|row| identity([&row.customer_id, &row.product_id, &row.product_name, &row.channel]))
        .collect();
    let partners = paired(&used, &owned);
    let mut deployment: Vec<_> = deployment.into_iter().map(Some).collect();
    for (row, partner) in rows.iter_mut().zip(partners) {
        let Some(theirs) = partner.and_then(|index| deployment[index].take()) else { continue };
        row.seats = Some(seats(&theirs, row.insight.licenses_active.as_ref()));
    }
    rows.extend(deployment.into_iter().flatten().map(unused));
    rows
}

/// In the order: customer, product id, product name, channel.
type Members<'r, 'a> = [&'r Option<Cow<'a, str>>; 4];

fn identity<'a>([customer, product_id, product_name, channel]: Members<'_, 'a>) -> Identity<'a> {
    let place = Place { customer: customer.clone(), workload: None, service: None, channel: channel.clone() };
    Identity::new(product_id.as_deref(), product_name.as_deref(), place)
}

fn seats(row: &Deployment<'_>, active: Option<&Number<'_>>) -> Seats {
    let (sold, deployed) = (row.licenses_sold.as_ref(), row.licenses_deployed.as_ref());
    let beyond = |more: Option<&Number<'_>>, less: Option<&Number<'_>>| more?.beyond(less?).map(Cow::into_owned);
    let served = |number: Option<&Number<'_>>| number.map(|number| number.as_served().to_owned());
    Seats {
        sold: served(sold),
        deployed: served(deployed),
        unassigned: beyond(sold, deployed),
        assigned_idle: beyond(deployed, active),
    }
}

/// A product that has been sold, but has no rows of usage.
fn unused(row: Deployment<'_>) -> Row<'_> {
    let seats = seats(&row, None);
    let insight = Insight {
        customer_id: row.customer_id,
        customer_name: row.customer_name,
        product_id: row.product_id,
        product_name: row.product_name,
        service_name: row.service_name,
        service_code: row.service_code,
        channel: row.channel,
        processed_date_time: row.processed_date_time,
        ..Insight::default()
    };
    Row {
        summary: Some(Summary { parts: 0, usage_percent: None, sum: None }),
        seats: Some(seats),
        ..Row::from(insight)
    }
}
