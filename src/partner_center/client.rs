//! The calls to Partner Center: paths and headers.
//! It reads no rows: an answer stays the bytes that came.

use ureq::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue};
use uuid::Uuid;

use super::error;
use crate::auth::claims::Claims;
use crate::auth::session::Session;
use crate::failure::{Failure, Ids, Kind};
use crate::http::{self, Call, Http};
use crate::insight::CustomerId;
use crate::secret::Secret;

/// Asks Partner Center on behalf of one session.
pub struct Client {
    http: Http,
    base_url: String,
    locale: String,
    /// Groups the calls of one run; support asks for it.
    correlation_id: Uuid,
    session: Session,
}

impl Client {
    /// `base_url` is without a trailing slash; `locale` is a BCP 47 tag such as `en-US`.
    pub fn new(http: Http, base_url: String, locale: String, session: Session) -> Self {
        Self { http, base_url, locale, correlation_id: Uuid::new_v4(), session }
    }

    /// The body of `GET /v1/customers/{customer-id}/analytics/licenses/usage` (source: Partner Center REST API, "Get
    /// customer licenses usage information"): JSON, mostly behind a byte order mark, or nothing at all;
    /// with it the ids that support asks for.
    ///
    /// # Errors
    /// As the status says; `NotUnderstood` for a redirect and any other success than 200 and 204.
    pub fn usage(&self, customer: CustomerId) -> Result<(Vec<u8>, Ids), Failure> {
        self.get(&format!("/v1/customers/{customer}/analytics/licenses/usage"))
            .map_err(|failure| failure.during(&format!("usage of customer {customer}")))
    }

    fn get(&self, path: &str) -> Result<(Vec<u8>, Ids), Failure> {
        let request_id = Uuid::new_v4();
        let url = format!("{}{path}", self.base_url);
        let sent = error::sent_ids(self.correlation_id, request_id);
        let ask = |token: &Secret| -> Result<_, Failure> {
            let headers = self.headers(request_id, token)?;
            let call = Call { url: &url, headers: &headers, form: None };
            self.http.send(&call).map_err(|failure| failure.ids(&sent))
        };
        let mut token = self.session.token(&self.http)?;
        let mut answer = ask(&token)?;
        // Once a call, and no attempt that `--retries` counts: the token may have been revoked before its time.
        if error::may_be_renewed(&answer)
            && let Some(other) = self.session.other_than(&token, &self.http)?
        {
            token = other;
            answer = ask(&token)?;
        }
        let ids = error::ids(&answer, &sent);
        if matches!(answer.status.as_u16(), 200 | 204) {
            return Ok((answer.body, ids));
        }
        Err(Failure { ids, ..error::failure(&answer, Claims::of(&token).as_ref()) })
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
