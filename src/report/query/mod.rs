//! Which rows, in which order, and which of them are an alarm: expressions, sort keys and lists of columns as they are typed.
//! Each is read once, into a type; what is not understood is refused, and never taken for something else.

mod expr;

use std::cmp::Ordering;
use std::mem;
use std::str::FromStr;

use jiff::civil::Date;

use super::row::Row;
use super::shape::{Field, Shape};
use crate::sanitize::sanitize_cut;
pub use expr::Expr;

/// What is asked of the rows.
#[derive(Debug, Default)]
pub struct Query {
    pub shape: Shape,
    /// All must hold.
    pub filters: Vec<Expr>,
    pub sort: Vec<SortKey>,
    /// `None` is the format's own choice.
    pub columns: Option<Columns>,
    pub alarms: Vec<Expr>,
    /// The UTC day from which ages are counted.
    pub today: Date,
}

impl Query {
    /// Whether the row is to be shown.
    pub fn keeps(&self, row: &Row<'_>) -> bool {
        self.filters.iter().all(|filter| filter.holds(row, self.today))
    }

    /// Sorts rows by all keys, equals in the order served, absent values last.
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

    /// The fields that are named, and by which option.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Field)> {
        let filters = self.filters.iter().map(|filter| ("--where", filter.field));
        let sort = self.sort.iter().map(|key| ("--sort", key.field));
        let columns = self.columns.iter().flat_map(|columns| columns.0.iter().map(|field| ("--columns", *field)));
        let alarms = self.alarms.iter().map(|alarm| ("--fail-if", alarm.field));
        filters.chain(sort).chain(columns).chain(alarms)
    }
}

/// The columns to show, each once.
#[derive(Clone, Debug)]
pub struct Columns(pub Vec<Field>);

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut fields: Vec<Field> = Vec::new();
        for name in text.split(',') {
            if name.trim().contains(' ') {
                return Err(format!(
                    "`{}` is more than one field: put commas between them",
                    sanitize_cut(name.trim(), 40)
                ));
            }
            let field: Field = name.parse()?;
            if fields.contains(&field) {
                return Err(format!("{} is named twice", field.0.name));
            }
            fields.push(field);
        }
        Ok(Self(fields))
    }
}

/// A field to sort by.
#[derive(Clone, Debug)]
pub struct SortKey {
    pub field: Field,
    pub descending: bool,
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().contains([',', ' ']) {
            let text = sanitize_cut(text.trim(), 40);
            return Err(format!("`{text}` is more than one field: repeat the option; `idle:desc` is from high to low"));
        }
        let (field, descending) = match text.split_once(':') {
            None => (text, false),
            Some((field, order)) if order.trim().eq_ignore_ascii_case("desc") => (field, true),
            Some((_, order)) => {
                let order = sanitize_cut(order, 40);
                return Err(format!(
                    "`:{order}` is no order: `:desc` sorts from high to low, nothing from low to high"
                ));
            }
        };
        Ok(Self { field: field.parse()?, descending })
    }
}
