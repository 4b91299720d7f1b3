//! A text that must not be seen: it has no `Display`, its `Debug` shows nothing, and it is exposed only where it is sent.
//! Echoes of it are removed from everything printed. It does not encrypt or wipe memory.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::sanitize::decode_entity;

/// An access token or other credential. Only the store writes it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Secret(String);

/// What [`redacted`] looks for.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A shorter text may occur in a message by chance.
const SHORTEST: usize = 8;

impl Secret {
    /// Creates a secret, which [`redacted`] removes from now on.
    pub fn new(text: String) -> Self {
        if text.len() >= SHORTEST {
            let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.contains(&text) {
                known.push(text.clone());
            }
        }
        Self(text)
    }

    /// A form that contains secrets: it is never echoed as a whole, and its other fields may be shown.
    pub fn form(text: String) -> Self {
        Self(text)
    }

    /// The text itself, only for the header or form that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

const REDACTED: &str = "[redacted]";

/// The text without known secrets or parts of them, either as they are or as escaped in URLs, JSON and HTML.
pub fn redacted(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(length) = known.iter().filter_map(|secret| echo(rest, secret)).max() {
            shown += REDACTED;
            rest = &rest[length..];
        } else {
            shown.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    Cow::Owned(shown)
}

/// How many bytes at the start of the text are the secret, or too much of its beginning for chance.
fn echo(text: &str, secret: &str) -> Option<usize> {
    // The fewest characters that count as a piece of it: anywhere, and where a text was cut.
    const PIECE: usize = 16;
    const PIECE_AT_CUT: usize = 4;
    let with = |is_escaped: bool| {
        let (mut end, mut found, mut is_whole) = (0, 0, true);
        for char in secret.chars() {
            let rest = &text[end..];
            let length = match escaped(rest).filter(|(shown, _)| is_escaped && *shown == char) {
                Some((_, length)) => length,
                None if rest.starts_with(char) => char.len_utf8(),
                None => {
                    is_whole = false;
                    break;
                }
            };
            end += length;
            found += 1;
        }
        let is_cut = found >= PIECE_AT_CUT && text[end..].starts_with('…');
        (is_whole || found >= PIECE || is_cut).then_some(end)
    };
    with(false).max(with(true))
}

/// The character that an escape at the start of the text stands for, and the length of the escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    let hex = |digits: Option<&str>| digits.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
    match text.as_bytes().first()? {
        b'%' => Some((hex(text.get(1..3))?, 3)),
        b'\\' => match text[1..].chars().next()? {
            'u' => Some((hex(text.get(2..6))?, 6)),
            char => Some((char, 1 + char.len_utf8())),
        },
        b'&' => decode_entity(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, echo};

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Some(Secret::new("s3cret".into()))), "Some([redacted])");
    }

    #[test]
    fn an_echo_is_as_long_as_it_is_written() {
        for (text, secret, length) in [
            ("s3cret+s and more", "s3cret+s", Some(8)),
            ("s3cret%2bs and more", "s3cret+s", Some(10)),
            ("s3cret%25s", "s3cret%s", Some(10)),
            ("s3cret%25s", "s3cret%25s", Some(10)),
            ("s3cret&plus;s", "s3cret+s", Some(13)),
            ("s3cret\\/s", "s3cret/s", Some(9)),
            ("s3cre…", "s3cret+s", Some(5)),
            ("s3c…", "s3cret+s", None),
            ("s3cret+", "s3cret+s", None),
            ("s3cret%2", "s3cret+s", None),
            ("s3cret%ü", "s3cret+s", None),
            ("s3cret&ü;", "s3cret+s", None),
            ("s3cret\\uü", "s3cret+s", None),
            ("s3cret\\", "s3cret+s", None),
            ("", "s3cret+s", None),
            ("0123456789abcdef!", "0123456789abcdefgh", Some(16)),
            ("0123456789abcde!", "0123456789abcdefgh", None),
        ] {
            assert_eq!(echo(text, secret), length, "{text} {secret}");
        }
    }
}
