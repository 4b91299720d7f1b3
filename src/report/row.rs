//! A row of a report: an insight as served, and what is derived from it.
//! It calculates nothing: `summary`, `prices`, `exceptions` and `compare` do.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::insight::Insight;
use crate::insight::number::decimal;

/// What a report shows on one line.
#[derive(Debug)]
pub struct Row<'a> {
    /// In a summary: the figures of the largest and the busiest workload.
    pub insight: Insight<'a>,
    /// The customer's name, if known from elsewhere than the row.
    pub known_name: Option<Cow<'a, str>>,
    /// If the row stands for all workloads of a product, or all products of a customer.
    pub summary: Option<Summary>,
    /// If a deployment answer has the product.
    pub seats: Option<Seats>,
    /// If there are prices.
    pub cost: Option<Cost>,
    /// If there are exceptions.
    pub spare: Option<Spare>,
    /// If the row was compared with an earlier answer.
    pub change: Option<Change>,
    /// If the row is a customer of the partner's list.
    pub listed: Option<Listed>,
}

/// What only the partner's list says about a customer.
#[derive(Clone, Debug)]
pub struct Listed {
    pub domain: Option<String>,
    pub relationship: Option<String>,
}

/// What a summary adds to its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How many workloads of a product, or products of a customer, the row stands for.
    pub parts: usize,
    /// Active seats as a percentage of qualified ones, not rounded; absent if either is, or qualified is 0.
    pub usage_percent: Option<Decimal>,
    /// For a customer's row: what its figures do not show.
    pub sum: Option<Sum>,
}

/// The sums over products.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The idle seats of the products; absent if none has a figure.
    pub licenses_idle: Option<String>,
    /// How many products lack a figure.
    pub incomplete: usize,
}

/// What a deployment answer adds: seats, each absent if the service left out what it is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seats {
    pub sold: Option<String>,
    /// Assigned to somebody.
    pub deployed: Option<String>,
    /// Seats and assigned to nobody; at least 0.
    pub unassigned: Option<String>,
    /// Assigned and not active; at least 0.
    pub assigned_idle: Option<String>,
}

/// What prices add, each absent if the product has no price. Amounts are exact.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    /// For a seat and a month; a customer has none.
    pub price: Option<Decimal>,
    /// Three capital letters.
    pub currency: Option<String>,
    /// What the idle seats cost a month; for a customer, those of its products with a price.
    pub idle: Option<Decimal>,
    /// The same for seats that were sold and assigned to nobody.
    pub unassigned: Option<Decimal>,
}

/// What exceptions add.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spare {
    /// Idle seats that are accepted; absent if all are, and nobody knows how many.
    pub spare: Option<Decimal>,
    /// Idle seats beyond those; at least 0, absent if the idle seats are.
    pub excess: Option<Decimal>,
}

/// What a comparison adds: today's figure minus the earlier one, absent if either is.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub licenses_qualified: Option<String>,
    pub licenses_active: Option<String>,
    pub kind: ChangeKind,
}

/// What has become of a row since an earlier answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    New,
    /// Only in the earlier answer, with the figures from there.
    Gone,
    /// A count or the usage differs.
    Changed,
    Same,
}

impl ChangeKind {
    pub const ALL: [Self; 4] = [Self::New, Self::Gone, Self::Changed, Self::Same];

    /// Whether the row is in both answers.
    pub fn is_paired(self) -> bool {
        matches!(self, Self::Changed | Self::Same)
    }

    /// As shown and typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

impl<'a> From<Insight<'a>> for Row<'a> {
    fn from(insight: Insight<'a>) -> Self {
        Self {
            insight,
            known_name: None,
            summary: None,
            seats: None,
            cost: None,
            spare: None,
            change: None,
            listed: None,
        }
    }
}

impl Row<'_> {
    /// A copy that owns its text, for rows that are held after their body is dropped.
    pub fn into_owned(self) -> Row<'static> {
        Row {
            insight: self.insight.into_owned(),
            known_name: self.known_name.map(|name| Cow::Owned(name.into_owned())),
            ..self
        }
    }

    /// The customer's name, if known.
    pub fn customer_name(&self) -> Option<&str> {
        self.insight.customer_name.as_deref().or(self.known_name.as_deref())
    }

    /// Qualified seats that are not active; for a customer, the sum over its products.
    pub fn licenses_idle(&self) -> Option<Cow<'_, str>> {
        match self.summary.as_ref().and_then(|summary| summary.sum.as_ref()) {
            Some(sum) => sum.licenses_idle.as_deref().map(Cow::Borrowed),
            None => self.insight.licenses_idle(),
        }
    }

    /// The same to calculate with.
    pub fn idle(&self) -> Option<Decimal> {
        decimal(&self.licenses_idle()?)
    }

    /// How many products without a figure are left out of its sum.
    pub fn incomplete(&self) -> usize {
        self.summary.as_ref().and_then(|summary| summary.sum.as_ref()).map_or(0, |sum| sum.incomplete)
    }

    /// What became of it; `None` if nothing was compared.
    pub fn change_kind(&self) -> Option<ChangeKind> {
        self.change.as_ref().map(|change| change.kind)
    }

    /// Whether it is only in the earlier answer: it counts in no sum and has no age.
    pub fn is_gone(&self) -> bool {
        self.change_kind() == Some(ChangeKind::Gone)
    }
}
