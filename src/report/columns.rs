//! Every column a report can have, declared once: its names, its kind, and how it is read from a row.
//! It renders nothing: formats ask here for values.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::date;
use crate::clean::clean_cut;
use crate::insight::{Change, Derived, Insight, Number, decimal};

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

    /// A number of our own.
    fn ours(number: Option<&'a str>) -> Self {
        number.map_or(Value::Absent, |number| Value::Number(Cow::Borrowed(number)))
    }
}

/// What a column is about, for the formats that show it by kind and the expressions that compare it by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A text that means nothing when it is broken.
    Id,
    Date,
    Count,
    /// A count with a sign.
    Change,
    /// On a scale of 0 to 100.
    Percent,
}

/// One column of a report.
#[derive(Debug)]
pub struct Column {
    /// Partner Center's member name; the header.
    pub name: &'static str,
    /// What may be typed in its place.
    pub short: Option<&'static str>,
    pub kind: Kind,
    /// From the row, and the UTC day from which ages are counted.
    pub value: for<'a> fn(&'a Insight<'_>, Date) -> Value<'a>,
}

/// What a value is compared as.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    Number(Decimal),
    /// In UTC.
    Moment(DateTime),
    /// Folded, so that case does not matter.
    Text(String),
}

impl Kind {
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Id)
    }
}

impl Column {
    /// The value to compare; `None` where it is absent, a date that is none, or a number that cannot be calculated with.
    pub fn key(&self, row: &Insight<'_>, today: Date) -> Option<Key> {
        match ((self.value)(row, today), self.kind) {
            (Value::Absent, _) => None,
            (Value::Number(number), _) => decimal(&number).map(Key::Number),
            (Value::Text(text), Kind::Date) => date::instant(&text).map(Key::Moment),
            (Value::Text(text), _) => Some(Key::Text(folded(&text))),
        }
    }
}

/// The text without the difference of capital and small letters.
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// What can have become of a row.
pub const CHANGES: [&str; 4] = ["new", "gone", "changed", "same"];

static ALL: [Column; 20] = [
    Column { name: "customerId", short: None, kind: Kind::Id, value: |row, _| Value::text(row.customer_id.as_deref()) },
    Column {
        name: "customerName",
        short: Some("customer"),
        kind: Kind::Text,
        value: |row, _| Value::text(row.customer_name.as_deref()),
    },
    Column {
        name: "productName",
        short: Some("product"),
        kind: Kind::Text,
        value: |row, _| Value::text(row.product_name.as_deref()),
    },
    Column { name: "productId", short: None, kind: Kind::Id, value: |row, _| Value::text(row.product_id.as_deref()) },
    Column {
        name: "workloadName",
        short: Some("workload"),
        kind: Kind::Text,
        value: |row, _| Value::text(row.workload_name.as_deref()),
    },
    Column {
        name: "workloadCode",
        short: None,
        kind: Kind::Text,
        value: |row, _| Value::text(row.workload_code.as_deref()),
    },
    Column {
        name: "serviceName",
        short: Some("service"),
        kind: Kind::Text,
        value: |row, _| Value::text(row.service_name.as_deref()),
    },
    Column {
        name: "serviceCode",
        short: None,
        kind: Kind::Text,
        value: |row, _| Value::text(row.service_code.as_deref()),
    },
    Column { name: "channel", short: None, kind: Kind::Text, value: |row, _| Value::text(row.channel.as_deref()) },
    Column {
        name: "licensesQualified",
        short: Some("qualified"),
        kind: Kind::Count,
        value: |row, _| Value::number(row.licenses_qualified),
    },
    Column {
        name: "licensesActive",
        short: Some("active"),
        kind: Kind::Count,
        value: |row, _| Value::number(row.licenses_active),
    },
    Column {
        name: "licensesIdle",
        short: Some("idle"),
        kind: Kind::Count,
        value: |row, _| row.licenses_idle().map_or(Value::Absent, Value::Number),
    },
    Column {
        name: "usagePercent",
        short: Some("usage"),
        kind: Kind::Percent,
        value: |row, _| match row.derived.as_deref() {
            Some(Derived::Summary { usage_percent, .. }) => Value::ours(usage_percent.as_deref()),
            _ => Value::number(row.usage_percent),
        },
    },
    Column {
        name: "processedDateTime",
        short: Some("date"),
        kind: Kind::Date,
        value: |row, _| {
            row.processed_date_time.as_deref().map_or(Value::Absent, |text| Value::Text(date::with_offset(text)))
        },
    },
    Column {
        name: "age",
        short: None,
        kind: Kind::Count,
        value: |row, today| {
            let day = row.processed_date_time.as_deref().and_then(date::utc_day);
            day.map_or(Value::Absent, |day| Value::Number(date::age(day, today).to_string().into()))
        },
    },
    Column {
        name: "workloads",
        short: None,
        kind: Kind::Count,
        value: |row, _| match row.derived.as_deref() {
            Some(Derived::Summary { workloads, .. }) => Value::Number(workloads.to_string().into()),
            _ => Value::Absent,
        },
    },
    Column {
        name: "busiestWorkload",
        short: None,
        kind: Kind::Text,
        value: |row, _| Value::text(row.workload_name.as_deref()),
    },
    Column {
        name: "licensesQualifiedChange",
        short: None,
        kind: Kind::Change,
        value: |row, _| match row.derived.as_deref() {
            Some(Derived::Change { licenses_qualified, .. }) => Value::ours(licenses_qualified.as_deref()),
            _ => Value::Absent,
        },
    },
    Column {
        name: "licensesActiveChange",
        short: None,
        kind: Kind::Change,
        value: |row, _| match row.derived.as_deref() {
            Some(Derived::Change { licenses_active, .. }) => Value::ours(licenses_active.as_deref()),
            _ => Value::Absent,
        },
    },
    Column {
        name: "change",
        short: None,
        kind: Kind::Text,
        value: |row, _| {
            Value::text(row.change().map(|change| match change {
                Change::New => CHANGES[0],
                Change::Gone => CHANGES[1],
                Change::Changed => CHANGES[2],
                Change::Same => CHANGES[3],
            }))
        },
    },
];

/// What a row of the report stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A workload of a product, as served.
    #[default]
    Rows,
    /// All workloads of a product.
    Summary,
    /// A workload of a product, now and in an earlier answer.
    Changes,
}

impl Shape {
    /// The columns of CSV and JSON lines, in their order: the same whatever the data holds.
    pub fn columns(self) -> Vec<Field> {
        const ROWS: &str = "customerId customerName productName workloadName workloadCode serviceName serviceCode channel \
                            licensesQualified licensesActive licensesIdle usagePercent processedDateTime";
        const SUMMARY: &str = "customerId customerName productName serviceName channel workloads busiestWorkload \
                               licensesQualified licensesActive licensesIdle usagePercent processedDateTime";
        match self {
            Self::Rows => fields(ROWS),
            Self::Summary => fields(SUMMARY),
            Self::Changes => [fields(ROWS), fields(CHANGE_FIELDS)].concat(),
        }
    }

    /// The columns of the table, which is for people.
    pub fn table_columns(self) -> Vec<Field> {
        const ROWS: &str = "productName workloadName licensesQualified licensesActive licensesIdle usagePercent";
        const SUMMARY: &str =
            "productName workloads busiestWorkload licensesQualified licensesActive licensesIdle usagePercent";
        match self {
            Self::Rows => fields(ROWS),
            Self::Summary => fields(SUMMARY),
            Self::Changes => [fields(ROWS), fields(CHANGE_FIELDS)].concat(),
        }
    }

    /// All that can be named.
    pub fn fields(self) -> Vec<Field> {
        [self.columns(), fields("productId age")].concat()
    }
}

const CHANGE_FIELDS: &str = "licensesQualifiedChange licensesActiveChange change";

fn fields(names: &str) -> Vec<Field> {
    names.split(' ').filter_map(Field::named).collect()
}

/// A column that somebody named.
#[derive(Clone, Copy, Debug)]
pub struct Field(pub &'static Column);

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Field {
    /// The field of this name, full or short, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        ALL.iter().find(|column| is(column.name) || column.short.is_some_and(is)).map(Self)
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Self::named(text).ok_or_else(|| {
            let names = || ALL.iter().flat_map(|column| [Some(column.name), column.short]).flatten();
            let typed = folded(text);
            let nearest = names()
                .map(|name| (strsim::normalized_damerau_levenshtein(&typed, &folded(name)), name))
                .filter(|(similarity, _)| *similarity > 0.5)
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            let nearest = nearest.map_or(String::new(), |(_, name)| format!("; did you mean `{name}`?"));
            let what = match text {
                "" => "there is a field missing".to_owned(),
                text => format!("there is no field `{}`{nearest}", clean_cut(text, 40)),
            };
            format!(
                "{what}\nFields: {}\nWith --summary: workloads, busiestWorkload\nWith --compare: {}",
                named(&Shape::Rows.fields()),
                named(&fields(CHANGE_FIELDS)),
            )
        })
    }
}

/// Fields as they may be typed.
pub fn named(fields: &[Field]) -> String {
    let names = fields.iter().map(|Field(column)| match column.short {
        Some(short) => format!("{} ({short})", column.name),
        None => column.name.to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}
