//! The deployment endpoint of a customer, and the rows of sold and assigned licences that it and its successor serve.
//! It follows no paging, since none is documented here; signs of it are reported.

use super::client::{Client, Served};
use super::envelope::{self, Envelope};
use crate::failure::Failure;
use crate::insight::customer_id::CustomerId;
use crate::insight::deployment::Deployment;
use crate::insight::wire::Object;

/// The body of `GET /v1/customers/{customer-id}/analytics/licenses/deployment` (source: Partner Center REST API, "Get
/// customer licenses deployment information"), as for usage.
///
/// # Errors
/// As the status says; `NotUnderstood` for a redirect and any success other than 200 and 204.
pub fn get(client: &Client, customer: CustomerId) -> Result<Served, Failure> {
    client.get(&format!("/v1/customers/{customer}/analytics/licenses/deployment"), None)
}

/// Visits the rows of a body of either endpoint, as for usage.
///
/// # Errors
/// `NotUnderstood` if it is not the documented JSON, in which counts are numbers; those of `visit`. Rows before the fault
/// are still visited.
pub fn rows<'b>(
    body: &'b str,
    customer: Option<&'b str>,
    visit: &mut dyn FnMut(Deployment<'b>) -> Result<(), Failure>,
) -> Result<Envelope<'b>, Failure> {
    envelope::read(body, &mut |Object(mut row): Object<Deployment<'b>>, place, form| {
        row.check(place, form, customer)?;
        visit(row)
    })
}
