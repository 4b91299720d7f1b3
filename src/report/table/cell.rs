//! One cell of a table: words, or a figure and what follows it.
//! It knows no row but its own.

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_width::UnicodeWidthStr;
use uuid::Uuid;

use super::paint::{DIM, level, mark};
use crate::insight::number::decimal;
use crate::report::columns::{Column, ColumnKind, Value, amount};
use crate::report::row::Row;
use crate::report::summary;
use crate::sanitize::sanitize;

/// What stands for a value that the service left out.
pub const ABSENT: &str = "–";

/// A value of a row, kept until the table is laid out.
pub struct Cell {
    /// Harmless, without marks.
    pub text: String,
    /// Whether it may be broken at blanks. Figures, dates and ids never are.
    pub is_words: bool,
    pub tail: Tail,
    /// The mark to paint it with.
    pub style: Option<char>,
}

/// What follows a figure.
pub enum Tail {
    Nothing,
    /// The bar of a percentage.
    Bar(Decimal),
    /// What has changed since an earlier answer.
    Change(String),
}

impl Cell {
    /// Words, or an id in place of an unknown name.
    pub fn words(text: &str) -> Self {
        let is_words = Uuid::try_parse(text).is_err();
        Self { text: legible(text).into_owned(), is_words, tail: Tail::Nothing, style: None }
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
                // Of a summary what was rounded for it; nothing where it cannot be calculated with.
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

impl Tail {
    /// The width in columns; `bar` is the width of a bar.
    pub fn width(&self, bar: usize) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Bar(_) if bar == 0 => 0,
            Self::Bar(_) => 1 + bar,
            Self::Change(text) => text.width(),
        }
    }

    pub fn text(&self, bar: usize) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Bar(_) if bar == 0 => String::new(),
            Self::Bar(percent) => {
                let drawn = usage_bar(*percent, bar);
                let (filled, rest) = drawn.split_at(drawn.find(EMPTY).unwrap_or(drawn.len()));
                format!(" {}{}", mark(level(*percent), filled), mark(DIM, rest))
            }
            Self::Change(text) => text.clone(),
        }
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

const EMPTY: char = '░';

/// A bar of `cells` columns, filled in eighths; only a whole 100 % fills it, and anything above 0 shows.
fn usage_bar(percent: Decimal, cells: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let all = cells * 8;
    let of_hundred = percent.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED) * Decimal::from(all);
    let filled = (of_hundred / Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    let mut filled = filled.to_usize().unwrap_or(0);
    if percent < Decimal::ONE_HUNDRED {
        filled = filled.min(all.saturating_sub(1));
    }
    if percent > Decimal::ZERO {
        filled = filled.max(1).min(all);
    }
    let mut bar = "█".repeat(filled / 8);
    if !filled.is_multiple_of(8) {
        bar.push(EIGHTHS[filled % 8]);
    }
    bar.extend(std::iter::repeat_n(EMPTY, cells - filled.div_ceil(8)));
    bar
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

    #[test]
    fn a_bar_is_full_only_at_100_percent_and_empty_only_at_0() {
        for (percent, bar) in [
            ("0.0", "░░░░"),
            ("-3", "░░░░"),
            ("0.1", "▏░░░"),
            ("25.0", "█░░░"),
            ("50.0", "██░░"),
            ("61.0", "██▌░"),
            ("99.9", "███▉"),
            ("100", "████"),
            ("79228162514264337593543950335", "████"),
        ] {
            assert_eq!(usage_bar(decimal(percent).expect("a number"), 4), bar, "{percent}");
        }
    }
}
