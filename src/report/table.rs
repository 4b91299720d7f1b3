//! Rows as a table for people: the customer and the data's age above it, a usage bar, a last line that says something.
//! It hides nothing and sorts nothing; its colours only repeat what the figures say.

use std::borrow::Cow;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_width::UnicodeWidthStr;

use super::columns::{Column, Field, Kind, Value};
use super::summary::Indexed;
use super::{counted, date, summary};
use crate::clean::clean;
use crate::insight::{Change, Insight, decimal, plain as digits, plus};

/// How the table is drawn.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Columns of the terminal; `None` is as wide as needed.
    pub width: Option<u16>,
    pub color: bool,
    pub header: bool,
}

/// The oldest and the newest UTC day of some rows.
pub type Days = (Date, Date);

/// What is shown of one customer.
pub struct Section<'a> {
    /// The id that was asked for, shown where the rows do not say one.
    pub customer: Option<&'a str>,
    pub rows: &'a [Insight<'a>],
    /// Those of them that are asked for, in their order.
    pub shown: &'a [&'a Insight<'a>],
    /// The days of the rows that they are compared with.
    pub since: Option<Days>,
    pub today: Date,
}

/// The table of one customer.
pub fn section(section: &Section<'_>, columns: &[Field], view: View) -> String {
    let mut blocks = vec![paragraph(&title(section), view.width)];
    let all = section.rows.len();
    match section.shown {
        _ if all == 0 => blocks.push("No licence usage rows.".to_owned()),
        [] => blocks.extend([String::new(), format!("--where keeps none of {}.", counted(all, "row"))]),
        shown => {
            blocks.push(String::new());
            blocks.push(grid(shown, columns, section.today, view));
            blocks.push(String::new());
            blocks.push(paragraph(&closing(section.rows, shown), view.width));
        }
    }
    blocks.push(String::new());
    paint(&blocks.join("\n"), view.color)
}

/// The rows of several customers in one table, and what they come to.
pub fn sorted(rows: &[&Insight<'_>], columns: &[Field], total: &Total, today: Date, view: View) -> String {
    let sum = total.render(view);
    if rows.is_empty() {
        return sum.trim_start().to_owned();
    }
    let title = format!("{}\n{}", mark(BOLD, &counted(total.customers, "customer")), data(rows.iter().copied(), today));
    let blocks = [paragraph(&title, view.width), String::new(), grid(rows, columns, today, view), sum];
    paint(&blocks.join("\n"), view.color)
}

/// How a summary counts.
pub fn rule(view: View) -> String {
    const RULE: &str = "Seats counted once: the largest workload's qualified, the busiest's active; usagePercent is ours: \
                        active × 100 ÷ qualified.";
    paragraph(RULE, view.width) + "\n"
}

/// The customer, and how old the data is.
fn title(section: &Section<'_>) -> String {
    let rows = section.rows;
    let name = rows.iter().find_map(|row| row.customer_name.as_deref());
    let id = rows.iter().find_map(|row| row.customer_id.as_deref()).or(section.customer);
    let customer = match (name, id) {
        (Some(name), Some(id)) => format!("{} · {}", mark(BOLD, &legible(name)), legible(id)),
        (Some(one), None) | (None, Some(one)) => mark(BOLD, &legible(one)),
        (None, None) => mark(BOLD, "Customer unknown"),
    };
    if rows.is_empty() {
        return customer;
    }
    let since = match section.since {
        Some((oldest, newest)) if oldest == newest => format!(", compared with {oldest}"),
        Some((oldest, newest)) => format!(", compared with {oldest} – {newest}"),
        None => String::new(),
    };
    format!("{customer}\n{}{since}", data(rows.iter(), section.today))
}

/// Of which days the rows are that are not gone.
fn data<'a>(rows: impl Iterator<Item = &'a Insight<'a>>, today: Date) -> String {
    let mut rows = rows.filter(|row| row.change() != Some(Change::Gone)).peekable();
    if rows.peek().is_none() {
        return "No licence usage rows any more".to_owned();
    }
    match days(rows) {
        Some((oldest, newest)) if oldest == newest => {
            format!("Data of {oldest}, {}", age_text(date::age(oldest, today)))
        }
        Some((oldest, newest)) => {
            let ages = match (date::age(newest, today), date::age(oldest, today)) {
                (newest @ 0.., oldest) => format!("{newest} to {oldest} days old"),
                (newest, oldest @ ..0) => format!("{} to {}", oldest.unsigned_abs(), age_text(newest)),
                (newest, oldest) => format!("{} to {}", age_text(oldest), age_text(newest)),
            };
            format!("Data of {oldest} – {newest}, {ages}")
        }
        None => "Data without a date".to_owned(),
    }
}

/// The days of the rows' dates; `None` where none has one.
pub fn days<'a>(rows: impl Iterator<Item = &'a Insight<'a>>) -> Option<Days> {
    rows.filter_map(|row| date::utc_day(row.processed_date_time.as_deref()?)).fold(None, |days, day| match days {
        None => Some((day, day)),
        Some((oldest, newest)) => Some((day.min(oldest), day.max(newest))),
    })
}

fn age_text(days: i32) -> String {
    match days {
        0 => "of today".to_owned(),
        1 => "1 day old".to_owned(),
        2.. => format!("{days} days old"),
        _ => format!("{} ahead of today", counted(days.unsigned_abs() as usize, "day")),
    }
}

/// What the figures come to: rows, products, where the idle seats are, and what has changed.
fn closing(rows: &[Insight<'_>], shown: &[&Insight<'_>]) -> String {
    let idle = summary::idle(rows, shown);
    let is_filtered = shown.len() < rows.len();
    let seats = if idle.unknown > 0 && idle.unknown == idle.by_product.len() {
        "idle seats unknown".to_owned()
    } else {
        let mut seats = match idle.most {
            None => "no idle seats".to_owned(),
            Some(_) => idle_seats(idle.seats),
        };
        if is_filtered {
            seats += OVER_ALL;
        }
        if let Some((product, most)) = idle.most.filter(|_| idle.products > 1) {
            let product = if product.is_empty() { "–".into() } else { legible(product) };
            seats += &format!(", most in {product} ({})", digits(most));
        }
        if idle.unknown > 0 {
            seats += &format!(" ({} without figures)", counted(idle.unknown, "product"));
        }
        seats
    };
    let count = |wanted| shown.iter().filter(|row| row.change() == Some(wanted)).count();
    let changes = [(Change::New, "new"), (Change::Gone, "gone"), (Change::Changed, "changed")];
    let changes: Vec<_> = changes
        .into_iter()
        .map(|(change, name)| (count(change), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let changes = match shown.iter().any(|row| row.change().is_some()) {
        true if changes.is_empty() => " · no change".to_owned(),
        true => format!(" · {}", changes.join(", ")),
        false => String::new(),
    };
    format!("{} · {} · {seats}{changes}", rows_of(shown.len(), rows.len()), counted(idle.products, "product"))
}

/// A filter leaves rows out, but not the seats that they count busy.
const OVER_ALL: &str = " (counted once over all workloads)";

fn rows_of(shown: usize, all: usize) -> String {
    if shown == all { counted(all, "row") } else { format!("{shown} of {}", counted(all, "row")) }
}

/// What all customers come to, product by product.
#[derive(Default)]
pub struct Total {
    customers: usize,
    rows: usize,
    shown: usize,
    /// Idle seats by product, in the order in which they came.
    products: Indexed<String, (String, Decimal)>,
}

impl Total {
    pub fn add(&mut self, rows: &[Insight<'_>], shown: &[&Insight<'_>]) {
        self.customers += 1;
        self.rows += rows.len();
        self.shown += shown.len();
        for (product, idle) in summary::idle(rows, shown).by_product {
            let (_, sum) = self.products.entry(product.to_owned(), || (product.to_owned(), Decimal::ZERO));
            *sum = idle.and_then(|idle| plus(*sum, idle)).unwrap_or(*sum);
        }
    }

    /// A closing line, and the products with the most idle seats.
    pub fn render(&self, view: View) -> String {
        let mut products: Vec<&(String, Decimal)> =
            self.products.values.iter().filter(|(_, idle)| !idle.is_zero()).collect();
        products.sort_by_key(|product| std::cmp::Reverse(product.1));
        let seats = products.iter().fold(Decimal::ZERO, |sum, (_, idle)| plus(sum, *idle).unwrap_or(sum));
        let customers = counted(self.customers, "customer");
        let rows = rows_of(self.shown, self.rows);
        let over_all = if self.shown < self.rows { OVER_ALL } else { "" };
        let mut text = format!("{customers} · {rows} · {}{over_all}", idle_seats(seats));
        for (product, idle) in products {
            let product = if product.is_empty() { "–".into() } else { legible(product) };
            text += &format!("\n  {:>6} {product}", digits(*idle));
        }
        format!("\n{}\n", paint(&mark(BOLD, "Total"), view.color)) + &text + "\n"
    }
}

/// Seats may have a fraction.
fn idle_seats(count: Decimal) -> String {
    format!("{} idle seat{}", digits(count), if count == Decimal::ONE { "" } else { "s" })
}

fn grid(rows: &[&Insight<'_>], columns: &[Field], today: Date, view: View) -> String {
    let columns: Vec<&Column> = columns.iter().map(|Field(column)| *column).collect();
    let is_words = |column: &Column| column.kind == Kind::Text;
    let widest = |cells: &[String]| cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
    let width = view.width.map_or(usize::MAX, usize::from);
    let mut space = Space::of(view.width);
    let (mut cells, mut floors) = (Vec::new(), Vec::new());
    for narrower in [space, Space { padding: 0, ..space }, Space { bar: space.bar / 2, padding: 0 }, Space::LEAST] {
        space = narrower;
        cells = columns.iter().map(|column| column_cells(column, rows, today, space.bar)).collect::<Vec<_>>();
        // What the figures, which are never broken, leave to the words.
        let columns = columns.iter().zip(&cells);
        let room = columns.clone().fold(width.saturating_add(space.gap()), |room, (column, cells)| {
            let figures = if is_words(column) { 0 } else { widest(cells).max(longest_part(column.name)) };
            room.saturating_sub(figures + space.gap())
        });
        let words: Vec<usize> =
            columns.filter(|(column, _)| is_words(column)).map(|(_, cells)| longest_word(cells)).collect();
        let is_enough = words.iter().map(|word| (*word).min(ENOUGH)).sum::<usize>() <= room;
        // Where there is no room at all, the table is wider than the terminal, and the words are whole.
        floors = if room < words.len() * LEAST { words } else { shares(&words, room) };
        if is_enough {
            break;
        }
    }
    let mut floors = floors.into_iter();

    // Full names in one line where they fit, else a part above the other.
    let natural: usize = columns
        .iter()
        .zip(&cells)
        .map(|(column, cells)| widest(cells).max(column.name.len()) + 1 + space.padding)
        .sum();
    let wide = view.width.is_none_or(|width| natural <= usize::from(width) + space.gap());

    let mut table = ruled(view.width);
    if view.header {
        table.set_header(columns.iter().map(|column| header(column.name, wide)));
    }
    for row in 0..rows.len() {
        table.add_row(cells.iter().map(|column| column[row].as_str()));
    }
    let last = columns.len() - 1;
    for (index, column) in columns.iter().enumerate() {
        let Some(layout) = table.column_mut(index) else { continue };
        let padding = if index == last { 0 } else { space.padding };
        layout.set_padding((0, narrow(padding)));
        // Figures, dates and bars are never broken, words only where there is no room for the longest.
        layout.set_constraint(if is_words(column) {
            ColumnConstraint::LowerBoundary(Width::Fixed(narrow(floors.next().unwrap_or(0) + padding)))
        } else {
            ColumnConstraint::ContentWidth
        });
        // The percentages align themselves: their bars follow.
        if matches!(column.kind, Kind::Count | Kind::Change) {
            layout.set_cell_alignment(CellAlignment::Right);
        }
    }
    trimmed(&table)
}

/// Letters that a column of words should have, where its words have as many.
const ENOUGH: usize = 10;

/// Letters that it must have.
const LEAST: usize = 4;

/// What each may have of the room, so that those that need little get it, and the others get the same.
fn shares(needs: &[usize], mut room: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by_key(|index| needs[*index]);
    let mut shares = vec![0; needs.len()];
    for (position, index) in order.into_iter().enumerate() {
        shares[index] = needs[index].min(room / (needs.len() - position));
        room -= shares[index];
    }
    shares
}

/// Rows of texts under these names.
pub fn plain(names: &[&str], rows: &[[Option<&str>; 4]], view: View) -> String {
    let mut table = ruled(view.width);
    if view.header {
        table.set_header(names.iter().map(|name| mark(BOLD, name)));
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.map_or(ABSENT.into(), legible)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    // The id, which people copy, is never broken.
    if let Some(id) = table.column_mut(0) {
        id.set_constraint(ColumnConstraint::ContentWidth);
    }
    paint(&format!("{}\n\n{}\n", trimmed(&table), counted(rows.len(), "customer")), view.color)
}

/// A table with nothing but a line below its header, as wide as the terminal or as needed.
fn ruled(width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// What gives way when the terminal is narrow.
#[derive(Clone, Copy)]
struct Space {
    /// Columns of the usage bar; 0 is none.
    bar: usize,
    /// Blank columns between two columns, beside the one that is always there.
    padding: usize,
}

impl Space {
    const LEAST: Self = Self { bar: 0, padding: 0 };

    fn of(width: Option<u16>) -> Self {
        match width {
            Some(..60) => Self::LEAST,
            Some(60..80) => Self { bar: 3, padding: 0 },
            Some(80..100) => Self { bar: 5, padding: 1 },
            _ => Self { bar: 10, padding: 1 },
        }
    }

    fn gap(&self) -> usize {
        self.padding + 1
    }
}

fn longest_word(cells: &[String]) -> usize {
    // A word of hundreds of letters is broken after all.
    const LONGEST: usize = 12;
    let words = cells.iter().flat_map(|cell| cell.split(' '));
    words.map(UnicodeWidthStr::width).max().unwrap_or(0).min(LONGEST)
}

fn narrow(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}

fn header(name: &str, wide: bool) -> String {
    if wide {
        return mark(BOLD, name);
    }
    parts(name).map(|part| mark(BOLD, part)).collect::<Vec<_>>().join("\n")
}

/// `licensesQualified` in a narrow table: `licenses` above `Qualified`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let starts = name.char_indices().filter(|(at, char)| *at == 0 || char.is_ascii_uppercase()).map(|(at, _)| at);
    let ends = starts.clone().skip(1).chain([name.len()]);
    starts.zip(ends).map(|(start, end)| &name[start..end])
}

fn longest_part(name: &str) -> usize {
    parts(name).map(str::len).max().unwrap_or(0)
}

/// Characters that are shown of a text: nobody reads more, and the layout would take a minute over it.
const LEGIBLE: usize = 1000;

/// Text from outside, harmless and of a length that can be laid out.
fn legible(text: &str) -> Cow<'_, str> {
    let text = clean(text);
    match text.char_indices().nth(LEGIBLE) {
        None => text,
        Some(_) => Cow::Owned(text.chars().take(LEGIBLE - 1).chain(['…']).collect()),
    }
}

/// The cells of one column, from the first row to the last.
fn column_cells(column: &Column, rows: &[&Insight<'_>], today: Date, bar: usize) -> Vec<String> {
    if column.kind == Kind::Percent {
        return percent_cells(column, rows, today, bar);
    }
    let cells = rows.iter().map(|row| match (column.value)(row, today) {
        Value::Absent => ABSENT.to_owned(),
        Value::Text(text) => legible(&text).into_owned(),
        Value::Number(number) => match legible(&number) {
            number if column.kind == Kind::Change && !number.starts_with('-') && number != "0" => format!("+{number}"),
            number if column.name == "licensesIdle" && number != "0" => mark(BOLD, &number),
            number => number.into_owned(),
        },
    });
    cells.collect()
}

/// The same of percentages, with their bars.
fn percent_cells(column: &Column, rows: &[&Insight<'_>], today: Date, bar: usize) -> Vec<String> {
    let figure = |row: &&Insight<'_>| match (column.value)(row, today) {
        Value::Absent => (ABSENT.to_owned(), None),
        Value::Text(served) | Value::Number(served) => {
            let value = percentage(row, &served);
            (percent(&legible(&served), value), value)
        }
    };
    let figures: Vec<(String, Option<Decimal>)> = rows.iter().map(figure).collect();
    let width = figures.iter().map(|(figure, _)| figure.width()).max().unwrap_or(0);
    let cells = figures.into_iter().map(|(figure, value)| {
        let aligned = format!("{}{figure}", " ".repeat(width - figure.width()));
        let Some(value) = value else { return aligned };
        let gap = if bar == 0 { "" } else { " " };
        mark(level(value), &format!("{aligned}{gap}{}", usage_bar(value, bar)))
    });
    cells.collect()
}

const ABSENT: &str = "–";

/// The percentage to draw: of a summary's row what was rounded for it. `None` where it cannot be calculated with.
fn percentage(row: &Insight<'_>, shown: &str) -> Option<Decimal> {
    summary::exact_share(row).or_else(|| decimal(shown))
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

// Colour is put in after the layout, since escape codes inside a cell would count as width: until then a zero-width
// character stands for it. Data cannot hold one: `clean` shows them all as code points.
const BOLD: char = '\u{2061}';
const LOW: char = '\u{2062}';
const MIDDLING: char = '\u{2063}';
const HIGH: char = '\u{2064}';
const END: char = '\u{206a}';

fn level(percent: Decimal) -> char {
    match percent {
        percent if percent < Decimal::from(50) => LOW,
        percent if percent < Decimal::from(80) => MIDDLING,
        _ => HIGH,
    }
}

fn mark(style: char, text: &str) -> String {
    format!("{style}{text}{END}")
}

/// Puts escape codes where the marks are, or takes the marks out.
fn paint(marked: &str, color: bool) -> String {
    let mut painted = String::with_capacity(marked.len());
    for char in marked.chars() {
        let code = match char {
            BOLD => "\x1b[1m",
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

/// Text wrapped at words.
fn paragraph(text: &str, width: Option<u16>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    trimmed(&table)
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
