//! The sheet that says what the others are about: whose data, how old, which options, what the figures mean, and warnings.
//! It names no path, no address and no sign-in.

use rust_xlsxwriter::{Color, Format, FormatAlign, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::cell::Style;
use super::moment;
use super::sheet::{DARK, printed};
use crate::report::shape::Shape;
use crate::report::totals::{Figures, Totals};
use crate::report::words::{CALCULATED, FIGURES, NO_ROWS, ONCE, closing, data, total};
use crate::report::writer::Look;
use crate::sanitize::sanitize_cut;

/// The width of the texts, in digits, which are wider than most letters, and the height of a line of them, in points.
const WIDTH: usize = 100;
const LINE: usize = 16;

/// What a text on the sheet is cut to.
const LONGEST: usize = 2_000;

/// The sheet; `all` are the rows and dates of all customers.
pub fn sheet(
    look: &Look,
    all: &Figures,
    totals: &Totals,
    has_products: bool,
    warnings: &[String],
) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name("About")?.set_screen_gridlines(false);
    sheet.set_column_width(0, 24)?.set_column_width(1, u32::try_from(WIDTH).unwrap_or_default())?;
    printed(&mut sheet);
    let title = Format::new().set_bold().set_font_size(16).set_font_color(DARK);
    sheet.write_string_with_format(0, 0, "Licence usage", &title)?.set_row_height(0, 28)?;

    let mut lines = Lines { sheet, next: 2 };
    match totals.one() {
        Some(figures) => lines.add("Customer", &named(figures))?,
        None => lines.add("Customers", &[totals.customers.to_string()])?,
    }
    let found = if totals.rows == 0 { NO_ROWS.to_owned() } else { data(all, look.today) };
    lines.add("Data", &[found.trim_start_matches("Data of ").to_owned()])?;
    lines.date("Age as of", look)?;
    let result = match totals.one() {
        _ if totals.rows == 0 => Vec::new(),
        Some(figures) => vec![closing(figures, str::to_owned).join(" · ")],
        None => vec![total(totals, str::to_owned).join(" · ")],
    };
    lines.add("In short", &result)?;
    let options: Vec<_> =
        look.options.iter().map(|(option, value)| format!("{option} {value}").trim_end().to_owned()).collect();
    lines.add("Options", &options)?;
    lines.gap();
    lines.add("Sheets", &sheets(look.layout.shape, has_products, look.is_filtered, totals))?;
    lines.gap();
    let (_, meaning) = FIGURES.split_once(": ").unwrap_or_default();
    lines.add("What the figures mean", &sentences(&meaning.replacen("qualified", "Qualified", 1)))?;
    let cells = "An empty cell means that the service left a value out, which is not the same as 0. Usage is a percentage, on a \
                 scale of 0 to 100. Dates are in UTC.";
    lines.add("", &sentences(cells))?;
    lines.gap();
    let none = ["none".to_owned()];
    lines.add("Warnings", if warnings.is_empty() { &none } else { warnings })?;
    Ok(lines.sheet)
}

/// Lines of a label and a text, from the top down.
struct Lines {
    sheet: Worksheet,
    next: u32,
}

impl Lines {
    /// Adds a line for each text, the first with the label.
    fn add(&mut self, label: &str, texts: &[String]) -> Result<(), XlsxError> {
        let text_format = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        for (at, text) in texts.iter().enumerate() {
            if at == 0 {
                self.label(label)?;
            }
            let text = sanitize_cut(text, LONGEST);
            // Not every program makes room for a text of several lines by itself.
            let lines = text.width().div_ceil(WIDTH + 16).max(1);
            self.sheet.set_row_height(self.next, u32::try_from(lines * LINE).unwrap_or(u32::MAX).min(400))?;
            self.sheet.write_string_with_format(self.next, 1, text, &text_format)?;
            self.next += 1;
        }
        Ok(())
    }

    fn date(&mut self, label: &str, look: &Look) -> Result<(), XlsxError> {
        self.label(label)?;
        let format = Style::Day.format().unwrap_or_default().set_align(FormatAlign::Top).set_indent(0);
        self.sheet.write_datetime_with_format(self.next, 1, &moment(look.today)?, &format)?;
        self.next += 1;
        Ok(())
    }

    fn label(&mut self, label: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_bold().set_align(FormatAlign::Top).set_font_color(Color::RGB(0x57_60_6A));
        self.sheet.write_string_with_format(self.next, 0, label, &format)?;
        Ok(())
    }

    fn gap(&mut self) {
        self.next += 1;
    }
}

fn named(figures: &Figures) -> Vec<String> {
    [&figures.customer_name, &figures.customer_id].into_iter().flatten().cloned().collect()
}

fn sheets(shape: Shape, has_products: bool, is_filtered: bool, totals: &Totals) -> Vec<String> {
    const WORKLOADS: &str = "All workloads of a product count the same seats, so do not add them up.";
    let mut sheets = match shape {
        Shape::Rows => vec!["Usage: one row per product and workload of a customer.", WORKLOADS],
        Shape::Changes => {
            vec!["Usage: one row per product and workload of a customer, with what has changed.", WORKLOADS]
        }
        Shape::Summary => vec!["Summary: one row per product of a customer."],
        Shape::Customers => vec!["Summary: one row per customer, all its products added up."],
    };
    if has_products {
        sheets.push("Summary: one row per product of a customer, made of the same rows.");
    }
    if has_products && is_filtered {
        // The closing line counts them.
        sheets
            .push("What --where leaves out is left out there too: seats that another workload uses may count as idle.");
    }
    // Only the older endpoint serves a percentage, and no endpoint serves one of a summary.
    let of = if has_products && !totals.has_calculated { " in Summary is" } else { " is" };
    let rule = [format!("{ONCE}."), format!("Usage{of} {CALCULATED}.")];
    sheets.into_iter().map(str::to_owned).chain(rule).collect()
}

/// A text of lines as one sentence a line.
fn sentences(text: &str) -> Vec<String> {
    let text = text.replace('\n', " ");
    text.split_inclusive(". ").map(|sentence| sentence.trim().to_owned()).collect()
}
