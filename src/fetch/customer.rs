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
    /// In errors and warnings.
    pub fn called(&self) -> String {
        called(&self.id.to_string(), self.name.as_deref())
    }
}

/// Customers that are asked for together: `2 customers (0e6b0f6c-…, 1f7c1a7d-…)`.
pub fn together(customers: &[Customer]) -> String {
    const SHOWN: usize = 5;
    if let [only] = customers {
        return only.called();
    }
    let mut ids: Vec<_> = customers.iter().take(SHOWN).map(|customer| customer.id.to_string()).collect();
    if customers.len() > SHOWN {
        ids.push("…".to_owned());
    }
    format!("{} customers ({})", customers.len(), ids.join(", "))
}

/// A customer in errors and warnings: its id, and its name if known.
pub fn called(id: &str, name: Option<&str>) -> String {
    match name {
        Some(name) if !name.trim().is_empty() => format!("customer {id} ({})", sanitize_cut(name.trim(), 100)),
        _ => format!("customer {id}"),
    }
}
