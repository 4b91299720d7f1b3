//! Agents with their time-outs, TLS and proxy, and the reading of bodies up to a cap. It follows no redirects and never
//! retries, except on a kept-alive connection that had been closed.

use std::io::{self, Read};
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use ureq::http::header::CONTENT_ENCODING;
use ureq::http::{Request, Response};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody, Body};

use super::connection::{self, Closed, Connections, Names};
use super::message::{HttpResponse, Options};

/// Bodies are limited to 64 MiB after decompression. Documented answers are far smaller.
pub const MAX_BODY: usize = 64 << 20;

/// Error bodies are read up to 1 MiB, before and after decompression.
const MAX_ERROR: usize = 1 << 20;

/// How long to wait for the body of an error after its headers: its text is not worth holding up a run.
const ERROR_TIMEOUT: Duration = Duration::from_secs(3);

/// The `User-Agent` of this program.
pub const USER_AGENT: &str = concat!("pc-usage/", env!("CARGO_PKG_VERSION"));

/// The time-out of name resolution and of connecting, each.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The agents, each with its kept-alive connections.
pub struct Agents {
    pub direct: Agent,
    pub proxied: Option<Agent>,
}

impl Agents {
    pub fn new(options: &Options, longest_header: usize) -> Self {
        let agent = |proxy| -> Agent {
            let config = Agent::config_builder()
                .timeout_global(Some(options.timeout))
                .timeout_resolve(Some(CONNECT_TIMEOUT))
                .timeout_connect(Some(CONNECT_TIMEOUT))
                // A redirect is an answer like any other: the token must not be sent elsewhere.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                // Decompressed here: ureq knows only one spelling of gzip, and does not accept an empty body.
                .accept_encoding("gzip")
                // The default buffers of 128 KiB would be mapped and unmapped at every start.
                .input_buffer_size(64 << 10)
                // A header is written in one piece, with its name.
                .output_buffer_size(longest_header + (1 << 10))
                .max_idle_connections(options.connections)
                .max_idle_connections_per_host(options.connections)
                // For the proxy; requests to the server have their own header.
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

/// Sends a request, and once more if its kept-alive connection was closed meanwhile, which is normal for servers. A form
/// may be sent again too: no refresh token was used up. `tell` gets a message about it.
pub fn exchange<B: AsSendBody + Copy>(
    agent: &Agent,
    request: &Request<B>,
    tell: impl FnOnce(&str),
) -> Result<HttpResponse, ureq::Error> {
    match agent.run(request.clone()) {
        Err(ureq::Error::Other(error)) if error.is::<Closed>() => {
            tell(&format!("{error}; sent again on a new one"));
            // Uses a new connection, not another kept-alive one, so it cannot fail in the same way.
            let anew = agent.configure_request(request.clone()).max_idle_age(Duration::ZERO).build();
            agent.run(anew).and_then(read)
        }
        result => result.and_then(read),
    }
}

/// Reads an answer to its end. Of an error body, as much as can be had: the status counts in any case.
fn read(response: Response<Body>) -> Result<HttpResponse, ureq::Error> {
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
        connection::within(ERROR_TIMEOUT, || fill(&mut bytes, &mut body.into_reader(), cap))
    };
    if is_gzip && !bytes.is_empty() {
        let mut unpacked = Vec::new();
        // Limited again: a gzip body of 200 KB can expand to 200 MB.
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
    Ok(HttpResponse { status: parts.status, headers: parts.headers, body: bytes, gave_up: String::new() })
}

/// Reads to the end, or to the cap.
fn fill(bytes: &mut Vec<u8>, source: &mut dyn Read, cap: usize) -> Result<(), ureq::Error> {
    source.take(cap as u64 + 1).read_to_end(bytes)?;
    if bytes.len() > cap {
        return Err(ureq::Error::BodyExceedsLimit(cap as u64));
    }
    Ok(())
}
