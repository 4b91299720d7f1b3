//! Reads the files that add to a report: an earlier answer, prices, exceptions.
//! It asks no service, and adds nothing itself.

use std::path::Path;

use jiff::civil::Date;

use super::tally::warn_of_gaps;
use crate::fetch::{Completeness, saved};
use crate::input::Table;
use crate::insight::Insight;
use crate::report::exceptions::{ExceptionLine, Exceptions};
use crate::report::prices::{PriceLine, Prices};

/// The rows of an earlier answer.
///
/// # Errors
/// Those of reading and of the answer.
pub fn earlier(file: Option<&Path>) -> anyhow::Result<Vec<Insight<'static>>> {
    let (answers, is_one) = saved::read(file)?;
    let (mut rows, mut completeness) = (Vec::new(), Completeness::default());
    for answer in &answers {
        let envelope = answer.rows(answer.text()?, &mut |row| rows.push(row.into_owned()))?;
        completeness.see(&answer.name(None), envelope);
    }
    warn_of_gaps("the earlier response", &completeness.gaps(), is_one);
    Ok(rows)
}

/// The prices of a file: a report that somebody filled in is one.
///
/// # Errors
/// Those of reading, and `Usage`, naming the line, if one is wrong.
pub fn prices(file: Option<&Path>) -> anyhow::Result<Prices> {
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

/// The exceptions of a file; `today` is the UTC day that decides which have ended.
///
/// # Errors
/// Those of reading, and `Usage`, naming the line, if one is wrong.
pub fn exceptions(file: Option<&Path>, today: Date) -> anyhow::Result<Exceptions> {
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
