//! One call to Partner Center: its headers, its token, and what its status means.
//! It knows no path, and reads no body of a success: that stays the bytes that came.

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

/// A body as it came, mostly behind a byte order mark, or nothing at all.
pub struct Served {
    pub body: Vec<u8>,
    /// What support asks for, should the body turn out to be unreadable.
    pub ids: Ids,
}

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

    /// Whether the service asks for a pause at the moment.
    pub fn is_throttled(&self) -> bool {
        self.gate.is_shut()
    }

    /// The address that paths are appended to, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The body that a path gives, and the ids that support asks for; a list goes on at its `continuation`.
    ///
    /// # Errors
    /// As the status says; `NotUnderstood` for a redirect and any other success than 200 and 204.
    pub fn get(&self, path: &str, continuation: Option<&HeaderValue>) -> Result<Served, Failure> {
        // Where the sign-in was refused, the others would be refused too: nobody sends any more.
        let end = || self.gate.end(NotAsked::SignInRefused);
        let token = self.session.token(&self.http).map_err(|failure| {
            // Nothing was sent, and the first is told for all.
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
            return Ok(Served { body: answer.body, ids });
        }
        Err(Failure { ids, ..error::failure(&answer, Claims::of(&token).as_ref(), self.session.is_stored()) })
    }

    /// The headers of Partner Center's reference, "Partner Center REST headers". `MS-Contract-Version` and
    /// `MS-PartnerCenter-Application` are in it too, though Microsoft's own SDK leaves them out.
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
