//! The usage endpoint of a customer: its path, and the rows of its answers.
//! It follows no paging, since none is documented here; signs of it are reported.

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::client::{Client, Served};
use crate::failure::{ErrorKind, Failure};
use crate::insight::Insight;
use crate::insight::customer_id::CustomerId;
use crate::insight::number::Number;
use crate::insight::wire::Object;
use crate::sanitize::sanitize_cut;

/// The body of `GET /v1/customers/{customer-id}/analytics/licenses/usage` (source: Partner Center REST API, "Get customer
/// licenses usage information"): JSON, usually with a byte order mark, or empty.
///
/// # Errors
/// As the status says; `NotUnderstood` for a redirect and any success other than 200 and 204.
pub fn get(client: &Client, customer: CustomerId) -> Result<Served, Failure> {
    client.get(&format!("/v1/customers/{customer}/analytics/licenses/usage"), None)
}

/// Visits the rows of a body in the order served; `customer` fills in an id that the service left out. An empty body,
/// `null`, and `null` items have no rows. Returns a message if these may not be all rows, such as `has 2 rows, but a
/// totalCount of 5`.
///
/// # Errors
/// `NotUnderstood` if it is not the documented JSON: an object with a list of rows, `items`, in which counts and
/// percentages are numbers. Rows before the fault are still visited.
pub fn rows<'b>(
    body: &'b str,
    customer: Option<&'b str>,
    visit: &mut dyn FnMut(Insight<'b>),
) -> Result<Option<String>, Failure> {
    let not_understood = |message: String| Failure::new(ErrorKind::NotUnderstood, message);
    match body.as_bytes().trim_ascii() {
        b"" | b"null" => return Ok(None),
        [b'{', ..] => {}
        _ => {
            let start = sanitize_cut(body.trim_ascii_start(), 40);
            return Err(not_understood(format!("the response is not a JSON object; it starts with: {start}")));
        }
    }
    let mut collection =
        Collection { items: Items { customer, visit, count: 0, wrong: None }, total_count: None, links: None };
    let mut json = serde_json::Deserializer::from_str(body);
    let read = json.deserialize_map(&mut collection).and_then(|()| json.end());
    let Collection { items, total_count, links } = collection;
    match (items.wrong, read) {
        (Some(failure), _) => Err(failure),
        (None, Err(error)) => Err(not_understood(format!("the response is not the documented JSON: {error}"))),
        (None, Ok(())) => Ok(gap(items.count, total_count.as_ref().filter(|count| count.is_number()), links)),
    }
}

/// The members of an answer that are used.
struct Collection<'v, 'b> {
    items: Items<'v, 'b>,
    total_count: Option<Number<'b>>,
    links: Option<&'b RawValue>,
}

/// Visits rows one by one: they are never all in memory at once.
struct Items<'v, 'b> {
    customer: Option<&'b str>,
    visit: &'v mut dyn FnMut(Insight<'b>),
    count: usize,
    /// Why reading was stopped, if not because of the JSON.
    wrong: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Items,
    TotalCount,
    Links,
    #[serde(other)]
    Other,
}

impl<'b> Visitor<'b> for &mut Collection<'_, 'b> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut members: A) -> Result<(), A::Error> {
        let mut has_items = false;
        while let Some(member) = members.next_key()? {
            match member {
                // Which of the two would be right?
                Member::Items if has_items => return Err(de::Error::duplicate_field("items")),
                Member::Items => {
                    has_items = true;
                    members.next_value_seed(&mut self.items)?;
                }
                Member::TotalCount => self.total_count = members.next_value()?,
                Member::Links => self.links = members.next_value()?,
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        if has_items { Ok(()) } else { Err(de::Error::missing_field("items")) }
    }
}

impl<'b> DeserializeSeed<'b> for &mut Items<'_, 'b> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'b> Visitor<'b> for &mut Items<'_, 'b> {
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
        while let Some(Object(mut row)) = rows.next_element::<Object<Insight<'b>>>()? {
            self.count += 1;
            if let Err(failure) = row.check(self.count, self.customer) {
                self.wrong = Some(failure);
                return Err(de::Error::custom("a row cannot be read"));
            }
            (self.visit)(row);
        }
        Ok(())
    }
}

/// `totalCount` is the number of items in the answer, and no paging is documented: anything else may mean missing rows.
fn gap(rows: usize, total_count: Option<&Number<'_>>, links: Option<&RawValue>) -> Option<String> {
    #[derive(Deserialize)]
    struct Links {
        next: Option<de::IgnoredAny>,
    }
    let has_next = links.is_some_and(|links| {
        serde_json::from_str::<Object<Links>>(links.get()).is_ok_and(|Object(links)| links.next.is_some())
    });
    let is_all = total_count.is_none_or(|count| count.value() == Some(rows.into()));
    if is_all && !has_next {
        return None;
    }
    let count = match total_count {
        None => "no totalCount".to_owned(),
        Some(count) => {
            format!("{}a totalCount of {}", if is_all { "" } else { "but " }, sanitize_cut(count.as_served(), 40))
        }
    };
    let next = if has_next { ", and a link to a next page, which is not followed" } else { "" };
    Some(format!("has {rows} row{}, {count}{next}", if rows == 1 { "" } else { "s" }))
}
