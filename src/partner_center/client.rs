//! The calls to Partner Center: paths and headers.
//! It reads no rows: an answer stays the bytes that came.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use ureq::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue, Uri};
use uuid::Uuid;

use super::error;
use crate::auth::claims::Claims;
use crate::auth::session::Session;
use crate::clean::clean_cut;
use crate::customers::Customer;
use crate::failure::{Failure, Ids, Kind, NotAsked};
use crate::gate::Gate;
use crate::http::{self, Call, Http};
use crate::insight::{self, CustomerId, Object};
use crate::secret::Secret;

/// Asks Partner Center on behalf of one session.
pub struct Client {
    http: Http,
    base_url: String,
    locale: String,
    /// Groups the calls of one run; support asks for it.
    correlation_id: Uuid,
    session: Session,
    gate: Gate,
}

impl Client {
    /// `base_url` is without a trailing slash; `locale` is a BCP 47 tag such as `en-US`.
    pub fn new(http: Http, gate: Gate, base_url: String, locale: String, session: Session) -> Self {
        Self { http, base_url, locale, correlation_id: Uuid::new_v4(), session, gate }
    }

    /// The body of `GET /v1/customers/{customer-id}/analytics/licenses/usage` (source: Partner Center REST API, "Get
    /// customer licenses usage information"): JSON, mostly behind a byte order mark, or nothing at all;
    /// with it the ids that support asks for.
    ///
    /// # Errors
    /// As the status says; `NotUnderstood` for a redirect and any other success than 200 and 204.
    pub fn usage(&self, customer: CustomerId) -> Result<(Vec<u8>, Ids), Failure> {
        self.get(&format!("/v1/customers/{customer}/analytics/licenses/usage"), None)
            .map_err(|failure| failure.during(&format!("usage of customer {customer}")))
    }

    /// Whether the service asks for a pause at the moment.
    pub fn is_throttled(&self) -> bool {
        self.gate.is_shut()
    }

    /// All customers of the partner, page by page (source: Partner Center REST API, "Get a list of customers").
    ///
    /// # Errors
    /// As the status says; `NotUnderstood` for a page or a next link that is not the documented one.
    pub fn customers(&self) -> Result<Vec<Customer>, Failure> {
        self.pages().map_err(|failure| failure.during("the list of customers"))
    }

    fn pages(&self) -> Result<Vec<Customer>, Failure> {
        let mut customers = Vec::new();
        let mut next = Next { path: "/v1/customers?size=500".to_owned(), token: None };
        let mut seen = HashSet::new();
        for _ in 0..MAX_PAGES {
            let (body, ids) = self.get(&next.path, next.token.as_ref())?;
            let page = self.page(&body).map_err(|failure| Failure { ids: ids.clone(), ..failure })?;
            customers.extend(page.0);
            seen.insert(next);
            match page.1 {
                None => return Ok(customers),
                // The address is the same on every page, its token is not.
                Some(again) if seen.contains(&again) => {
                    return Err(Failure { ids, ..bad_page("its next link leads back") });
                }
                Some(link) => next = link,
            }
        }
        Err(bad_page(&format!("it has more than {MAX_PAGES} pages")))
    }

    /// The customers of one page, and where the next one is.
    fn page(&self, body: &[u8]) -> Result<(Vec<Customer>, Option<Next>), Failure> {
        #[derive(Deserialize)]
        struct Page<'a> {
            #[serde(borrow)]
            items: Vec<&'a RawValue>,
            links: Option<Links>,
        }
        #[derive(Deserialize)]
        struct Links {
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
        let text = insight::body_text(body)?;
        if text.trim_ascii().is_empty() {
            // A page without customers would still be an object: taken for the end, it would hide those that follow.
            return Err(bad_page("it is empty"));
        }
        let Object(page): Object<Page<'_>> =
            serde_json::from_str(text).map_err(|error| bad_page(&format!("not the documented JSON: {error}")))?;
        let customers = page.items.iter().enumerate().map(|(index, item)| {
            Customer::of(item).ok_or_else(|| bad_page(&format!("item {} is no customer", index + 1)))
        });
        let customers = customers.collect::<Result<_, _>>()?;
        let Some(link) = page.links.and_then(|links| links.next) else { return Ok((customers, None)) };
        if link.method.as_deref().is_some_and(|method| method != "GET") {
            return Err(bad_page("its next link is not to be got"));
        }
        // Of the headers that the link asks for, only this one: no answer chooses what else is sent.
        let is_token = |header: &Header| header.key.eq_ignore_ascii_case("MS-ContinuationToken");
        let token = link.headers.unwrap_or_default().into_iter().find(is_token);
        let token = token
            .map(|header| HeaderValue::try_from(header.value))
            .transpose()
            .map_err(|_| bad_page("its MS-ContinuationToken is no header"))?;
        Ok((customers, Some(Next { path: self.next_path(&link.uri)?, token })))
    }

    /// A next link's path: relative, with or without `/v1`, and never to another host.
    fn next_path(&self, uri: &str) -> Result<String, Failure> {
        let elsewhere = || bad_page(&format!("its next link leads elsewhere: {}", clean_cut(uri, 100)));
        if !uri.starts_with('/') || uri.starts_with("//") {
            return Err(elsewhere());
        }
        let path = if uri.starts_with("/v1/") { uri.to_owned() } else { format!("/v1{uri}") };
        let resolved: Uri = format!("{}{path}", self.base_url).parse().map_err(|_| elsewhere())?;
        let base: Uri = self.base_url.parse().map_err(|_| elsewhere())?;
        if resolved.scheme() == base.scheme() && resolved.authority() == base.authority() {
            Ok(path)
        } else {
            Err(elsewhere())
        }
    }

    fn get(&self, path: &str, continuation: Option<&HeaderValue>) -> Result<(Vec<u8>, Ids), Failure> {
        // Where the sign-in is refused, the others would be refused too: nobody sends any more.
        let end = || self.gate.end(NotAsked::SignInRefused);
        let token = self.session.token(&self.http).map_err(|failure| {
            // Nothing was sent, and the first is told for all.
            let is_told = failure.kind == Kind::NotSignedIn && !end();
            let not_asked = failure.not_asked.or(is_told.then_some(NotAsked::SignInRefused));
            Failure { not_asked, ..failure }
        })?;
        self.get_with(token, path, continuation).inspect_err(|failure| {
            if failure.kind == Kind::NotSignedIn {
                end();
            }
        })
    }

    fn get_with(
        &self,
        mut token: Secret,
        path: &str,
        continuation: Option<&HeaderValue>,
    ) -> Result<(Vec<u8>, Ids), Failure> {
        let request_id = Uuid::new_v4();
        let url = format!("{}{path}", self.base_url);
        let sent = error::sent_ids(self.correlation_id, request_id);
        let ask = |token: &Secret| -> Result<_, Failure> {
            let mut headers = self.headers(request_id, token)?.to_vec();
            if let Some(continuation) = continuation {
                headers.push((HeaderName::from_static("ms-continuationtoken"), continuation.clone()));
            }
            let call = Call { url: &url, headers: &headers, form: None, gate: Some(&self.gate) };
            self.http.send(&call).map_err(|failure| failure.ids(&sent))
        };
        let mut answer = ask(&token)?;
        // Once a call, and no attempt that `--retries` counts: the token may have been revoked before its time.
        if error::may_be_renewed(&answer)
            && let Some(other) = self.session.other_than(&token, &self.http)?
        {
            token = other;
            // Whatever comes of it, it was asked once.
            answer = ask(&token).map_err(|failure| Failure { not_asked: None, ..failure })?;
        }
        let ids = error::ids(&answer, &sent);
        if matches!(answer.status.as_u16(), 200 | 204) {
            return Ok((answer.body, ids));
        }
        Err(Failure { ids, ..error::failure(&answer, Claims::of(&token).as_ref(), self.session.is_stored()) })
    }

    /// The headers of Partner Center's reference, "Partner Center REST headers". `MS-Contract-Version` and
    /// `MS-PartnerCenter-Application` are in it too, though Microsoft's own SDK leaves them out.
    fn headers(&self, request_id: Uuid, token: &Secret) -> Result<[(HeaderName, HeaderValue); 9], Failure> {
        let value = |text: &str| {
            HeaderValue::try_from(text).map_err(|_| Failure::new(Kind::Other, "a header's value is not valid"))
        };
        let mut token = value(&format!("Bearer {}", token.expose()))?;
        token.set_sensitive(true);
        Ok([
            (AUTHORIZATION, token),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static(http::USER_AGENT)),
            (HeaderName::from_static("ms-requestid"), value(&request_id.to_string())?),
            (HeaderName::from_static("ms-correlationid"), value(&self.correlation_id.to_string())?),
            (HeaderName::from_static("x-locale"), value(&self.locale)?),
            (HeaderName::from_static("ms-partnercenter-client"), HeaderValue::from_static("pc-usage")),
            (HeaderName::from_static("ms-partnercenter-application"), HeaderValue::from_static("pc-usage")),
            (HeaderName::from_static("ms-contract-version"), HeaderValue::from_static("v1")),
        ])
    }
}

/// Where a page is.
#[derive(PartialEq, Eq, Hash)]
struct Next {
    path: String,
    /// Of `MS-ContinuationToken`.
    token: Option<HeaderValue>,
}

/// Five million customers: more is a loop.
const MAX_PAGES: usize = 10_000;

fn bad_page(why: &str) -> Failure {
    Failure::new(Kind::NotUnderstood, format!("a page is not as documented: {why}")).hint(error::NOT_THE_SERVICE)
}
