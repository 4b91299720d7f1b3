//! A row as served: one `Insight` for each product and workload of a customer, borrowed from the body.
//! It adds up, clamps and invents nothing: what the service left out stays absent.

mod check;
pub mod customer_id;
pub mod deployment;
pub mod number;
pub mod wire;

use std::borrow::Cow;

use serde::Deserialize;

use crate::failure::Failure;
use number::Number;
use wire::{Form, text};

/// One row: the licences of one product as one workload counts them. A seat appears in the row of each workload.
///
/// Names, units and meanings are those of Partner Center's resource `CustomerLicensesUsageInsights`; every member is
/// optional, and unknown ones are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Insight<'a> {
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
    pub workload_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub workload_code: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub service_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub service_code: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub channel: Option<Cow<'a, str>>,
    /// Seats that may use the workload.
    #[serde(borrow, default)]
    pub licenses_qualified: Option<Number<'a>>,
    /// Seats that used it. The successor endpoint's documentation also spells it `licenseActive`.
    #[serde(borrow, default, alias = "licenseActive")]
    pub licenses_active: Option<Number<'a>>,
    /// Microsoft's "adjusted" figure, on a scale of 0 to 100.
    #[serde(borrow, default)]
    pub usage_percent: Option<Number<'a>>,
    /// Whether its endpoint serves no percentage, so that a report may calculate one.
    #[serde(skip)]
    pub has_no_percentage: bool,
    #[serde(borrow, default, deserialize_with = "text")]
    pub processed_date_time: Option<Cow<'a, str>>,
}

impl<'a> Insight<'a> {
    /// The row as reports need it: figures checked to be numbers, counts without a zero fraction, and the customer's id in
    /// lower case; `customer` fills in an id that the service left out. `place` counts from 1.
    ///
    /// # Errors
    /// `NotUnderstood`, naming the member and the row, if a figure is not a number.
    pub fn check(&mut self, place: usize, form: Form, customer: Option<&'a str>) -> Result<(), Failure> {
        self.has_no_percentage = form == Form::Value;
        check::figure("licensesActive", &mut self.licenses_active, place, form)?;
        check::figure("licensesQualified", &mut self.licenses_qualified, place, form)?;
        check::figure("usagePercent", &mut self.usage_percent, place, form)?;
        for count in [&mut self.licenses_active, &mut self.licenses_qualified].into_iter().flatten() {
            count.cut_zero_fraction();
        }
        check::customer(&mut self.customer_id, customer);
        Ok(())
    }
}

impl Insight<'_> {
    /// Qualified seats that are not active: absent if either figure is, 0 if it would be negative.
    pub fn licenses_idle(&self) -> Option<Cow<'static, str>> {
        self.licenses_qualified.as_ref()?.beyond(self.licenses_active.as_ref()?)
    }

    /// A copy that does not borrow from the body.
    pub fn into_owned(self) -> Insight<'static> {
        let text = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Insight {
            customer_id: text(self.customer_id),
            customer_name: text(self.customer_name),
            product_id: text(self.product_id),
            product_name: text(self.product_name),
            workload_name: text(self.workload_name),
            workload_code: text(self.workload_code),
            service_name: text(self.service_name),
            service_code: text(self.service_code),
            channel: text(self.channel),
            licenses_qualified: self.licenses_qualified.map(Number::into_owned),
            licenses_active: self.licenses_active.map(Number::into_owned),
            usage_percent: self.usage_percent.map(Number::into_owned),
            has_no_percentage: self.has_no_percentage,
            processed_date_time: text(self.processed_date_time),
        }
    }
}

/// The rows of `{"items":[…]}`, for tests.
#[cfg(test)]
pub fn rows_of(body: &str) -> Vec<Insight<'_>> {
    #[derive(Deserialize)]
    struct TestBody<'a> {
        #[serde(borrow)]
        items: Vec<Insight<'a>>,
    }
    let mut items: TestBody<'_> = serde_json::from_str(body).expect("items");
    for (index, row) in items.items.iter_mut().enumerate() {
        row.check(index + 1, Form::Items, None).expect("a row");
    }
    items.items
}
