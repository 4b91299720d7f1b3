//! One cell of a table: a figure, words, or a percentage with its bar.
//! It knows no row beside its own.

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_width::UnicodeWidthStr;

use super::paint::{BOLD, level, mark};
use crate::insight::number::decimal;
use crate::report::columns::{Column, ColumnKind, LICENSES_IDLE, Value};
use crate::report::row::Row;
use crate::report::summary;
use crate::sanitize::sanitize;

/// What stands for a value that the service left out.
pub const ABSENT: &str = "–";

/// What a table holds of a row until it is laid out.
pub enum Cell {
    Text(String),
    /// As it is shown, and as it is drawn.
    Percent(String, Decimal),
}

impl Cell {
    pub fn of(column: &Column, row: &Row<'_>, today: Date) -> Self {
        Self::Text(match ((column.value)(row, today), column.kind) {
            (Value::Absent, _) => ABSENT.to_owned(),
            (Value::Text(text), _) => legible(&text).into_owned(),
            (Value::Number(number), ColumnKind::Percent) => {
                // Of a summary what was rounded for it; nothing where it cannot be calculated with.
                let drawn = summary::exact_share(row).or_else(|| decimal(&number));
                let text = percent(&legible(&number), drawn);
                match drawn {
                    Some(drawn) => return Self::Percent(text, drawn),
                    None => text,
                }
            }
            (Value::Number(number), kind) => match legible(&number) {
                number if kind == ColumnKind::Change && !number.starts_with('-') && number != "0" => {
                    format!("+{number}")
                }
                number if *column == LICENSES_IDLE && number != "0" => mark(BOLD, &number),
                number => number.into_owned(),
            },
        })
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Percent(text, _) => text,
        }
    }
}

/// The cells of a column as text: percentages are aligned, and have bars of `bar` columns.
pub fn texts(cells: &[Cell], kind: ColumnKind, bar: usize) -> Vec<String> {
    let width = cells.iter().map(|cell| cell.text().width()).max().unwrap_or(0);
    let text = |cell: &Cell| {
        let text = cell.text();
        if kind != ColumnKind::Percent {
            return text.to_owned();
        }
        let aligned = format!("{}{text}", " ".repeat(width - text.width()));
        match cell {
            Cell::Percent(_, value) => {
                let gap = if bar == 0 { "" } else { " " };
                mark(level(*value), &format!("{aligned}{gap}{}", usage_bar(*value, bar)))
            }
            Cell::Text(_) => aligned,
        }
    };
    cells.iter().map(text).collect()
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
    bar + &"░".repeat(cells - filled.div_ceil(8))
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
        assert_eq!(usage_bar(Decimal::from(50), 0), "");
    }
}
