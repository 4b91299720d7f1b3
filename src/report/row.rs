//! A row of a report: an insight as served, and what is derived of it.
//! It works nothing out: `summary` and `compare` do.

use crate::insight::Insight;

/// What a report shows in a line.
#[derive(Debug)]
pub struct Row<'a> {
    /// Of a summary: the figures of the largest and the busiest workload.
    pub insight: Insight<'a>,
    /// Where the row stands for all workloads of a product.
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
    /// How many workloads the row stands for.
    pub workloads: usize,
    /// Active seats in hundredths of the qualified ones, with one decimal; absent where there is nothing to divide, or by.
    pub usage_percent: Option<String>,
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
    /// It is only in the earlier answer, whose figures it has.
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
        Self { insight, summary: None, change: None, listed: None }
    }
}

impl Row<'_> {
    /// A row that must wait owns its text, so that the body it came from can go.
    pub fn into_owned(self) -> Row<'static> {
        Row { insight: self.insight.into_owned(), ..self }
    }

    /// What has become of it; `None` where nothing was compared.
    pub fn change_kind(&self) -> Option<ChangeKind> {
        self.change.as_ref().map(|change| change.kind)
    }

    /// Whether only the earlier answer has it: it counts in no sum and has no age.
    pub fn is_gone(&self) -> bool {
        self.change_kind() == Some(ChangeKind::Gone)
    }
}
