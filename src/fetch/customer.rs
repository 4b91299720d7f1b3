//! A customer to ask for, and how people are told of it.
//! It asks nobody.

use crate::insight::customer_id::CustomerId;
use crate::sanitize::sanitize_cut;

/// A customer to ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    pub id: CustomerId,
    /// Where the partner's list or somebody's own has one.
    pub name: Option<String>,
}

impl Customer {
    /// What is waited for while it is asked about.
    pub fn awaited(&self) -> String {
        format!("usage of {}", called(&self.id.to_string(), self.name.as_deref()))
    }
}

/// A customer in errors and warnings: its id, and its name where one is known.
pub fn called(id: &str, name: Option<&str>) -> String {
    match name {
        Some(name) if !name.trim().is_empty() => format!("customer {id} ({})", sanitize_cut(name.trim(), 100)),
        _ => format!("customer {id}"),
    }
}
