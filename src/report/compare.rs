//! What changed since an earlier answer: pairs today's rows with the earlier ones.
//! It reads no file, and never mixes up the rows of different customers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::columns::folded;
use super::group::Indexed;
use super::pairs::{Identity, Place, paired};
use super::row::{Change, ChangeKind, Row};
use crate::failure::Failure;
use crate::insight::Insight;
use crate::insight::number::Number;

/// The rows of an earlier answer, by customer.
#[derive(Clone, Default)]
pub struct Earlier(Indexed<Option<String>, Rows>);

/// `None` once they are taken.
type Rows = (Option<String>, Option<Vec<Insight<'static>>>);

impl Earlier {
    /// Rows without a customer id belong to the run's only customer (`None` if that is unknown too).
    ///
    /// # Errors
    /// `Usage` if there are such rows and several customers.
    pub fn new(rows: Vec<Insight<'static>>, run: &[Option<String>]) -> Result<Self, Failure> {
        let mut customers = Indexed::default();
        for mut row in rows {
            if row.customer_id.is_none() {
                let [only] = run else { return Err(unnamed()) };
                row.customer_id = only.clone().map(Cow::Owned);
            }
            let id = row.customer_id.as_deref().map(str::to_owned);
            let (_, rows): &mut Rows = customers.entry(id.clone(), || (id, Some(Vec::new())));
            rows.get_or_insert_default().push(row);
        }
        Ok(Self(customers))
    }

    /// Takes the earlier rows of these customers.
    ///
    /// # Errors
    /// `Usage` if only the earlier rows have customer ids, or only these.
    pub fn take(&mut self, customers: &BTreeSet<Option<&str>>) -> Result<Vec<Insight<'static>>, Failure> {
        let named = || self.0.values.iter().any(|(id, _)| id.is_some());
        if customers.iter().all(Option::is_none) && named() {
            let message = "only the earlier response names its customers, so nothing can be compared";
            return Err(Failure::usage(message).hint("give the customer id too"));
        }
        if !self.0.values.is_empty() && !named() && customers.iter().any(Option::is_some) {
            return Err(unnamed());
        }
        let mut rows = Vec::new();
        for customer in customers {
            if let Some((_, theirs)) = self.0.get_mut(&customer.map(str::to_owned)) {
                rows.append(&mut theirs.take().unwrap_or_default());
            }
        }
        Ok(rows)
    }

    /// The customers whose rows were not taken, with their names.
    pub fn rest(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.values.iter().filter_map(|(id, rows)| {
            let name = rows.as_ref()?.iter().find_map(|row| row.customer_name.as_deref());
            Some((id.as_deref()?, name))
        })
    }
}

fn unnamed() -> Failure {
    let message = "the earlier response does not name its customer, and this report covers several";
    Failure::usage(message).hint("give the customer id too, or compare with the JSON of a run over several customers")
}

/// Today's rows with what changed, followed by those that are gone.
pub fn compared<'a>(now: Vec<Insight<'a>>, then: Vec<Insight<'a>>) -> Vec<Row<'a>> {
    let identities = |rows: &[Insight<'a>]| rows.iter().map(identity).collect::<Vec<_>>();
    let partners = paired(&identities(&now), &identities(&then));
    let mut then: Vec<_> = then.into_iter().map(Some).collect();
    let mut rows = Vec::with_capacity(now.len());
    for (insight, partner) in now.into_iter().zip(partners) {
        let earlier = partner.and_then(|index| then[index].take());
        let change = change(&insight, earlier.as_ref());
        rows.push(Row { change: Some(change), ..Row::from(insight) });
    }
    let gone = Change { licenses_qualified: None, licenses_active: None, kind: ChangeKind::Gone };
    rows.extend(then.into_iter().flatten().map(|row| Row { change: Some(gone.clone()), ..Row::from(row) }));
    rows
}

/// What identifies a row in both answers.
fn identity<'a>(row: &Insight<'a>) -> Identity<'a> {
    let service = row.service_code.as_deref().filter(|code| !code.is_empty()).or(row.service_name.as_deref());
    let place = Place {
        customer: row.customer_id.clone(),
        workload: row.workload_name.as_deref().map(folded),
        service: service.map(folded),
        channel: row.channel.clone(),
    };
    Identity::new(row.product_id.as_deref(), row.product_name.as_deref(), place)
}

fn change(now: &Insight<'_>, then: Option<&Insight<'_>>) -> Change {
    let Some(then) = then else {
        return Change { licenses_qualified: None, licenses_active: None, kind: ChangeKind::New };
    };
    let since = |now: &Option<Number<'_>>, then: &Option<Number<'_>>| now.as_ref()?.minus(then.as_ref()?);
    let is_same = |now: &Option<Number<'_>>, then: &Option<Number<'_>>| match (now, then) {
        (Some(now), Some(then)) => now.equals(then),
        (now, then) => now.is_none() && then.is_none(),
    };
    // Only one of the endpoints serves a percentage.
    let has_both = now.usage_percent.is_some() && then.usage_percent.is_some();
    let all_same = is_same(&now.licenses_qualified, &then.licenses_qualified)
        && is_same(&now.licenses_active, &then.licenses_active)
        && (!has_both || is_same(&now.usage_percent, &then.usage_percent));
    Change {
        licenses_qualified: since(&now.licenses_qualified, &then.licenses_qualified),
        licenses_active: since(&now.licenses_active, &then.licenses_active),
        kind: if all_same { ChangeKind::Same } else { ChangeKind::Changed },
    }
}
