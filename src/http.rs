//! Requests and whole answers over HTTP: time-outs, TLS, proxies, the cap on a body, retries, and what `-v` shows.
//! It follows no redirect, shows no secret, and knows no word of Partner Center.

use std::fmt;
use std::io::{self, Read};
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use flate2::bufread::MultiGzDecoder;
use ureq::http::header::{CONTENT_ENCODING, DATE, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody, Body, Timeout};

use crate::failure::{Failure, Kind, NotAsked};
use crate::gate::Gate;
use crate::secret::Secret;
use crate::signals;
use crate::transport::{self, Closed, Connections, Names};

/// The largest body that is read, after decompression: 64 MiB. The largest documented answers are far below.
pub const MAX_BODY: usize = 64 << 20;

/// What is read of the body of an error: 1 MiB, before and after decompression.
const MAX_ERROR: usize = 1 << 20;

/// How long the body of an error is waited for, behind its headers: its words are not worth holding up a run.
const ERROR_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest value of a header that is sent: a token of 64 KiB, and what comes before it.
const MAX_HEADER: usize = 65 << 10;

/// The longest value of a header, or address, that a request usually has.
const USUAL_HEADER: usize = 7 << 10;

/// What this program calls itself.
pub const USER_AGENT: &str = concat!("pc-usage/", env!("CARGO_PKG_VERSION"));

/// Name resolution and connecting, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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

/// A proxy, and the hosts that are reached without it.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// `Err` names the variable whose value cannot be used; that matters only where the proxy is needed.
    pub server: Result<ureq::Proxy, &'static str>,
    /// The entries of `NO_PROXY`: a host, a domain (with all below it), or `*`.
    pub bypass: Vec<String>,
}

impl Proxy {
    fn serves(&self, host: &str) -> bool {
        !is_loopback(host)
            && !self.bypass.iter().any(|entry| {
                let domain = entry.trim_start_matches('*').trim_start_matches('.');
                let below = host.len().checked_sub(domain.len() + 1).and_then(|dot| host.get(dot..));
                entry == "*"
                    || host.eq_ignore_ascii_case(domain)
                    || (!domain.is_empty()
                        && below.is_some_and(|end| end.starts_with('.') && end[1..].eq_ignore_ascii_case(domain)))
            })
    }
}

/// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1` (in brackets or not).
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A whole answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Why there was no further attempt, where the status was worth one: `after 4 attempts`; else empty.
    pub gave_up: String,
}

impl Answer {
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

/// Sends requests over kept-alive connections.
pub struct Http {
    usual: Agents,
    /// For requests with a header that is longer than usual, from the first of them on: a buffer that holds every header
    /// would cost each start its making.
    wide: OnceLock<Agents>,
    options: Options,
}

/// The connections that are kept.
struct Agents {
    direct: Agent,
    proxied: Option<Agent>,
}

impl Agents {
    fn new(options: &Options, longest_header: usize) -> Self {
        let agent = |proxy| -> Agent {
            let config = Agent::config_builder()
                .timeout_global(Some(options.timeout))
                .timeout_resolve(Some(CONNECT_TIMEOUT))
                .timeout_connect(Some(CONNECT_TIMEOUT))
                // A redirect is an answer like any other: the token must not travel on.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                // Ours to undo: ureq knows one spelling of it, and takes nothing for a broken file.
                .accept_encoding("gzip")
                // The defaults of 128 KiB each would be mapped and unmapped at every start.
                .input_buffer_size(64 << 10)
                // A header is written whole, with its name.
                .output_buffer_size(longest_header + (1 << 10))
                .max_idle_connections(options.connections)
                .max_idle_connections_per_host(options.connections)
                // For the proxy; the server is told by a header of each request.
                .user_agent(USER_AGENT)
                .proxy(proxy)
                .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
                .build();
            Agent::with_parts(config, Connections::default(), Names::default())
        };
        let direct = agent(None);
        let proxied = options
            .proxy
            .as_ref()
            .and_then(|proxy| proxy.server.as_ref().ok())
            .map(|server| agent(Some(server.clone())));
        Self { direct, proxied }
    }
}

impl Http {
    pub fn new(options: Options) -> Self {
        Self { usual: Agents::new(&options, USUAL_HEADER), wide: OnceLock::new(), options }
    }

    /// Sends a request, again where that is worth it: after a failed or cut connection, a time-out, and the statuses 408, 429,
    /// 500, 502, 503 and 504. The headers are the same each time.
    ///
    /// # Errors
    /// `Unavailable` where no whole answer came, `NotUnderstood` where it is not HTTP or its body is too large. A status is
    /// no error here. After a signal nothing more is sent, and this does not return.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        let mut last = None;
        loop {
            signals::heed();
            let pass = match (call.gate.map(Gate::enter).transpose(), last.take()) {
                (Ok(pass), _) => pass,
                (Err(ended), None) => return Err(ended),
                // It has been asked, and is not asked again: what came then is what is to be told.
                (Err(ended), Some(last)) => return give_up(last, format!("after {}; {ended}", attempts(attempt))),
            };
            // Whoever is passing holds its place until it is known whether another may follow.
            let result = self.attempt(call, attempt);
            let gate = call.gate.filter(|_| result.as_ref().is_ok_and(is_throttled));
            let retry_after = match &result {
                Ok(answer) if is_worth_a_retry(answer.status) => retry_after(&answer.headers),
                Err(trouble) if trouble.is_worth_a_retry => None,
                _ => {
                    if let (Some(gate), Ok(_)) = (call.gate, &result) {
                        gate.succeeded();
                    }
                    return result.map_err(|trouble| trouble.failure);
                }
            };
            match self.pause(attempt, retry_after, waited) {
                Ok(pause) => {
                    self.trace(1, || {
                        let (next, of) = (attempt + 1, self.options.retries);
                        format!("waiting {:.1} s before retry {next} of {of}", pause.as_secs_f64())
                    });
                    if let Some(gate) = gate {
                        // Everybody waits; it is charged to this call alone.
                        gate.shut(pause);
                    } else {
                        drop(pass);
                        call.gate.map_or_else(|| signals::wait(pause), |gate| gate.wait(pause));
                    }
                    waited += pause;
                    attempt += 1;
                    last = Some(result);
                }
                Err(gave_up) => {
                    match (gate, retry_after) {
                        // Longer than anybody may wait: it is no use to ask for others.
                        (Some(gate), Some(asked)) if asked > self.options.max_wait.saturating_sub(waited) => {
                            gate.end(NotAsked::Throttled);
                        }
                        // This call is given up, but the service wants its pause nevertheless.
                        (Some(gate), asked) => gate.shut(asked.unwrap_or_else(|| backoff(attempt))),
                        (None, _) => {}
                    }
                    return give_up(result, gave_up);
                }
            }
        }
    }

    /// How long to wait before the next attempt, or why there is none.
    fn pause(&self, attempt: u32, retry_after: Option<Duration>, waited: Duration) -> Result<Duration, String> {
        let attempts = attempts(attempt + 1);
        if attempt >= self.options.retries {
            return Err(if attempt == 0 { String::new() } else { format!("after {attempts}") });
        }
        let left = self.options.max_wait.saturating_sub(waited);
        let pause = backoff(attempt).max(retry_after.unwrap_or_default());
        match retry_after {
            Some(asked) if asked > left => Err(format!(
                "after {attempts}; the service asks to wait {} s, --max-wait leaves {} s",
                asked.as_secs(),
                left.as_secs()
            )),
            _ if pause > left => Err(format!("after {attempts}; --max-wait leaves no time for another")),
            _ => Ok(pause),
        }
    }

    fn attempt(&self, call: &Call<'_>, attempt: u32) -> Result<Answer, Trouble> {
        let &Call { url, headers, form, .. } = call;
        let invalid = |error: &dyn fmt::Display| Trouble::lasting(Kind::Other, format!("{url}: {error}"));
        let uri: Uri = url.parse().map_err(|error| invalid(&error))?;
        let address = uri.authority().map(ToString::to_string).unwrap_or_default();
        if let Some((name, _)) = headers.iter().find(|(_, value)| value.len() > MAX_HEADER) {
            let message = format!("the header {name} would be longer than 64 KiB");
            return Err(Trouble::lasting(Kind::NotUnderstood, message).hint(ANOTHER_SERVICE));
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

        let started = Instant::now();
        let result = match form {
            None => self.exchange(agent, &request.body(()).map_err(|error| invalid(&error))?),
            Some(form) => self.exchange(agent, &request.body(form.expose()).map_err(|error| invalid(&error))?),
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

    /// Sends a request, and once more where its connection had been kept and was closed meanwhile: servers do that, and it is
    /// nobody's failure. A form may be sent again too: a refresh token is not used up.
    fn exchange<B: AsSendBody + Copy>(&self, agent: &Agent, request: &Request<B>) -> Result<Answer, ureq::Error> {
        match agent.run(request.clone()) {
            Err(ureq::Error::Other(error)) if error.is::<Closed>() => {
                self.trace(1, || format!("{error}; sent again on a new one"));
                // Whatever else is kept is too old for this: it makes a connection of its own, and so cannot fail like this.
                let anew = agent.configure_request(request.clone()).max_idle_age(Duration::ZERO).build();
                agent.run(anew).and_then(read)
            }
            result => result.and_then(read),
        }
    }

    /// The connections to a host, and whether they go through the proxy.
    fn agent<'a>(&self, agents: &'a Agents, host: &str) -> Result<(&'a Agent, bool), Trouble> {
        match self.options.proxy.as_ref().filter(|proxy| proxy.serves(host)).map(|proxy| &proxy.server) {
            None => Ok((&agents.direct, false)),
            Some(Ok(_)) => Ok((agents.proxied.as_ref().unwrap_or(&agents.direct), true)),
            // The value is not shown: it may hold a password.
            Some(Err(variable)) => {
                Err(Trouble::lasting(Kind::Usage, format!("{variable} names no proxy that can be used"))
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

/// Reads an answer to its end. Of an error it is as much as can be had: its status counts nevertheless.
fn read(response: Response<Body>) -> Result<Answer, ureq::Error> {
    let (parts, body) = response.into_parts();
    let encoding = parts.headers.get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok()).map(str::trim);
    let is_gzip =
        encoding.is_some_and(|encoding| ["gzip", "x-gzip"].iter().any(|gzip| encoding.eq_ignore_ascii_case(gzip)));
    let is_success = parts.status.is_success();
    let cap = if is_success { MAX_BODY } else { MAX_ERROR };

    let announced = body.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut bytes = Vec::new();
    bytes.reserve_exact(announced.min(cap));
    let mut whole = if is_success {
        fill(&mut bytes, &mut body.into_reader(), cap)
    } else {
        transport::within(ERROR_TIMEOUT, || fill(&mut bytes, &mut body.into_reader(), cap))
    };
    if is_gzip && !bytes.is_empty() {
        let mut unpacked = Vec::new();
        // Counted again: a gzip body of 200 KB can hold 200 MB.
        whole =
            whole.and(fill(&mut unpacked, &mut MultiGzDecoder::new(&bytes[..]), cap).map_err(|error| match error {
                ureq::Error::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    ureq::Error::Other(format!("gzip decompression failed: {error}").into())
                }
                error => error,
            }));
        bytes = unpacked;
    }
    if is_success {
        whole?;
    }
    Ok(Answer { status: parts.status, headers: parts.headers, body: bytes, gave_up: String::new() })
}

/// Reads to the end, or to the cap.
fn fill(bytes: &mut Vec<u8>, source: &mut dyn Read, cap: usize) -> Result<(), ureq::Error> {
    source.take(cap as u64 + 1).read_to_end(bytes)?;
    if bytes.len() > cap {
        return Err(ureq::Error::BodyExceedsLimit(cap as u64));
    }
    Ok(())
}

/// The outcome of a call's last attempt, with the reason why there is no further one.
fn give_up(result: Result<Answer, Trouble>, why: String) -> Result<Answer, Failure> {
    match result {
        Ok(answer) => Ok(Answer { gave_up: why, ..answer }),
        Err(Trouble { mut failure, .. }) => {
            failure.message += &in_brackets(&why);
            Err(failure)
        }
    }
}

/// A number of attempts, in words.
fn attempts(count: u32) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

/// Headers whose values `-vv` shows: none of them can hold a secret.
fn is_harmless(name: &str) -> bool {
    matches!(name, "date" | "content-type" | "content-length" | "retry-after" | "www-authenticate" | "request-context")
        || name.starts_with("ms-")
}

/// Whether the service asks everybody to wait, not just this call.
fn is_throttled(answer: &Answer) -> bool {
    answer.status == StatusCode::TOO_MANY_REQUESTS
        || answer.status == StatusCode::SERVICE_UNAVAILABLE && retry_after(&answer.headers).is_some()
}

fn is_worth_a_retry(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// 0.5 s × 2ⁿ up to 30 s, of which 50 to 100 %, so that many clients do not come back together.
fn backoff(attempt: u32) -> Duration {
    let longest = Duration::from_millis(500).saturating_mul(1 << attempt.min(6)).min(Duration::from_secs(30));
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// `Retry-After`: seconds, or a date relative to the answer's `Date` (RFC 9110 §10.2.3). Unreadable: none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are no less of a wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}

/// An addition to a message, or nothing.
pub fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

/// Why there is no answer.
struct Trouble {
    failure: Failure,
    is_worth_a_retry: bool,
}

impl Trouble {
    fn lasting(kind: Kind, message: String) -> Self {
        Self { failure: Failure::new(kind, message), is_worth_a_retry: false }
    }

    fn passing(message: String) -> Self {
        Self { failure: Failure::new(Kind::Unavailable, message), is_worth_a_retry: true }
    }

    fn hint(mut self, hint: &str) -> Self {
        self.failure = self.failure.hint(hint);
        self
    }

    fn of(error: &ureq::Error, host: &str, via_proxy: bool, timeout: Duration) -> Self {
        use ureq::Error as E;
        let proxy = if via_proxy { " through the proxy" } else { "" };
        match error {
            E::Timeout(Timeout::Resolve) => {
                Self::passing(format!("the name {host} could not be resolved within {} s", CONNECT_TIMEOUT.as_secs()))
                    .hint(CHECK_NETWORK)
            }
            E::Timeout(Timeout::Connect) => {
                Self::passing(format!("no connection to {host}{proxy} within {} s", CONNECT_TIMEOUT.as_secs()))
                    .hint(CHECK_NETWORK)
            }
            E::Timeout(_) => {
                Self::passing(format!("no complete answer from {host}{proxy} within {} s", timeout.as_secs()))
                    .hint("slow answers are normal for this service; run it later, or raise --timeout")
            }
            E::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::tls(host, error),
            E::Rustls(error) => Self::tls(host, error),
            E::Tls(error) => Self::tls(host, error),
            // The decoder of gzip ran out of bytes, or a chunk did.
            E::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::cut(host, proxy),
            E::BodyStalled => Self::cut(host, proxy),
            E::Io(error) => Self::passing(format!("no connection to {host}{proxy}: {error}")).hint(CHECK_NETWORK),
            E::HostNotFound | E::ConnectionFailed => {
                Self::passing(format!("no connection to {host}{proxy}")).hint(CHECK_NETWORK)
            }
            E::ConnectProxyFailed(reason) => Self::proxy(host, reason),
            E::BodyExceedsLimit(_) => Self::lasting(
                Kind::NotUnderstood,
                format!("the answer of {host} is larger than {} MiB", MAX_BODY >> 20),
            )
            .hint("this is not an answer of Partner Center as it is documented; check --base-url"),
            E::Other(error) => Self::not_http(host, error),
            other => Self::not_http(host, other),
        }
    }

    fn not_http(host: &str, error: &dyn fmt::Display) -> Self {
        Self::lasting(Kind::NotUnderstood, format!("the answer of {host} is not valid HTTP: {error}"))
            .hint(ANOTHER_SERVICE)
    }

    fn cut(host: &str, proxy: &str) -> Self {
        Self::passing(format!("the connection to {host}{proxy} was cut before the answer was complete"))
            .hint(CHECK_NETWORK)
    }

    /// ureq says `proxy server responded 407/407`.
    fn proxy(host: &str, reason: &str) -> Self {
        const CHECK_PROXY: &str = "check HTTPS_PROXY or ALL_PROXY, and the proxy's user and password";
        let status = reason.rsplit(['/', ' ']).next().filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(status) = status else {
            return Self::passing(format!("no connection to {host}: {reason}")).hint(CHECK_PROXY);
        };
        let message = format!("no connection to {host}: the proxy answered {status}");
        // A wrong password, tried again and again, locks an account.
        if status.starts_with('4') {
            return Self::lasting(Kind::Unavailable, message).hint(CHECK_PROXY);
        }
        Self::passing(message).hint(CHECK_PROXY)
    }

    fn tls(host: &str, error: &dyn fmt::Display) -> Self {
        let reason = error.to_string();
        let hint = if reason.contains("corrupt message") {
            "no TLS is spoken at this address; check the address and its port"
        } else if reason.contains("No CA certificates were loaded") {
            "this machine's certificate store is empty; install its CA certificates, or name a file in SSL_CERT_FILE"
        } else {
            "its certificate must be trusted by this machine's certificate store; where a company proxy inspects TLS, \
             add the company's root certificate to it, or name its file in SSL_CERT_FILE"
        };
        Self::lasting(Kind::Unavailable, format!("no secure connection to {host}: {reason}")).hint(hint)
    }
}

const ANOTHER_SERVICE: &str = "something else answers at this address; check --base-url and the proxy";

const CHECK_NETWORK: &str = "check the network, the address and the proxy settings, then run it again";
