//! Figures: their digits as served, and exact arithmetic.
//! It rounds nothing.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A number as the service wrote it, digit for digit.
#[derive(Clone, Debug)]
pub struct Number<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Number<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Any value is accepted here; `Insight::check` refuses what is not a number, since it can name the row.
        <&RawValue>::deserialize(deserializer).map(|raw| Self(Cow::Borrowed(raw.get())))
    }
}

impl From<Decimal> for Number<'static> {
    fn from(value: Decimal) -> Self {
        Self(Cow::Owned(plain(value)))
    }
}

impl Number<'_> {
    /// The digits as served, without a count's zero fraction.
    pub fn as_served(&self) -> &str {
        &self.0
    }

    /// The exact value to calculate with; `None` if a [`Decimal`] cannot hold it.
    pub fn value(&self) -> Option<Decimal> {
        decimal(&self.0)
    }

    /// The exact difference; `None` if it cannot be held.
    pub fn minus(&self, other: &Number<'_>) -> Option<String> {
        // Almost all figures are small integers.
        if let (Ok(one), Ok(other)) = (self.0.parse::<i32>(), other.0.parse::<i32>()) {
            return Some((i64::from(one) - i64::from(other)).to_string());
        }
        Some(plain(minus(self.value()?, other.value()?)?))
    }

    /// The exact difference, or 0 if it would be negative.
    pub fn beyond(&self, other: &Number<'_>) -> Option<Cow<'static, str>> {
        let difference = self.minus(other)?;
        Some(if difference.starts_with('-') { Cow::Borrowed("0") } else { Cow::Owned(difference) })
    }

    /// Whether both are the same figure, however it is written.
    pub fn equals(&self, other: &Number<'_>) -> bool {
        // Numbers too large for a `Decimal` are compared as written.
        self.0 == other.0 || self.value().is_some_and(|value| other.value() == Some(value))
    }

    pub fn is_number(&self) -> bool {
        // It is a valid JSON value, so its first byte tells.
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit())
    }

    /// `"405"` is 405: a number that is written as a text loses its quotes.
    pub fn cut_quotes(&mut self) {
        let Cow::Borrowed(quoted) = self.0 else { return };
        let Some(bare) = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return };
        // Anything but a JSON number stays as it is, to be refused.
        let is_number = serde_json::from_str::<&RawValue>(bare).is_ok_and(|value| value.get() == bare);
        if is_number && bare.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            self.0 = Cow::Borrowed(bare);
        }
    }

    /// `206.0` is 206 licences: a count has no fraction, though some answers write one.
    pub fn cut_zero_fraction(&mut self) {
        let Some((whole, fraction)) = self.0.split_once('.') else { return };
        if !fraction.bytes().all(|digit| digit == b'0') {
            return;
        }
        let whole = whole.len();
        match &mut self.0 {
            Cow::Borrowed(text) => *text = &text[..whole],
            Cow::Owned(text) => text.truncate(whole),
        }
    }

    /// A copy that does not borrow from the body.
    pub fn into_owned(self) -> Number<'static> {
        Number(Cow::Owned(self.0.into_owned()))
    }
}

/// The value of a JSON number; `None` if a [`Decimal`] cannot hold all its digits (28 always fit).
pub fn decimal(number: &str) -> Option<Decimal> {
    match number.split_once(['e', 'E']) {
        None => Decimal::from_str_exact(number).ok(),
        // `from_scientific` alone would round the digits before the exponent.
        Some((digits, _)) => Decimal::from_str_exact(digits).and_then(|_| Decimal::from_scientific(number)).ok(),
    }
}

/// The exact sum; `None` if it cannot be held.
pub fn plus(one: Decimal, other: Decimal) -> Option<Decimal> {
    one.checked_add(other).filter(|sum| is_exact(*sum, one, other))
}

/// The exact difference; `None` if it cannot be held.
pub fn minus(one: Decimal, other: Decimal) -> Option<Decimal> {
    one.checked_sub(other).filter(|difference| is_exact(*difference, one, other))
}

/// The exact product, with as many decimals as both factors together; `None` if it cannot be held.
pub fn times(one: Decimal, other: Decimal) -> Option<Decimal> {
    let scale = one.scale() + other.scale();
    let mut product = one.checked_mul(other).filter(|product| product.is_zero() || product.scale() == scale)?;
    product.rescale(scale);
    (product.scale() == scale).then_some(product)
}

/// If there is no room for all digits, a [`Decimal`] drops some after the point.
fn is_exact(result: Decimal, one: Decimal, other: Decimal) -> bool {
    one.is_zero() || other.is_zero() || result.scale() == one.scale().max(other.scale())
}

/// In plain notation: no trailing zeros in a fraction, and no negative zero.
pub fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}
