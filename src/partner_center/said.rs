//! The text and code of an error body, whatever its shape: the service's, a gateway's, OAuth's, plain text, HTML. It does
//! not decide what they mean.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::sanitize::{decode_entities, sanitize_cut};

/// How many characters of the service's text are shown.
pub const MAX_TEXT: usize = 500;

/// The text and code of an error body.
#[derive(Debug, Default, PartialEq)]
pub struct Said {
    pub text: Option<String>,
    pub code: Option<String>,
}

impl Said {
    pub fn says(&self, words: &str) -> bool {
        self.text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains(words))
    }

    pub fn of(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
        let text = text.trim();
        if let Some(said) = Self::of_json(text, 0) {
            return said;
        }
        if text.starts_with('<') {
            return Self { text: Some(page_title(text)), code: None };
        }
        // A text may end with its code: `Authentication failed. MFA required. (10001)`.
        let (words, code) = match text.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
            Some((words, code)) if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) => {
                (words, Some(code.to_owned()))
            }
            _ => (text, None),
        };
        Self { text: readable(words), code }
    }

    /// The shapes used by the service, its old and new gateways, and OAuth; a description can itself be such JSON.
    fn of_json(text: &str, depth: u8) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct ErrorBody<'a> {
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
        let body: ErrorBody<'_> = serde_json::from_str(text).ok()?;
        let said_more = |inner: &Self| *inner != Self::default();
        if let Some(inner) = body.error.and_then(|error| Self::of_json(error.get(), depth + 1)).filter(said_more) {
            return Some(inner);
        }
        let code =
            body.code.or(body.error).map(plain).filter(|code| !code.is_empty()).map(|code| sanitize_cut(&code, 40));
        let words = body.description.or(body.error_description).or(body.message).map(plain);
        let inner = words.as_deref().and_then(|words| Self::of_json(words.trim(), depth + 1)).filter(said_more);
        Some(match inner {
            Some(inner) => Self { text: inner.text, code: code.or(inner.code) },
            None => Self { text: words.as_deref().and_then(readable), code },
        })
    }
}

/// A JSON value as text: a string without quotes, anything else as written.
fn plain(value: &RawValue) -> String {
    match value.get() {
        "null" => String::new(),
        raw => serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned()),
    }
}

/// The service's text for people: entities decoded, on one line, cut.
fn readable(text: &str) -> Option<String> {
    let decoded = decode_entities(text);
    let words: Vec<&str> = decoded.split_whitespace().collect();
    (!words.is_empty()).then(|| sanitize_cut(&words.join(" "), MAX_TEXT))
}

/// An HTML page comes from a proxy; only its title is shown.
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
