//! What rows come in: the older endpoints' collection and the successors' page, read row by row.
//! It knows no member of a row.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::failure::{ErrorKind, Failure};
use crate::insight::number::Number;
use crate::insight::wire::{Form, Object};
use crate::sanitize::sanitize_cut;

/// What an answer says of its rows.
#[derive(Debug, Default)]
pub struct Envelope<'b> {
    /// `None` for an empty answer.
    pub form: Option<Form>,
    /// How many rows it has.
    pub rows: usize,
    /// How many it says there are: in this answer, or, for a page, on all pages. `None` if it does not say.
    pub total_count: Option<Number<'b>>,
    /// Whether it links to a next page.
    pub has_next: bool,
}

impl Envelope<'_> {
    /// How many rows it says there are, if that is a number of rows.
    pub fn total(&self) -> Option<usize> {
        self.total_count.as_ref()?.value()?.try_into().ok()
    }

    /// A message if these may not be all rows, such as `has 2 rows, but a totalCount of 5`; `rows` is how many there are, on
    /// all pages.
    pub fn gap(&self, rows: usize) -> Option<String> {
        let is_all = self.total_count.as_ref().is_none_or(|count| count.value() == Some(rows.into()));
        if is_all && !self.has_next {
            return None;
        }
        let member = if self.form == Some(Form::Value) { "TotalCount" } else { "totalCount" };
        let count = match &self.total_count {
            None => format!("no {member}"),
            Some(count) => {
                let count = sanitize_cut(count.as_served(), 40);
                format!("{}a {member} of {count}", if is_all { "" } else { "but " })
            }
        };
        let next = if self.has_next { ", and a link to a next page, which is not followed" } else { "" };
        Some(format!("has {rows} row{}, {count}{next}", if rows == 1 { "" } else { "s" }))
    }
}

/// Passes each row of a body on with its place, which counts from 1, in the order served. An empty body, `null`, and a list
/// that is `null` have no rows.
///
/// # Errors
/// `NotUnderstood` if the body is not the documented JSON: an object with one list of rows, `items` or `Value`. The first
/// error of `see`. Rows before the fault are still passed on.
pub fn read<'b, T: Deserialize<'b>>(
    body: &'b str,
    see: &mut dyn FnMut(T, usize, Form) -> Result<(), Failure>,
) -> Result<Envelope<'b>, Failure> {
    let not_understood = |message: String| Failure::new(ErrorKind::NotUnderstood, message);
    match body.as_bytes().trim_ascii() {
        b"" | b"null" => return Ok(Envelope::default()),
        [b'{', ..] => {}
        _ => {
            let start = sanitize_cut(body.trim_ascii_start(), 40);
            return Err(not_understood(format!("the response is not a JSON object; it starts with: {start}")));
        }
    }
    let mut reader = Reader { envelope: Envelope::default(), see, wrong: None };
    let mut json = serde_json::Deserializer::from_str(body);
    let read = json.deserialize_map(&mut reader).and_then(|()| json.end());
    match (reader.wrong, read) {
        (Some(failure), _) => Err(failure),
        (None, Err(error)) => Err(not_understood(format!("the response is not the documented JSON: {error}"))),
        (None, Ok(())) => Ok(reader.envelope),
    }
}

/// Visits rows one by one: they are never all in memory at once.
struct Reader<'v, 'b, T> {
    envelope: Envelope<'b>,
    see: &'v mut dyn FnMut(T, usize, Form) -> Result<(), Failure>,
    /// Why reading was stopped, if not because of the JSON.
    wrong: Option<Failure>,
}

/// The members of an answer that are used.
enum Member {
    Rows(Form),
    TotalCount,
    Links,
    NextLink,
    Other,
}

impl Member {
    /// The successor's documentation has `Value` and `TotalCount`; its siblings are served in other cases.
    fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "items" => Self::Rows(Form::Items),
            "value" => Self::Rows(Form::Value),
            "totalcount" => Self::TotalCount,
            "links" => Self::Links,
            "@nextlink" | "@odata.nextlink" => Self::NextLink,
            _ => Self::Other,
        }
    }
}

impl<'b, T: Deserialize<'b>> Visitor<'b> for &mut Reader<'_, 'b, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'b, str>>()? {
            match Member::of(&name) {
                // Which of the two would be right?
                Member::Rows(_) if self.envelope.form.is_some() => return Err(de::Error::custom("two lists of rows")),
                Member::Rows(form) => {
                    self.envelope.form = Some(form);
                    members.next_value_seed(Rows { form, reader: self })?;
                }
                Member::TotalCount => {
                    let count: Option<Number<'b>> = members.next_value()?;
                    self.envelope.total_count = count.map(|mut count| {
                        count.cut_quotes();
                        count
                    });
                }
                Member::Links => self.envelope.has_next |= has_next(members.next_value()?),
                Member::NextLink => {
                    let link: &RawValue = members.next_value()?;
                    self.envelope.has_next |= !matches!(link.get(), "null" | r#""""#);
                }
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let envelope = &mut self.envelope;
        envelope.total_count = envelope.total_count.take().filter(Number::is_number);
        if envelope.form.is_some() { Ok(()) } else { Err(de::Error::missing_field("items")) }
    }
}

/// The list of rows.
struct Rows<'r, 'v, 'b, T> {
    form: Form,
    reader: &'r mut Reader<'v, 'b, T>,
}

impl<'b, T: Deserialize<'b>> DeserializeSeed<'b> for Rows<'_, '_, 'b, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'b, T: Deserialize<'b>> Visitor<'b> for Rows<'_, '_, 'b, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a sequence")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'b>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<T>()? {
            self.reader.envelope.rows += 1;
            if let Err(failure) = (self.reader.see)(row, self.reader.envelope.rows, self.form) {
                self.reader.wrong = Some(failure);
                return Err(de::Error::custom("a row cannot be read"));
            }
        }
        Ok(())
    }
}

fn has_next(links: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Links {
        next: Option<IgnoredAny>,
    }
    serde_json::from_str::<Object<Links>>(links.get()).is_ok_and(|Object(links)| links.next.is_some())
}
