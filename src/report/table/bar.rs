//! What follows a figure in a table: the bar of a percentage, or a change.
//! It lays out nothing.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_width::UnicodeWidthStr;

use super::paint::{DIM, level_style, mark};
use crate::report::cell::Tail;

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
                format!(" {}{}", mark(level_style(*percent), filled), mark(DIM, rest))
            }
            Self::Change(text) => text.clone(),
        }
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
    use crate::insight::number::decimal;

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
