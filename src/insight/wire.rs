//! JSON as Partner Center sends it: after a byte order mark, with members that are missing, `null`, or of another type. It
//! knows no member names.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use crate::failure::{ErrorKind, Failure};

/// The body as text, without a byte order mark.
///
/// # Errors
/// `NotUnderstood` if it is not UTF-8.
pub fn body_text(body: &[u8]) -> Result<&str, Failure> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    str::from_utf8(body).map_err(|error| {
        let message = format!("the response is not UTF-8: byte {} is not valid there", error.valid_up_to() + 1);
        Failure::new(ErrorKind::NotUnderstood, message)
    })
}

/// The two forms of a list of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{"items":[…],"totalCount":…}`: the rows of one customer.
    Items,
    /// `{"Value":[…],"TotalCount":…,"@nextLink":…}`: a page of the successor endpoints. It may have numbers in quotes.
    Value,
}

/// A JSON object and nothing else: serde alone would also read a struct from an array.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = T;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(members))
            }
        }
        deserializer.deserialize_map(Visitor(PhantomData)).map(Self)
    }
}

/// A text member: absent and `null` are the same, and a number or boolean in its place is kept as written.
///
/// # Errors
/// If it is an object or an array.
pub fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    // serde's own types would keep a number's value, but not its digits.
    let written = <&RawValue>::deserialize(deserializer)?.get();
    // Almost all are short strings, for which checking every byte is faster than a search for a backslash.
    let is_plain = |text: &&str| text.bytes().fold(0, |found, byte| found | u8::from(byte == b'\\')) == 0;
    match written.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(is_plain) {
        Some(text) => Ok(Some(Cow::Borrowed(text))),
        None => any_text(written).map_err(de::Error::custom),
    }
}

/// The same for any JSON value.
#[cold]
fn any_text(written: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    let nested = |what| Err(de::Error::invalid_type(what, &"a text"));
    match written.as_bytes() {
        b"null" => Ok(None),
        [b'"', ..] => serde_json::from_str(written).map(|text| Some(Cow::Owned(text))),
        [b'{', ..] => nested(de::Unexpected::Map),
        [b'[', ..] => nested(de::Unexpected::Seq),
        _ => Ok(Some(Cow::Borrowed(written))),
    }
}
