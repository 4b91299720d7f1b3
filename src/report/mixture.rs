//! Which currencies an option compares under one number, without anything that keeps them apart.
//! It compares nothing itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::columns::{CURRENCY, ColumnKind};
use super::query::{Expr, Query};
use super::row::Row;
use super::wording::listed;

/// The currencies that each option has compared.
#[derive(Clone, Debug, Default)]
pub struct Mixture(BTreeMap<(String, usize), BTreeSet<String>>);

impl Mixture {
    /// Looks at a row on which an expression is tested; `option` is the expression as messages show it.
    pub fn tests(&mut self, option: impl Fn() -> String, expr: &Expr, row: &Row<'_>, today: Date) {
        let Some(currency) = currency(row) else { return };
        for alternative in expr.weighs(row, today) {
            self.0.entry((option(), alternative)).or_default().insert(currency.to_owned());
        }
    }

    /// Looks at a row that may be shown: the filters test it, and if they all keep it, it is sorted.
    pub fn shows(&mut self, query: &Query, row: &Row<'_>) {
        let Some(own) = currency(row) else { return };
        for (index, filter) in query.filters.iter().enumerate() {
            let mut others = query.filters.iter().enumerate().filter(|(other, _)| *other != index);
            // What another filter hides is not compared.
            if others.all(|(_, other)| other.holds(row, query.today)) {
                self.tests(|| format!("--where '{filter}'"), filter, row, query.today);
            }
        }
        let keys = || query.sort.iter().map(|key| key.field.0);
        let amount = keys().position(|column| column.kind == ColumnKind::Money);
        let is_apart = |amount: usize| keys().take(amount).any(|column| *column == CURRENCY);
        if amount.is_some_and(|amount| !is_apart(amount)) && query.keeps(row) {
            self.0.entry(("--sort".to_owned(), 0)).or_default().insert(own.to_owned());
        }
    }

    /// A warning for each option that has compared several.
    pub fn warnings(&self) -> BTreeSet<String> {
        let mixed = self.0.iter().filter(|(_, currencies)| currencies.len() > 1);
        mixed
            .map(|((option, _), currencies)| {
                let currencies: Vec<_> = currencies.iter().map(String::as_str).collect();
                format!("{option}: amounts in {} are compared as if they were one currency", listed(&currencies, "and"))
            })
            .collect()
    }
}

/// The currency of the row's price.
fn currency<'r>(row: &'r Row<'_>) -> Option<&'r str> {
    row.cost.as_ref()?.currency.as_deref()
}
