//! The formats by name, and the one place where they are created.
//! It renders nothing itself.

use clap::ValueEnum;

use super::csv::Csv;
use super::html::Html;
use super::json::Json;
use super::jsonl::Jsonl;
use super::markdown::Markdown;
use super::table::Table;
use super::writer::{Look, Writer};
use super::xlsx::Xlsx;
use crate::failure::Failure;

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For spreadsheets
    Csv,
    /// The service's response, unchanged
    Json,
    /// One object per row
    Jsonl,
    /// For tickets and chats
    Markdown,
    /// One self-contained page, for mail and archive
    Html,
    /// A workbook, for Excel and others
    Xlsx,
}

impl Format {
    pub const EVERY: &[Self] =
        &[Self::Table, Self::Csv, Self::Json, Self::Jsonl, Self::Markdown, Self::Html, Self::Xlsx];

    /// All formats made of rows.
    pub const OF_ROWS: &[Self] = &[Self::Table, Self::Csv, Self::Jsonl, Self::Markdown, Self::Html, Self::Xlsx];

    /// Those of the partner's list.
    pub const OF_CUSTOMERS: &[Self] = &[Self::Table, Self::Csv, Self::Json, Self::Jsonl];

    /// A single record has no rows for CSV or JSON lines.
    pub const OF_STATUS: &[Self] = &[Self::Table, Self::Json];

    /// What the names of files end in, in lower case, and the format that stands for.
    pub const ENDINGS: &[(&str, Self)] = &[
        ("txt", Self::Table),
        ("csv", Self::Csv),
        ("json", Self::Json),
        ("jsonl", Self::Jsonl),
        ("md", Self::Markdown),
        ("html", Self::Html),
        ("htm", Self::Html),
        ("xlsx", Self::Xlsx),
    ];

    /// As typed.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Creates the writer of a format.
///
/// # Errors
/// If a format needs room on the disk and there is none.
pub fn writer(format: Format, look: Look) -> Result<Box<dyn Writer>, Failure> {
    Ok(match format {
        Format::Table => Box::new(Table::new(look)),
        Format::Csv => Box::new(Csv::new(look)),
        Format::Json => Box::new(Json::default()),
        Format::Jsonl => Box::new(Jsonl::new(look)),
        Format::Markdown => Box::new(Markdown::new(look)),
        Format::Html => Box::new(Html::new(look)),
        Format::Xlsx => Box::new(Xlsx::new(look)?),
    })
}
