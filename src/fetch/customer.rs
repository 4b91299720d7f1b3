//! A customer to ask for, and how it is shown.
//! It sends nothing.

use crate::insight::customer_id::CustomerId;
use crate::sanitize::sanitize_cut;

/// A customer to ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    pub id: CustomerId,
    /// If the partner's list or the user's own has one.
    pub name: Option<String>,
}

impl Customer {
    /// What the spinner and errors say is being fetched.
    pub fn awaited(&self) -> String {
        format!("usage of {}", called(&self.id.to_string(), self.name.as_deref()))
    }
}

/// A customer in errors and warnings: its id, and its name if known.
pub fn called(id: &str, name: Option<&str>) -> String {
    match name {
        Some(name) if !name.trim().is_empty() => format!("customer {id} ({})", sanitize_cut(name.trim(), 100)),
        _ => format!("customer {id}"),
    }
}
