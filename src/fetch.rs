//! Gets the answer that a report is made of: from Partner Center, from the built-in sample, or from a file.
//! It understands no row and writes nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;

use crate::auth::session::{self, Session};
use crate::config::{Service, Source};
use crate::demo;
use crate::failure::{Failure, Ids, Kind};
use crate::http::{Http, MAX_BODY};
use crate::insight::CustomerId;
use crate::partner_center::{Client, NOT_THE_SERVICE};

/// An answer, and what there is to tell of where it came from.
pub struct Answer {
    pub body: Vec<u8>,
    /// `usage of customer …`, or the name of the file.
    pub what: String,
    /// What support asks for, should the body turn out to be unreadable.
    pub ids: Ids,
    /// What to do where it is.
    pub hint: &'static str,
}

/// `customer` is needed where a service is asked.
///
/// # Errors
/// Those of the token, of the call, or of the file.
pub fn answer(source: Source, customer: Option<CustomerId>) -> anyhow::Result<Answer> {
    let service = match source {
        Source::Input(path) => return saved(path.as_deref()),
        Source::Service(service) => service,
        Source::Demo(service) => {
            let base_url = demo::start().context("starting the sample service")?;
            Service { base_url, token: session::Source::Given(demo::token()), ..service }
        }
    };
    let customer = customer.context("no customer given")?;
    let (body, ids) = client(service)?.usage(customer)?;
    Ok(Answer { body, what: format!("usage of customer {customer}"), ids, hint: NOT_THE_SERVICE })
}

fn client(service: Service) -> anyhow::Result<Client> {
    let Service { mut base_url, locale, http, token, note } = service;
    let session = Session::open(&token, &mut base_url, http.max_wait, note)?;
    Ok(Client::new(Http::new(http), base_url, locale, session))
}

fn saved(path: Option<&Path>) -> anyhow::Result<Answer> {
    let what = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let body = match path {
        Some(path) => File::open(path).and_then(read),
        None => read(io::stdin().lock()),
    }
    .with_context(|| format!("cannot read {what}"))?;
    if body.len() > MAX_BODY {
        let message = format!("{what} is larger than an answer can be ({} MiB)", MAX_BODY >> 20);
        return Err(Failure::new(Kind::NotUnderstood, message).into());
    }
    Ok(Answer { body, what, ids: Ids::new(), hint: "is it an answer that `-o json` wrote?" })
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    source.take(MAX_BODY as u64 + 1).read_to_end(&mut body)?;
    Ok(body)
}
