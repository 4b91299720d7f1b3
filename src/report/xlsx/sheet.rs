//! A sheet of rows: a header that stays in sight, a filter, columns as wide as what is in them, and bars behind usages.
//! It decides nothing about values: cells come ready.

use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, ConditionalFormatDataBar, ConditionalFormatType, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use unicode_width::UnicodeWidthStr;

use super::cell::{Cell, INDENT, Style};
use crate::report::columns::ColumnKind;
use crate::report::row::Row;
use crate::report::shape::Field;

/// How many rows a sheet holds below its header.
pub const MOST_ROWS: usize = 1_048_575;

/// The widest that a column is made, in characters, since most of its cells are narrower than the widest.
const WIDEST: usize = 50;

/// Room for the filter's button, which figures have anyway, and for the margins.
const BUTTON: usize = 2;
const MARGIN: usize = 2;

pub const DARK: Color = Color::RGB(0x1B_3A_5C);
const BAR: Color = Color::RGB(0x9C_C3_EA);

pub struct Sheet {
    worksheet: Worksheet,
    columns: Vec<Field>,
    /// By the style's place in [`Style::ALL`].
    formats: Vec<Option<Format>>,
    /// In characters.
    widths: Vec<usize>,
    /// Rows added, of which the sheet takes no more than it holds.
    pub count: usize,
    /// Texts that were cut.
    pub cut: usize,
    /// Why a row is not complete.
    error: Option<XlsxError>,
}

impl Sheet {
    /// # Errors
    /// If the folder for temporary files cannot be used.
    pub fn new(workbook: &mut Workbook, name: &str, columns: Vec<Field>) -> Result<Self, XlsxError> {
        let mut worksheet = workbook.new_worksheet_with_low_memory()?;
        worksheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (at, Field(column)) in (0..).zip(&columns) {
            let header = Format::new().set_bold().set_font_color(Color::White).set_background_color(DARK);
            let header = header.set_align(FormatAlign::VerticalCenter);
            let header = if column.kind.is_figure() {
                header.set_align(FormatAlign::Right).set_indent(INDENT)
            } else {
                header.set_align(FormatAlign::Left).set_indent(u8::from(column.kind == ColumnKind::Date))
            };
            worksheet.write_string_with_format(0, at, column.name, &header)?;
            if let Some(format) = Style::usual(column.kind).format() {
                worksheet.set_column_format(at, &format)?;
            }
        }
        worksheet.set_row_height(0, 21)?;
        let formats = Style::ALL.iter().map(|style| style.format()).collect();
        let button = |kind: ColumnKind| if kind.is_figure() { 0 } else { BUTTON };
        let widths = columns.iter().map(|Field(column)| column.name.len() + button(column.kind)).collect();
        Ok(Self { worksheet, columns, formats, widths, count: 0, cut: 0, error: None })
    }

    /// Adds a row. What goes wrong is told at the end.
    pub fn add(&mut self, row: &Row<'_>, today: Date) {
        self.count += 1;
        if self.count <= MOST_ROWS
            && let Err(error) = self.write(row, today)
        {
            self.error.get_or_insert(error);
        }
    }

    fn write(&mut self, row: &Row<'_>, today: Date) -> Result<(), XlsxError> {
        let line = u32::try_from(self.count).unwrap_or(u32::MAX);
        for ((at, Field(column)), width) in (0..).zip(&self.columns).zip(&mut self.widths) {
            let value = (column.value)(row, today);
            let Some(cell) = Cell::of(value, column.kind) else { continue };
            let sheet = &mut self.worksheet;
            let (style, long) = match &cell {
                Cell::Number(number, Style::Money) => (Style::Money, amount_width(*number)),
                Cell::Number(_, style) => (*style, NUMBER),
                Cell::Date(_, style) => (*style, style.width().unwrap_or_default()),
                // A width is never more than the bytes, and mostly known to be less than what there is.
                Cell::Text { text, style, .. } => (*style, if text.len() <= *width { 0 } else { text.width() }),
            };
            *width = (*width).max(long);
            // The column's own format is not said again, which would take time. A text in a column of dates has it too.
            let is_usual = style == Style::usual(column.kind) || style == Style::Text;
            let format = self.formats[style as usize].as_ref().filter(|_| !is_usual);
            match (cell, format) {
                (Cell::Number(number, _), None) => sheet.write_number(line, at, number),
                (Cell::Number(number, _), Some(format)) => sheet.write_number_with_format(line, at, number, format),
                (Cell::Date(date, _), None) => sheet.write_datetime(line, at, &date),
                (Cell::Date(date, _), Some(format)) => sheet.write_datetime_with_format(line, at, &date, format),
                (Cell::Text { text, is_cut, .. }, format) => {
                    self.cut += usize::from(is_cut);
                    match format {
                        None => sheet.write_string(line, at, text),
                        Some(format) => sheet.write_string_with_format(line, at, text, format),
                    }
                }
            }?;
        }
        Ok(())
    }

    /// The sheet, complete.
    ///
    /// # Errors
    /// The first that a row met.
    pub fn finished(&mut self) -> Result<Worksheet, XlsxError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let mut sheet = std::mem::take(&mut self.worksheet);
        let last = u32::try_from(self.count).unwrap_or(u32::MAX);
        for ((at, Field(column)), width) in (0..).zip(&self.columns).zip(&self.widths) {
            let margin = if column.kind.is_figure() { 2 * MARGIN } else { MARGIN };
            let width = u32::try_from((*width).min(WIDEST) + margin).unwrap_or_default();
            sheet.set_column_width(at, width)?;
            if column.kind == ColumnKind::Percent && last > 0 {
                let bar = ConditionalFormatDataBar::new()
                    .set_minimum(ConditionalFormatType::Number, 0)
                    .set_maximum(ConditionalFormatType::Number, 100)
                    .set_fill_color(BAR)
                    .set_solid_fill(true);
                sheet.add_conditional_format(1, at, last, at, &bar)?;
            }
        }
        let last_column = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or_default();
        sheet.autofilter(0, 0, last, last_column)?;
        printed(&mut sheet).set_repeat_rows(0, 0)?;
        Ok(sheet)
    }
}

/// The width of most numbers.
const NUMBER: usize = 8;

/// That of an amount with two decimals, and a separator every three digits.
fn amount_width(amount: f64) -> usize {
    let digits = format!("{amount:.0}").len();
    NUMBER.max(digits + digits / 3 + 3)
}

/// How a sheet comes out on paper: A4 across, as wide as a page, its name and number below.
pub fn printed(sheet: &mut Worksheet) -> &mut Worksheet {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&L&A&RPage &P of &N")
}
