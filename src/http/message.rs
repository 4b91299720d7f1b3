//! A request, its answer, and how servers are talked to.
//! It sends nothing.

use std::time::Duration;

use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::gate::Gate;
use super::proxy::Proxy;
use crate::secret::Secret;

/// How to talk to servers.
#[derive(Clone, Debug)]
pub struct Options {
    /// One attempt, from the name's resolution to the last byte.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// All waiting between the attempts of one call.
    pub max_wait: Duration,
    /// Connections that are kept alive.
    pub connections: usize,
    /// For addresses that are not loopback.
    pub proxy: Option<Proxy>,
    /// 1: a line a request, an answer and a wait. 2: headers too.
    pub verbose: u8,
    /// Where the lines of `verbose` go.
    pub trace: fn(&str),
}

/// A whole answer, whatever its status.
#[derive(Debug)]
pub struct HttpResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Why there was no further attempt, where the status was worth one: `after 4 attempts`; else empty.
    pub gave_up: String,
}

impl HttpResponse {
    /// A header's value, where it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A request: GET, or POST where there is a form.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub url: &'a str,
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// `application/x-www-form-urlencoded`; never shown.
    pub form: Option<&'a Secret>,
    /// The service's gate, where it has one for all calls.
    pub gate: Option<&'a Gate>,
}

/// An addition to a message, or nothing.
pub fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}
