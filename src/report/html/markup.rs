//! The pieces of a page: its tables, charts and tiles, and text made harmless.
//! It counts nothing.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::insight::number::plain as digits;
use crate::report::cell::{Cell, Emphasis, Level, Tail, level};
use crate::report::columns::{Column, ColumnKind};
use crate::report::section::{MOST, Section, header, humps};
use crate::report::totals::{Days, Ranked};
use crate::report::words::named;

/// Between the parts of a line.
pub const DOT: &str = " · ";

/// A figure that matters, above what it is.
pub fn tile(class: &str, figure: &str, name: &str) -> String {
    format!("<li{class}><b>{figure}</b> <span>{name}</span></li>\n")
}

/// The rows of a section; `caption` is markup.
pub fn table(section: &Section, caption: &str, page: &mut String) {
    *page += &format!("<div class=\"scroll\"><table>\n<caption>{caption}</caption>\n<thead><tr>");
    for column in &section.columns {
        let header = header(column);
        let header = humps(&header).collect::<Vec<_>>().join("<wbr>");
        let class = match column.kind {
            ColumnKind::Percent => " class=\"n bar\"",
            kind if kind.is_figure() => " class=\"n\"",
            _ => "",
        };
        *page += &format!("<th scope=\"col\"{class}>{header}</th>");
    }
    *page += "</tr></thead>\n<tbody>\n";
    for row in section.rows() {
        *page += "<tr>";
        for (column, cell) in row {
            add_cell(column, cell, page);
        }
        *page += "</tr>\n";
    }
    *page += "</tbody>\n</table></div>\n";
}

/// A cell. Styles say what follows from its class, so that a page of many rows stays small.
fn add_cell(column: &Column, cell: &Cell, page: &mut String) {
    let class = match (&cell.tail, cell.emphasis) {
        (Tail::Bar(percent), _) => {
            let low = if level(*percent) == Level::Low { " low" } else { "" };
            format!(" class=\"n bar{low}\" style=\"--u:{}%\"", drawn(*percent))
        }
        (_, Emphasis::Most) => " class=\"n most\"".to_owned(),
        (_, Emphasis::Again) => " class=\"again\"".to_owned(),
        _ if column.kind.is_figure() => " class=\"n\"".to_owned(),
        _ if !cell.is_words => " class=\"id\"".to_owned(),
        _ => String::new(),
    };
    *page += "<td";
    *page += &class;
    *page += ">";
    *page += &escaped(&cell.text);
    if let Tail::Change(change) = &cell.tail {
        *page += change;
    }
    *page += "</td>";
}

/// A ranking as bars, `what` most idle seats; those after the first ten unfold. Empty if no seat is idle.
pub fn chart(what: &str, ranking: &[Ranked<'_>], has_sections: bool) -> String {
    let Some(most) = ranking.first() else { return String::new() };
    let line = |ranked: &Ranked<'_>| {
        let name = named(ranked.name, escaped);
        // One written from right to left does not reorder the count.
        let name = format!("<bdi>{name}</bdi>");
        let name = if has_sections { format!("<a href=\"#c{}\">{name}</a>", ranked.place + 1) } else { name };
        let share = ranked.idle.checked_div(most.idle).and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED));
        let bar = share.map_or(100, drawn);
        format!("<li style=\"--u:{bar}%\"><span>{name}</span> <b>{}</b></li>\n", grouped(ranked.idle))
    };
    let (first, rest) = ranking.split_at(ranking.len().min(MOST));
    let first = first.iter().map(line).collect::<String>();
    let mut chart = format!("<section>\n<h2>Most idle seats by {what}</h2>\n<ol>\n{first}</ol>\n");
    if !rest.is_empty() {
        let (more, start) = (rest.len(), MOST + 1);
        let rest = rest.iter().map(line).collect::<String>();
        chart += &format!(
            "<details>\n<summary>… and {more} more</summary>\n<ol start=\"{start}\">\n{rest}</ol>\n</details>\n"
        );
    }
    chart + "</section>\n"
}

/// The length of a bar, in whole percent. Only all fills it, and anything above nothing shows.
fn drawn(percent: Decimal) -> u8 {
    match percent {
        percent if percent <= Decimal::ZERO => 0,
        percent if percent >= Decimal::ONE_HUNDRED => 100,
        percent => percent.round().to_u8().unwrap_or(0).clamp(2, 98),
    }
}

/// More than four digits in groups of three, by a narrow space that does not break: a comma or a point would be a decimal
/// sign to some.
pub fn grouped(number: Decimal) -> String {
    let digits = digits(number);
    let whole = digits.find('.').unwrap_or(digits.len());
    if whole <= 4 {
        return digits;
    }
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A day, or two; none is broken at its hyphens.
pub fn unbroken((oldest, newest): Days) -> String {
    let day = |day| format!("<span class=\"id\">{day}</span>");
    if oldest == newest { day(oldest) } else { format!("{} – {}", day(oldest), day(newest)) }
}

/// A text as text: it makes no element.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_four_digits_are_in_groups() {
        for (number, shown) in [
            ("0", "0"),
            ("1052", "1052"),
            ("14601", "14\u{202f}601"),
            ("123456.75", "123\u{202f}456.75"),
            ("1234567", "1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(grouped(number.parse().expect("a number")), shown);
        }
    }

    #[test]
    fn a_bar_is_full_only_at_100_percent_and_empty_only_at_0() {
        for (percent, bar) in
            [("-3", 0), ("0", 0), ("0.04", 2), ("38.4", 38), ("38.5", 38), ("99.97", 98), ("100", 100), ("137.5", 100)]
        {
            assert_eq!(drawn(percent.parse().expect("a number")), bar, "{percent}");
        }
    }
}
