//! An answer from any source: its bytes, and how to read rows from them.
//! It renders nothing.

use super::customer::{Customer, called};
use crate::failure::{ErrorKind, Failure, Ids};
use crate::insight::Insight;
use crate::insight::customer_id::CustomerId;
use crate::insight::deployment::Deployment;
use crate::insight::wire::body_text;
use crate::partner_center::client::Served;
use crate::partner_center::envelope::Envelope;
use crate::partner_center::error::NOT_THE_SERVICE;
use crate::partner_center::{deployment, usage};
use crate::sanitize::sanitize_cut;

/// The hint for a file that holds no answer.
pub const NOT_SAVED: &str = "is it a response written by `-o json`?";

/// The answers about some customers: they are asked for together, and fail together.
pub struct Batch {
    /// Those asked for; empty if only the rows name them.
    pub customers: Vec<Customer>,
    pub answers: Result<Vec<Answer>, Failure>,
    /// What was sold and assigned, if that was asked too.
    pub deployment: Option<Vec<Answer>>,
    /// How many rows there are on all pages, if this is one of them.
    pub of_rows: Option<usize>,
}

impl Batch {
    pub fn new(customers: Vec<Customer>, answers: Result<Vec<Answer>, Failure>) -> Self {
        Self { customers, answers, deployment: None, of_rows: None }
    }

    /// How many customers of the run it is about.
    pub fn size(&self) -> usize {
        self.customers.len().max(1)
    }
}

/// An answer, and where it came from.
pub struct Answer {
    pub body: Vec<u8>,
    /// The customer's id, as asked for or saved.
    pub customer: Option<String>,
    /// Its name, if known before the rows are read.
    pub customer_name: Option<String>,
    /// Whether it holds all rows of one customer. Other answers may hold those of several, and a customer may be in several.
    pub is_whole: bool,
    /// Whether it is the only answer of the report: its JSON is the body itself.
    pub is_only: bool,
    /// Whether it also has rows of other customers, which are skipped.
    pub has_others: bool,
    /// The customers of a query; empty if it was not one, or one for all.
    pub asked: Vec<CustomerId>,
    /// The customer of rows that name none, if there is only one.
    pub only: Option<String>,
    /// How many rows it should have, if it is a page of a query that says so.
    pub due: Option<usize>,
    /// `usage of customer …`, or the name of the file.
    pub what: String,
    /// The ids that support asks for, in case the body cannot be read.
    pub ids: Ids,
    /// What to do if it cannot be read.
    pub hint: &'static str,
}

impl Answer {
    /// An answer of the service that is not about one customer only.
    pub fn page(served: Served, asked: Vec<CustomerId>, what: String) -> Self {
        let Served { body, ids } = served;
        Self {
            body,
            customer: None,
            customer_name: None,
            is_whole: false,
            is_only: false,
            has_others: false,
            only: if let [only] = asked[..] { Some(only.to_string()) } else { None },
            asked,
            due: None,
            what,
            ids,
            hint: NOT_THE_SERVICE,
        }
    }

    /// The whole answer about one customer.
    pub fn of(served: Served, customer: &Customer, what: String) -> Self {
        let (id, name) = (Some(customer.id.to_string()), customer.name.clone());
        let page = Self::page(served, vec![customer.id], what);
        Self { customer: id, customer_name: name, is_whole: true, asked: Vec::new(), ..page }
    }

    /// An answer from a file. If its customer is known, it holds all rows of that customer.
    pub fn saved(body: Vec<u8>, customer: Option<String>, what: String) -> Self {
        let served = Served { body, ids: Ids::new() };
        Self { is_whole: customer.is_some(), customer, hint: NOT_SAVED, ..Self::page(served, Vec::new(), what) }
    }

    /// Whose answer it is, as far as known; `served` is the name in its rows.
    pub fn name(&self, served: Option<&str>) -> String {
        let name = self.customer_name.as_deref().or(served);
        self.customer.as_deref().map_or_else(|| self.what.clone(), |id| called(id, name))
    }

    /// The body without a byte order mark.
    ///
    /// # Errors
    /// `NotUnderstood` if it is not UTF-8.
    pub fn text(&self) -> Result<&str, Failure> {
        body_text(&self.body).map_err(|failure| self.not_understood(failure, None))
    }

    /// Visits the rows of [`Answer::text`] in the order served.
    ///
    /// # Errors
    /// `NotUnderstood` if it is not the documented JSON, or has rows of customers that were not asked for. Rows before the
    /// fault are still visited.
    pub fn rows<'b>(&'b self, text: &'b str, visit: &mut dyn FnMut(Insight<'b>)) -> Result<Envelope<'b>, Failure> {
        let mut served = None;
        let customer = self.customer.as_deref();
        let fill = customer.or(self.only.as_deref());
        let mut see = |row: Insight<'b>| {
            // Skip rows of other customers.
            if self.has_others && row.customer_id.as_deref() != customer {
                return Ok(());
            }
            self.check(row.customer_id.as_deref())?;
            if served.is_none() {
                served.clone_from(&row.customer_name);
            }
            visit(row);
            Ok(())
        };
        let read = usage::rows(text, fill.filter(|_| !self.has_others), &mut see);
        let read = read.and_then(|envelope| self.check_rows(envelope));
        read.map_err(|failure| self.not_understood(failure, served.as_deref()))
    }

    /// The same for an answer of a deployment endpoint.
    ///
    /// # Errors
    /// As for [`Answer::rows`].
    pub fn deployment<'b>(
        &'b self,
        text: &'b str,
        visit: &mut dyn FnMut(Deployment<'b>),
    ) -> Result<Envelope<'b>, Failure> {
        let mut see = |row: Deployment<'b>| {
            self.check(row.customer_id.as_deref())?;
            visit(row);
            Ok(())
        };
        let read = deployment::rows(text, self.customer.as_deref().or(self.only.as_deref()), &mut see);
        let read = read.and_then(|envelope| self.check_rows(envelope));
        read.map_err(|failure| self.not_understood(failure, None))
    }

    /// A service that ignores the filter would report on the wrong customers.
    fn check(&self, customer: Option<&str>) -> Result<(), Failure> {
        let served = customer.filter(|_| !self.asked.is_empty()).and_then(|id| id.parse().ok());
        match served.filter(|served| !self.asked.contains(served)) {
            None => Ok(()),
            Some(other) => {
                let message = format!("the response has rows of customer {other}, which was not asked for");
                Err(Failure::new(ErrorKind::NotUnderstood, message))
            }
        }
    }

    /// A page with fewer rows than the query has left would lose the others.
    fn check_rows<'b>(&self, envelope: Envelope<'b>) -> Result<Envelope<'b>, Failure> {
        match self.due {
            Some(due) if due != envelope.rows => {
                let rows = format!("{} row{}", envelope.rows, if envelope.rows == 1 { "" } else { "s" });
                let message = format!("unexpected page: it has {rows} where {due} are due");
                Err(Failure::new(ErrorKind::NotUnderstood, message))
            }
            _ => Ok(envelope),
        }
    }

    fn not_understood(&self, failure: Failure, served: Option<&str>) -> Failure {
        let mut what = self.what.clone();
        // A name that was known before is already part of it.
        if let Some(name) = served.filter(|_| self.customer.is_some() && self.customer_name.is_none()) {
            what += &format!(" ({})", sanitize_cut(name, 100));
        }
        Failure { ids: self.ids.clone(), ..failure.during(&what).hint(self.hint) }
    }
}
