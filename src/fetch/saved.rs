//! Answers that were saved: the service's body, or the array that a run over many customers writes.
//! It reads only the customer of each row.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::{Answer, NOT_SAVED};
use crate::failure::{ErrorKind, Failure};
use crate::http::MAX_BODY;
use crate::input;
use crate::insight::customer_id::CustomerId;
use crate::insight::wire::{Object, body_text};
use crate::partner_center::usage;

/// The answers of a file, and whether it is a single body, not an array; `None` is standard input.
///
/// # Errors
/// Those of reading, and `NotUnderstood` if it is neither an answer nor such an array.
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
            let message = format!("{what} is larger than the limit for a response ({} MiB)", MAX_BODY >> 20);
            return Err(Failure::new(ErrorKind::NotUnderstood, message).into());
        }
        let customers = customers_of(text);
        let is_one = customers.len() < 2;
        let only = customers.into_iter().next().filter(|id| is_one && id.parse::<CustomerId>().is_ok());
        let answer = Answer { is_whole: is_one, is_only: true, ..Answer::saved(Vec::new(), only, what) };
        return Ok((vec![Answer { body, ..answer }], is_one));
    };
    let elements: Vec<Object<Element<'_>>> =
        serde_json::from_str(array).map_err(|error| not_understood(error.to_string()))?;
    let answer = |(index, Object(element)): (usize, Object<Element<'_>>)| {
        let customer = element.customer_id.filter(|id| !id.is_empty());
        let customer = customer.map(|id| id.parse::<CustomerId>().map_or(id.into_owned(), |id| id.to_string()));
        let body = element.response.get().as_bytes().to_vec();
        Answer::saved(body, customer, format!("{what}, response {}", index + 1))
    };
    Ok((elements.into_iter().enumerate().map(answer).collect(), false))
}

/// The customers that the rows of a body name; a page of the successor endpoint names several.
fn customers_of(text: &str) -> HashSet<String> {
    let mut customers = HashSet::new();
    if names_customers(text) {
        // A body that cannot be read is reported later, when its rows are read.
        let _ = usage::rows(text, None, &mut |row| {
            if let Some(id) = row.customer_id.filter(|id| !id.is_empty() && !customers.contains(id.as_ref())) {
                customers.insert(id.into_owned());
            }
            Ok(())
        });
    }
    customers
}

/// Most answers about one customer do not name it at all.
fn names_customers(text: &str) -> bool {
    text.contains("customerId") || text.contains("customerTenantId")
}

/// The answers of a file for one customer, limited to that customer's rows. An answer without customer ids is taken as
/// theirs if it is the only one, since the service may leave ids out.
///
/// # Errors
/// Those of [`read`]; `NotFound` if nothing is theirs; `Usage` if it must be written verbatim but has rows of others.
pub fn read_one(file: Option<&Path>, customer: CustomerId, is_verbatim: bool) -> anyhow::Result<Vec<Answer>> {
    let (answers, _) = read(file)?;
    let (name, id) = (input::name_of(file), customer.to_string());
    let is_only = answers.len() == 1;
    let mut theirs = Vec::new();
    for mut answer in answers {
        if answer.customer.as_ref().is_some_and(|customer| *customer != id) {
            continue;
        }
        if answer.customer.is_none() {
            let whose = whose(&answer, &id);
            if whose == Whose::Others || whose == Whose::Unknown && !is_only {
                continue;
            }
            answer.has_others = whose == Whose::Both;
            answer.customer = Some(id.clone());
        }
        theirs.push(answer);
    }
    if theirs.is_empty() {
        let message = format!("{name} has no response for customer {customer}");
        let hint = "`-o csv --columns customerId` shows which customers it holds";
        return Err(Failure::new(ErrorKind::NotFound, message).hint(hint).into());
    }
    if is_verbatim && theirs.iter().any(|answer| answer.has_others) {
        let message = format!("{name} holds rows of several customers, and -o json writes a response unchanged");
        return Err(Failure::usage(message).hint("-o jsonl writes the rows of one").into());
    }
    if let [only] = &mut theirs[..] {
        (only.is_whole, only.is_only) = (true, true);
    }
    Ok(theirs)
}

/// Whose rows an answer has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// No row says so.
    Unknown,
    Theirs,
    Others,
    Both,
}

fn whose(answer: &Answer, customer: &str) -> Whose {
    let Some(text) = answer.text().ok().filter(|text| names_customers(text)) else { return Whose::Unknown };
    let (mut has_theirs, mut has_others) = (false, false);
    let read = answer.rows(text, &mut |row| match row.customer_id.as_deref() {
        Some(id) if id == customer => has_theirs = true,
        // An invalid id says nothing.
        Some(id) if id.parse::<CustomerId>().is_ok() => has_others = true,
        _ => {}
    });
    match (has_theirs, has_others) {
        // An unreadable answer is reported later, when its rows are read.
        _ if read.is_err() => Whose::Unknown,
        (false, false) => Whose::Unknown,
        (true, false) => Whose::Theirs,
        (false, true) => Whose::Others,
        (true, true) => Whose::Both,
    }
}
