//! The usage endpoint of a customer, and the rows of usage that it and its successor serve.
//! It follows no paging, since none is documented here; signs of it are reported.

use super::client::{Client, Served};
use super::envelope::{self, Envelope};
use crate::failure::Failure;
use crate::insight::Insight;
use crate::insight::customer_id::CustomerId;
use crate::insight::wire::Object;

/// The body of `GET /v1/customers/{customer-id}/analytics/licenses/usage` (source: Partner Center REST API, "Get customer
/// licenses usage information"): JSON, usually with a byte order mark, or empty.
///
/// # Errors
/// As the status says; `NotUnderstood` for a redirect and any success other than 200 and 204.
pub fn get(client: &Client, customer: CustomerId) -> Result<Served, Failure> {
    client.get(&format!("/v1/customers/{customer}/analytics/licenses/usage"), None)
}

/// Visits the rows of a body of either endpoint, in the order served; `customer` fills in an id that the service left out.
///
/// # Errors
/// `NotUnderstood` if it is not the documented JSON, in which counts and percentages are numbers; those of `visit`. Rows
/// before the fault are still visited.
pub fn rows<'b>(
    body: &'b str,
    customer: Option<&'b str>,
    visit: &mut dyn FnMut(Insight<'b>) -> Result<(), Failure>,
) -> Result<Envelope<'b>, Failure> {
    envelope::read(body, &mut |Object(mut row): Object<Insight<'b>>, place, form| {
        row.check(place, form, customer)?;
        visit(row)
    })
}
