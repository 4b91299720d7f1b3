//! An answer from any source: its bytes, and how to read rows from them.
//! It renders nothing.

use super::customer::Customer;
use super::customer::called;
use crate::failure::{Failure, Ids};
use crate::insight::Insight;
use crate::insight::wire::body_text;
use crate::partner_center::client::{Client, Served};
use crate::partner_center::error::NOT_THE_SERVICE;
use crate::partner_center::usage;
use crate::sanitize::sanitize_cut;

/// The hint for a file that holds no answer.
pub const NOT_SAVED: &str = "is it a response written by `-o json`?";

/// An answer, and where it came from.
pub struct Answer {
    pub body: Vec<u8>,
    /// The customer's id, as asked for or saved.
    pub customer: Option<String>,
    /// Its name, if known before the rows are read.
    pub customer_name: Option<String>,
    /// Whether it holds all rows of one customer. Other answers may hold those of several, and a customer may be in several.
    pub is_whole: bool,
    /// Whether it also has rows of other customers, which are skipped.
    pub has_others: bool,
    /// `usage of customer …`, or the name of the file.
    pub what: String,
    /// The ids that support asks for, in case the body cannot be read.
    pub ids: Ids,
    /// What to do if it cannot be read.
    pub hint: &'static str,
}

impl Answer {
    /// The answer for one customer.
    ///
    /// # Errors
    /// Those of the token and of the call.
    pub fn of(client: &Client, customer: &Customer) -> Result<Self, Failure> {
        let what = customer.awaited();
        let Served { body, ids } = usage::get(client, customer.id).map_err(|failure| failure.during(&what))?;
        Ok(Self {
            body,
            customer: Some(customer.id.to_string()),
            customer_name: customer.name.clone(),
            is_whole: true,
            has_others: false,
            what,
            ids,
            hint: NOT_THE_SERVICE,
        })
    }

    /// An answer from a file. If its customer is known, it holds all rows of that customer.
    pub fn saved(body: Vec<u8>, customer: Option<String>, what: String) -> Self {
        Self {
            body,
            is_whole: customer.is_some(),
            customer,
            customer_name: None,
            has_others: false,
            what,
            ids: Ids::new(),
            hint: NOT_SAVED,
        }
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

    /// Visits the rows of [`Answer::text`] in the order served. Returns a message if these may not be all rows.
    ///
    /// # Errors
    /// `NotUnderstood` if it is not the documented JSON. Rows before the fault are still visited.
    pub fn rows<'b>(&'b self, text: &'b str, visit: &mut dyn FnMut(Insight<'b>)) -> Result<Option<String>, Failure> {
        let mut served = None;
        let customer = self.customer.as_deref();
        let mut see = |row: Insight<'b>| {
            // Skip rows of other customers.
            if self.has_others && row.customer_id.as_deref() != customer {
                return;
            }
            if served.is_none() {
                served.clone_from(&row.customer_name);
            }
            visit(row);
        };
        let read = usage::rows(text, customer.filter(|_| !self.has_others), &mut see);
        read.map_err(|failure| self.not_understood(failure, served.as_deref()))
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
