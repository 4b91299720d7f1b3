//! A workbook for people with a spreadsheet: the rows, one row per product, and what they are about, a sheet each.
//! It holds no rows: its library keeps them in temporary files, which have no name and go with the process.

mod about;
mod cell;
mod sheet;

use std::borrow::Cow;

use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::row::Row;
use super::shape::{Layout, Shape};
use super::totals::{Figures, Totals, spanned};
use super::wording::counted;
use super::writer::{Chunks, Look, Part, Writer};
use crate::failure::{ErrorKind, Failure};
use sheet::{MOST_ROWS, Sheet};

pub struct Xlsx {
    look: Look,
    workbook: Workbook,
    rows: Sheet,
    /// Of the same rows, if these are not products or customers themselves.
    products: Option<Sheet>,
    /// The rows and dates of all customers.
    all: Figures,
}

impl Xlsx {
    /// # Errors
    /// If the folder for temporary files cannot be used.
    pub fn new(look: Look) -> Result<Self, Failure> {
        let mut workbook = Workbook::new();
        let is_summary = matches!(look.layout.shape, Shape::Summary | Shape::Customers);
        let columns = look.columns.clone().unwrap_or_else(|| look.layout.columns());
        let rows = Sheet::new(&mut workbook, if is_summary { SUMMARY } else { USAGE }, columns)
            .map_err(|error| failed(&error))?;
        let products = if is_summary {
            None
        } else {
            Some(
                Sheet::new(&mut workbook, SUMMARY, Layout::from(Shape::Summary).columns())
                    .map_err(|error| failed(&error))?,
            )
        };
        Ok(Self { look, workbook, rows, products, all: Figures::default() })
    }

    fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        [&self.rows].into_iter().chain(&self.products)
    }

    /// The file, once all sheets are complete.
    fn file(&mut self, totals: &Totals, warnings: &[String]) -> Result<Vec<u8>, XlsxError> {
        let today = self.look.today;
        let about = about::sheet(&self.look, &self.all, totals, self.products.is_some(), warnings)?;
        let sheets = [self.rows.finished()?].into_iter();
        let sheets: Vec<_> = match &mut self.products {
            Some(products) => sheets.chain([products.finished()?]).collect(),
            None => sheets.collect(),
        };
        sheets.into_iter().chain([about]).for_each(|sheet| self.workbook.push_worksheet(sheet));
        // With the clock in it, two files of the same rows would differ.
        let properties = DocProperties::new().set_title("Licence usage").set_creation_datetime(&moment(today)?);
        // Half of the time would go into the last tenth of the compression.
        self.workbook.set_properties(&properties).set_zip_compression_level(3);
        // Not `save_to_writer`: what is generic there would be compiled here, and not for size.
        self.workbook.save_to_buffer()
    }
}

impl Writer for Xlsx {
    fn is_for_people(&self) -> bool {
        true
    }

    fn has_products(&self) -> bool {
        self.products.is_some()
    }

    fn products(&mut self, products: &[Row<'_>]) {
        if let Some(sheet) = &mut self.products {
            for row in products {
                sheet.add(row, self.look.today);
            }
        }
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let figures = part.rows(|row| self.rows.add(row, self.look.today))?;
        self.all.rows += figures.rows;
        self.all.shown += figures.shown;
        self.all.gone += figures.gone;
        self.all.days = spanned(self.all.days, figures.days);
        self.all.since = spanned(self.all.since, figures.since);
        Ok(vec![Cow::Borrowed(b"")])
    }

    fn end(&mut self, totals: &Totals, warnings: &[String]) -> Result<Vec<u8>, Failure> {
        if self.rows.count > MOST_ROWS {
            let (rows, most) = (self.rows.count, MOST_ROWS);
            let failure =
                Failure::new(ErrorKind::Other, format!("a sheet holds {most} rows, and the report has {rows}"));
            return Err(failure.hint("use -o csv, or fewer rows: --summary, --where"));
        }
        self.file(totals, warnings).map_err(|error| failed(&error))
    }

    fn warnings(&self) -> Vec<String> {
        let cut: usize = self.sheets().map(|sheet| sheet.cut).sum();
        let cells = || counted(cut, "text");
        let warning =
            || format!("the workbook: {} cut to {} characters, which is all that a cell holds", cells(), cell::MOST);
        if cut > 0 { vec![warning()] } else { Vec::new() }
    }
}

const USAGE: &str = "Usage";
const SUMMARY: &str = "Summary";

/// The start of a day. Spreadsheets know none before 1900, nor after 9999.
fn moment(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(day.year()).unwrap_or_default().max(1900);
    ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs())
}

fn failed(error: &XlsxError) -> Failure {
    let (message, is_spool) = match error {
        XlsxError::TempFileError(folder, error) => {
            let error = error.to_string();
            // The library below adds the path that it tried.
            let reason = error.split(" at path ").next().unwrap_or_default().to_owned();
            (format!("cannot create a temporary file for the workbook in {}: {reason}", folder.display()), true)
        }
        error => (format!("cannot make the workbook: {error}"), false),
    };
    let failure = Failure::new(ErrorKind::Other, message);
    if is_spool { failure.hint(SPOOL) } else { failure }
}

const SPOOL: &str = "a workbook is put together in the folder for temporary files, which TMPDIR names";

/// A panic as a failure: the library panics if it cannot write a temporary file.
pub fn panicked(panic: &str) -> Failure {
    // Its place in the source goes first, on a line of its own.
    let what = panic.split_once('\n').map_or(panic, |(_, what)| what);
    if let Some(error) = what.strip_prefix("Couldn't write to xml file: ") {
        let reason = error.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
        let reason = reason.map_or(error, |(reason, _)| reason);
        return Failure::new(ErrorKind::Other, format!("cannot write the workbook's temporary file: {reason}"))
            .hint(SPOOL);
    }
    Failure::new(ErrorKind::Other, format!("the program has a bug: {}", panic.replace('\n', " ")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::insight::Insight;
    use crate::report::writer::Heading;

    fn workbook() -> Xlsx {
        let look = Look {
            columns: None,
            layout: Shape::Rows.into(),
            today: date(2017, 3, 15),
            is_one: true,
            is_filtered: false,
            options: Vec::new(),
            header: true,
            width: None,
            color: false,
            delimiter: b',',
            excel: false,
            raw_text: false,
        };
        Xlsx::new(look).expect("room for temporary files")
    }

    fn add(workbook: &mut Xlsx, rows: usize) {
        let mut visit = |show: &mut dyn FnMut(&Row<'_>)| {
            (0..rows).for_each(|_| show(&Row::from(Insight::default())));
            Ok(Figures::default())
        };
        let part = Part { heading: Heading::Customer(None), body: "", is_only: false, visit: &mut visit };
        workbook.rows(part).expect("rows");
    }

    #[test]
    fn as_many_rows_as_a_sheet_holds_are_written_and_one_more_is_an_error() {
        let mut workbook = workbook();
        workbook.rows.count = MOST_ROWS - 1;
        add(&mut workbook, 1);
        assert!(workbook.end(&Totals::default(), &[]).expect("a file").starts_with(b"PK"));
        let mut workbook = self::workbook();
        workbook.rows.count = MOST_ROWS - 1;
        add(&mut workbook, 2);
        let failure = workbook.end(&Totals::default(), &[]).expect_err("too many");
        assert_eq!(failure.to_string(), "a sheet holds 1048575 rows, and the report has 1048576");
        assert_eq!(failure.hint.as_deref(), Some("use -o csv, or fewer rows: --summary, --where"));
    }

    #[test]
    fn a_panic_is_put_into_words() {
        let full = "panicked at /home/x/xmlwriter.rs:26:10:\nCouldn't write to xml file: Os { code: 28, kind: StorageFull, \
                    message: \"No space left on device\" }";
        let failure = panicked(full);
        assert_eq!(failure.to_string(), "cannot write the workbook's temporary file: No space left on device");
        assert_eq!(failure.hint.as_deref(), Some(SPOOL));
        let bug = panicked("panicked at src/x.rs:1:2:\nindex out of bounds");
        assert_eq!(bug.to_string(), "the program has a bug: panicked at src/x.rs:1:2: index out of bounds");
    }
}
