//! Rows as a table for people: the customer and the data's age above it, a usage bar, a last line that says something.
//! It hides nothing and sorts nothing; its colours only repeat what the figures say.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use jiff::civil::Date;
use unicode_width::UnicodeWidthStr;

use super::columns::{COLUMNS, Column, Kind, TABLE, Value};
use super::summary::Indexed;
use super::{date, summary};
use crate::clean::clean;
use crate::insight::Insight;

/// What the table has to know beside the rows.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The UTC day from which ages are counted.
    pub today: Date,
    /// Columns of the terminal; `None` is as wide as needed.
    pub width: Option<u16>,
    pub color: bool,
    pub header: bool,
}

/// The table of one customer; `customer` is the id that was asked for, shown where the rows do not say one.
pub fn render(rows: &[Insight<'_>], customer: Option<&str>, view: View) -> String {
    let mut blocks = vec![paragraph(&title(rows, customer, view), view.width)];
    if rows.is_empty() {
        blocks.push("No licence usage rows.".to_owned());
    } else {
        blocks.push(String::new());
        blocks.push(grid(rows, view));
        blocks.push(String::new());
        blocks.push(paragraph(&closing(rows), view.width));
    }
    blocks.push(String::new());
    paint(&blocks.join("\n"), view.color)
}

/// The customer, and how old the data is.
fn title(rows: &[Insight<'_>], customer: Option<&str>, view: View) -> String {
    let name = rows.iter().find_map(|row| row.customer_name.as_deref());
    let id = rows.iter().find_map(|row| row.customer_id.as_deref()).or(customer);
    let customer = match (name, id) {
        (Some(name), Some(id)) => format!("{} · {}", mark(BOLD, &clean(name)), clean(id)),
        (Some(one), None) | (None, Some(one)) => mark(BOLD, &clean(one)),
        (None, None) => mark(BOLD, "Customer unknown"),
    };
    if rows.is_empty() {
        return customer;
    }
    let days = || rows.iter().filter_map(|row| date::utc_day(row.processed_date_time.as_deref()?));
    let data = match (days().min(), days().max()) {
        (Some(oldest), Some(newest)) if oldest == newest => {
            format!("Data of {oldest}, {}", age_text(date::age(oldest, view.today)))
        }
        (Some(oldest), Some(newest)) => format!(
            "Data of {oldest} – {newest}, {} to {} days old",
            date::age(newest, view.today),
            date::age(oldest, view.today)
        ),
        _ => "Data without a date".to_owned(),
    };
    format!("{customer}\n{data}")
}

fn age_text(days: i32) -> String {
    match days {
        0 => "of today".to_owned(),
        1 => "1 day old".to_owned(),
        2.. => format!("{days} days old"),
        _ => format!("{} ahead of today", counted(f64::from(-days), "day")),
    }
}

/// What the figures come to: rows, products, and where the idle seats are.
fn closing(rows: &[Insight<'_>]) -> String {
    let idle = summary::idle(rows);
    #[expect(clippy::cast_precision_loss, reason = "no answer of 64 MiB has 2^52 rows")]
    let (row_count, products, unknown) = (rows.len() as f64, idle.products as f64, idle.unknown as f64);
    let seats = if idle.unknown == idle.products {
        "idle seats unknown".to_owned()
    } else {
        let mut seats = match idle.most {
            None => "no idle seats".to_owned(),
            Some(_) => counted(idle.seats, "idle seat"),
        };
        if let Some((product, most)) = idle.most.filter(|_| idle.products > 1) {
            let product = if product.is_empty() { "–".into() } else { clean(product) };
            seats += &format!(", most in {product} ({most})");
        }
        if idle.unknown > 0 {
            seats += &format!(" ({} without figures)", counted(unknown, "product"));
        }
        seats
    };
    format!("{} · {} · {seats}", counted(row_count, "row"), counted(products, "product"))
}

/// What all customers come to, product by product.
#[derive(Default)]
pub struct Total {
    customers: usize,
    rows: usize,
    /// Idle seats by product, in the order in which they came.
    products: Indexed<String, (String, f64)>,
}

impl Total {
    pub fn add(&mut self, rows: &[Insight<'_>]) {
        self.customers += 1;
        self.rows += rows.len();
        for (product, idle) in summary::idle(rows).by_product {
            let entry = self.products.entry(product.to_owned(), || (product.to_owned(), 0.0));
            entry.1 += idle.unwrap_or(0.0);
        }
    }

    /// A closing line, and the products with the most idle seats.
    pub fn render(&self, view: View) -> String {
        #[expect(clippy::cast_precision_loss, reason = "there are not 2^52 customers")]
        let (customers, rows) = (self.customers as f64, self.rows as f64);
        let mut products: Vec<&(String, f64)> = self.products.values.iter().filter(|(_, idle)| *idle > 0.0).collect();
        products.sort_by(|one, other| other.1.total_cmp(&one.1));
        let seats: f64 = products.iter().map(|(_, idle)| idle).fold(0.0, |sum, idle| sum + idle);
        let mut text =
            format!("{} · {} · {}", counted(customers, "customer"), counted(rows, "row"), counted(seats, "idle seat"));
        for (product, idle) in products {
            let product = if product.is_empty() { "–".into() } else { clean(product) };
            text += &format!("\n  {idle:>6} {product}");
        }
        format!("\n{}\n", paint(&mark(BOLD, "Total"), view.color)) + &text + "\n"
    }
}

fn counted(count: f64, thing: &str) -> String {
    let one = (count - 1.0).abs() < f64::EPSILON;
    format!("{count} {thing}{}", if one { "" } else { "s" })
}

fn grid(rows: &[Insight<'_>], view: View) -> String {
    let columns: Vec<&Column> =
        TABLE.iter().filter_map(|name| COLUMNS.iter().find(|column| column.name == *name)).collect();
    let shape = Shape::of(view.width);
    let cells: Vec<Vec<String>> = columns.iter().map(|column| column_cells(column, rows, shape.bar)).collect();
    let widest = |cells: &[String]| cells.iter().map(|cell| cell.width()).max().unwrap_or(0);

    // Full names in one line where they fit, else in two.
    let natural: usize = columns
        .iter()
        .zip(&cells)
        .map(|(column, cells)| widest(cells).max(column.name.len()) + 1 + shape.padding)
        .sum();
    let wide = view.width.is_none_or(|width| natural <= usize::from(width) + shape.gap());

    let mut table = ruled(view.width);
    if view.header {
        table.set_header(columns.iter().map(|column| header(column.name, wide)));
    }
    for row in 0..rows.len() {
        table.add_row(cells.iter().map(|column| column[row].as_str()));
    }
    // What the figures leave to each column of words.
    let figures = || columns.iter().zip(&cells).filter(|(column, _)| column.kind != Kind::Text);
    let taken: usize =
        figures().map(|(column, cells)| widest(cells).max(longest_part(column.name)) + shape.gap()).sum();
    let words = columns.len() - figures().count();
    let left = (usize::from(view.width.unwrap_or(u16::MAX)).saturating_sub(taken) / words.max(1))
        .saturating_sub(shape.gap())
        .max(4);

    let last = columns.len() - 1;
    for (index, (column, cells)) in columns.iter().zip(&cells).enumerate() {
        let Some(layout) = table.column_mut(index) else { continue };
        let padding = if index == last { 0 } else { shape.padding };
        layout.set_padding((0, narrow(padding)));
        // Figures and bars are never broken, words only where there is no room for the longest.
        layout.set_constraint(match column.kind {
            Kind::Text => {
                ColumnConstraint::LowerBoundary(Width::Fixed(narrow(longest_word(cells).min(left) + padding)))
            }
            Kind::Count | Kind::Percent => ColumnConstraint::ContentWidth,
        });
        // The percentages align themselves: their bars follow.
        if column.kind == Kind::Count {
            layout.set_cell_alignment(CellAlignment::Right);
        }
    }
    trimmed(&table)
}

/// Rows of texts under these names.
pub fn plain(names: &[&str], rows: &[[Option<&str>; 4]], view: View) -> String {
    let mut table = ruled(view.width);
    if view.header {
        table.set_header(names.iter().map(|name| mark(BOLD, name)));
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.map_or(ABSENT.into(), clean)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    #[expect(clippy::cast_precision_loss, reason = "there are not 2^52 customers")]
    let count = rows.len() as f64;
    paint(&format!("{}\n\n{}\n", trimmed(&table), counted(count, "customer")), view.color)
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
struct Shape {
    /// Columns of the usage bar; 0 is none.
    bar: usize,
    /// Blank columns between two columns, beside the one that is always there.
    padding: usize,
}

impl Shape {
    fn of(width: Option<u16>) -> Self {
        match width {
            Some(..60) => Self { bar: 0, padding: 0 },
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
    match parts(name) {
        (first, rest) if !wide && !rest.is_empty() => format!("{}\n{}", mark(BOLD, first), mark(BOLD, rest)),
        _ => mark(BOLD, name),
    }
}

/// `licensesQualified` in a narrow table: `licenses` above `Qualified`.
fn parts(name: &str) -> (&str, &str) {
    name.split_at(name.find(|char: char| char.is_ascii_uppercase()).unwrap_or(name.len()))
}

fn longest_part(name: &str) -> usize {
    let (first, rest) = parts(name);
    first.len().max(rest.len())
}

/// The cells of one column, from the first row to the last.
fn column_cells(column: &Column, rows: &[Insight<'_>], bar: usize) -> Vec<String> {
    let mut cells: Vec<String> = rows
        .iter()
        .map(|row| match ((column.value)(row), column.kind) {
            (Value::Absent, _) => ABSENT.to_owned(),
            (Value::Text(text), _) => clean(&text).into_owned(),
            (Value::Number(number), Kind::Percent) => percent(&number),
            (Value::Number(number), _) => number.into_owned(),
        })
        .collect();
    if column.kind == Kind::Percent {
        let width = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
        for (cell, row) in cells.iter_mut().zip(rows) {
            let aligned = format!("{}{cell}", " ".repeat(width - cell.width()));
            *cell = match (column.value)(row) {
                Value::Number(number) => {
                    let value = number.parse().unwrap_or(0.0);
                    let gap = if bar == 0 { "" } else { " " };
                    mark(level(value), &format!("{aligned}{gap}{}", usage_bar(value, bar)))
                }
                _ => aligned,
            };
        }
    }
    cells
}

const ABSENT: &str = "–";

/// A percentage with one decimal. What is not all is never shown as all, and what is something never as nothing.
fn percent(served: &str) -> String {
    let Some(value) = served.parse::<f64>().ok().filter(|value| value.is_finite()) else { return format!("{served}%") };
    match format!("{value:.1}").as_str() {
        "100.0" if value < 100.0 => ">99.9%".to_owned(),
        "0.0" | "-0.0" if value > 0.0 => "<0.1%".to_owned(),
        "-0.0" => "0.0%".to_owned(),
        rounded => format!("{rounded}%"),
    }
}

/// A bar of `cells` columns, filled in eighths; only a whole 100 % fills it, and anything above 0 shows.
fn usage_bar(percent: f64, cells: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let all = cells * 8;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the share is between 0 and 1, and a bar is short"
    )]
    let mut filled = ((percent / 100.0).clamp(0.0, 1.0) * all as f64).round() as usize;
    if percent < 100.0 {
        filled = filled.min(all.saturating_sub(1));
    }
    if percent > 0.0 {
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

fn level(percent: f64) -> char {
    match percent {
        ..50.0 => LOW,
        50.0..80.0 => MIDDLING,
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
            ("33.333", "33.3%"),
            ("99.97", ">99.9%"),
            ("100", "100.0%"),
            ("137.5", "137.5%"),
            ("1e999", "1e999%"),
        ] {
            assert_eq!(percent(served), shown);
        }
    }

    #[test]
    fn a_bar_is_full_only_at_100_percent_and_empty_only_at_0() {
        for (percent, bar) in [
            (0.0, "░░░░"),
            (-3.0, "░░░░"),
            (0.1, "▏░░░"),
            (25.0, "█░░░"),
            (50.0, "██░░"),
            (61.0, "██▌░"),
            (99.9, "███▉"),
            (100.0, "████"),
            (250.0, "████"),
            (f64::INFINITY, "████"),
        ] {
            assert_eq!(usage_bar(percent, 4), bar, "{percent}");
        }
        assert_eq!(usage_bar(50.0, 0), "");
    }
}
