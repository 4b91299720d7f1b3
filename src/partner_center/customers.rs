//! The list of the partner's customers, page by page.
//! It follows no link to another host, and never mistakes a bad page for the end of the list.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use ureq::http::{HeaderValue, Uri};

use super::client::{Client, Served};
use super::error;
use crate::failure::{ErrorKind, Failure};
use crate::insight::customer_id::CustomerId;
use crate::insight::wire::{Object, body_text, text};
use crate::sanitize::sanitize_cut;

/// All customers of the partner (source: Partner Center REST API, "Get a list of customers").
///
/// # Errors
/// As the status says; `NotUnderstood` for a page or next link that does not match the documentation.
pub fn list(client: &Client) -> Result<Vec<Customer>, Failure> {
    pages(client).map_err(|failure| {
        match failure.status {
            // It is about no customer.
            Some(404) => failure.hint(error::NOT_THE_SERVICE),
            _ => failure,
        }
        .during("the list of customers")
    })
}

/// A customer as the service lists it.
#[derive(Debug)]
pub struct Customer {
    /// The item itself, byte for byte.
    pub json: Box<RawValue>,
    pub id: Option<String>,
    pub company_name: Option<String>,
    pub domain: Option<String>,
    pub relationship: Option<String>,
}

impl Customer {
    /// Reads an item of `GET /v1/customers` (source: Partner Center REST API, "Get a list of customers"); `None` if it is
    /// not one.
    pub fn of(item: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Item<'a> {
            #[serde(borrow, default, deserialize_with = "text")]
            id: Option<Cow<'a, str>>,
            #[serde(borrow)]
            company_profile: Option<Object<Profile<'a>>>,
            #[serde(borrow, default, deserialize_with = "text")]
            relationship_to_partner: Option<Cow<'a, str>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Profile<'a> {
            #[serde(borrow, default, deserialize_with = "text")]
            tenant_id: Option<Cow<'a, str>>,
            #[serde(borrow, default, deserialize_with = "text")]
            domain: Option<Cow<'a, str>>,
            #[serde(borrow, default, deserialize_with = "text")]
            company_name: Option<Cow<'a, str>>,
        }
        let Object(Item { id, company_profile, relationship_to_partner }) = serde_json::from_str(item.get()).ok()?;
        let Profile { tenant_id, domain, company_name } = company_profile.map_or_else(Profile::default, |it| it.0);
        let ids: Vec<_> = [id, tenant_id].into_iter().flatten().filter(|id| !id.is_empty()).collect();
        let usable = ids.iter().find_map(|id| id.parse::<CustomerId>().ok());
        Some(Self {
            json: item.to_owned(),
            id: usable.map(|id| id.to_string()).or_else(|| ids.into_iter().next().map(Cow::into_owned)),
            company_name: company_name.map(Cow::into_owned),
            domain: domain.map(Cow::into_owned),
            relationship: relationship_to_partner.map(Cow::into_owned),
        })
    }

    /// Its name, else its domain.
    pub fn name(&self) -> Option<&str> {
        [&self.company_name, &self.domain].into_iter().flatten().map(|name| name.trim()).find(|name| !name.is_empty())
    }

    /// The id to ask for; `place` is the position in the list, to name a customer without a name.
    ///
    /// # Errors
    /// `NotUnderstood`, naming the customer, if it has no valid id.
    pub fn usable_id(&self, place: usize) -> Result<CustomerId, Failure> {
        let id = self.id.as_deref().unwrap_or_default();
        id.parse().map_err(|_| {
            let name = self.name().map_or_else(|| format!("customer {place}"), |name| sanitize_cut(name, 100));
            let message = match id {
                "" => format!("the list of customers: {name} has no customer id"),
                id => format!("the list of customers: {name}: `{}` is not a valid customer id", sanitize_cut(id, 40)),
            };
            let hint = "`pc-usage customers -o json` shows the customer as the service lists it";
            Failure::new(ErrorKind::NotUnderstood, message).hint(hint)
        })
    }
}

fn pages(client: &Client) -> Result<Vec<Customer>, Failure> {
    let mut customers = Vec::new();
    let mut next = Next { path: "/v1/customers?size=500".to_owned(), token: None };
    let mut seen = HashSet::new();
    for _ in 0..MAX_PAGES {
        let Served { body, ids } = client.get(&next.path, next.token.as_ref())?;
        let page = page(client, &body).map_err(|failure| Failure { ids: ids.clone(), ..failure })?;
        customers.extend(page.0);
        seen.insert(next);
        match page.1 {
            None => return Ok(customers),
            // The address is the same for every page; only the token differs.
            Some(again) if seen.contains(&again) => {
                return Err(Failure { ids, ..bad_page("its next link points back to an earlier page") });
            }
            Some(link) => next = link,
        }
    }
    Err(bad_page(&format!("it has more than {MAX_PAGES} pages")))
}

/// The customers of one page, and a link to the next.
fn page(client: &Client, body: &[u8]) -> Result<(Vec<Customer>, Option<Next>), Failure> {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
        links: Option<PageLinks>,
    }
    #[derive(Deserialize)]
    struct PageLinks {
        next: Option<Link>,
    }
    #[derive(Deserialize)]
    struct Link {
        uri: String,
        method: Option<String>,
        #[serde(default)]
        headers: Option<Vec<Header>>,
    }
    #[derive(Deserialize)]
    struct Header {
        key: String,
        value: String,
    }
    let text = body_text(body)?;
    if text.trim_ascii().is_empty() {
        // A page without customers would still be an object. Treating this as the end would lose the pages that follow.
        return Err(bad_page("it is empty"));
    }
    let Object(page): Object<Page<'_>> =
        serde_json::from_str(text).map_err(|error| bad_page(&format!("not the documented JSON: {error}")))?;
    let customers = page.items.iter().enumerate().map(|(index, item)| {
        Customer::of(item).ok_or_else(|| bad_page(&format!("item {} is not a customer", index + 1)))
    });
    let customers = customers.collect::<Result<_, _>>()?;
    let Some(link) = page.links.and_then(|links| links.next) else { return Ok((customers, None)) };
    if link.method.as_deref().is_some_and(|method| method != "GET") {
        return Err(bad_page("its next link is not a GET"));
    }
    // Of the headers in the link, only this one is sent: an answer must not choose any other.
    let is_token = |header: &Header| header.key.eq_ignore_ascii_case("MS-ContinuationToken");
    let token = link.headers.unwrap_or_default().into_iter().find(is_token);
    let token = token
        .map(|header| HeaderValue::try_from(header.value))
        .transpose()
        .map_err(|_| bad_page("its MS-ContinuationToken is not a valid header"))?;
    Ok((customers, Some(Next { path: next_path(client, &link.uri)?, token })))
}

/// A next link's path: relative, with or without `/v1`, and never to another host.
fn next_path(client: &Client, uri: &str) -> Result<String, Failure> {
    let elsewhere = || bad_page(&format!("its next link points elsewhere: {}", sanitize_cut(uri, 100)));
    if !uri.starts_with('/') || uri.starts_with("//") {
        return Err(elsewhere());
    }
    let path = if uri.starts_with("/v1/") { uri.to_owned() } else { format!("/v1{uri}") };
    let resolved: Uri = format!("{}{path}", client.base_url()).parse().map_err(|_| elsewhere())?;
    let base: Uri = client.base_url().parse().map_err(|_| elsewhere())?;
    if resolved.scheme() == base.scheme() && resolved.authority() == base.authority() {
        Ok(path)
    } else {
        Err(elsewhere())
    }
}

/// A link to a page.
#[derive(PartialEq, Eq, Hash)]
struct Next {
    path: String,
    /// The value of `MS-ContinuationToken`.
    token: Option<HeaderValue>,
}

/// Five million customers: more is a loop.
const MAX_PAGES: usize = 10_000;

fn bad_page(why: &str) -> Failure {
    Failure::new(ErrorKind::NotUnderstood, format!("unexpected page: {why}")).hint(error::NOT_THE_SERVICE)
}
