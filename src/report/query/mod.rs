//! Expressions, sort keys and lists of columns as typed: which rows, in which order, and which raise an alarm. Each is
//! parsed once, into a type; anything not understood is refused, never reinterpreted.

mod condition;
mod expr;

use std::cmp::Ordering;
use std::mem;

use jiff::civil::Date;

use super::row::Row;
use super::shape::{Field, Layout, Scope, Shape};
use crate::failure::Failure;
use crate::sanitize::sanitize_cut;
pub use condition::Condition;
pub use expr::Expr;

/// What to do with the rows.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub layout: Layout,
    /// All must match.
    pub filters: Vec<Expr>,
    pub sort: Vec<SortKey>,
    /// Without duplicates; `None` for the format's default.
    pub columns: Option<Vec<Field>>,
    pub alarms: Vec<Expr>,
    /// The UTC day from which ages are counted.
    pub today: Date,
}

impl Query {
    /// Whether the row is shown.
    pub fn keeps(&self, row: &Row<'_>) -> bool {
        self.filters.iter().all(|filter| filter.holds(row, self.today))
    }

    /// Whether the row is shown, or would be if a value that it lacks were known.
    pub fn may_keep(&self, row: &Row<'_>) -> bool {
        let known = |condition: &Condition| condition.holds_for(row, self.today);
        self.filters.iter().all(|filter| filter.verdict(known) != Some(false))
    }

    /// Sorts rows by all keys; equal rows stay in the order served, absent values come last.
    pub fn sort(&self, rows: &mut Vec<Row<'_>>) {
        if self.sort.is_empty() {
            return;
        }
        let keys = |row: &Row<'_>| self.sort.iter().map(|key| key.field.0.comparable(row, self.today)).collect();
        let mut keyed: Vec<(Vec<_>, _)> = mem::take(rows).into_iter().map(|row| (keys(&row), row)).collect();
        keyed.sort_by(|(one, _), (other, _)| {
            let orders = self.sort.iter().zip(one).zip(other).map(|((key, one), other)| match (one, other) {
                (Some(one), Some(other)) if key.descending => other.order(one),
                (Some(one), Some(other)) => one.order(other),
                (one, other) => other.is_some().cmp(&one.is_some()),
            });
            orders.fold(Ordering::Equal, Ordering::then)
        });
        *rows = keyed.into_iter().map(|(_, row)| row).collect();
    }

    /// The options that shape the rows, each with its value as it could be typed. Files are left out: a path is nobody's
    /// business.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let joined = |names: Vec<String>| names.join(",");
        let shape = match self.layout.shape {
            Shape::Rows => None,
            Shape::Summary => Some(("--summary", "product".to_owned())),
            Shape::Customers => Some(("--summary", "customer".to_owned())),
            Shape::Changes => Some(("--compare", "an earlier response".to_owned())),
        };
        let order = |key: &SortKey| format!("{}{}", key.field.0.name, if key.descending { ":desc" } else { "" });
        let sort = Some(joined(self.sort.iter().map(order).collect())).filter(|keys| !keys.is_empty());
        let columns = self.columns.as_ref();
        let columns = columns.map(|fields| joined(fields.iter().map(|Field(column)| column.name.to_owned()).collect()));
        let filters = self.filters.iter().map(|filter| ("--where", filter.to_string()));
        let deployment = self.layout.has_deployment.then(|| ("--deployment", String::new()));
        let prices = self.layout.has_prices.then(|| ("--prices", "a list of prices".to_owned()));
        let exceptions = self.layout.has_exceptions.then(|| ("--exceptions", "a list of exceptions".to_owned()));
        let rest = [
            deployment,
            prices,
            exceptions,
            sort.map(|keys| ("--sort", keys)),
            columns.map(|names| ("--columns", names)),
        ];
        shape.into_iter().chain(filters).chain(rest.into_iter().flatten()).collect()
    }

    /// The fields that are named, with the option.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Field)> {
        let fields = |exprs: &'_ [Expr]| -> Vec<Field> {
            exprs.iter().flat_map(|expr| expr.conditions().map(|condition| condition.field)).collect()
        };
        let filters = fields(&self.filters).into_iter().map(|field| ("--where", field));
        let sort = self.sort.iter().map(|key| ("--sort", key.field));
        let columns = self.columns.iter().flatten().map(|field| ("--columns", *field));
        let alarms = fields(&self.alarms).into_iter().map(|field| ("--fail-if", field));
        filters.chain(sort).chain(columns).chain(alarms)
    }
}

/// The columns that a list of fields names.
///
/// # Errors
/// `Usage` if one is unknown or named twice.
pub fn columns(text: &str, scope: Scope) -> Result<Vec<Field>, Failure> {
    let mut fields: Vec<Field> = Vec::new();
    for name in text.split(',') {
        let field = one_field(name, scope)?;
        if fields.contains(&field) {
            return Err(Failure::usage(format!("{} is named twice", field.0.name)));
        }
        fields.push(field);
    }
    Ok(fields)
}

fn one_field(name: &str, scope: Scope) -> Result<Field, Failure> {
    let name = name.trim();
    if name.contains(char::is_whitespace) {
        let failure = Failure::usage(format!("`{}` is not one field", sanitize_cut(name, 40)));
        return Err(failure.hint("fields are separated by commas; `idle:desc` sorts from high to low"));
    }
    Field::read(name, scope)
}

/// A field to sort by.
#[derive(Clone, Debug)]
pub struct SortKey {
    pub field: Field,
    pub descending: bool,
}

impl SortKey {
    /// `FIELD`, `FIELD:asc` or `FIELD:desc`.
    ///
    /// # Errors
    /// `Usage`, saying what would do.
    pub fn read(text: &str, scope: Scope) -> Result<Self, Failure> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix(['-', '+']) {
            let order = if text.starts_with('-') { ":desc" } else { "" };
            let failure = Failure::usage("a sort key takes no sign");
            return Err(match Field::named(name, scope) {
                Some(_) => failure.hint(format!("write --sort {name}{order}")),
                None => failure.hint("`idle:desc` sorts from high to low"),
            });
        }
        let (name, order) = text.split_once(':').unwrap_or((text, "asc"));
        let is = |known: &str| order.trim().eq_ignore_ascii_case(known);
        if !is("asc") && !is("desc") {
            let order = sanitize_cut(order, 40);
            let message =
                format!("`:{order}` is not an order: `:desc` sorts from high to low, `:asc` from low to high");
            return Err(Failure::usage(message));
        }
        Ok(Self { field: one_field(name, scope)?, descending: is("desc") })
    }
}
