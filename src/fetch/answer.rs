//! An answer, wherever it comes from: bytes, and how rows are read from them.
//! It renders nothing.

use crate::failure::{Failure, Ids};
use crate::insight::Insight;
use crate::insight::customer_id::CustomerId;
use crate::insight::wire::body_text;
use crate::partner_center::client::{Client, Served};
use crate::partner_center::error::NOT_THE_SERVICE;
use crate::partner_center::usage;

/// An answer, and what there is to tell of where it came from.
pub struct Answer {
    pub body: Vec<u8>,
    /// The customer's id, as asked for or saved.
    pub customer: Option<String>,
    /// Whether it holds all rows of one customer. Other answers may hold those of several, and a customer may be in several.
    pub is_whole: bool,
    /// Whether rows of other customers are in it too, which are passed over.
    pub has_others: bool,
    /// `usage of customer …`, or the name of the file.
    pub what: String,
    /// What support asks for, should the body turn out to be unreadable.
    pub ids: Ids,
    /// What to do where it is.
    pub hint: &'static str,
}

impl Answer {
    /// The answer for one customer.
    ///
    /// # Errors
    /// Those of the token and of the call.
    pub fn of(client: &Client, customer: CustomerId) -> Result<Self, Failure> {
        let Served { body, ids } = usage::get(client, customer)?;
        Ok(Self {
            body,
            customer: Some(customer.to_string()),
            is_whole: true,
            has_others: false,
            what: format!("usage of customer {customer}"),
            ids,
            hint: NOT_THE_SERVICE,
        })
    }

    /// Whose answer it is, as far as anybody says so.
    pub fn name(&self) -> String {
        self.customer.as_ref().map_or_else(|| self.what.clone(), |customer| format!("customer {customer}"))
    }

    /// The body without a byte order mark.
    ///
    /// # Errors
    /// `NotUnderstood` where it is not UTF-8.
    pub fn text(&self) -> Result<&str, Failure> {
        body_text(&self.body).map_err(|failure| self.not_understood(failure))
    }

    /// Visits the rows of [`Answer::text`] in the order served. Gives what there is to say where these may not be all rows.
    ///
    /// # Errors
    /// `NotUnderstood` where it is not the documented JSON. Rows before that are visited all the same.
    pub fn rows<'b>(&'b self, text: &'b str, visit: &mut dyn FnMut(Insight<'b>)) -> Result<Option<String>, Failure> {
        let customer = self.customer.as_deref();
        let read = if self.has_others {
            usage::rows(text, None, &mut |row| {
                if row.customer_id.as_deref() == customer {
                    visit(row);
                }
            })
        } else {
            usage::rows(text, customer, visit)
        };
        read.map_err(|failure| self.not_understood(failure))
    }

    fn not_understood(&self, failure: Failure) -> Failure {
        Failure { ids: self.ids.clone(), ..failure.during(&self.what).hint(self.hint) }
    }
}
