//! The grid of a table: how its columns share the width.
//! It knows no rows.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};
use unicode_width::UnicodeWidthStr;

use super::paint::{mark, style};
use super::wrap::{ROOM_FOR_WORDS, wrapped};
use crate::report::cell::{Cell, Tail};
use crate::report::columns::Column;
use crate::report::section::{capital, header, humps};

/// A header, and the cells below it.
pub struct GridColumn<'c> {
    /// One word that can be broken at its capitals: `BusiestWorkload`.
    header: Option<String>,
    /// Whether it is right-aligned, as figures are.
    is_right: bool,
    cells: &'c [Cell],
}

impl<'c> GridColumn<'c> {
    pub fn new(header: Option<&str>, is_right: bool, cells: &'c [Cell]) -> Self {
        Self { header: header.map(capital), is_right, cells }
    }

    /// One of a report.
    pub fn of(column: &'static Column, has_header: bool, cells: &'c [Cell]) -> Self {
        Self { header: has_header.then(|| header(column)), is_right: column.kind.is_figure(), cells }
    }
}

/// Columns side by side, each as wide as needed. If the terminal is too narrow, first the padding goes, then the bars
/// shrink and go, then words wrap. Figures, dates and ids are never broken, words only below [`ROOM_FOR_WORDS`] columns.
/// All lines are indented by `indent` blanks.
pub fn grid(columns: &[GridColumn<'_>], terminal: Option<u16>, indent: usize) -> String {
    let mut text = String::new();
    for line in arranged(columns, terminal.map(usize::from), indent) {
        text += &format!("{}{line}\n", " ".repeat(indent));
    }
    text
}

fn arranged(columns: &[GridColumn<'_>], terminal: Option<usize>, indent: usize) -> Vec<String> {
    const PADDED: Space = Space { gap: 2, bar: 10 };
    const SHORTEST_BAR: usize = 3;
    let measures: Vec<_> = columns.iter().map(Measure::of).collect();
    let Some(terminal) = terminal else {
        let widths: Vec<_> = measures.iter().map(|it| it.natural(PADDED.bar)).collect();
        return drawn(columns, &measures, &widths, PADDED);
    };
    let width = terminal.saturating_sub(indent);
    let bars = (SHORTEST_BAR..=PADDED.bar).rev().chain([0]);
    let spaces = [PADDED].into_iter().chain(bars.map(|bar| Space { gap: 1, bar }));
    for space in spaces {
        let widths: Vec<_> = measures.iter().map(|it| it.natural(space.bar)).collect();
        if space.total(&widths) <= width {
            return drawn(columns, &measures, &widths, space);
        }
    }
    let space = Space { gap: 1, bar: 0 };
    let widths = shared(&measures, width.saturating_sub(columns.len() - 1), terminal >= ROOM_FOR_WORDS);
    drawn(columns, &measures, &widths, space)
}

/// What gives way first in a narrow terminal.
#[derive(Clone, Copy)]
struct Space {
    /// Blanks between two columns.
    gap: usize,
    /// Width of the usage bar; 0 for none.
    bar: usize,
}

impl Space {
    fn total(self, widths: &[usize]) -> usize {
        widths.iter().sum::<usize>() + self.gap * widths.len().saturating_sub(1)
    }
}

/// The widths of a column's parts, without bars.
struct Measure {
    /// The widest part that is never broken.
    whole: usize,
    /// The longest word, including the header's.
    word: usize,
    /// The widest cell.
    cell: usize,
    header: usize,
    /// The widest figure, which comes before a tail.
    figure: usize,
    /// Whether a bar follows the figures.
    has_bar: bool,
}

impl Measure {
    fn of(column: &GridColumn<'_>) -> Self {
        /// The width of the widest letters.
        const LETTER: usize = 2;
        let widest = |of: &dyn Fn(&Cell) -> usize| column.cells.iter().map(of).max().unwrap_or(0);
        let header = column.header.as_deref().unwrap_or_default();
        let header_part = humps(header).map(str::len).max().unwrap_or(0);
        let has_bar = column.cells.iter().any(|cell| matches!(cell.tail, Tail::Bar(_)));
        // The header is above the figures, not the bar.
        let figure = widest(&|cell| cell.text.width()).max(if has_bar { header.len() } else { 0 });
        let tail = widest(&|cell| cell.tail.width(0));
        let word = widest(&|cell| if cell.is_words { longest_word(&cell.text) } else { cell.text.width() });
        let whole =
            widest(&|cell| if cell.is_words { LETTER.min(cell.text.width()) } else { cell.text.width() }) + tail;
        // No column has width 0.
        let whole = whole.max(if column.is_right { header_part } else { LETTER.min(header.len()) }).max(1);
        let word = (word + tail).max(header_part);
        Self { whole, word, cell: figure + tail, header: header.len().max(1), figure, has_bar }
    }

    fn tail(&self, bar: usize) -> usize {
        if self.has_bar && bar > 0 { 1 + bar } else { self.cell - self.figure }
    }

    /// The width at which nothing is broken.
    fn natural(&self, bar: usize) -> usize {
        (self.figure + self.tail(bar)).max(self.header)
    }
}

/// The widths of columns that do not all fit. With more room no column gets narrower, so a wider terminal never breaks more
/// words.
fn shared(measures: &[Measure], room: usize, keeps_words: bool) -> Vec<usize> {
    let stages: [fn(&Measure) -> usize; 4] = [|it| it.whole, |it| it.word, |it| it.cell, |it| it.natural(0)];
    let first = usize::from(keeps_words);
    let mut widths: Vec<_> = measures.iter().map(stages[first]).collect();
    let mut left = room.saturating_sub(widths.iter().sum());
    for stage in &stages[first + 1..] {
        while left > 0 {
            let wanting = widths.iter_mut().zip(measures).filter(|(width, it)| **width < stage(it));
            let Some((width, _)) = wanting.min_by_key(|(width, _)| **width) else { break };
            *width += 1;
            left -= 1;
        }
    }
    widths
}

fn drawn(columns: &[GridColumn<'_>], measures: &[Measure], widths: &[usize], space: Space) -> Vec<String> {
    let mut table = comfy_table::Table::new();
    // Only a line below the header.
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    // Cells are wrapped already.
    table.set_content_arrangement(ContentArrangement::Disabled);
    if columns.iter().any(|column| column.header.is_some()) {
        table.set_header(columns.iter().zip(measures).zip(widths).map(|((column, measure), width)| {
            let header = column.header.as_deref().unwrap_or_default();
            let below = if measure.has_bar { " ".repeat(measure.tail(space.bar)) } else { String::new() };
            wrapped(humps(header), "", *width).join("\n") + &below
        }));
    }
    for row in 0..columns.first().map_or(0, |it| it.cells.len()) {
        table.add_row(columns.iter().zip(measures).zip(widths).map(|((column, measure), width)| {
            let cell = &column.cells[row];
            let paint = |text: &str| style(cell.emphasis).map_or_else(|| text.to_owned(), |style| mark(style, text));
            if cell.is_words {
                let lines = wrapped(cell.text.split(' '), " ", *width);
                return lines.iter().map(|line| paint(line)).collect::<Vec<_>>().join("\n");
            }
            let tail = measure.tail(space.bar) - cell.tail.width(space.bar);
            format!("{}{}{}", paint(&cell.text), cell.tail.text(space.bar), " ".repeat(tail))
        }));
    }
    for (index, (column, width)) in columns.iter().zip(widths).enumerate() {
        let Some(layout) = table.column_mut(index) else { continue };
        let padding = if index + 1 == columns.len() { 0 } else { space.gap - 1 };
        layout.set_padding((0, narrow(padding)));
        layout.set_constraint(ColumnConstraint::Absolute(Width::Fixed(narrow(width + padding))));
        if column.is_right {
            layout.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn narrow(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}
