//! A request, its answer, and the options for sending.
//! It sends nothing.

use std::time::Duration;

use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::gate::Gate;
use super::proxy::Proxy;
use crate::secret::Secret;

/// The options for sending.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time-out of one attempt, from name resolution to the last byte.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// The total time to wait between the attempts of one call.
    pub max_wait: Duration,
    /// How many connections are kept alive.
    pub connections: usize,
    /// For all addresses but loopback.
    pub proxy: Option<Proxy>,
    /// 1: a line per request, answer and wait. 2: headers too.
    pub verbose: u8,
    /// Where the lines of `verbose` go.
    pub trace: fn(&str),
}

/// A complete answer, whatever its status.
#[derive(Debug)]
pub struct HttpResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Why there was no further attempt, if the status was worth one: `after 4 attempts`; else empty.
    pub gave_up: String,
}

impl HttpResponse {
    /// A header's value, if it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A request: POST if there is a form, else GET.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub url: &'a str,
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// `application/x-www-form-urlencoded`; never shown.
    pub form: Option<&'a Secret>,
    /// The service's gate, if it has one.
    pub gate: Option<&'a Gate>,
}

/// An addition to a message; nothing if empty.
pub fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}
