//! What the idle seats of several rows cost, currency by currency.
//! It makes nothing of a product without a price, and never adds up two currencies.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::row::Cost;
use crate::insight::number::plus;

/// What idle seats cost a month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// By currency; `None` if a sum cannot be held.
    pub by_currency: BTreeMap<String, Option<Decimal>>,
    /// The idle seats with a price.
    pub seats: Decimal,
    /// All idle seats, with or without a price.
    pub of: Decimal,
}

impl Costs {
    /// Adds a row and its idle seats.
    pub fn add_row(&mut self, cost: &Cost, idle: Option<Decimal>) {
        let Some(seats) = idle else { return };
        self.of = plus(self.of, seats).unwrap_or(self.of);
        if let (Some(amount), Some(currency)) = (cost.idle, &cost.currency) {
            self.seats = plus(self.seats, seats).unwrap_or(self.seats);
            self.add_amount(currency, Some(amount));
        }
    }

    fn add_amount(&mut self, currency: &str, amount: Option<Decimal>) {
        match self.by_currency.get_mut(currency) {
            Some(sum) => *sum = sum.zip(amount).and_then(|(sum, amount)| plus(sum, amount)),
            None => drop(self.by_currency.insert(currency.to_owned(), amount)),
        }
    }

    /// Adds what other rows cost.
    pub fn add(&mut self, other: &Self) {
        self.seats = plus(self.seats, other.seats).unwrap_or(self.seats);
        self.of = plus(self.of, other.of).unwrap_or(self.of);
        for (currency, amount) in &other.by_currency {
            self.add_amount(currency, *amount);
        }
    }
}
