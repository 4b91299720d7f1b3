//! One cell of a format for people: a text or a figure as it is shown, and what follows it.
//! It knows no row but its own, and no format: that escapes and paints it.

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use super::columns::{Column, ColumnKind, Value, amount};
use super::row::Row;
use super::summary;
use crate::insight::number::decimal;
use crate::sanitize::sanitize;

/// What stands for a value that the service left out.
pub const ABSENT: &str = "–";

/// A value of a row, kept until its section is written.
pub struct Cell {
    /// Harmless for a terminal.
    pub text: String,
    /// Whether it may be broken at blanks. Figures, dates and ids never are.
    pub is_words: bool,
    pub tail: Tail,
    pub emphasis: Emphasis,
}

/// What follows a figure.
pub enum Tail {
    Nothing,
    /// The bar of a percentage.
    Bar(Decimal),
    /// What has changed since an earlier answer.
    Change(String),
}

/// How a cell stands out. It only repeats what can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emphasis {
    Plain,
    /// The name of the row above, once more.
    Again,
    /// The largest idle figure of its section.
    Most,
}

/// How good a usage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Low,
    Middling,
    High,
}

/// Below 50 % a usage is low, from 80 % it is high.
pub fn level(percent: Decimal) -> Level {
    match percent {
        percent if percent < Decimal::from(50) => Level::Low,
        percent if percent < Decimal::from(80) => Level::Middling,
        _ => Level::High,
    }
}

impl Cell {
    /// Words, or an id in place of an unknown name.
    pub fn words(text: &str) -> Self {
        let is_words = Uuid::try_parse(text).is_err();
        Self { text: legible(text).into_owned(), is_words, tail: Tail::Nothing, emphasis: Emphasis::Plain }
    }

    pub fn whole(text: &str) -> Self {
        Self { is_words: false, ..Self::words(text) }
    }

    pub fn of(column: &Column, row: &Row<'_>, today: Date) -> Self {
        match ((column.value)(row, today), column.kind) {
            (Value::Absent, _) => Self::whole(ABSENT),
            (Value::Text(text), ColumnKind::Text) => Self::words(&text),
            (Value::Text(text), _) => Self::whole(&text),
            (Value::Number(number), ColumnKind::Percent) => {
                // For a summary, the exact share; no bar if the number is too large.
                let drawn = summary::exact_share(row).or_else(|| decimal(&number));
                Self { tail: drawn.map_or(Tail::Nothing, Tail::Bar), ..Self::whole(&percent(&number, drawn)) }
            }
            (Value::Number(number), ColumnKind::Money) => {
                Self::whole(&decimal(&number).map_or_else(|| number.into_owned(), amount))
            }
            (Value::Number(number), ColumnKind::Change) => Self::whole(&signed(&number)),
            (Value::Number(number), _) => Self::whole(&number),
        }
    }

    /// The same, followed by the change, if there is one.
    pub fn with_change(mut self, change: &Self) -> Self {
        if change.text != ABSENT && change.text != "0" {
            self.tail = Tail::Change(format!(" ({})", change.text));
        }
        self
    }
}

/// With the sign that a difference has in print.
fn signed(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(digits) => format!("−{digits}"),
        None if number == "0" => number.to_owned(),
        None => format!("+{number}"),
    }
}

/// Characters that are shown of a text: nobody reads more, and the layout would take a minute over it.
const LEGIBLE: usize = 1000;

/// Text from outside, harmless and of a length that can be laid out.
pub fn legible(text: &str) -> Cow<'_, str> {
    let text = sanitize(text);
    match text.char_indices().nth(LEGIBLE) {
        None => text,
        Some(_) => Cow::Owned(text.chars().take(LEGIBLE - 1).chain(['…']).collect()),
    }
}

/// A percentage with one decimal. What is not all is never shown as all, and what is something never as nothing.
fn percent(served: &str, value: Option<Decimal>) -> String {
    let Some(value) = value else { return format!("{served}%") };
    // Halves are rounded up, as people do it.
    let rounded = value.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    if rounded == Decimal::ONE_HUNDRED && value < rounded {
        ">99.9%".to_owned()
    } else if rounded.is_zero() && value > rounded {
        "<0.1%".to_owned()
    } else {
        // Without a negative zero.
        format!("{:.1}%", rounded.normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_rounded_but_never_to_all_or_nothing() {
        for (served, shown) in [
            ("0", "0.0%"),
            ("0.0", "0.0%"),
            ("-0.0", "0.0%"),
            ("0.04", "<0.1%"),
            ("0.1", "0.1%"),
            ("0.25", "0.3%"),
            ("12.35", "12.4%"),
            ("33.333", "33.3%"),
            ("99.97", ">99.9%"),
            ("100", "100.0%"),
            ("137.5", "137.5%"),
            ("1e999", "1e999%"),
        ] {
            assert_eq!(percent(served, decimal(served)), shown);
        }
    }
}
