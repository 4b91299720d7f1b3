//! The list of the partner's customers, for people, spreadsheets or scripts.
//! It makes no call about any single customer.

use std::borrow::Cow;

use crate::config::CustomersConfig;
use crate::failure::Outcome;
use crate::fetch;
use crate::insight::Insight;
use crate::output::{self, Destinations};
use crate::partner_center::customers::{self, Customer};
use crate::report::format::Format;
use crate::report::row::{Listed, Row};
use crate::report::shape::Scope;
use crate::report::writer::Look;
use crate::report::{format, listing};

/// Writes the list.
///
/// # Errors
/// Those of the token and of the calls.
pub fn customers(config: CustomersConfig) -> anyhow::Result<Outcome> {
    let CustomersConfig { service, query, outputs, looks } = config;
    let destinations = Destinations::open(outputs.iter().map(|output| output.file.as_deref()))?;
    let listed = customers::list(&fetch::client(service)?)?;
    let mut rows: Vec<_> = listed.iter().map(row).filter(|row| query.keeps(row)).collect();
    query.sort(&mut rows);
    for ((output, look), destination) in outputs.iter().zip(looks).zip(destinations.iter()) {
        let report = if output.format == Format::Json {
            json(&listed)
        } else {
            // The first column makes the CSV a list that `--customers` reads.
            let columns = look.columns.or_else(|| Some(Scope::Customers.fields()));
            let writer = format::writer(output.format, Look { columns, is_one: true, ..look })?;
            listing::list(&rows, listed.len(), writer)?
        };
        destination.write(&[report.into()], b"")?;
    }
    if listed.is_empty() {
        output::warning("the partner has no customers");
    }
    destinations.finish(Outcome::Done, true)?;
    Ok(Outcome::Done)
}

fn row(customer: &Customer) -> Row<'_> {
    let text = |text: &'_ Option<String>| text.clone().map(Cow::Owned);
    let insight =
        Insight { customer_id: text(&customer.id), customer_name: text(&customer.company_name), ..Insight::default() };
    let listed = Listed { domain: customer.domain.clone(), relationship: customer.relationship.clone() };
    Row { listed: Some(listed), ..Row::from(insight) }
}

fn json(customers: &[Customer]) -> Vec<u8> {
    let items: Vec<&str> = customers.iter().map(|customer| customer.json.get()).collect();
    if items.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", items.join(",\n")) }.into_bytes()
}
