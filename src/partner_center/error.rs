//! What an answer that is no success means, and what to do about it: first its status, then its code or words.
//! It never guesses a cause that the answer does not give.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use ureq::http::StatusCode;
use uuid::Uuid;

use crate::auth::claims::Claims;
use crate::clean::clean_cut;
use crate::failure::{Failure, Ids, Kind};
use crate::http::{Answer, in_brackets};

/// The failure that an answer stands for; `is_stored` is whether the token comes from a stored sign-in.
pub fn failure(answer: &Answer, claims: Option<&Claims>, is_stored: bool) -> Failure {
    let said = Said::of(&answer.body);
    let status = answer.status;
    let mut message = match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    if let Some(text) = &said.text {
        message += &format!(": {text}");
    }
    if let Some(code) = said.code.as_deref().filter(|code| *code != status.as_str()) {
        message += &format!(" (code {code})");
    }
    if let Some(location) = answer.header("location").filter(|_| status.is_redirection()) {
        message += &format!(", to {}", clean_cut(location, MAX_TEXT));
    }
    message += &in_brackets(&answer.gave_up);
    let (kind, hint) = meaning(status, &said, answer, claims);
    let hint = hint.map(|hint| if is_stored && hint == MFA { Cow::Borrowed(MFA_STORED) } else { hint });
    Failure { kind, message, hint: hint.map(Into::into), ids: Ids::new(), not_asked: None }
}

/// Status and code to kind and hint (source: Partner Center REST error codes, and answers that were recorded).
fn meaning(
    status: StatusCode,
    said: &Said,
    answer: &Answer,
    claims: Option<&Claims>,
) -> (Kind, Option<Cow<'static, str>>) {
    let code = said.code.as_deref().unwrap_or_default();
    let (kind, hint) = match status.as_u16() {
        401 => (Kind::NotSignedIn, Some(sign_in_hint(said, answer, claims))),
        403 => (
            Kind::Forbidden,
            Some(match code {
                "900329" => APP_ONLY,
                _ if said.says("application credentials") => APP_ONLY,
                "20002" => NO_RELATIONSHIP,
                _ if said.says("no relationship") => NO_RELATIONSHIP,
                "900150" => ROLE,
                _ if said.says("role does not have") => ROLE,
                _ => "the signed-in user may not do this; it needs the Admin agent role in the partner's tenant",
            }),
        ),
        404 => (
            Kind::NotFound,
            Some(
                "there is no such customer for the signed-in partner; check the id, and that --cloud is the right one",
            ),
        ),
        400 if matches!(code, "2000" | "900118") => {
            (Kind::Other, Some("the service does not take this customer id; check it"))
        }
        429 => (
            Kind::Throttled,
            Some(
                "too many requests for this partner at the moment; run it later, or allow more with --retries and --max-wait",
            ),
        ),
        408 | 500.. => (Kind::Unavailable, Some("the service has trouble at the moment; run it later")),
        ..400 => (Kind::NotUnderstood, Some(NOT_THE_SERVICE)),
        _ => (Kind::Other, Some(ASK_SUPPORT)),
    };
    (kind, hint.map(Cow::Borrowed))
}

const ASK_SUPPORT: &str = "the service does not take this call; ask Microsoft's support, with the ids below";
/// What to do about an answer that is none of Partner Center's.
pub const NOT_THE_SERVICE: &str =
    "this is not how Partner Center answers; check --base-url, and whether a proxy asks for a sign-in";

const APP_ONLY: &str = "the token is for an app alone; this call takes App+User only: sign in as a user";
const NO_RELATIONSHIP: &str =
    "this is not, or no longer, a customer of the signed-in partner; check the id with `pc-usage customers`";
const ROLE: &str = "the signed-in user's role is too small; it needs the Admin agent role in the partner's tenant";

const MFA: &str =
    "the token was issued without multi-factor authentication; sign in again with it, renewing the token does not help";
const MFA_STORED: &str = "the token was issued without multi-factor authentication; sign in again with it, with `pc-usage login`: \
                          renewing the token does not help";
const AUDIENCE: &str =
    "the token is for another service; ask for one for https://api.partnercenter.microsoft.com (or your cloud's)";
const EXPIRED: &str = "the token has expired; bring a new one, or sign in with `pc-usage login`";

/// What cures a 401. Where the answer does not say, the token's own claims may; they are a hint, not a proof.
fn sign_in_hint(said: &Said, answer: &Answer, claims: Option<&Claims>) -> &'static str {
    let challenge = answer.header("www-authenticate").unwrap_or_default().to_ascii_lowercase();
    match said.code.as_deref().unwrap_or_default() {
        "900420" => AUDIENCE,
        "900421" | "10001" => MFA,
        _ if said.says("mfa required") || challenge.contains("mfa required") => MFA,
        _ => match claims {
            Some(claims) if claims.is_expired(Timestamp::now()) => EXPIRED,
            Some(claims) if claims.mfa() == Some(false) => MFA,
            // A token that says neither may be either.
            claims if answer.body.is_empty() && claims.is_none_or(|claims| claims.mfa().is_none()) => {
                "the token has expired, or was issued without multi-factor authentication; bring a new one, or sign in with `pc-usage login`"
            }
            _ => "the token has expired or is not valid; bring a new one, or sign in with `pc-usage login`",
        },
    }
}

/// Whether the answer is a 401 that another token may cure: not one about the audience or multi-factor authentication.
pub fn may_be_renewed(answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED && {
        let hint = sign_in_hint(&Said::of(&answer.body), answer, None);
        hint != MFA && hint != AUDIENCE
    }
}

/// The ids that a request carries.
pub fn sent_ids(correlation_id: Uuid, request_id: Uuid) -> Ids {
    vec![("MS-CorrelationId", correlation_id.to_string()), ("MS-RequestId", request_id.to_string())]
}

/// The ids of a call: those of the answer, or where it names none those that were sent.
pub fn ids(answer: &Answer, sent: &Ids) -> Ids {
    let served = |name| answer.header(name).filter(|value| !value.is_empty()).map(|value| clean_cut(value, 100));
    let mut ids: Ids = sent.iter().map(|(name, sent)| (*name, served(name).unwrap_or_else(|| sent.clone()))).collect();
    ids.extend(served("MS-CV").map(|value| ("MS-CV", value)));
    ids
}

/// Characters of the service's words that are shown.
const MAX_TEXT: usize = 500;

/// The words and the code of an error body, whatever its shape.
#[derive(Debug, Default, PartialEq)]
struct Said {
    text: Option<String>,
    code: Option<String>,
}

impl Said {
    fn says(&self, words: &str) -> bool {
        self.text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains(words))
    }

    fn of(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
        let text = text.trim();
        if let Some(said) = Self::of_json(text, 0) {
            return said;
        }
        if text.starts_with('<') {
            return Self { text: Some(page_title(text)), code: None };
        }
        // A text may end in its code: `Authentication failed. MFA required. (10001)`.
        let (words, code) = match text.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
            Some((words, code)) if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) => {
                (words, Some(code.to_owned()))
            }
            _ => (text, None),
        };
        Self { text: readable(words), code }
    }

    /// The shapes of the service, of its gateways old and new, and of OAuth; a description can be such JSON again.
    fn of_json(text: &str, depth: u8) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            #[serde(borrow, default)]
            code: Option<&'a RawValue>,
            #[serde(borrow, default)]
            description: Option<&'a RawValue>,
            #[serde(borrow, default)]
            message: Option<&'a RawValue>,
            #[serde(borrow, default)]
            error: Option<&'a RawValue>,
            #[serde(borrow, default, rename = "error_description")]
            error_description: Option<&'a RawValue>,
        }
        if !text.starts_with('{') || depth > 3 {
            return None;
        }
        let body: Body<'_> = serde_json::from_str(text).ok()?;
        let said_more = |inner: &Self| *inner != Self::default();
        if let Some(inner) = body.error.and_then(|error| Self::of_json(error.get(), depth + 1)).filter(said_more) {
            return Some(inner);
        }
        let code = body.code.or(body.error).map(plain).filter(|code| !code.is_empty()).map(|code| clean_cut(&code, 40));
        let words = body.description.or(body.error_description).or(body.message).map(plain);
        let inner = words.as_deref().and_then(|words| Self::of_json(words.trim(), depth + 1)).filter(said_more);
        Some(match inner {
            Some(inner) => Self { text: inner.text, code: code.or(inner.code) },
            None => Self { text: words.as_deref().and_then(readable), code },
        })
    }
}

/// A JSON value as text: a string without its quotes, anything else as it is written.
fn plain(value: &RawValue) -> String {
    match value.get() {
        "null" => String::new(),
        raw => serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned()),
    }
}

/// The service's words for a person: entities decoded, in one line, cut.
fn readable(text: &str) -> Option<String> {
    let decoded = html_escape::decode_html_entities(text);
    let words: Vec<&str> = decoded.split_whitespace().collect();
    (!words.is_empty()).then(|| clean_cut(&words.join(" "), MAX_TEXT))
}

/// An HTML page is a proxy's, and only its title is for people.
fn page_title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower
        .find("<title")
        .and_then(|start| lower[start..].find('>').map(|end| start + end + 1))
        .and_then(|start| lower[start..].find("</title").map(|end| &page[start..start + end]))
        .and_then(readable);
    match title {
        Some(title) => format!("an HTML page, {title}"),
        None => "an HTML page".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_error_is_read() {
        for (body, text, code) in [
            (
                r#"{"code":3000,"description":"No such customer","data":[],"source":"PartnerFD"}"#,
                "No such customer",
                Some("3000"),
            ),
            ("\u{feff}{\"code\":\"900420\",\"description\":\"We&#39;re sorry\"}", "We're sorry", Some("900420")),
            (
                r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }"#,
                "Rate limit is exceeded. Try again in 57 seconds.",
                None,
            ),
            (r#"{"error":{"code":"Throttled","message":"Slow down"}}"#, "Slow down", Some("Throttled")),
            (r#"{"error":"invalid_token","error_description":"bad"}"#, "bad", Some("invalid_token")),
            (
                r#"{"code":2000,"description":"{\"error\":{\"code\":\"X\",\"message\":\"inner words\"}}"}"#,
                "inner words",
                Some("2000"),
            ),
            ("Authentication failed. MFA required. (10001)", "Authentication failed. MFA required.", Some("10001")),
            ("two\r\n  lines\u{1b}", "two lines\\u{1b}", None),
            (
                "<!DOCTYPE html><html><head><TITLE>502 Bad&nbsp;Gateway</TITLE></head></html>",
                "an HTML page, 502 Bad Gateway",
                None,
            ),
            ("<html>İ<title>", "an HTML page", None),
            (r#"{"description":{"odd":1}}"#, r#"{"odd":1}"#, None),
        ] {
            let said = Said::of(body.as_bytes());
            assert_eq!((said.text.as_deref(), said.code.as_deref()), (Some(text), code), "{body}");
        }
        for body in ["", " \n", "{}", r#"{"code":null,"description":""}"#] {
            assert_eq!(Said::of(body.as_bytes()), Said::default(), "{body}");
        }
    }

    #[test]
    fn long_words_are_cut_to_500_characters() {
        let said = Said::of("ä".repeat(600).as_bytes());
        assert_eq!(said.text.expect("words"), format!("{}…", "ä".repeat(500)));
    }

    #[test]
    fn nested_json_ends_somewhere() {
        let mut body = r#"{"message":"deep"}"#.to_owned();
        for _ in 0..9 {
            body = format!(r#"{{"error":{body}}}"#);
        }
        assert!(Said::of(body.as_bytes()).text.is_none());
    }
}
