//! One call to Partner Center: its headers, its token, and what its status means.
//! It knows no paths, and does not read the body of a success.

use ureq::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue};
use uuid::Uuid;

use super::error;
use crate::auth::claims::Claims;
use crate::auth::session::Session;
use crate::failure::{ErrorKind, Failure, Ids, NotAsked};
use crate::http::gate::Gate;
use crate::http::message::Call;
use crate::http::{self, Http};
use crate::secret::Secret;

/// A body as it came, usually with a byte order mark, or empty.
pub struct Served {
    pub body: Vec<u8>,
    /// The ids that support asks for, in case the body cannot be read.
    pub ids: Ids,
}

/// Calls Partner Center on behalf of one session.
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

    /// Whether the service is throttling at the moment.
    pub fn is_throttled(&self) -> bool {
        self.gate.is_shut()
    }

    /// The base address, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The body at a path, and the ids that support asks for; `continuation` is for the next page of a list.
    ///
    /// # Errors
    /// As the status says; `NotUnderstood` for a redirect and any success other than 200 and 204.
    pub fn get(&self, path: &str, continuation: Option<&HeaderValue>) -> Result<Served, Failure> {
        // If the sign-in is refused, further calls would be refused too: send no more.
        let end = || self.gate.end(NotAsked::SignInRefused);
        let token = self.session.token(&self.http).map_err(|failure| {
            // Nothing was sent, and the first failure is reported for all.
            let is_told = failure.kind == ErrorKind::NotSignedIn && !end();
            let not_asked = failure.not_asked.or(is_told.then_some(NotAsked::SignInRefused));
            Failure { not_asked, ..failure }
        })?;
        self.get_with(token, path, continuation).inspect_err(|failure| {
            if failure.kind == ErrorKind::NotSignedIn {
                end();
            }
        })
    }

    fn get_with(&self, mut token: Secret, path: &str, continuation: Option<&HeaderValue>) -> Result<Served, Failure> {
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
        // Once per call, not counted by `--retries`: the token may have been revoked early.
        if error::may_be_renewed(&answer)
            && let Some(other) = self.session.other_than(&token, &self.http)?
        {
            token = other;
            // The customer has been asked for once, whatever happens now.
            answer = ask(&token).map_err(|failure| Failure { not_asked: None, ..failure })?;
        }
        let ids = error::ids(&answer, &sent);
        if matches!(answer.status.as_u16(), 200 | 204) {
            return Ok(Served { body: answer.body, ids });
        }
        Err(Failure { ids, ..error::failure(&answer, Claims::of(&token).as_ref(), self.session.is_stored()) })
    }

    /// The headers of Partner Center's reference, "Partner Center REST headers". It includes `MS-Contract-Version` and
    /// `MS-PartnerCenter-Application`, though Microsoft's own SDK leaves them out.
    fn headers(&self, request_id: Uuid, token: &Secret) -> Result<[(HeaderName, HeaderValue); 9], Failure> {
        let value = |text: &str| {
            HeaderValue::try_from(text).map_err(|_| Failure::new(ErrorKind::Other, "a header's value is not valid"))
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
