//! The OAuth 2.0 grants of Microsoft's sign-in service, refresh token (RFC 6749 §6) and device code (RFC 8628), and what
//! its errors mean. It stores nothing, and shows neither form nor token.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use ureq::http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue};

use super::given;
use crate::failure::{ErrorKind, Failure, Ids};
use crate::http::message::{Call, HttpResponse, in_brackets};
use crate::http::{self, Http};
use crate::sanitize::sanitize_cut;
use crate::secret::Secret;
use crate::signals;

/// An app registration at an authority, and the scope it requests.
pub struct App<'a> {
    /// Without a trailing slash.
    pub authority: &'a str,
    pub tenant_id: &'a str,
    pub client_id: &'a str,
    /// Of a confidential app.
    pub client_secret: Option<&'a Secret>,
    pub scope: &'a str,
}

/// What a successful grant returns.
pub struct Tokens {
    pub access_token: Secret,
    pub expires_at: Timestamp,
    /// If absent, the old one stays valid.
    pub refresh_token: Option<Secret>,
}

/// What a person needs to sign in by device code.
pub struct DeviceCode {
    secret: Secret,
    pub user_code: String,
    pub verification_uri: String,
    /// From now.
    pub expires_in: Duration,
    interval: Duration,
}

/// Exchanges a refresh token.
///
/// # Errors
/// `NotSignedIn` if the authority refuses, `Unavailable` if it cannot be reached, `NotUnderstood` if its answer does not
/// match the documentation.
pub fn refresh(http: &Http, app: &App<'_>, refresh_token: &Secret) -> Result<Tokens, Failure> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose()), ("scope", app.scope)];
    match token(http, app, &form)? {
        Ok(tokens) => Ok(tokens),
        Err(refusal) => Err(refusal.failure),
    }
}

/// Requests a device code.
///
/// # Errors
/// As [`refresh`].
pub fn start_device_code(http: &Http, app: &App<'_>) -> Result<DeviceCode, Failure> {
    #[derive(Deserialize)]
    struct DeviceCodeBody {
        device_code: String,
        user_code: String,
        verification_uri: String,
        #[serde(deserialize_with = "seconds")]
        expires_in: u64,
        #[serde(default = "default_interval", deserialize_with = "seconds")]
        interval: u64,
    }
    let answer = post(http, app, "devicecode", &[("scope", app.scope)])?;
    if answer.status != 200 {
        return Err(Refusal::of(&answer).failure);
    }
    let body: DeviceCodeBody = parse(&answer)?;
    Ok(DeviceCode {
        secret: Secret::new(body.device_code),
        user_code: body.user_code,
        verification_uri: body.verification_uri,
        expires_in: Duration::from_secs(body.expires_in),
        // Never more often than once a second.
        interval: Duration::from_secs(body.interval.max(1)),
    })
}

/// RFC 8628 §3.2.
fn default_interval() -> u64 {
    5
}

/// Polls until the person has signed in, has declined, or the code has expired.
///
/// # Errors
/// As [`refresh`].
pub fn wait_for_device_code(http: &Http, app: &App<'_>, code: &DeviceCode) -> Result<Tokens, Failure> {
    // Not the time of day: the clock may be set while the user signs in.
    let start = Instant::now();
    let mut interval = code.interval;
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code.secret.expose())];
    loop {
        if start.elapsed() + interval >= code.expires_in {
            return Err(expired());
        }
        signals::wait(interval);
        match token(http, app, &form)? {
            Ok(tokens) => return Ok(tokens),
            Err(Refusal { error, failure }) => match error.as_str() {
                "authorization_pending" => {}
                // For all further polls, not just the next (RFC 8628 §3.5).
                "slow_down" => interval += Duration::from_secs(5),
                "expired_token" => return Err(Failure { ids: failure.ids, ..expired() }),
                "authorization_declined" | "access_denied" => {
                    let declined = Failure::new(ErrorKind::NotSignedIn, "the sign-in was declined in the browser");
                    return Err(Failure { ids: failure.ids, ..declined.hint("run `pc-usage login` again") });
                }
                "bad_verification_code" => {
                    let unknown =
                        Failure::new(ErrorKind::NotSignedIn, "the sign-in service no longer recognises the code");
                    return Err(Failure { ids: failure.ids, ..unknown.hint("run `pc-usage login` again") });
                }
                _ => return Err(failure),
            },
        }
    }
}

fn expired() -> Failure {
    Failure::new(ErrorKind::NotSignedIn, "the code expired before anyone signed in with it")
        .hint("run `pc-usage login` again, and enter the new code in time")
}

/// Calls the token endpoint. A refusal is returned as a value, since a pending sign-in is a refusal too.
fn token(http: &Http, app: &App<'_>, form: &[(&str, &str)]) -> Result<Result<Tokens, Refusal>, Failure> {
    #[derive(Deserialize)]
    struct TokenBody {
        access_token: String,
        #[serde(deserialize_with = "seconds")]
        expires_in: u64,
        refresh_token: Option<String>,
    }
    // Before the request: a slow answer must not make the token seem to last longer.
    let asked_at = Timestamp::now();
    let answer = post(http, app, "token", form)?;
    if answer.status != 200 {
        return Ok(Err(Refusal::of(&answer)));
    }
    let body: TokenBody = parse(&answer)?;
    let access_token = given::checked(body.access_token.as_bytes(), "the access token from the sign-in service")
        .map_err(|failure| Failure { kind: ErrorKind::NotUnderstood, ..failure.hint(NOT_THE_SERVICE) })?;
    let lifetime = Duration::from_secs(body.expires_in);
    Ok(Ok(Tokens {
        access_token,
        expires_at: asked_at.checked_add(lifetime).unwrap_or(Timestamp::MAX),
        refresh_token: body.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
    }))
}

fn post(http: &Http, app: &App<'_>, endpoint: &str, form: &[(&str, &str)]) -> Result<HttpResponse, Failure> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("client_id", app.client_id);
    if let Some(secret) = app.client_secret {
        body.append_pair("client_secret", secret.expose());
    }
    body.extend_pairs(form);
    let headers: [(HeaderName, HeaderValue); 3] = [
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        (USER_AGENT, HeaderValue::from_static(http::USER_AGENT)),
    ];
    let url = format!("{}/{}/oauth2/v2.0/{endpoint}", app.authority, app.tenant_id);
    http.send(&Call { url: &url, headers: &headers, form: Some(&Secret::form(body.finish())), gate: None })
}

/// Parses the body of a success. Its text is never shown: it may be a token.
fn parse<T: for<'de> Deserialize<'de>>(answer: &HttpResponse) -> Result<T, Failure> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    serde_json::from_slice(body).map_err(|_| {
        let what = match body.trim_ascii() {
            b"" => "is empty",
            [b'<', ..] => "is an HTML page",
            _ => "is not the documented JSON",
        };
        Failure::new(ErrorKind::NotUnderstood, format!("the response from the sign-in service {what}"))
            .hint(NOT_THE_SERVICE)
    })
}

const NOT_THE_SERVICE: &str = "something else is answering at this address; check --authority and the proxy";

/// Seconds as a number, or as a string in older answers.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(seconds) => Ok(seconds),
        Either::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

/// What the authority returns instead of tokens.
struct Refusal {
    /// The `error` member, on which decisions are based.
    error: String,
    failure: Failure,
}

impl Refusal {
    fn of(answer: &HttpResponse) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        // Of any type: one odd member must not hide the others.
        struct ErrorBody {
            error: Value,
            error_description: Value,
            error_codes: Value,
            trace_id: Value,
            correlation_id: Value,
        }
        let text = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body).trim_ascii();
        let is_html = text.starts_with(b"<");
        let body = match serde_json::from_slice::<ErrorBody>(text) {
            Ok(body) => body,
            // Broken JSON may contain part of a token.
            Err(_) if is_html || text.starts_with(b"{") => ErrorBody::default(),
            Err(_) => ErrorBody { error_description: String::from_utf8_lossy(text).into(), ..ErrorBody::default() },
        };
        let (error, description) = match &body.error {
            Value::Object(inner) => (inner.get("code").map(words), inner.get("message").map(words)),
            error => (Some(words(error)), Some(words(&body.error_description))),
        };
        let (error, description) = (error.unwrap_or_default(), description.unwrap_or_default());
        let status = answer.status;
        let mut message = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        if is_html {
            message += ": an HTML page";
        }
        // Further lines only repeat the ids.
        for text in [error.as_str(), description.lines().next().unwrap_or_default()] {
            if !text.is_empty() {
                message += &format!(": {}", sanitize_cut(text, 500));
            }
        }
        message += &in_brackets(&answer.gave_up);
        let kind = match status.as_u16() {
            429 => ErrorKind::Throttled,
            408 | 500.. => ErrorKind::Unavailable,
            200..400 => ErrorKind::NotUnderstood,
            _ => ErrorKind::NotSignedIn,
        };
        let codes = body.error_codes.as_array().map_or(std::slice::from_ref(&body.error_codes), Vec::as_slice);
        let number = codes.iter().find_map(|code| words(code).parse().ok()).or_else(|| aadsts(&description));
        let hint = match kind {
            ErrorKind::NotSignedIn => Some(number.and_then(meaning).unwrap_or(match error.as_str() {
                "invalid_grant" => SIGN_IN_AGAIN,
                "" => NOT_THE_SERVICE,
                _ => "check --tenant-id and --client-id, and the app registration",
            })),
            ErrorKind::NotUnderstood => Some(NOT_THE_SERVICE),
            _ => Some("the sign-in service is having problems; try again later"),
        };
        let ids: Ids = [("trace_id", words(&body.trace_id)), ("correlation_id", words(&body.correlation_id))]
            .into_iter()
            .filter(|(_, id)| !id.is_empty())
            .map(|(name, id)| (name, sanitize_cut(&id, 100)))
            .collect();
        Self { error, failure: Failure { hint: hint.map(Into::into), ids, ..Failure::new(kind, message) } }
    }
}

/// A JSON value as text; empty for anything but strings and numbers.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The number of `AADSTS700082: …`.
fn aadsts(description: &str) -> Option<u64> {
    let digits = &description[description.find("AADSTS")? + "AADSTS".len()..];
    let end = digits.find(|char: char| !char.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

const SIGN_IN_AGAIN: &str = "the sign-in expired or was revoked: sign in again with `pc-usage login`";

/// What the authority's error numbers mean (source: "Microsoft Entra authentication and authorization error codes").
fn meaning(number: u64) -> Option<&'static str> {
    Some(match number {
        700_082 | 70_008 | 50_173 | 70_043 => SIGN_IN_AGAIN,
        50_076 | 50_079 | 50_074 | 50_078 => {
            "multi-factor authentication is required: sign in again, using it, with `pc-usage login`"
        }
        53_003 | 530_032 => "a Conditional Access policy blocks this sign-in; ask the tenant's administrator",
        65_001 => "the app has no consent for Partner Center; grant it in the app registration's API permissions",
        650_057 | 500_011 => {
            "the app registration lacks the delegated permission on Microsoft Partner Center, or --cloud is wrong"
        }
        7_000_215 => "the client secret is wrong; often the secret's id was copied instead of its value",
        7_000_222 => "the client secret has expired; create a new one in the app registration",
        7_000_218 => {
            "a confidential app needs its secret (--client-secret-file); for a public one turn on \"Allow public client \
             flows\" in the app registration"
        }
        700_025 => "this is a public app: sign in without a client secret",
        700_016 => "there is no such app in this tenant; check --client-id and --tenant-id",
        700_007 => "the sign-in was made for another app; check --client-id",
        90_002 => "there is no such tenant in this cloud; check --tenant-id and --cloud",
        _ => return None,
    })
}
