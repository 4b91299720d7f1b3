//! A row of a deployment answer: how many licences of a product were sold, and how many of them are assigned to somebody.
//! It adds up nothing: what the service left out stays absent.

use std::borrow::Cow;

use serde::Deserialize;

use super::check;
use super::number::Number;
use super::wire::{Form, text};
use crate::failure::Failure;

/// One row: the licences of one product of a customer.
///
/// Names and units are those of Partner Center's "Get licenses deployment information"; every member is optional, and
/// unknown ones are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment<'a> {
    /// The successor endpoint's name for it is `customerTenantId`.
    #[serde(borrow, default, deserialize_with = "text", alias = "customerTenantId")]
    pub customer_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub customer_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub product_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub product_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub service_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub service_code: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub channel: Option<Cow<'a, str>>,
    /// Seats that were bought.
    #[serde(borrow, default)]
    pub licenses_sold: Option<Number<'a>>,
    /// Seats that are assigned to somebody.
    #[serde(borrow, default)]
    pub licenses_deployed: Option<Number<'a>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub processed_date_time: Option<Cow<'a, str>>,
}

impl<'a> Deployment<'a> {
    /// The row as reports need it, as for a row of usage.
    ///
    /// # Errors
    /// `NotUnderstood`, naming the member and the row, if a count is not a number.
    pub fn check(&mut self, place: usize, form: Form, customer: Option<&'a str>) -> Result<(), Failure> {
        check::figure("licensesDeployed", &mut self.licenses_deployed, place, form)?;
        check::figure("licensesSold", &mut self.licenses_sold, place, form)?;
        for count in [&mut self.licenses_deployed, &mut self.licenses_sold].into_iter().flatten() {
            count.cut_zero_fraction();
        }
        check::customer(&mut self.customer_id, customer);
        Ok(())
    }

    /// A copy that does not borrow from the body.
    pub fn into_owned(self) -> Deployment<'static> {
        let text = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Deployment {
            customer_id: text(self.customer_id),
            customer_name: text(self.customer_name),
            product_id: text(self.product_id),
            product_name: text(self.product_name),
            service_name: text(self.service_name),
            service_code: text(self.service_code),
            channel: text(self.channel),
            licenses_sold: self.licenses_sold.map(Number::into_owned),
            licenses_deployed: self.licenses_deployed.map(Number::into_owned),
            processed_date_time: text(self.processed_date_time),
        }
    }
}
