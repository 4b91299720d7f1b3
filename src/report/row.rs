//! A row of a report: an insight as served, and what is derived of it.
//! It works nothing out: `summary` and `compare` do.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::insight::Insight;

/// What a report shows in a line.
#[derive(Debug)]
pub struct Row<'a> {
    /// Of a summary: the figures of the largest and the busiest workload.
    pub insight: Insight<'a>,
    /// What the customer is called, where somebody but the row has said so.
    pub known_name: Option<Cow<'a, str>>,
    /// Where the row stands for all workloads of a product, or all products of a customer.
    pub summary: Option<Summary>,
    /// Where the row was compared with an earlier answer.
    pub change: Option<Change>,
    /// Where the row stands for a customer of the partner's list.
    pub listed: Option<Listed>,
}

/// What only the partner's list says of a customer.
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
    /// Active seats in hundredths of the qualified ones, not rounded; absent where there is nothing to divide, or by.
    pub usage_percent: Option<Decimal>,
    /// Of a customer's row: what its figures do not tell.
    pub sum: Option<Sum>,
}

/// What products come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The idle seats of the products; absent where none has a figure.
    pub licenses_idle: Option<String>,
    /// How many products lack a figure.
    pub incomplete: usize,
}

/// What a comparison adds: today's figures minus the earlier ones, absent where either is.
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
    /// It is only in the earlier response, whose figures it has.
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

    /// As it is shown and typed.
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
        Self { insight, known_name: None, summary: None, change: None, listed: None }
    }
}

impl Row<'_> {
    /// A row that must wait owns its text, so that the body it came from can go.
    pub fn into_owned(self) -> Row<'static> {
        Row {
            insight: self.insight.into_owned(),
            known_name: self.known_name.map(|name| Cow::Owned(name.into_owned())),
            ..self
        }
    }

    /// What the customer is called, as far as anybody says so.
    pub fn customer_name(&self) -> Option<&str> {
        self.insight.customer_name.as_deref().or(self.known_name.as_deref())
    }

    /// Qualified seats that are not active: of a customer the sum of its products' own.
    pub fn licenses_idle(&self) -> Option<Cow<'_, str>> {
        match self.summary.as_ref().and_then(|summary| summary.sum.as_ref()) {
            Some(sum) => sum.licenses_idle.as_deref().map(Cow::Borrowed),
            None => self.insight.licenses_idle(),
        }
    }

    /// How many products without a figure its sum leaves out.
    pub fn incomplete(&self) -> usize {
        self.summary.as_ref().and_then(|summary| summary.sum.as_ref()).map_or(0, |sum| sum.incomplete)
    }

    /// What has become of it; `None` where nothing was compared.
    pub fn change_kind(&self) -> Option<ChangeKind> {
        self.change.as_ref().map(|change| change.kind)
    }

    /// Whether only the earlier response has it: it counts in no sum and has no age.
    pub fn is_gone(&self) -> bool {
        self.change_kind() == Some(ChangeKind::Gone)
    }
}
