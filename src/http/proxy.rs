//! The proxy, and the hosts reached without it.
//! It opens no connection.

use std::net::IpAddr;

/// A proxy, and the hosts reached without it.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// `Err` names the variable whose value cannot be used; that matters only where the proxy is needed.
    pub server: Result<ureq::Proxy, &'static str>,
    /// The entries of `NO_PROXY`: a host, a domain (with all below it), or `*`.
    pub bypass: Vec<String>,
}

impl Proxy {
    pub fn serves(&self, host: &str) -> bool {
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
