//! Shows what is known about the sign-in or token that a run would use.
//! It sends nothing, and never shows a token or secret.

use jiff::Timestamp;
use serde::Serialize;

use crate::auth::claims::Claims;
use crate::auth::given;
use crate::auth::session::{TokenSource, not_signed_in};
use crate::config::StatusConfig;
use crate::demo;
use crate::failure::{ErrorKind, Failure, Outcome};
use crate::output::{self, Destinations};
use crate::report::format::Format;
use crate::sanitize::sanitize;
use crate::secret::redacted;

/// Days after which an unused refresh token expires (source: Microsoft identity platform, "Refresh tokens").
pub const LIFETIME_DAYS: i64 = 90;

/// Days after which there is a warning, which leaves a month to act.
const WARNING_DAYS: i64 = 60;

/// Warnings about claims that will cause problems. Claims are not proof, so they never refuse a token.
pub fn claim_warnings(claims: &Claims, base_url: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    if claims.is_app_only() == Some(true) {
        warnings.push("the token is app-only; licence usage needs an App+User token".to_owned());
    }
    if claims.is_for(base_url) == Some(false) {
        let audience = claims.aud.as_deref().unwrap_or_default();
        warnings.push(format!("the token is for {audience}, not for {base_url}"));
    }
    if claims.mfa() != Some(true) && claims.is_app_only() != Some(true) {
        warnings.push(
            "the token does not say that multi-factor authentication was used; Partner Center requires it".to_owned(),
        );
    }
    warnings
}

/// What `status` shows, in this order.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInStatus {
    source: String,
    profile: Option<String>,
    cloud: String,
    tenant_id: Option<String>,
    client_id: Option<String>,
    user: Option<String>,
    audience: Option<String>,
    kind: Option<&'static str>,
    mfa: Option<bool>,
    expires_at: Option<Timestamp>,
    refresh_token_age_days: Option<i64>,
    usable: bool,
    warnings: Vec<String>,
    /// Of the stored sign-in, also where there is none yet.
    store_path: Option<String>,
    store_protection: Option<&'static str>,
}

/// Shows where the token comes from and what is known about it. JSON is written even if there is no token.
///
/// # Errors
/// `NotSignedIn` if there is no token, or the store cannot be used.
pub fn status(config: &StatusConfig) -> anyhow::Result<Outcome> {
    let destinations = Destinations::open(config.outputs.iter().map(|output| output.file.as_deref()))?;
    let has_json = config.outputs.iter().any(|output| output.format == Format::Json);
    let mut report = SignInStatus { cloud: config.cloud.name().to_owned(), usable: true, ..SignInStatus::default() };
    let gathered = gather(config, &mut report);
    if let Err(error) = &gathered {
        let is_usage = error.downcast_ref::<Failure>().is_some_and(|failure| failure.kind == ErrorKind::Usage);
        if is_usage || !has_json {
            return gathered.map(|()| Outcome::Done);
        }
        report.usable = false;
        report.warnings = vec![format!("{error:#}")];
    }
    for (output, destination) in config.outputs.iter().zip(destinations.iter()) {
        let is_json = output.format == Format::Json;
        let text = if is_json { serde_json::to_string(&report)? + "\n" } else { table(&report, config.now) };
        destination.write(&[redacted(&text).as_bytes().into()], b"")?;
    }
    let outcome = if report.usable { Outcome::Done } else { Outcome::Failed(ErrorKind::NotSignedIn) };
    destinations.finish(outcome, true)?;
    gathered?;
    for warning in &report.warnings {
        output::warning(warning);
    }
    Ok(outcome)
}

/// Fills in what is known, even if it then fails.
fn gather(config: &StatusConfig, report: &mut SignInStatus) -> anyhow::Result<()> {
    let mut base_url = config.base_url.as_str();
    let read;
    let token = match &config.token {
        None => {
            "the built-in sample service (--demo)".clone_into(&mut report.source);
            base_url = demo::AUDIENCE;
            Some(demo::token())
        }
        Some(TokenSource::Given(given)) => {
            report.source = given.name();
            Some(given::token(given)?)
        }
        Some(TokenSource::Environment(sign_in)) => {
            "PC_USAGE_REFRESH_TOKEN".clone_into(&mut report.source);
            report.tenant_id = Some(sign_in.tenant_id.clone());
            report.client_id = Some(sign_in.client_id.clone());
            None
        }
        Some(TokenSource::Stored(store, asked)) => {
            "stored sign-in".clone_into(&mut report.source);
            report.profile = Some(store.profile().to_owned());
            report.store_path = Some(store.path("json").display().to_string());
            let stored = store.find()?.ok_or_else(|| not_signed_in(store))?;
            report.store_protection = Some(stored.protection());
            let sign_in = stored.sign_in();
            asked.check(sign_in, store.profile())?;
            sign_in.cloud.name().clone_into(&mut report.cloud);
            report.tenant_id = Some(sign_in.tenant_id.clone());
            report.client_id = Some(sign_in.client_id.clone());
            report.expires_at = sign_in.access_token_expires_at;
            let age = config.now.duration_since(sign_in.refresh_token_date).as_hours() / 24;
            report.refresh_token_age_days = Some(age.max(0));
            if age > LIFETIME_DAYS {
                report.usable = false;
                report.warnings.push(format!(
                    "the refresh token is {age} days old and expired at {LIFETIME_DAYS}: sign in again with `pc-usage login`"
                ));
            } else if age >= WARNING_DAYS {
                report.warnings.push(format!(
                    "the refresh token is {age} days old and expires at {LIFETIME_DAYS}; any run renews it"
                ));
            }
            read = store.open(stored)?;
            base_url = &read.base_url;
            read.access_token.clone()
        }
    };
    let Some(claims) = token.as_ref().and_then(Claims::of) else { return Ok(()) };
    report.tenant_id = claims.tid.clone().or(report.tenant_id.take());
    report.client_id = claims.appid.clone().or(report.client_id.take());
    report.user = claims.user().map(str::to_owned);
    report.audience.clone_from(&claims.aud);
    report.kind = claims.is_app_only().map(|is_app_only| if is_app_only { "app-only" } else { "delegated" });
    report.mfa = claims.mfa();
    report.expires_at = claims.expires_at().or(report.expires_at);
    report.warnings.extend(claim_warnings(&claims, base_url));
    // An expired token that can be renewed is not a problem.
    if report.refresh_token_age_days.is_none() && claims.is_expired(config.now) {
        report.usable = false;
        report.warnings.push("the access token has expired".to_owned());
    }
    Ok(())
}

fn table(report: &SignInStatus, now: Timestamp) -> String {
    let unknown = || "–".to_owned();
    let text = |value: &Option<String>| value.as_deref().map_or_else(unknown, |value| sanitize(value).into_owned());
    let expires = report.expires_at.map_or_else(unknown, |end| {
        const DAY: i64 = 24 * 60;
        const YEAR: i64 = 365 * DAY + DAY / 4;
        match end.duration_since(now).as_mins() {
            ..=0 => format!("{end}, expired"),
            left @ 1..120 => format!("{end}, in {left} min"),
            left if left < 2 * DAY => format!("{end}, in {} h", left / 60),
            left if left < 2 * YEAR => format!("{end}, in {} days", left / DAY),
            left => format!("{end}, in {} years", left / YEAR),
        }
    });
    let mut lines = vec![("source", sanitize(&report.source).into_owned())];
    if let Some(profile) = &report.profile {
        lines.push(("profile", profile.clone()));
    }
    lines.extend([
        ("cloud", report.cloud.clone()),
        ("tenant", text(&report.tenant_id)),
        ("app", text(&report.client_id)),
        ("user", text(&report.user)),
        ("audience", text(&report.audience)),
        (
            "kind",
            report.kind.map_or_else(unknown, |kind| match kind {
                "delegated" => "delegated (App+User)".to_owned(),
                other => other.to_owned(),
            }),
        ),
        ("mfa", report.mfa.map_or_else(unknown, |mfa| if mfa { "yes" } else { "no" }.to_owned())),
        ("access token ends", expires),
    ]);
    if let Some(age) = report.refresh_token_age_days {
        lines.push(("refresh token", format!("{age} of {LIFETIME_DAYS} days old")));
    }
    if let Some(path) = &report.store_path {
        lines.push(("store", sanitize(path).into_owned()));
    }
    if let Some(protection) = report.store_protection {
        lines.push(("protected by", protection.to_owned()));
    }
    lines.push(("usable", if report.usable { "yes" } else { "no" }.to_owned()));
    let lines: Vec<String> = lines.into_iter().map(|(name, value)| format!("{name:<18} {value}\n")).collect();
    lines.concat()
}
