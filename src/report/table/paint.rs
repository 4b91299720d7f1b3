//! Colours a finished table. Escape codes inside a cell would count as width, so a zero-width character stands in for each
//! until the layout is done. It does not decide what is coloured.

use rust_decimal::Decimal;

use crate::report::cell::{Emphasis, Level, level};

pub const BOLD: char = '\u{2061}';
pub const DIM: char = '\u{206b}';
const LOW: char = '\u{2062}';
const MIDDLING: char = '\u{2063}';
const HIGH: char = '\u{2064}';
const END: char = '\u{206a}';

pub fn level_style(percent: Decimal) -> char {
    match level(percent) {
        Level::Low => LOW,
        Level::Middling => MIDDLING,
        Level::High => HIGH,
    }
}

/// The mark of a cell that stands out.
pub fn style(emphasis: Emphasis) -> Option<char> {
    match emphasis {
        Emphasis::Plain => None,
        Emphasis::Again => Some(DIM),
        Emphasis::Most => Some(BOLD),
    }
}

pub fn mark(style: char, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{text}{END}")
}

/// Replaces the marks by escape codes, or removes them.
pub fn paint(marked: &str, color: bool) -> String {
    let mut painted = String::with_capacity(marked.len());
    for char in marked.chars() {
        let code = match char {
            BOLD => "\x1b[1m",
            DIM => "\x1b[2m",
            LOW => "\x1b[31m",
            MIDDLING => "\x1b[33m",
            HIGH => "\x1b[32m",
            END => "\x1b[0m",
            other => {
                painted.push(other);
                continue;
            }
        };
        if color {
            painted.push_str(code);
        }
    }
    painted
}
