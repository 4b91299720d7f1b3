//! Every column a report can have, declared once: its name, how it is read from a row, and how it is aligned.
//! It renders nothing: formats ask here for values.

use std::borrow::Cow;

use super::date;
use crate::insight::{Insight, Number};

/// What a row has in a column.
#[derive(Debug, PartialEq)]
pub enum Value<'a> {
    /// The service left it out; that is not zero.
    Absent,
    /// Somebody's words: a spreadsheet may run them, a terminal obey them.
    Text(Cow<'a, str>),
    /// A JSON number.
    Number(Cow<'a, str>),
}

impl<'a> Value<'a> {
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text)))
    }

    fn number(number: Option<Number<'a>>) -> Self {
        number.map_or(Value::Absent, |number| Value::Number(Cow::Borrowed(number.as_served())))
    }
}

/// What a column is about, for the formats that show it by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Count,
    /// On a scale of 0 to 100.
    Percent,
}

/// One column of a report.
pub struct Column {
    /// Partner Center's member name; the header.
    pub name: &'static str,
    pub kind: Kind,
    pub value: for<'a> fn(&'a Insight<'_>) -> Value<'a>,
}

/// The columns of CSV and JSON lines, in their order: the same whatever the data holds.
pub static COLUMNS: [Column; 13] = [
    Column { name: "customerId", kind: Kind::Text, value: |row| Value::text(row.customer_id.as_deref()) },
    Column { name: "customerName", kind: Kind::Text, value: |row| Value::text(row.customer_name.as_deref()) },
    Column { name: "productName", kind: Kind::Text, value: |row| Value::text(row.product_name.as_deref()) },
    Column { name: "workloadName", kind: Kind::Text, value: |row| Value::text(row.workload_name.as_deref()) },
    Column { name: "workloadCode", kind: Kind::Text, value: |row| Value::text(row.workload_code.as_deref()) },
    Column { name: "serviceName", kind: Kind::Text, value: |row| Value::text(row.service_name.as_deref()) },
    Column { name: "serviceCode", kind: Kind::Text, value: |row| Value::text(row.service_code.as_deref()) },
    Column { name: "channel", kind: Kind::Text, value: |row| Value::text(row.channel.as_deref()) },
    Column { name: "licensesQualified", kind: Kind::Count, value: |row| Value::number(row.licenses_qualified) },
    Column { name: "licensesActive", kind: Kind::Count, value: |row| Value::number(row.licenses_active) },
    Column {
        name: "licensesIdle",
        kind: Kind::Count,
        value: |row| row.licenses_idle().map_or(Value::Absent, Value::Number),
    },
    Column { name: "usagePercent", kind: Kind::Percent, value: |row| Value::number(row.usage_percent) },
    Column {
        name: "processedDateTime",
        kind: Kind::Text,
        value: |row| {
            row.processed_date_time.as_deref().map_or(Value::Absent, |text| Value::Text(date::with_offset(text)))
        },
    },
];

/// The columns of the table, which is for people.
pub const TABLE: [&str; 6] =
    ["productName", "workloadName", "licensesQualified", "licensesActive", "licensesIdle", "usagePercent"];
