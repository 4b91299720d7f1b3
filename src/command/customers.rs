//! The list of the partner's customers, for people, spreadsheets or scripts.
//! It asks nothing of any customer.

use crate::config::CustomersConfig;
use crate::failure::Outcome;
use crate::fetch;
use crate::output::{self, Destination};
use crate::partner_center::customers::{self, Customer};
use crate::report::columns::Value;
use crate::report::csv::{self, Records};
use crate::report::format::Format;
use crate::report::writer::Look;
use crate::report::{jsonl, table};

/// Writes the list.
///
/// # Errors
/// Those of the token and of the calls.
pub fn customers(config: CustomersConfig) -> anyhow::Result<Outcome> {
    let destination = Destination::open(config.out_file.as_deref())?;
    let listed = customers::list(&fetch::client(config.service)?)?;
    destination.write(&[render(&listed, config.format, &config.look).into()], b"")?;
    if listed.is_empty() {
        output::warning("the partner has no customers");
    }
    destination.finish(Outcome::Done, true)?;
    Ok(Outcome::Done)
}

/// The columns of the list: the first makes its CSV a list that `--customers` reads.
const COLUMNS: [&str; 4] = ["customerId", "companyName", "domain", "relationshipToPartner"];

fn cells(customer: &Customer) -> [Option<&str>; 4] {
    [&customer.id, &customer.company_name, &customer.domain, &customer.relationship].map(|cell| cell.as_deref())
}

fn render(customers: &[Customer], format: Format, look: &Look) -> Vec<u8> {
    match format {
        Format::Table => {
            let rows: Vec<_> = customers.iter().map(cells).collect();
            table::plain(&COLUMNS, &rows, look).into_bytes()
        }
        Format::Csv => {
            let mut records = Records::new(look);
            for customer in customers {
                records.add(cells(customer).into_iter().map(Value::text));
            }
            [csv::start(COLUMNS.into_iter(), look), records.into_bytes()].concat()
        }
        Format::Json => {
            let items: Vec<&str> = customers.iter().map(|customer| customer.json.get()).collect();
            if items.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", items.join(",\n")) }.into_bytes()
        }
        Format::Jsonl => {
            let mut lines = Vec::new();
            for customer in customers {
                jsonl::line(COLUMNS.into_iter().zip(cells(customer).map(Value::text)), &mut lines);
            }
            lines
        }
    }
}
