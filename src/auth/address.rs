//! Which addresses a token may be sent to: https, and http on this machine only.
//! It resolves no names and shows nothing that may be a password.

use ureq::http::Uri;

use crate::http::proxy::is_loopback;
use crate::sanitize::sanitize_cut;

/// The address of a service without a trailing slash; a path is a prefix.
///
/// # Errors
/// Why a token is not sent there.
pub fn checked(text: &str) -> Result<String, String> {
    if text.contains('@') {
        // Not shown: the text before it may be a password.
        return Err("an address must not contain a user".to_owned());
    }
    if text.contains(['?', '#']) {
        return Err("an address must not contain a query or a fragment".to_owned());
    }
    let shown = format!("`{}`", sanitize_cut(text, 100));
    let url: Uri = text.parse().map_err(|_| format!("{shown} is not a valid address"))?;
    let host = url.host().unwrap_or_default();
    if host.is_empty() || !has_port(&url) {
        return Err(format!("{shown} is not a valid address"));
    }
    match url.scheme_str() {
        Some("https") => {}
        Some("http") if is_loopback(host) => {}
        Some("http") => return Err(format!("{shown} is not https, so the token would be sent in clear text")),
        _ => return Err(format!("{shown} is not an https address")),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whether the address has a valid port, or none.
pub fn has_port(url: &Uri) -> bool {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let address = authority.rsplit('@').next().unwrap_or_default();
    Some(address) == url.host() || url.port_u16().is_some_and(|port| port > 0)
}
