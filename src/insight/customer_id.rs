//! The id of a customer, in every form that people use.
//! It does not know whether the customer exists.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A customer's id: the GUID of its Entra tenant, shown in lower case with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomerId(Uuid);

impl FromStr for CustomerId {
    type Err = &'static str;

    /// Accepts a GUID in any case, with or without braces, with or without hyphens; not a URN.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a customer id is a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
        let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        // `uuid` alone would also accept URNs, and its own braces.
        if !matches!(bare.len(), 32 | 36) || bare.starts_with('{') {
            return Err(FORM);
        }
        Uuid::try_parse(bare).map(Self).map_err(|_| FORM)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}
