//! The successors of the usage and deployment endpoints: a query for one, several or all customers, page by page.
//! It follows no link, since a sibling's lead nowhere: pages are asked for by the number of rows before them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use form_urlencoded::byte_serialize;
use serde::Deserialize;

use super::client::{Client, Served};
use super::envelope;
use super::error::NOT_THE_SERVICE;
use crate::failure::{ErrorKind, Failure};
use crate::insight::customer_id::CustomerId;
use crate::insight::wire::{Object, body_text, text};

/// Ids in one filter: more would make an address of more than 2,000 characters.
pub const MAX_IDS: usize = 25;

/// Rows on a page: the service's default, and the most it serves (source: Partner Center REST API, "Get licenses usage
/// information").
pub const MAX_ROWS: usize = 10_000;

/// Where the endpoints may be. The documentation's syntax has the second, its example the first, as its siblings do; which
/// one answers has never been written down.
const ROOTS: [(&str, &str); 2] = [("/partner/v1/analytics/commercial", ""), ("/v1/analytics/commercial", "/")];

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Usage,
    Deployment,
}

/// A query, whose answer is a number of pages.
#[derive(Clone, Debug)]
pub struct Query {
    pub subject: Subject,
    /// At most [`MAX_IDS`]; none for all customers of the partner.
    pub customers: Vec<CustomerId>,
}

/// Asks the endpoints, and remembers where they are.
pub struct Commercial {
    client: Client,
    usage: Mutex<Option<(&'static str, &'static str)>>,
    deployment: Mutex<Option<(&'static str, &'static str)>>,
}

impl Commercial {
    pub fn new(client: Client) -> Self {
        Self { client, usage: Mutex::new(None), deployment: Mutex::new(None) }
    }

    /// Whether the service is throttling at the moment.
    pub fn is_throttled(&self) -> bool {
        self.client.is_throttled()
    }

    /// The page of a query behind `skip` rows. Later pages name the date of the first one, so that no two states of the
    /// data are mixed.
    ///
    /// # Errors
    /// As the status says; `Other` for a 404, which is about the endpoint, never about a customer.
    pub fn page(&self, query: &Query, skip: usize, date: Option<&str>) -> Result<Page, Failure> {
        let root = match query.subject {
            Subject::Usage => &self.usage,
            Subject::Deployment => &self.deployment,
        };
        // Held during the first call: the others wait until it is known which address answers.
        let mut root = root.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = *root {
            drop(root);
            return self.get(query, known, skip, date).map_err(no_endpoint);
        }
        let mut last = None;
        for candidate in ROOTS {
            match self.get(query, candidate, skip, date) {
                Err(failure) if failure.status == Some(404) => last = Some(failure),
                result => {
                    // Any other failure may come from in front of the service, whatever the path.
                    *root = result.is_ok().then_some(candidate);
                    return result;
                }
            }
        }
        Err(last.map_or_else(|| Failure::new(ErrorKind::Other, "no address to ask"), no_endpoint))
    }

    fn get(&self, query: &Query, root: (&str, &str), skip: usize, date: Option<&str>) -> Result<Page, Failure> {
        self.client.get(&query.path(root, skip, date), None).map(Page)
    }
}

/// A 404 from these endpoints is never about a customer, since their paths do not contain one.
fn no_endpoint(failure: Failure) -> Failure {
    if failure.status != Some(404) {
        return failure;
    }
    let hint =
        "this service does not have the endpoint; `--endpoint customer` asks the older one, customer by customer";
    Failure { kind: ErrorKind::Other, ..failure.hint(hint) }
}

impl Query {
    /// The path with its query; nothing in it needs more than the characters of ids and dates.
    fn path(&self, (root, slash): (&str, &str), skip: usize, date: Option<&str>) -> String {
        let subject = match self.subject {
            Subject::Usage => "usage",
            Subject::Deployment => "deployment",
        };
        let mut path = format!("{root}/{subject}/license{slash}?top={MAX_ROWS}");
        if skip > 0 {
            path += &format!("&skip={skip}");
        }
        if let Some(date) = date {
            path += "&processedDateTime=";
            path.extend(byte_serialize(date.as_bytes()));
        }
        let ids: Vec<_> = self.customers.iter().map(|id| format!("customerTenantId%20eq%20%27{id}%27")).collect();
        if !ids.is_empty() {
            path += &format!("&filter={}", ids.join("%20or%20"));
        }
        path
    }
}

/// A page as it came.
pub struct Page(pub Served);

/// What paging needs to know of a page.
pub struct Outline {
    pub rows: usize,
    /// How many rows the query has on all pages; `None` if the page does not say.
    pub total: Option<usize>,
    pub has_next: bool,
    /// The date that all its rows share, as served; `None` if they do not.
    pub date: Option<String>,
}

impl Page {
    /// Looks through the page.
    ///
    /// # Errors
    /// `NotUnderstood` if it is not the documented JSON.
    pub fn outline(&self) -> Result<Outline, Failure> {
        #[derive(Deserialize)]
        struct Dated<'a> {
            #[serde(rename = "processedDateTime", borrow, default, deserialize_with = "text")]
            date: Option<Cow<'a, str>>,
        }
        let Served { body, ids } = &self.0;
        let mut dates = HashSet::new();
        let read = body_text(body).and_then(|body| {
            let envelope = envelope::read(body, &mut |Object(row): Object<Dated<'_>>, _, _| {
                dates.insert(row.date);
                Ok(())
            })?;
            Ok((envelope.rows, envelope.total(), envelope.has_next))
        });
        let not_understood = |failure: Failure| Failure { ids: ids.clone(), ..failure.hint(NOT_THE_SERVICE) };
        let (rows, total, has_next) = read.map_err(not_understood)?;
        let mut dates = dates.into_iter();
        let date = dates.next().filter(|_| dates.len() == 0).flatten().map(Cow::into_owned);
        Ok(Outline { rows, total, has_next, date })
    }

    /// The same for the same list of rows, whatever else the page has.
    pub fn fingerprint(&self) -> u64 {
        let body = &self.0.body;
        let (first, last) = (body.iter().position(|byte| *byte == b'['), body.iter().rposition(|byte| *byte == b']'));
        let mut hasher = DefaultHasher::new();
        first.zip(last).and_then(|(first, last)| body.get(first..last)).hash(&mut hasher);
        hasher.finish()
    }
}
