//! The answers of the sample service about one customer, as the older endpoints give them.
//! It has no figures of its own.

use super::sample::SampleCustomer;

/// Members and order are those of the documented answer. None of the values needs escaping.
pub fn usage(customer: &SampleCustomer) -> String {
    let rows = customer.products.iter().flat_map(|product| product.workloads.iter().map(move |row| (product, row)));
    let items = rows.map(|(product, (workload, active))| {
        let percent = (f64::from(*active) * 1000.0 / f64::from(product.sold)).round() / 10.0;
        format!(
            r#"{{"customerName":"{}","productName":"{}","licensesActive":{active},"licensesQualified":{},"usagePercent":{percent:.1},"workloadName":"{}","processedDateTime":"{}+00:00","serviceName":"{}","channel":"reseller","attributes":{{"objectType":"CustomerLicensesUsageInsights"}}}}"#,
            customer.name,
            product.name,
            product.sold,
            workload.name(),
            customer.date,
            product.service(),
        )
    });
    collection(items)
}

pub fn deployment(customer: &SampleCustomer) -> String {
    let items = customer.products.iter().map(|product| {
        let percent = (f64::from(product.deployed) * 1000.0 / f64::from(product.sold)).round() / 10.0;
        format!(
            r#"{{"customerName":"{}","productName":"{}","serviceName":"{}","channel":"reseller","licensesDeployed":{},"licensesSold":{},"deploymentPercent":{percent:.1},"processedDateTime":"{}+00:00","attributes":{{"objectType":"CustomerLicensesDeploymentInsights"}}}}"#,
            customer.name,
            product.name,
            product.service(),
            product.deployed,
            product.sold,
            customer.date,
        )
    });
    collection(items)
}

fn collection(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    let (count, items) = (items.len(), items.join(","));
    format!(r#"{{"totalCount":{count},"items":[{items}],"attributes":{{"objectType":"Collection"}}}}"#)
}
