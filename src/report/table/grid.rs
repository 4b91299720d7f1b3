//! The grid of a table: how its columns share the width.
//! It knows no row.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use unicode_width::UnicodeWidthStr;

use super::cell::{ABSENT, Cell, legible, texts};
use super::paint::{BOLD, mark, paint};
use crate::report::columns::{Column, ColumnKind, Value};
use crate::report::shape::Field;
use crate::report::wording::counted;
use crate::report::writer::Look;

/// A column's name and kind, and its cells from the first row to the last.
pub struct GridColumn<'c> {
    pub column: &'static Column,
    pub cells: &'c [Cell],
}

/// Columns side by side.
pub fn grid(columns: &[GridColumn<'_>], has_header: bool, terminal: Option<u16>) -> String {
    let is_words = |column: &Column| column.kind == ColumnKind::Text;
    let widest = |cells: &[String]| cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
    let width = terminal.map_or(usize::MAX, usize::from);
    let mut space = Space::of(terminal);
    let (mut cells, mut floors) = (Vec::new(), Vec::new());
    for narrower in [space, Space { padding: 0, ..space }, Space { bar: space.bar / 2, padding: 0 }, Space::LEAST] {
        space = narrower;
        cells = columns.iter().map(|it| texts(it.cells, it.column.kind, space.bar)).collect::<Vec<_>>();
        // What the figures, which are never broken, leave to the words.
        let columns = columns.iter().map(|it| it.column).zip(&cells);
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
    let natural: usize =
        columns.iter().zip(&cells).map(|(it, cells)| widest(cells).max(it.column.name.len()) + 1 + space.padding).sum();
    let wide = terminal.is_none_or(|width| natural <= usize::from(width) + space.gap());

    let mut table = ruled(terminal);
    if has_header {
        table.set_header(columns.iter().map(|it| header(it.column.name, wide)));
    }
    for row in 0..columns.first().map_or(0, |it| it.cells.len()) {
        table.add_row(cells.iter().map(|column| column[row].as_str()));
    }
    let last = columns.len() - 1;
    for (index, GridColumn { column, .. }) in columns.iter().enumerate() {
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
        if matches!(column.kind, ColumnKind::Count | ColumnKind::Change) {
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

/// Rows in these columns, which stand for some of so many customers.
pub fn plain(columns: &[Field], rows: &[Vec<Value<'_>>], customers: usize, look: &Look) -> String {
    let mut table = ruled(look.width);
    if look.header {
        table.set_header(columns.iter().map(|Field(column)| mark(BOLD, column.name)));
    }
    for row in rows {
        table.add_row(row.iter().map(|value| match value {
            Value::Absent => ABSENT.into(),
            Value::Text(text) | Value::Number(text) => legible(text),
        }));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    // The id, which people copy, is never broken.
    let id = columns.iter().position(|Field(column)| column.kind == ColumnKind::Id);
    if let Some(id) = id.and_then(|id| table.column_mut(id)) {
        id.set_constraint(ColumnConstraint::ContentWidth);
    }
    let of = if look.is_filtered { format!("{} of ", rows.len()) } else { String::new() };
    paint(&format!("{}\n\n{of}{}\n", trimmed(&table), counted(customers, "customer")), look.color)
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

/// Text wrapped at words.
pub fn paragraph(text: &str, width: Option<u16>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    trimmed(&table)
}
