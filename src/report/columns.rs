//! Every column that a report can have, declared once: its names, its kind, and how it is read from a row.
//! It renders nothing: formats get their values here.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, RoundingStrategy};

use super::date;
use super::row::{ChangeKind, Row};
use super::summary;
use crate::insight::number::{Number, decimal};

/// The value of a row in a column.
#[derive(Debug, PartialEq)]
pub enum Value<'a> {
    /// The service left it out; that is not zero.
    Absent,
    /// Text from outside: a spreadsheet may run it, a terminal may obey it.
    Text(Cow<'a, str>),
    /// A JSON number.
    Number(Cow<'a, str>),
}

impl<'a> Value<'a> {
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(Cow::Borrowed(text)))
    }

    fn number(number: Option<&'a Number<'_>>) -> Self {
        number.map_or(Self::Absent, |number| Self::Number(Cow::Borrowed(number.as_served())))
    }

    /// One with all its decimals.
    fn exact(number: Option<Decimal>) -> Self {
        number.map_or(Self::Absent, |number| Self::Number(Cow::Owned(number.to_string())))
    }

    /// A number that the report calculated.
    fn derived(number: Option<&'a str>) -> Self {
        number.map_or(Self::Absent, |number| Self::Number(Cow::Borrowed(number)))
    }
}

/// The kind of a column, which decides how formats show it and how expressions compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    /// A text that must not be broken across lines.
    Id,
    Date,
    Count,
    /// A count with a sign.
    Change,
    /// On a scale of 0 to 100.
    Percent,
    /// An exact amount in the row's currency: all digits for programs, [`amount`] for people.
    Money,
}

impl ColumnKind {
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Count | Self::Change | Self::Percent | Self::Money)
    }

    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Id)
    }
}

/// One column of a report.
#[derive(Debug)]
pub struct Column {
    /// Partner Center's member name; the header.
    pub name: &'static str,
    /// The short name that may be typed instead.
    pub short: Option<&'static str>,
    pub kind: ColumnKind,
    /// Reads the value from a row; the date is the UTC day from which ages are counted.
    pub value: for<'r> fn(&'r Row<'_>, Date) -> Value<'r>,
}

impl PartialEq for Column {
    /// Names are unique.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// What a value is compared as.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparable {
    Number(Decimal),
    /// In UTC.
    Moment(DateTime),
    /// In lower case, so that case does not matter.
    Text(String),
}

impl Comparable {
    /// Compares values of one column, which are all of one kind.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Moment(one), Self::Moment(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => Ordering::Equal,
        }
    }
}

impl Column {
    /// The value to compare; `None` if it is absent, an invalid date, or a number too large to calculate with.
    pub fn comparable(&self, row: &Row<'_>, today: Date) -> Option<Comparable> {
        match ((self.value)(row, today), self.kind) {
            (Value::Absent, _) => None,
            (Value::Number(number), _) => decimal(&number).map(Comparable::Number),
            (Value::Text(text), ColumnKind::Date) => date::instant(&text).map(Comparable::Moment),
            (Value::Text(text), _) => Some(Comparable::Text(folded(&text))),
        }
    }
}

/// An amount with two decimals, as people read it. What is something is never shown as nothing.
pub fn amount(exact: Decimal) -> String {
    let rounded = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    if rounded.is_zero() && !exact.is_zero() { "<0.01".to_owned() } else { format!("{rounded:.2}") }
}

/// The text in lower case, for comparing.
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

pub const CUSTOMER_ID: Column = Column {
    name: "customerId",
    short: None,
    kind: ColumnKind::Id,
    value: |row, _| Value::text(row.insight.customer_id.as_deref()),
};

pub const CUSTOMER_NAME: Column = Column {
    name: "customerName",
    short: Some("customer"),
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.customer_name.as_deref()),
};

/// The customer for people: the id if no name is known.
pub const CUSTOMER: Column = Column {
    name: CUSTOMER_NAME.name,
    short: CUSTOMER_NAME.short,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.customer_name().or(row.insight.customer_id.as_deref())),
};

pub const PRODUCT_NAME: Column = Column {
    name: "productName",
    short: Some("product"),
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.product_name.as_deref()),
};

pub const PRODUCT_ID: Column = Column {
    name: "productId",
    short: None,
    kind: ColumnKind::Id,
    value: |row, _| Value::text(row.insight.product_id.as_deref()),
};

pub const WORKLOAD_NAME: Column = Column {
    name: "workloadName",
    short: Some("workload"),
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.workload_name.as_deref()),
};

pub const WORKLOAD_CODE: Column = Column {
    name: "workloadCode",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.workload_code.as_deref()),
};

pub const SERVICE_NAME: Column = Column {
    name: "serviceName",
    short: Some("service"),
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.service_name.as_deref()),
};

pub const SERVICE_CODE: Column = Column {
    name: "serviceCode",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.service_code.as_deref()),
};

pub const CHANNEL: Column = Column {
    name: "channel",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.channel.as_deref()),
};

pub const LICENSES_QUALIFIED: Column = Column {
    name: "licensesQualified",
    short: Some("qualified"),
    kind: ColumnKind::Count,
    value: |row, _| Value::number(row.insight.licenses_qualified.as_ref()),
};

pub const LICENSES_ACTIVE: Column = Column {
    name: "licensesActive",
    short: Some("active"),
    kind: ColumnKind::Count,
    value: |row, _| Value::number(row.insight.licenses_active.as_ref()),
};

pub const LICENSES_IDLE: Column = Column {
    name: "licensesIdle",
    short: Some("idle"),
    kind: ColumnKind::Count,
    value: |row, _| row.licenses_idle().map_or(Value::Absent, Value::Number),
};

pub const USAGE_PERCENT: Column = Column {
    name: "usagePercent",
    short: Some("usage"),
    kind: ColumnKind::Percent,
    value: |row, _| match (&row.summary, &row.insight.usage_percent) {
        (None, Some(served)) => Value::number(Some(served)),
        _ => summary::exact_share(row).map_or(Value::Absent, |share| {
            let share = share.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
            Value::Number(format!("{share:.1}").into())
        }),
    },
};

pub const PROCESSED_DATE_TIME: Column = Column {
    name: "processedDateTime",
    short: Some("date"),
    kind: ColumnKind::Date,
    value: |row, _| {
        row.insight.processed_date_time.as_deref().map_or(Value::Absent, |text| Value::Text(date::with_offset(text)))
    },
};

pub const AGE: Column = Column {
    name: "age",
    short: None,
    kind: ColumnKind::Count,
    value: |row, today| {
        let day = row.insight.processed_date_time.as_deref().and_then(date::utc_day);
        day.map_or(Value::Absent, |day| Value::Number(date::age(day, today).to_string().into()))
    },
};

pub const WORKLOADS: Column = Column { name: "workloads", short: None, kind: ColumnKind::Count, value: parts };

pub const PRODUCTS: Column = Column { name: "products", short: None, kind: ColumnKind::Count, value: parts };

/// How many workloads or products a row stands for.
fn parts<'r>(row: &'r Row<'_>, _: Date) -> Value<'r> {
    row.summary.as_ref().map_or(Value::Absent, |summary| Value::Number(summary.parts.to_string().into()))
}

pub const BUSIEST_WORKLOAD: Column = Column {
    name: "busiestWorkload",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.workload_name.as_deref()),
};

pub const LICENSES_SOLD: Column = Column {
    name: "licensesSold",
    short: Some("sold"),
    kind: ColumnKind::Count,
    value: |row, _| Value::derived(row.seats.as_ref().and_then(|seats| seats.sold.as_deref())),
};

pub const LICENSES_DEPLOYED: Column = Column {
    name: "licensesDeployed",
    short: Some("deployed"),
    kind: ColumnKind::Count,
    value: |row, _| Value::derived(row.seats.as_ref().and_then(|seats| seats.deployed.as_deref())),
};

pub const LICENSES_UNASSIGNED: Column = Column {
    name: "licensesUnassigned",
    short: Some("unassigned"),
    kind: ColumnKind::Count,
    value: |row, _| Value::derived(row.seats.as_ref().and_then(|seats| seats.unassigned.as_deref())),
};

pub const LICENSES_ASSIGNED_IDLE: Column = Column {
    name: "licensesAssignedIdle",
    short: Some("assignedIdle"),
    kind: ColumnKind::Count,
    value: |row, _| Value::derived(row.seats.as_ref().and_then(|seats| seats.assigned_idle.as_deref())),
};

pub const PRICE: Column = Column {
    name: "price",
    short: None,
    kind: ColumnKind::Money,
    value: |row, _| Value::exact(row.cost.as_ref().and_then(|cost| cost.price)),
};

pub const CURRENCY: Column = Column {
    name: "currency",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.cost.as_ref().and_then(|cost| cost.currency.as_deref())),
};

pub const IDLE_COST: Column = Column {
    name: "idleCost",
    short: None,
    kind: ColumnKind::Money,
    value: |row, _| Value::exact(row.cost.as_ref().and_then(|cost| cost.idle)),
};

pub const UNASSIGNED_COST: Column = Column {
    name: "unassignedCost",
    short: None,
    kind: ColumnKind::Money,
    value: |row, _| Value::exact(row.cost.as_ref().and_then(|cost| cost.unassigned)),
};

pub const LICENSES_SPARE: Column = Column {
    name: "licensesSpare",
    short: Some("spare"),
    kind: ColumnKind::Count,
    value: |row, _| Value::exact(row.spare.as_ref().and_then(|it| it.spare).map(|spare| spare.normalize())),
};

pub const LICENSES_EXCESS: Column = Column {
    name: "licensesExcess",
    short: Some("excess"),
    kind: ColumnKind::Count,
    value: |row, _| Value::exact(row.spare.as_ref().and_then(|it| it.excess).map(|excess| excess.normalize())),
};

pub const LICENSES_QUALIFIED_CHANGE: Column = Column {
    name: "licensesQualifiedChange",
    short: None,
    kind: ColumnKind::Change,
    value: |row, _| Value::derived(row.change.as_ref().and_then(|change| change.licenses_qualified.as_deref())),
};

pub const LICENSES_ACTIVE_CHANGE: Column = Column {
    name: "licensesActiveChange",
    short: None,
    kind: ColumnKind::Change,
    value: |row, _| Value::derived(row.change.as_ref().and_then(|change| change.licenses_active.as_deref())),
};

pub const CHANGE: Column = Column {
    name: "change",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.change_kind().map(ChangeKind::name)),
};

pub const COMPANY_NAME: Column = Column {
    name: "companyName",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.insight.customer_name.as_deref()),
};

pub const DOMAIN: Column = Column {
    name: "domain",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.listed.as_ref().and_then(|listed| listed.domain.as_deref())),
};

pub const RELATIONSHIP_TO_PARTNER: Column = Column {
    name: "relationshipToPartner",
    short: None,
    kind: ColumnKind::Text,
    value: |row, _| Value::text(row.listed.as_ref().and_then(|listed| listed.relationship.as_deref())),
};
