//! What a seat of each product costs a month, and so what seats that nobody uses come to.
//! It guesses nothing: a product without a price has no cost, and amounts in different currencies are never added up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rust_decimal::Decimal;

use super::columns::folded;
use super::row::{Cost, Row};
use crate::insight::customer_id::CustomerId;
use crate::insight::number::{decimal, times};
use crate::sanitize::sanitize_cut;

/// Prices by product, by id or name, ignoring case.
#[derive(Debug, Default)]
pub struct Prices {
    /// By id where the line has one, else by name.
    own: HashMap<String, Price>,
    /// By a name that stands beside an id; `None` if there are several prices.
    beside: HashMap<String, Option<Price>>,
    /// Whether there are ids.
    pub has_ids: bool,
    /// The first decimal separator.
    separator: Option<char>,
}

#[derive(Clone, Debug, PartialEq)]
struct Price {
    /// For a seat and a month, as written but for the decimal comma.
    amount: Decimal,
    /// Three capital letters.
    currency: String,
}

/// The cells of a line, trimmed; empty where there is none.
pub struct PriceLine<'l> {
    /// The product's id or name, the surest first.
    pub products: [&'l str; 3],
    pub price: &'l str,
    pub currency: &'l str,
    /// Whether `9,10` is nine and a tenth.
    pub has_decimal_comma: bool,
}

impl Prices {
    /// Adds a line. One without a price is left out.
    ///
    /// # Errors
    /// What is wrong with it: no product, no valid price or currency, or another price than an earlier line's.
    pub fn add(&mut self, line: &PriceLine<'_>) -> Result<(), String> {
        if line.price.is_empty() {
            return Ok(());
        }
        let mut products = line.products.into_iter().filter(|product| !product.is_empty());
        let product = products.next().ok_or("the product is missing")?;
        let price = Price { amount: amount(line)?, currency: currency(line.currency)? };
        // With both in one file, one of them stands for thousands.
        if let Some(separator) = line.price.chars().find(|char| matches!(char, '.' | ','))
            && *self.separator.get_or_insert(separator) != separator
        {
            let shown = sanitize_cut(line.price, 40);
            return Err(format!(
                "`{shown}` has a decimal `{separator}`, and an earlier price another: use one for all, and no thousands separator"
            ));
        }
        for name in products.map(folded).filter(|name| *name != folded(product)) {
            let same = self.beside.entry(name).or_insert_with(|| Some(price.clone()));
            if same.as_ref().is_some_and(|other| *other != price) {
                *same = None;
            }
        }
        // A product's id is a GUID, as a customer's is.
        self.has_ids |= !line.products[0].is_empty() || product.parse::<CustomerId>().is_ok();
        match self.own.entry(folded(product)) {
            Entry::Occupied(other) if *other.get() != price => {
                let product = sanitize_cut(product, 100);
                let Price { amount, currency } = other.get();
                Err(format!("`{product}` has a different price on an earlier line: {amount} {currency}"))
            }
            Entry::Occupied(_) => Ok(()),
            Entry::Vacant(free) => {
                free.insert(price);
                Ok(())
            }
        }
    }

    /// Adds to a product's row what it costs.
    pub fn apply(&self, row: &mut Row<'_>) {
        let price = self.of(row);
        let unassigned = row.seats.as_ref().and_then(|seats| decimal(seats.unassigned.as_deref()?));
        let cost = |seats: Option<Decimal>| times(seats?, price?.amount);
        row.cost = Some(Cost {
            price: price.map(|price| price.amount),
            currency: price.map(|price| price.currency.clone()),
            idle: cost(row.idle()),
            unassigned: cost(unassigned),
        });
    }

    /// The price of the row's product: the one for its id goes first.
    fn of(&self, row: &Row<'_>) -> Option<&Price> {
        let key = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(folded);
        let (id, name) = (key(row.insight.product_id.as_deref()), key(row.insight.product_name.as_deref()));
        let own = [&id, &name].into_iter().flatten().find_map(|key| self.own.get(key));
        // Two ids that differ are two products, whatever they are called.
        own.or_else(|| self.beside.get(&name.filter(|_| id.is_none())?)?.as_ref())
    }
}

/// Digits with at most one decimal separator.
fn amount(line: &PriceLine<'_>) -> Result<Decimal, String> {
    /// With any number of seats that there can be, the cost can be held.
    const MOST: (usize, usize) = (15, 6);
    let text = line.price;
    let shown = sanitize_cut(text, 40);
    if text.starts_with(['-', '−']) {
        return Err(format!("`{shown}` is not a valid price: a price is not negative"));
    }
    let signs: &[char] = if line.has_decimal_comma { &['.', ','] } else { &['.'] };
    let (whole, fraction) = text.split_once(signs).unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.len() + fraction.len() == 0 {
        let form = if line.has_decimal_comma { "9,10 or 9.10" } else { "9.10" };
        return Err(format!("`{shown}` is not a valid price: write {form}, without a thousands separator"));
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > MOST.0 || fraction.len() > MOST.1 {
        return Err(format!(
            "`{shown}` is too long: a price has at most {} digits before the decimal separator and {} after it",
            MOST.0, MOST.1
        ));
    }
    let point = if fraction.is_empty() { "" } else { "." };
    decimal(&format!("0{whole}{point}{fraction}")).ok_or_else(|| format!("`{shown}` is not a valid price"))
}

fn currency(text: &str) -> Result<String, String> {
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    match text {
        "" => Err("the currency is missing".to_owned()),
        text => Err(format!("`{}` is not a valid currency: write three letters, like EUR", sanitize_cut(text, 40))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::rows_of;
    use crate::report::summary::summarised;

    const ID: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";

    fn line<'l>(products: [&'l str; 3], price: &'l str, currency: &'l str) -> PriceLine<'l> {
        PriceLine { products, price, currency, has_decimal_comma: false }
    }

    /// Price, currency and cost of eight idle seats of this product, as CSV has them.
    fn cost_of(prices: &Prices, product: &str) -> String {
        let body = format!(r#"{{"items":[{{{product},"licensesQualified":10,"licensesActive":2}}]}}"#);
        let mut rows = summarised(rows_of(&body));
        prices.apply(&mut rows[0]);
        let Cost { price, currency, idle, unassigned } = rows[0].cost.clone().expect("there are prices");
        assert_eq!(unassigned, None);
        let text = |number: Option<Decimal>| number.map_or("–".to_owned(), |number| number.to_string());
        format!("{} {} {}", text(price), currency.unwrap_or_else(|| "–".to_owned()), text(idle))
    }

    fn of_one(price: &str, has_decimal_comma: bool) -> Result<String, String> {
        let mut prices = Prices::default();
        prices.add(&PriceLine { has_decimal_comma, ..line(["", "P", ""], price, "eur") })?;
        Ok(cost_of(&prices, r#""productName":"P""#))
    }

    #[test]
    fn a_price_keeps_its_digits_and_so_does_the_cost() {
        for (price, shown) in [
            ("0", "0 EUR 0"),
            ("0.00", "0.00 EUR 0.00"),
            ("9.10", "9.10 EUR 72.80"),
            ("0.0042", "0.0042 EUR 0.0336"),
            ("1000000000000", "1000000000000 EUR 8000000000000"),
            ("000000000000000000012.5", "12.5 EUR 100.0"),
            (".5", "0.5 EUR 4.0"),
            ("5.", "5 EUR 40"),
            ("999999999999999.999999", "999999999999999.999999 EUR 7999999999999999.999992"),
        ] {
            assert_eq!(of_one(price, false).as_deref(), Ok(shown));
            assert_eq!(of_one(&price.replace('.', ","), true).as_deref(), Ok(shown));
            assert_eq!(of_one(price, true).as_deref(), Ok(shown));
        }
    }

    #[test]
    fn what_is_not_a_price_is_refused_with_what_would_be() {
        for price in ["-1", "−1", "-0"] {
            assert_eq!(of_one(price, false), Err(format!("`{price}` is not a valid price: a price is not negative")));
        }
        for price in ["9,10", "1.000.00", "1 000", "1e3", "€9", "9 EUR", "+9", "x", ".", "١٢", "1_0", "9.1a"] {
            let refused = format!("`{price}` is not a valid price: write 9.10, without a thousands separator");
            assert_eq!(of_one(price, false), Err(refused));
        }
        for price in ["1.234,56", "1,234.56", ",", "1'234,00"] {
            let refused = format!("`{price}` is not a valid price: write 9,10 or 9.10, without a thousands separator");
            assert_eq!(of_one(price, true), Err(refused));
        }
        for price in ["1000000000000000", "0.0000001"] {
            let refused = "is too long: a price has at most 15 digits before the decimal separator and 6 after it";
            assert_eq!(of_one(price, false), Err(format!("`{price}` {refused}")));
        }
        for (currency, why) in [
            ("", "the currency is missing".to_owned()),
            ("€", "`€` is not a valid currency: write three letters, like EUR".to_owned()),
            ("EURO", "`EURO` is not a valid currency: write three letters, like EUR".to_owned()),
            ("E1R", "`E1R` is not a valid currency: write three letters, like EUR".to_owned()),
        ] {
            assert_eq!(Prices::default().add(&line(["", "P", ""], "1", currency)), Err(why));
        }
        assert_eq!(Prices::default().add(&line([""; 3], "1", "EUR")), Err("the product is missing".to_owned()));
        // Without a price, nothing is wrong with it.
        assert_eq!(Prices::default().add(&line(["", "P", ""], "", "x")), Ok(()));
        assert_eq!(Prices::default().add(&line([""; 3], "", "")), Ok(()));
    }

    #[test]
    fn a_product_may_stand_there_twice_with_one_price() {
        let mut prices = Prices::default();
        for (product, price) in [("P", "9.10"), ("p", "9.1"), ("P", ""), ("Q", ""), ("Q", "2")] {
            assert_eq!(prices.add(&line(["", product, ""], price, "EUR")), Ok(()), "{product} {price}");
        }
        assert_eq!(cost_of(&prices, r#""productName":" P""#), "9.10 EUR 72.80");
        assert_eq!(cost_of(&prices, r#""productName":"Q""#), "2 EUR 16");
        for (price, currency) in [("9.2", "EUR"), ("9.1", "USD")] {
            let refused = "`P` has a different price on an earlier line: 9.10 EUR".to_owned();
            assert_eq!(prices.add(&line(["", "P", ""], price, currency)), Err(refused));
        }
    }

    #[test]
    fn an_id_goes_before_a_name_and_a_name_beside_an_id_is_better_than_none() {
        let mut prices = Prices::default();
        for (products, price) in [
            (["", ID, ""], "1"),
            (["", "E3", ""], "2"),
            (["a-1", "", "F1"], "3"),
            (["a-2", "", "G1"], "4"),
            (["a-3", "", "G1"], "5"),
        ] {
            assert_eq!(prices.add(&line(products, price, "EUR")), Ok(()));
        }
        let by_id = format!(r#""productId":"{}","productName":"E3""#, ID.to_uppercase());
        assert_eq!(cost_of(&prices, &by_id), "1 EUR 8");
        assert_eq!(cost_of(&prices, r#""productName":"e3""#), "2 EUR 16");
        assert_eq!(cost_of(&prices, r#""productId":"other","productName":"E3""#), "2 EUR 16");
        assert_eq!(cost_of(&prices, r#""productName":"F1""#), "3 EUR 24");
        // Another id is another product, and which of two is meant nobody knows.
        assert_eq!(cost_of(&prices, r#""productId":"other","productName":"F1""#), "– – –");
        assert_eq!(cost_of(&prices, r#""productName":"G1""#), "– – –");
        assert_eq!(cost_of(&prices, r#""productId":"A-3","productName":"G1""#), "5 EUR 40");
        assert_eq!(cost_of(&prices, r#""channel":"x""#), "– – –");
        assert!(prices.has_ids);
    }
}
