//! Reads conditions, sort keys and columns as typed, on the fields of the report. It looks at no row.

use jiff::civil::Date;

use super::options::Conflict;
use crate::cli::{Cli, CustomersArguments, Summary};
use crate::failure::Failure;
use crate::report::query::{Expr, Query, SortKey, columns};
use crate::report::shape::{Field, Layout, Scope, Shape, named};
use crate::sanitize::sanitize_cut;

/// The query for the rows of a report; `has_rows` is whether any format is made of rows.
///
/// # Errors
/// `Usage`, naming the option.
pub fn of_report(cli: &Cli, has_rows: bool, today: Date) -> Result<Query, Failure> {
    let shape = match (cli.summary, cli.compare.is_some()) {
        (Some(_), true) => return Err(Conflict::TwoShapes.into()),
        (Some(Summary::Product), false) => Shape::Summary,
        (Some(Summary::Customer), false) => Shape::Customers,
        (None, true) => Shape::Changes,
        (None, false) => Shape::Rows,
    };
    for (option, is_typed) in [("--deployment", cli.deployment), ("--prices", cli.prices.is_some())] {
        if is_typed && cli.compare.is_some() {
            return Err(Conflict::NotCompared { option }.into());
        }
        if is_typed && cli.summary.is_none() {
            return Err(Conflict::NoSummary { option }.into());
        }
    }
    let (has_deployment, has_prices) = (cli.deployment, cli.prices.is_some());
    // With raw JSON, exceptions only leave customers out.
    let has_exceptions = cli.exceptions.is_some() && has_rows;
    let layout = Layout { shape, has_deployment, has_prices, has_exceptions };
    let scope = Scope::Report(layout);
    let query = Query {
        layout,
        filters: expressions("--where", &cli.filters, scope)?,
        sort: sort_keys(&cli.sort, scope)?,
        columns: chosen(&cli.columns, scope)?,
        alarms: expressions("--fail-if", &cli.fail_if, scope)?,
        today,
    };
    let fields = layout.fields();
    let Some((option, field)) = query.named().find(|(_, field)| !fields.contains(field)) else { return Ok(query) };
    let name = field.0.name;
    let added = [
        ("--deployment", Layout { has_deployment: true, ..layout }),
        ("--prices FILE", Layout { has_prices: true, ..layout }),
        ("--deployment and --prices FILE", Layout { has_deployment: true, has_prices: true, ..layout }),
    ];
    let of_summary = |has_deployment, has_prices| Layout { has_deployment, has_prices, ..Shape::Summary.into() };
    let needs = [
        ("--summary", Shape::Summary.into()),
        ("--summary=customer", Shape::Customers.into()),
        ("--compare FILE", Shape::Changes.into()),
        ("--summary --deployment", of_summary(true, false)),
        ("--summary --prices FILE", of_summary(false, true)),
        ("--summary --deployment --prices FILE", of_summary(true, true)),
    ];
    let has = |other: &Layout| other.fields().contains(&field);
    let added = added.iter().find(|(_, other)| cli.summary.is_some() && has(other));
    let excepted = Layout { has_exceptions: true, ..layout };
    let failure = match added.or_else(|| needs.iter().find(|(_, other)| other.shape != shape && has(other))) {
        _ if has(&excepted) && cli.exceptions.is_some() => {
            let why = "with -o json, --exceptions only leaves customers out";
            Failure::usage(format!("{option}: there is no {name}: {why}"))
        }
        _ if has(&excepted) => Failure::usage(format!("{option}: the field {name} needs --exceptions FILE")),
        Some((need, other)) if other.shape == shape || *need == "--summary=customer" => {
            Failure::usage(format!("{option}: the field {name} needs {need}"))
        }
        _ if shape == Shape::Summary => Failure::usage(format!("{option}: a summary has no field {name}")),
        _ if shape == Shape::Customers => {
            Failure::usage(format!("{option}: a summary by customer has no field {name}"))
        }
        Some((need, _)) => Failure::usage(format!("{option}: the field {name} needs {need}")),
        None => Failure::usage(format!("{option}: {name} is not a field of this report")),
    };
    Err(failure.hint(format!("the fields are {}", named(&fields))))
}

/// The query for the list of customers; options may come before and after the command's name.
///
/// # Errors
/// `Usage`, naming the option.
pub fn of_customers(cli: &Cli, arguments: &CustomersArguments, today: Date) -> Result<Query, Failure> {
    let both = |before: &[String], after: &[String]| [before, after].concat();
    Ok(Query {
        filters: expressions("--where", &both(&cli.filters, &arguments.filters), Scope::Customers)?,
        sort: sort_keys(&both(&cli.sort, &arguments.sort), Scope::Customers)?,
        columns: chosen(&both(&cli.columns, &arguments.columns), Scope::Customers)?,
        today,
        ..Query::default()
    })
}

fn expressions(option: &str, typed: &[String], scope: Scope) -> Result<Vec<Expr>, Failure> {
    typed.iter().map(|text| Expr::read(text, scope).map_err(|failure| at(option, text, failure))).collect()
}

fn sort_keys(typed: &[String], scope: Scope) -> Result<Vec<SortKey>, Failure> {
    let keys = typed.iter().flat_map(|list| list.split(','));
    keys.map(|text| SortKey::read(text, scope).map_err(|failure| at("--sort", text, failure))).collect()
}

/// `None` if no column is named.
fn chosen(typed: &[String], scope: Scope) -> Result<Option<Vec<Field>>, Failure> {
    if typed.is_empty() {
        return Ok(None);
    }
    let fields = columns(&typed.join(","), scope);
    fields.map(Some).map_err(|failure| Failure { message: format!("--columns: {}", failure.message), ..failure })
}

fn at(option: &str, typed: &str, failure: Failure) -> Failure {
    Failure { message: format!("{option} '{}': {}", sanitize_cut(typed, 100), failure.message), ..failure }
}
