//! Whether answers have all the rows they promise, and none twice. A page's count is for all pages of its query, which are
//! seen one after another.
//! It reads no rows.

use std::collections::{BTreeSet, HashMap};

use crate::insight::number::Number;
use crate::insight::wire::Form;
use crate::partner_center::envelope::Envelope;

/// Compares rows with promises, answer by answer.
#[derive(Default)]
pub struct Completeness {
    /// A query of which more pages may come.
    open: Option<Pages>,
    /// A message for each answer that may be incomplete.
    gaps: Vec<String>,
    /// The customers of saved answers, and the form of the first of them.
    customers: HashMap<String, Form>,
    /// Those of them that are in answers of both forms.
    repeated: BTreeSet<String>,
}

struct Pages {
    /// The first page's.
    name: String,
    rows: usize,
    /// What the last page said.
    last: Envelope<'static>,
}

impl Completeness {
    /// The next answer, under this name.
    pub fn see(&mut self, name: &str, envelope: Envelope<'_>) {
        let Envelope { form, rows, total_count, has_next } = envelope;
        let last = Envelope { form, rows, total_count: total_count.map(Number::into_owned), has_next };
        let open = self.open.take();
        let pages = match open {
            Some(open) if form == Some(Form::Value) && open.expects(&last) => {
                Pages { rows: open.rows + rows, last, ..open }
            }
            open => {
                self.close(open);
                Pages { name: name.to_owned(), rows, last }
            }
        };
        if form == Some(Form::Value) { self.open = Some(pages) } else { self.close(Some(pages)) }
    }

    /// The customers of a saved answer: in one of the other endpoint, their seats would count again.
    pub fn see_customers<'c>(&mut self, envelope: &Envelope<'_>, customers: impl Iterator<Item = &'c String>) {
        let Some(form) = envelope.form else { return };
        for customer in customers {
            if *self.customers.entry(customer.clone()).or_insert(form) != form {
                self.repeated.insert(customer.clone());
            }
        }
    }

    /// The customers that are in answers of both endpoints.
    pub fn repeated(&self) -> Vec<String> {
        self.repeated.iter().cloned().collect()
    }

    fn close(&mut self, pages: Option<Pages>) {
        let gap = pages.and_then(|pages| Some(format!("{} {}", pages.name, pages.last.gap(pages.rows)?)));
        self.gaps.extend(gap);
    }

    /// The messages.
    pub fn gaps(mut self) -> Vec<String> {
        let open = self.open.take();
        self.close(open);
        self.gaps
    }
}

impl Pages {
    /// Whether this may be another page of the same query.
    fn expects(&self, next: &Envelope<'_>) -> bool {
        let is_short = self.last.total().map_or(self.last.has_next, |total| self.rows < total);
        is_short && self.last.total() == next.total()
    }
}
