//! Why there is no answer: ureq's errors in words, and whether a retry may help.
//! It sends nothing.

use std::fmt;
use std::io;
use std::time::Duration;

use ureq::Timeout;

use super::transport::{CONNECT_TIMEOUT, MAX_BODY};
use crate::failure::{ErrorKind, Failure};

/// Why there is no answer.
pub struct Trouble {
    pub failure: Failure,
    pub is_worth_a_retry: bool,
}

impl Trouble {
    pub fn lasting(kind: ErrorKind, message: String) -> Self {
        Self { failure: Failure::new(kind, message), is_worth_a_retry: false }
    }

    fn passing(message: String) -> Self {
        Self { failure: Failure::new(ErrorKind::Unavailable, message), is_worth_a_retry: true }
    }

    pub fn hint(mut self, hint: &str) -> Self {
        self.failure = self.failure.hint(hint);
        self
    }

    pub fn of(error: &ureq::Error, host: &str, via_proxy: bool, timeout: Duration) -> Self {
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
                Self::passing(format!("no complete response from {host}{proxy} within {} s", timeout.as_secs()))
                    .hint("slow responses are normal for this service; try again later, or raise --timeout")
            }
            E::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::tls(host, error),
            E::Rustls(error) => Self::tls(host, error),
            E::Tls(error) => Self::tls(host, error),
            // The gzip decoder or a chunk ran out of bytes.
            E::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::cut(host, proxy),
            E::BodyStalled => Self::cut(host, proxy),
            E::Io(error) => Self::passing(format!("no connection to {host}{proxy}: {error}")).hint(CHECK_NETWORK),
            E::HostNotFound | E::ConnectionFailed => {
                Self::passing(format!("no connection to {host}{proxy}")).hint(CHECK_NETWORK)
            }
            E::ConnectProxyFailed(reason) => Self::proxy(host, reason),
            E::BodyExceedsLimit(_) => Self::lasting(
                ErrorKind::NotUnderstood,
                format!("the response from {host} is larger than {} MiB", MAX_BODY >> 20),
            )
            .hint("Partner Center does not send responses this large; check --base-url"),
            E::Other(error) => Self::not_http(host, error),
            other => Self::not_http(host, other),
        }
    }

    fn not_http(host: &str, error: &dyn fmt::Display) -> Self {
        Self::lasting(ErrorKind::NotUnderstood, format!("the response from {host} is not valid HTTP: {error}"))
            .hint(ANOTHER_SERVICE)
    }

    fn cut(host: &str, proxy: &str) -> Self {
        Self::passing(format!("the connection to {host}{proxy} was closed before the response was complete"))
            .hint(CHECK_NETWORK)
    }

    /// ureq says `proxy server responded 407/407`.
    fn proxy(host: &str, reason: &str) -> Self {
        const CHECK_PROXY: &str = "check HTTPS_PROXY or ALL_PROXY, and the proxy's user and password";
        let status = reason.rsplit(['/', ' ']).next().filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(status) = status else {
            return Self::passing(format!("no connection to {host}: {reason}")).hint(CHECK_PROXY);
        };
        let message = format!("no connection to {host}: the proxy returned {status}");
        // Retrying a wrong password could lock the account.
        if status.starts_with('4') {
            return Self::lasting(ErrorKind::Unavailable, message).hint(CHECK_PROXY);
        }
        Self::passing(message).hint(CHECK_PROXY)
    }

    fn tls(host: &str, error: &dyn fmt::Display) -> Self {
        let reason = error.to_string();
        let hint = if reason.contains("corrupt message") {
            "this address does not speak TLS; check the address and its port"
        } else if reason.contains("No CA certificates were loaded") {
            "this machine's certificate store is empty; install its CA certificates, or name a file in SSL_CERT_FILE"
        } else {
            UNTRUSTED
        };
        Self::lasting(ErrorKind::Unavailable, format!("no secure connection to {host}: {reason}")).hint(hint)
    }
}

pub const ANOTHER_SERVICE: &str = "something else is answering at this address; check --base-url and the proxy";

/// Only on Unix without Apple's are there files of certificates that a variable could name.
const UNTRUSTED: &str = if cfg!(windows) {
    "its certificate must be trusted by Windows; where a company proxy inspects TLS, its root certificate belongs in `Trusted \
     Root Certification Authorities` of this computer (certlm.msc)"
} else if cfg!(target_vendor = "apple") {
    "its certificate must be trusted by macOS; where a company proxy inspects TLS, add the company's root certificate to the \
     System keychain, and trust it"
} else {
    "its certificate must be trusted by this machine's certificate store; where a company proxy inspects TLS, add the company's \
     root certificate to it, or name its file in SSL_CERT_FILE"
};

const CHECK_NETWORK: &str = "check the network, the address and the proxy settings, then try again";
