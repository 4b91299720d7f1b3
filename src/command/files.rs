//! Reads the files that add to a report: an earlier answer, prices, exceptions.
//! It asks no service, and adds nothing itself.

use std::path::Path;
use std::rc::Rc;

use jiff::civil::Date;

use super::tally::gap_warning;
use crate::config::ReportFiles;
use crate::fetch::{Completeness, saved};
use crate::input::Table;
use crate::insight::Insight;
use crate::output;
use crate::report::exceptions::{ExceptionLine, Exceptions};
use crate::report::prices::{PriceLine, Prices};

/// What the files of a report hold.
pub struct Files {
    /// The rows of an earlier answer.
    pub earlier: Vec<Insight<'static>>,
    pub prices: Option<Rc<Prices>>,
    /// Shared: they decide who is asked, and each report shows them beside its rows.
    pub exceptions: Option<Rc<Exceptions>>,
}

/// Reads the files, and warns of exceptions that have ended; `today` is the UTC day that decides which.
///
/// # Errors
/// Those of each file.
pub fn read(files: &ReportFiles, today: Date) -> anyhow::Result<Files> {
    let earlier = files.compare.as_ref().map(|file| earlier(file.as_deref())).transpose()?.unwrap_or_default();
    let prices = files.prices.as_ref().map(|file| prices(file.as_deref())).transpose()?;
    let exceptions = files.exceptions.as_ref().map(|file| exceptions(file.as_deref(), today)).transpose()?;
    exceptions.iter().flat_map(Exceptions::ended).for_each(|line| output::warning(&line));
    Ok(Files { earlier, prices: prices.map(Rc::new), exceptions: exceptions.map(Rc::new) })
}

/// The rows of an earlier answer.
fn earlier(file: Option<&Path>) -> anyhow::Result<Vec<Insight<'static>>> {
    let (answers, is_one) = saved::read(file)?;
    let (mut rows, mut completeness) = (Vec::new(), Completeness::default());
    for answer in &answers {
        let envelope = answer.rows(answer.text()?, &mut |row| rows.push(row.into_owned()))?;
        completeness.see(&answer.name(None), envelope);
    }
    if let Some(text) = gap_warning("the earlier response", &completeness.gaps(), is_one) {
        output::warning(&text);
    }
    Ok(rows)
}

/// The prices of a file: a report that somebody filled in is one.
fn prices(file: Option<&Path>) -> anyhow::Result<Prices> {
    const COLUMNS: &str = "`product` (or `productName`, or `productId`), `price` and `currency`";
    let table = Table::read(file)?;
    let needed = |name: &str| table.column(name)?.ok_or_else(|| table.lacks(name, COLUMNS));
    // An id is surer than a name.
    let products = [table.column("productId")?, table.column("product")?, table.column("productName")?];
    if products == [None; 3] {
        return Err(table.lacks("product", COLUMNS).into());
    }
    let (price, currency) = (needed("price")?, needed("currency")?);
    let mut prices = Prices::default();
    for (line, cells) in table.lines() {
        let line_of = PriceLine {
            products: products.map(|product| cells.at(product)),
            price: cells.at(Some(price)),
            currency: cells.at(Some(currency)),
            has_decimal_comma: table.has_decimal_comma,
        };
        prices.add(&line_of).map_err(|why| table.wrong(line, &why))?;
    }
    Ok(prices)
}

fn exceptions(file: Option<&Path>, today: Date) -> anyhow::Result<Exceptions> {
    const COLUMNS: &str = "`customer`, `product`, `spare`, `until` and `reason`";
    let table = Table::read(file)?;
    // All of them: an exception whose `untill` was overlooked would never end.
    let needed = |name: &str| table.column(name)?.ok_or_else(|| table.lacks(name, COLUMNS));
    let places = [needed("customer")?, needed("product")?, needed("spare")?, needed("until")?, needed("reason")?];
    let mut exceptions = Exceptions::new(table.name().to_owned());
    for (number, cells) in table.lines() {
        let [customer, product, spare, until, reason] = places.map(|place| cells.at(Some(place)));
        let line = ExceptionLine { number, customer, product, spare, until, reason };
        exceptions.add(&line, today).map_err(|why| table.wrong(number, &why))?;
    }
    Ok(exceptions)
}
