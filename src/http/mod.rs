//! Calls over HTTP: complete answers, retries, and what `-v` shows.
//! It follows no redirects, shows no secrets, and knows nothing of Partner Center.

mod connection;
pub mod gate;
pub mod message;
pub mod proxy;
mod retry;
mod transport;
mod trouble;

use std::fmt;
use std::sync::OnceLock;
use std::time::Instant;

use ureq::Agent;
use ureq::http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::failure::ErrorKind;
use message::{Call, HttpResponse, Options};
use transport::{Agents, exchange};
use trouble::{ANOTHER_SERVICE, Trouble};

pub use transport::{MAX_BODY, USER_AGENT};

/// The longest header value that is sent: a token of 64 KiB and its prefix.
const MAX_HEADER: usize = 65 << 10;

/// The longest header value, or address, of a usual request.
const USUAL_HEADER: usize = 7 << 10;

/// Sends requests over kept-alive connections.
pub struct Http {
    usual: Agents,
    /// For requests with a longer header, created when first needed: a buffer for the longest header would slow every
    /// start.
    wide: OnceLock<Agents>,
    options: Options,
}

impl Http {
    pub fn new(options: Options) -> Self {
        Self { usual: Agents::new(&options, USUAL_HEADER), wide: OnceLock::new(), options }
    }

    fn attempt(&self, call: &Call<'_>, attempt: u32) -> Result<HttpResponse, Trouble> {
        let &Call { url, headers, form, .. } = call;
        let invalid = |error: &dyn fmt::Display| Trouble::lasting(ErrorKind::Other, format!("{url}: {error}"));
        let uri: Uri = url.parse().map_err(|error| invalid(&error))?;
        let address = uri.authority().map(ToString::to_string).unwrap_or_default();
        if let Some((name, _)) = headers.iter().find(|(_, value)| value.len() > MAX_HEADER) {
            let message = format!("the header {name} would be longer than 64 KiB");
            return Err(Trouble::lasting(ErrorKind::NotUnderstood, message).hint(ANOTHER_SERVICE));
        }
        let is_usual = url.len() <= USUAL_HEADER && headers.iter().all(|(_, value)| value.len() <= USUAL_HEADER);
        let agents =
            if is_usual { &self.usual } else { self.wide.get_or_init(|| Agents::new(&self.options, MAX_HEADER)) };
        let (agent, via_proxy) = self.agent(agents, uri.host().unwrap_or_default())?;
        let method = if form.is_some() { Method::POST } else { Method::GET };
        self.trace(1, || {
            let again = if attempt == 0 { String::new() } else { format!(" (retry {attempt})") };
            format!("{method} {url}{}{again}", if via_proxy { " through the proxy" } else { "" })
        });
        self.trace_headers('>', headers.iter().map(|(name, value)| (name, value)));
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }

        let resent = |why: &str| self.trace(1, || why.to_owned());
        let started = Instant::now();
        let result = match form {
            None => exchange(agent, &request.body(()).map_err(|error| invalid(&error))?, resent),
            Some(form) => exchange(agent, &request.body(form.expose()).map_err(|error| invalid(&error))?, resent),
        };
        let took = started.elapsed().as_millis();
        match result {
            Ok(answer) => {
                self.trace(1, || {
                    let bytes = answer.body.len();
                    let mut line = format!("{} in {took} ms, {bytes} bytes", answer.status);
                    for (name, value) in answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("ms-")) {
                        line += &format!(", {name} {}", String::from_utf8_lossy(value.as_bytes()));
                    }
                    line
                });
                self.trace_headers('<', &answer.headers);
                Ok(answer)
            }
            Err(error) => {
                let trouble = Trouble::of(&error, &address, via_proxy, self.options.timeout);
                self.trace(1, || format!("{} after {took} ms", trouble.failure.message));
                Err(trouble)
            }
        }
    }

    /// The agent for a host, and whether it uses the proxy.
    fn agent<'a>(&self, agents: &'a Agents, host: &str) -> Result<(&'a Agent, bool), Trouble> {
        match self.options.proxy.as_ref().filter(|proxy| proxy.serves(host)).map(|proxy| &proxy.server) {
            None => Ok((&agents.direct, false)),
            Some(Ok(_)) => Ok((agents.proxied.as_ref().unwrap_or(&agents.direct), true)),
            // The value is not shown: it may contain a password.
            Some(Err(variable)) => {
                Err(Trouble::lasting(ErrorKind::Usage, format!("{variable} does not name a usable proxy"))
                    .hint("it takes an address such as http://proxy.example.com:8080; SOCKS is not supported"))
            }
        }
    }

    fn trace(&self, level: u8, line: impl FnOnce() -> String) {
        if self.options.verbose >= level {
            (self.options.trace)(&line());
        }
    }

    fn trace_headers<'a>(&self, way: char, headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>) {
        for (name, value) in headers {
            self.trace(2, || {
                let value = value.as_bytes();
                if is_harmless(name.as_str()) {
                    format!("{way} {name}: {}", String::from_utf8_lossy(value))
                } else {
                    format!("{way} {name}: [{} bytes]", value.len())
                }
            });
        }
    }
}

/// Headers whose values `-vv` shows: none of them can contain a secret.
fn is_harmless(name: &str) -> bool {
    matches!(name, "date" | "content-type" | "content-length" | "retry-after" | "www-authenticate" | "request-context")
        || name.starts_with("ms-")
}
