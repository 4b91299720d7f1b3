//! Answers that were saved: the service's body, or the array that a run over many customers writes.
//! It reads no row.

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::Answer;
use crate::failure::{ErrorKind, Failure, Ids};
use crate::http::MAX_BODY;
use crate::input;
use crate::insight::customer_id::CustomerId;
use crate::insight::wire::{Object, body_text};

/// What to do about a file that holds no answer.
const NOT_SAVED: &str = "is it an answer that `-o json` wrote?";

/// The answers of a file, and whether it is one body and no array; `None` is standard input.
///
/// # Errors
/// Those of the file, and `NotUnderstood` where it is neither an answer nor such an array.
pub fn read(file: Option<&Path>) -> anyhow::Result<(Vec<Answer>, bool)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Element<'a> {
        #[serde(borrow)]
        customer_id: Option<Cow<'a, str>>,
        #[serde(borrow)]
        response: &'a RawValue,
    }
    let (body, what) = input::read(file)?;
    let not_understood = |why: String| Failure::new(ErrorKind::NotUnderstood, format!("{what}: {why}")).hint(NOT_SAVED);
    let text = body_text(&body).map_err(|failure| not_understood(failure.message))?;
    let Some(array) = Some(text).filter(|text| text.trim_ascii_start().starts_with('[')) else {
        if body.len() > MAX_BODY {
            let message = format!("{what} is larger than an answer can be ({} MiB)", MAX_BODY >> 20);
            return Err(Failure::new(ErrorKind::NotUnderstood, message).into());
        }
        let answer = Answer {
            body,
            customer: None,
            customer_name: None,
            is_whole: true,
            what,
            ids: Ids::new(),
            hint: NOT_SAVED,
        };
        return Ok((vec![answer], true));
    };
    let elements: Vec<Object<Element<'_>>> =
        serde_json::from_str(array).map_err(|error| not_understood(error.to_string()))?;
    let answer = |(index, Object(element)): (usize, Object<Element<'_>>)| {
        let customer = element.customer_id.filter(|id| !id.is_empty());
        Answer {
            body: element.response.get().as_bytes().to_vec(),
            is_whole: customer.is_some(),
            customer: customer.map(|id| id.parse::<CustomerId>().map_or(id.into_owned(), |id| id.to_string())),
            customer_name: None,
            what: format!("{what}, answer {}", index + 1),
            ids: Ids::new(),
            hint: NOT_SAVED,
        }
    };
    Ok((elements.into_iter().enumerate().map(answer).collect(), false))
}
