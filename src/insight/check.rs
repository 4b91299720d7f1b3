//! What every row has checked: its figures are numbers, and its customer's id has one form.
//! It knows no row.

use std::borrow::Cow;

use super::customer_id::CustomerId;
use super::number::Number;
use super::wire::Form;
use crate::failure::{ErrorKind, Failure};
use crate::sanitize::sanitize_cut;

/// Checks that a figure is a number, or one in quotes in the form that has such.
///
/// # Errors
/// `NotUnderstood`, naming the member and the row, if it is not.
pub fn figure(name: &str, figure: &mut Option<Number<'_>>, place: usize, form: Form) -> Result<(), Failure> {
    let Some(number) = figure else { return Ok(()) };
    if form == Form::Value {
        number.cut_quotes();
    }
    if number.is_number() {
        return Ok(());
    }
    let value = sanitize_cut(number.as_served(), 40);
    Err(Failure::new(ErrorKind::NotUnderstood, format!("{name} of row {place} is not a number: {value}")))
}

/// Puts an id into lower case, or fills in one that the service left out.
pub fn customer<'a>(id: &mut Option<Cow<'a, str>>, customer: Option<&'a str>) {
    match id.as_ref().filter(|served| !served.is_empty()) {
        None => *id = customer.map(Cow::Borrowed),
        Some(served) => {
            if let Ok(known) = served.parse::<CustomerId>() {
                *id = Some(Cow::Owned(known.to_string()));
            }
        }
    }
}
