//! What is known and accepted: customers to leave out, and spare seats that are no reason for an alarm.
//! It changes no figure: what is accepted stands beside the idle seats.

use std::cell::Cell;
use std::collections::HashMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::columns::folded;
use super::date;
use super::row::{Row, Spare};
use crate::insight::customer_id::CustomerId;
use crate::insight::number::{decimal, minus};
use crate::sanitize::sanitize_cut;

/// The lines of a file of exceptions.
#[derive(Debug)]
pub struct Exceptions {
    /// The file's name in messages.
    name: String,
    lines: Vec<Line>,
    /// Indices by customer ([`EVERY`] for all), then by product (in lower case; empty for all).
    by_customer: HashMap<String, HashMap<String, usize>>,
}

/// The customer of a line that is about all of them.
const EVERY: &str = "*";

#[derive(Debug)]
struct Line {
    /// In the file, from 1.
    number: u64,
    leaves_out: bool,
    /// Seats; `None` for all.
    spare: Option<Decimal>,
    /// The day that it ended, if it has.
    ended: Option<Date>,
    reason: String,
    /// Whether it is about any row or customer of the run.
    fits: Cell<bool>,
}

/// The cells of a line, trimmed; empty where there is none.
pub struct ExceptionLine<'l> {
    /// In the file, from 1.
    pub number: u64,
    pub customer: &'l str,
    pub product: &'l str,
    pub spare: &'l str,
    pub until: &'l str,
    pub reason: &'l str,
}

impl Exceptions {
    /// Without lines; `name` is the file's in messages.
    pub fn new(name: String) -> Self {
        Self { name, lines: Vec::new(), by_customer: HashMap::new() }
    }

    /// Adds a line; `today` is the UTC day that decides whether it has ended.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, line: &ExceptionLine<'_>, today: Date) -> Result<(), String> {
        let ExceptionLine { number, customer, product, spare, until, reason } = *line;
        let customer = match customer {
            EVERY => EVERY.to_owned(),
            "" => return Err("the customer is missing: write its id, or * for every customer".to_owned()),
            id => match id.parse::<CustomerId>() {
                Ok(id) => id.to_string(),
                Err(form) => return Err(format!("`{}` is not a valid customer id: {form}", sanitize_cut(id, 40))),
            },
        };
        if product == EVERY {
            return Err("`*` is not a product: leave the cell empty for every product".to_owned());
        }
        let leaves_out = product.is_empty() && spare.is_empty();
        if leaves_out && customer == EVERY {
            return Err("`*` needs a product or a number of spare seats: it cannot leave every customer out".to_owned());
        }
        let spare = match spare {
            "" => None,
            seats => Some(seats_of(seats)?),
        };
        let ended = match until {
            "" => None,
            until => {
                let until = date::day(until).ok_or_else(|| {
                    format!(
                        "`{}` is not a valid date: write a day like 2017-03-09, in a column of text",
                        sanitize_cut(until, 40)
                    )
                })?;
                Some(until).filter(|until| *until < today)
            }
        };
        let of_customer = self.by_customer.entry(customer).or_default();
        if let Some(other) = of_customer.insert(folded(product), self.lines.len()) {
            return Err(format!("the customer and the product are those of line {}", self.lines[other].number));
        }
        self.lines.push(Line {
            number,
            leaves_out,
            spare,
            ended,
            reason: sanitize_cut(reason, 200),
            fits: Cell::new(false),
        });
        Ok(())
    }

    /// Whether the customer with this id, in lower case, is to be left out.
    pub fn leaves_out(&self, customer: &str) -> bool {
        self.in_force(customer, "").is_some_and(|line| {
            line.fits.set(line.fits.get() || line.leaves_out);
            line.leaves_out
        })
    }

    /// Whether any line is about one customer.
    pub fn names_customers(&self) -> bool {
        self.by_customer.keys().any(|customer| customer != EVERY)
    }

    /// Adds to a row how many of its idle seats are accepted, and how many are not.
    pub fn apply(&self, row: &mut Row<'_>) {
        let product = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(folded);
        let id = product(row.insight.product_id.as_deref());
        let name = product(row.insight.product_name.as_deref());
        let mut line = None;
        for customer in [row.insight.customer_id.as_deref(), Some(EVERY)].into_iter().flatten() {
            for product in [id.as_deref(), name.as_deref(), Some("")].into_iter().flatten() {
                let Some(found) = self.in_force(customer, product).filter(|line| !line.leaves_out) else { continue };
                found.fits.set(true);
                // The most specific one counts.
                line = line.or(Some(found));
            }
        }
        let idle = row.idle();
        let spare = line.map_or(Some(Decimal::ZERO), |line| line.spare.or(idle));
        let excess = idle.zip(spare).and_then(|(idle, spare)| minus(idle, spare));
        row.spare = Some(Spare { spare, excess: excess.map(|excess| excess.max(Decimal::ZERO)) });
    }

    fn in_force(&self, customer: &str, product: &str) -> Option<&Line> {
        let line = &self.lines[*self.by_customer.get(customer)?.get(product)?];
        Some(line).filter(|line| line.ended.is_none())
    }

    /// What to say of the lines that have ended.
    pub fn ended(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter_map(|line| Some(self.told(line, &format!("ended on {}", line.ended?))))
    }

    /// What to say of the lines in force that are about nothing in this run; `has_rows` is whether spare seats counted.
    pub fn unfit(&self, has_rows: bool) -> impl Iterator<Item = String> {
        let in_force = self.lines.iter().filter(move |line| line.ended.is_none() && (line.leaves_out || has_rows));
        in_force.filter(|line| !line.fits.get()).map(|line| self.told(line, "matches nothing"))
    }

    fn told(&self, line: &Line, what: &str) -> String {
        let reason = if line.reason.is_empty() { String::new() } else { format!(": {}", line.reason) };
        format!("--exceptions: line {} of {} {what}{reason}", line.number, self.name)
    }
}

fn seats_of(text: &str) -> Result<Decimal, String> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    decimal(text).filter(|_| is_digits).ok_or_else(|| {
        format!("`{}` is not a valid number of seats: write digits only, or nothing for all", sanitize_cut(text, 40))
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::insight::rows_of;

    const TODAY: Date = date(2017, 3, 15);
    const ONE: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";
    const TWO: &str = "1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02";

    /// Exceptions whose lines have customer, product, spare and until; the first is line 2.
    fn exceptions(lines: &[[&str; 4]]) -> Result<Exceptions, String> {
        let mut exceptions = Exceptions::new("file".to_owned());
        for (number, [customer, product, spare, until]) in (2..).zip(lines) {
            exceptions.add(&ExceptionLine { number, customer, product, spare, until, reason: "why" }, TODAY)?;
        }
        Ok(exceptions)
    }

    /// Spare and excess of seven idle seats of a product with an id and a name.
    fn spare_of(lines: &[[&str; 4]], customer: &str) -> String {
        let body = format!(
            r#"{{"items":[{{"customerId":"{customer}","productId":"SKU","productName":"E3","licensesQualified":9,"licensesActive":2}}]}}"#
        );
        let mut rows: Vec<_> = rows_of(&body).into_iter().map(Row::from).collect();
        exceptions(lines).expect("lines").apply(&mut rows[0]);
        let Spare { spare, excess } = rows[0].spare.clone().expect("there are exceptions");
        let text = |number: Option<Decimal>| number.map_or("–".to_owned(), |number| number.to_string());
        format!("{} {}", text(spare), text(excess))
    }

    #[test]
    fn the_most_specific_line_counts() {
        let lines = [
            [ONE, "sku", "1", ""],
            [ONE, "e3", "2", ""],
            [ONE, "", "3", ""],
            ["*", "SKU", "4", ""],
            ["*", "E3", "5", ""],
            ["*", "", "6", ""],
        ];
        for (first, shown) in ["1 6", "2 5", "3 4", "4 3", "5 2", "6 1", "0 7"].into_iter().enumerate() {
            assert_eq!(spare_of(&lines[first..], ONE), shown);
        }
        assert_eq!(spare_of(&lines, TWO), "4 3");
    }

    #[test]
    fn all_idle_seats_may_be_accepted_and_more_than_there_are() {
        assert_eq!(spare_of(&[["*", "e3", "", ""]], ONE), "7 0");
        assert_eq!(spare_of(&[["*", "", "50", ""]], ONE), "50 0");
        assert_eq!(spare_of(&[["*", "", "0", ""]], ONE), "0 7");
    }

    #[test]
    fn a_line_ends_with_its_day_and_then_the_next_best_counts() {
        let lines = |until| [[ONE, "E3", "3", until], ["*", "", "1", ""]];
        assert_eq!(spare_of(&lines("2017-03-15"), ONE), "3 4");
        assert_eq!(spare_of(&lines("2017-03-14"), ONE), "1 6");
        let exceptions = exceptions(&lines("2017-03-14")).expect("lines");
        let told: Vec<_> = exceptions.ended().collect();
        assert_eq!(told, ["--exceptions: line 2 of file ended on 2017-03-14: why"]);
        assert_eq!(exceptions.unfit(true).collect::<Vec<_>>(), ["--exceptions: line 3 of file matches nothing: why"]);
        assert_eq!(exceptions.unfit(false).count(), 0);
    }

    #[test]
    fn a_customer_is_left_out_until_then() {
        let lines = |until| [[ONE, "", "", until], [TWO, "", "0", ""]];
        let exceptions = |until| exceptions(&lines(until)).expect("lines");
        assert!(exceptions("").leaves_out(ONE) && !exceptions("").leaves_out(TWO));
        assert!(exceptions("2017-03-15").leaves_out(ONE));
        assert!(!exceptions("2017-03-14").leaves_out(ONE));
    }

    #[test]
    fn a_wrong_line_says_what_is_wrong() {
        const FORM: &str = "a customer id is a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
        for (line, why) in [
            (["", "E3", "1", ""], "the customer is missing: write its id, or * for every customer".to_owned()),
            (["Contoso", "", "", ""], format!("`Contoso` is not a valid customer id: {FORM}")),
            (
                ["*", "", "", ""],
                "`*` needs a product or a number of spare seats: it cannot leave every customer out".to_owned(),
            ),
            (
                ["*", "", "-1", ""],
                "`-1` is not a valid number of seats: write digits only, or nothing for all".to_owned(),
            ),
            (
                ["*", "", "1.5", ""],
                "`1.5` is not a valid number of seats: write digits only, or nothing for all".to_owned(),
            ),
            (
                ["*", "", "1", "31.12.2017"],
                "`31.12.2017` is not a valid date: write a day like 2017-03-09, in a column of text".to_owned(),
            ),
            (
                ["*", "", "1", "2017-02-29"],
                "`2017-02-29` is not a valid date: write a day like 2017-03-09, in a column of text".to_owned(),
            ),
        ] {
            assert_eq!(exceptions(&[line]).expect_err("wrong"), why);
        }
        let braces = format!("{{{}}}", ONE.to_uppercase());
        for twice in [
            [[ONE, "E3", "1", ""], [&braces, "e3", "2", ""]],
            [[ONE, "", "", ""], [ONE, "", "2", ""]],
            [["*", "E3", "1", "2017-03-01"], ["*", "E3", "", ""]],
        ] {
            let why = "the customer and the product are those of line 2";
            assert_eq!(exceptions(&twice).expect_err("twice"), why);
        }
    }
}
