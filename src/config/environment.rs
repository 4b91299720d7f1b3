//! Environment variables with their types, and the clock. Nothing else in the program reads them.
//! It does not decide whether a flag overrides a variable.

use std::env;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;

use crate::auth::address;
use crate::cli;
use crate::failure::Failure;
use crate::http::proxy::Proxy;
use crate::sanitize::sanitize_cut;
use crate::secret::Secret;

/// A variable's value; an empty one counts as unset.
pub fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
    }
}

/// A variable with the same values as an option.
pub fn choice<T: ValueEnum>(name: &str) -> Result<Option<T>, Failure> {
    let Some(text) = variable(name)? else { return Ok(None) };
    T::from_str(&text, false).map(Some).map_err(|_| {
        let values: Vec<String> =
            T::value_variants().iter().filter_map(|it| Some(it.to_possible_value()?.get_name().to_owned())).collect();
        Failure::usage(format!("{name} is `{}`, which is not one of {}", sanitize_cut(&text, 40), values.join(", ")))
    })
}

/// A variable checked by the same rules as its option.
pub fn checked(name: &str, check: fn(&str) -> Result<String, String>) -> Result<Option<String>, Failure> {
    let check = |text: String| check(&text).map_err(|why| format!("{name} is `{}`: {why}", sanitize_cut(&text, 60)));
    variable(name)?.map(check).transpose().map_err(Failure::usage)
}

pub fn tenant_id() -> Result<Option<String>, Failure> {
    checked("PC_USAGE_TENANT_ID", cli::tenant_id)
}

pub fn client_id() -> Result<Option<String>, Failure> {
    checked("PC_USAGE_CLIENT_ID", cli::client_id)
}

pub fn jobs() -> Result<Option<u8>, Failure> {
    let Some(text) = variable("PC_USAGE_JOBS")? else { return Ok(None) };
    match text.parse() {
        Ok(jobs @ 1..=32) => Ok(Some(jobs)),
        _ => Err(Failure::usage(format!(
            "PC_USAGE_JOBS is `{}`, which is not a number from 1 to 32",
            sanitize_cut(&text, 40)
        ))),
    }
}

/// The current time, or the fixed one that tests and reproducible reports set.
pub fn now() -> Result<Timestamp, Failure> {
    let Some(text) = variable("PC_USAGE_NOW")? else { return Ok(Timestamp::now()) };
    text.parse()
        .map_err(|_| Failure::usage(format!("PC_USAGE_NOW is not a valid RFC 3339 time: {}", sanitize_cut(&text, 60))))
}

/// The proxy, from the usual variables.
pub fn proxy() -> Result<Option<Proxy>, Failure> {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(text) = variable(name)? else { continue };
        let server = ureq::Proxy::new(&text)
            .ok()
            .filter(|proxy| matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https))
            // ureq uses port 80 if the port is invalid.
            .filter(|proxy| !proxy.host().is_empty() && address::has_port(proxy.uri()))
            .ok_or(name);
        let list = match variable("NO_PROXY")? {
            Some(list) => Some(list),
            None => variable("no_proxy")?,
        };
        let entries = list.unwrap_or_default();
        let bypass = entries.split([',', ' ']).filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        return Ok(Some(Proxy { server, bypass }));
    }
    Ok(None)
}

/// The access token from the environment. If it is not UTF-8, the later check refuses it.
pub fn access_token() -> Option<Secret> {
    let token = env::var_os("PC_USAGE_ACCESS_TOKEN").filter(|token| !token.is_empty())?;
    Some(Secret::new(token.to_string_lossy().into_owned()))
}

/// The user's home folder.
pub fn home() -> Option<PathBuf> {
    env::home_dir()
}

/// Whether a terminal can clear a line and write it again.
///
/// # Errors
/// Where `TERM` is not UTF-8.
pub fn can_redraw() -> Result<bool, Failure> {
    // Windows sets no such variable.
    Ok(variable("TERM")?.map_or(cfg!(windows), |term| term != "dumb"))
}
