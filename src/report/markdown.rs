//! Rows as Markdown for a ticket or a chat: a heading and a table a section, totals as lists (GitHub Flavored Markdown).
//! It trusts no text: a name is shown as it is, and makes no markup, image or link.

use std::borrow::Cow;

use super::cell::{Cell, Emphasis, Tail, legible};
use super::section::{Ending, MOST, Section, ending, header};
use super::totals::{Figures, Ranked, Totals};
use super::wording::counted;
use super::words::{NO_ROWS, closing, customer, data, named, none_of, none_of_all, rule, total};
use super::writer::{Chunks, Heading, Look, Part, Writer};
use crate::failure::Failure;
use crate::insight::number::plain as digits;
use crate::sanitize::sanitize;

pub struct Markdown {
    look: Look,
    /// Whether the next part needs a blank line before it.
    has_begun: bool,
}

impl Markdown {
    pub fn new(look: Look) -> Self {
        Self { look, has_begun: false }
    }

    /// The section of a customer; without its rows if none is shown.
    fn section(&self, asked: Option<&str>, figures: &Figures, rows: Option<&Section>) -> String {
        let (name, id) = customer(asked, figures);
        let data = (figures.rows > 0).then(|| data(figures, self.look.today));
        // A line must not start with what could be a mark.
        let id = id.map(|id| format!("Customer id {}", escaped(&legible(id))));
        let below: Vec<_> = id.into_iter().chain(data).collect();
        let mut text = format!("## {}\n\n", named(name, escaped));
        if !below.is_empty() {
            text += &format!("{}\n\n", below.join(" · "));
        }
        text += &match rows {
            _ if figures.rows == 0 => format!("{NO_ROWS}\n"),
            Some(rows) if figures.shown > 0 => format!("{}\n{}\n", table(rows), closing(figures, escaped).join(" · ")),
            _ => format!("{}\n", none_of(figures)),
        };
        text
    }
}

impl Writer for Markdown {
    fn is_for_people(&self) -> bool {
        true
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let heading = part.heading;
        let Some((section, figures)) = Section::read(part, &self.look)? else { return Ok(Vec::new()) };
        let text = match heading {
            Heading::Customer(asked) => self.section(asked, &figures, Some(&section)),
            Heading::All(customers) | Heading::List(customers) => {
                let data = data(&figures, self.look.today);
                format!("## {}\n\n{data}\n\n{}", counted(customers, "customer"), table(&section))
            }
        };
        let apart = if self.has_begun { "\n" } else { "" };
        self.has_begun = true;
        Ok(vec![Cow::Owned(format!("{apart}{text}").into_bytes())])
    }

    fn end(&mut self, totals: &Totals, warnings: &[String]) -> Result<Vec<u8>, Failure> {
        let mut text = match ending(totals, &self.look, self.has_begun) {
            Ending::Nothing => String::new(),
            Ending::Section(figures) => self.section(None, figures, None),
            Ending::NoneOfAll => format!("{}\n", none_of_all(totals)),
            Ending::Total => format!("{}{}", if self.has_begun { "\n" } else { "" }, all(totals)),
        };
        if let Some(rule) = rule(&self.look, totals) {
            text += &format!("\n{rule}\n");
        }
        if !warnings.is_empty() {
            text += "\n";
        }
        for warning in warnings {
            text += &format!("- **warning:** {}\n", escaped(&sanitize(warning)));
        }
        Ok(text.into_bytes())
    }
}

/// The total of several customers, and the customers and products with the most idle seats.
fn all(totals: &Totals) -> String {
    if totals.rows == 0 {
        return format!("## {}\n\n{NO_ROWS}\n", counted(totals.customers, "customer"));
    }
    let mut text = "## Total\n\n".to_owned();
    for part in total(totals, escaped) {
        text += &format!("- {part}\n");
    }
    for (what, ranking) in [("customer", totals.idle_customers()), ("product", totals.idle_products())] {
        if !ranking.is_empty() {
            text += &format!("\n### Most idle seats by {what}\n\n{}", ranked(&ranking));
        }
    }
    text
}

/// The top of a ranking. A line starts with a figure: a name there could be one of the marks that start a list.
fn ranked(ranking: &[Ranked<'_>]) -> String {
    let first = &ranking[..ranking.len().min(MOST)];
    let line = |ranked: &Ranked<'_>| format!("- **{}** {}\n", digits(ranked.idle), named(ranked.name, escaped));
    let lines: String = first.iter().map(line).collect();
    match ranking.len() - first.len() {
        0 => lines,
        more => format!("{lines}- … and {more} more\n"),
    }
}

fn table(section: &Section) -> String {
    let mut text = String::new();
    for column in &section.columns {
        text += &format!("| {} ", header(column));
    }
    text += "|\n";
    for column in &section.columns {
        text += if column.kind.is_figure() { "|---:" } else { "|---" };
    }
    text += "|\n";
    for row in section.rows() {
        for (_, cell) in row {
            text += "| ";
            text += &shown(cell);
            text += " ";
        }
        text += "|\n";
    }
    text
}

fn shown(cell: &Cell) -> String {
    let text = escaped(&cell.text);
    match (&cell.tail, cell.emphasis) {
        (Tail::Change(change), _) => text + change,
        (_, Emphasis::Most) => format!("**{text}**"),
        _ => text,
    }
}

/// A text inside a line, with its marks escaped. Those that a renderer looks for before it knows of escapes are entities: what
/// divides cells, and where an address or a formula would begin.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        match char {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '|' => escaped += "&#124;",
            '@' => escaped += "&#64;",
            '$' => escaped += "&#36;",
            ':' if text[at..].starts_with(":/") => escaped += "&#58;",
            '.' if ends_with_www(&text[..at]) => escaped += "&#46;",
            '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '#' => escaped.extend(['\\', char]),
            _ => escaped.push(char),
        }
    }
    escaped
}

fn ends_with_www(text: &str) -> bool {
    let start = text.len().checked_sub(3);
    start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}
