//! The pages of the sample service, as the successor endpoints give them.
//! It has no figures of its own, and understands the filters that this program sends, no others.

use super::sample::{CUSTOMERS, Product, SampleCustomer, Workload};

/// The page at a path of a successor endpoint; `None` if the path is not one.
pub fn page(path: &str) -> Option<String> {
    let (path, query) = path.split_once('?')?;
    let rows: Vec<String> = match path.strip_prefix("/partner/v1/analytics/commercial/")? {
        "usage/license" => asked(query).flat_map(usage).collect(),
        "deployment/license" => asked(query).flat_map(deployment).collect(),
        _ => return None,
    };
    let number = |name: &str, default| parameter(query, name).and_then(|value| value.parse().ok()).unwrap_or(default);
    let (skip, top) = (number("skip", 0), number("top", 10_000));
    let page: Vec<_> = rows.iter().skip(skip).take(top).map(String::as_str).collect();
    Some(format!(r#"{{"Value":[{}],"@nextLink":null,"TotalCount":{}}}"#, page.join(","), rows.len()))
}

fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The customers of the filter, or all. A customer that is not, or no longer, the partner's has no rows.
fn asked(query: &str) -> impl Iterator<Item = &'static SampleCustomer> {
    let filter = parameter(query, "filter");
    let is_asked = move |id: &str| filter.as_ref().is_none_or(|filter| filter.contains(&format!("'{id}'")));
    CUSTOMERS.iter().filter(move |customer| !customer.is_forbidden && is_asked(customer.id))
}

fn usage(customer: &'static SampleCustomer) -> impl Iterator<Item = String> {
    let rows = customer.products.iter().flat_map(|product| product.workloads.iter().map(move |row| (product, row)));
    rows.map(move |(product, (workload, active))| {
        let (name, code) = (workload.name(), workload.code());
        let of = common(customer, product);
        let sold = product.sold;
        format!(
            r#"{{"workloadCode":"{code}","workloadName":"{name}",{of},"licensesActive":{active},"licensesQualified":{sold}}}"#
        )
    })
}

fn deployment(customer: &'static SampleCustomer) -> impl Iterator<Item = String> {
    customer.products.iter().map(move |product| {
        let Product { deployed, sold, .. } = product;
        format!(r#"{{{},"licensesDeployed":{deployed},"licensesSold":{sold}}}"#, common(customer, product))
    })
}

/// Ids are in capitals, as in the documentation.
fn common(customer: &SampleCustomer, product: &Product) -> String {
    let is_office = !product.workloads.iter().any(|(workload, _)| *workload == Workload::Dynamics);
    let service = if is_office { "Microsoft Office 365" } else { "Microsoft Dynamics 365" };
    format!(
        r#""processedDateTime":"{}","serviceCode":"{}","serviceName":"{service}","channel":"reseller","customerTenantId":"{}","customerName":"{}","productId":"{}","productName":"{}""#,
        customer.date,
        product.service(),
        customer.id.to_uppercase(),
        customer.name,
        product.id,
        product.name,
    )
}
