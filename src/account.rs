//! The commands about the sign-in itself: make one, forget it, tell what is known of it.
//! They ask nothing of Partner Center, and never show a token or secret.

use std::time::Duration;

use anyhow::Context;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::auth::claims::Claims;
use crate::auth::given;
use crate::auth::oauth::{self, DeviceCode};
use crate::auth::session::{self, app, not_signed_in};
use crate::auth::store::{SignIn, Store};
use crate::clean::clean;
use crate::config::{Login, Status};
use crate::demo;
use crate::failure::{Failure, Kind};
use crate::http::Http;
use crate::output::{self, Destination};
use crate::secret::redacted;
use crate::signals;

/// Days that a refresh token lasts without use (source: Microsoft identity platform, "Refresh tokens").
const LIFETIME_DAYS: i64 = 90;

/// From here on there is a warning: a month to do something about it.
const WARNING_DAYS: i64 = 60;

/// Signs in by device code, or with a refresh token that somebody brings, and stores the sign-in.
///
/// # Errors
/// Those of the sign-in service and of the store.
pub fn login(login: Login) -> anyhow::Result<u8> {
    signals::watch(|signal| output::error(&signal)).context("setting up signal handling")?;
    let Login { mut sign_in, client_secret, refresh_token, http, store } = login;
    let patience = http.max_wait;
    match &store {
        // What cannot be stored in the end had better be known before somebody signs in. The lock is not held so long.
        Some(store) => {
            store.read()?;
            store.reserve(&store.lock(patience)?)?;
        }
        None => sign_in.authority = demo::start().context("starting the sample service")?,
    }
    let http = Http::new(http);
    sign_in.client_secret = client_secret.map(|secret| given::token(&secret)).transpose()?;

    let scope = sign_in.cloud.scope();
    let tokens = if let Some(brought) = refresh_token {
        sign_in.refresh_token = given::token(&brought)?;
        sign_in.refresh_token_date = Timestamp::now();
        oauth::refresh(&http, &app(&sign_in, &scope), &sign_in.refresh_token)
            .map_err(|failure| failure.during("exchanging the refresh token"))?
    } else {
        let signing_in = |failure: Failure| failure.during("signing in");
        let code = oauth::start_device_code(&http, &app(&sign_in, &scope)).map_err(signing_in)?;
        tell(&code);
        oauth::wait_for_device_code(&http, &app(&sign_in, &scope), &code).map_err(signing_in)?
    };
    let claims = Claims::of(&tokens.access_token);
    sign_in.take(tokens);
    if sign_in.refresh_token.expose().is_empty() {
        return Err(Failure::new(Kind::NotSignedIn, "signing in: the sign-in service gave no refresh token")
            .hint("the app registration must be allowed to ask for offline_access")
            .into());
    }
    if let Some(store) = &store {
        let lock = store.lock(patience)?;
        store.write(&sign_in, store.reserve(&lock)?)?;
    }
    tell_result(&sign_in, claims.as_ref(), store.as_ref());
    Ok(0)
}

fn tell(code: &DeviceCode) {
    output::say(&format!("to sign in, open {} and enter the code {}", code.verification_uri, code.user_code));
    output::say(&format!("waiting for at most {}", minutes(code.expires_in.as_secs())));
}

fn minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn tell_result(sign_in: &SignIn, claims: Option<&Claims>, store: Option<&Store>) {
    let user = claims.and_then(Claims::user).unwrap_or("a user that the token does not name");
    let Some(store) = store else {
        output::say(&format!("signed in as {user}; --demo stores nothing"));
        return;
    };
    let end = sign_in.refresh_token_date + (LIFETIME_DAYS * 24).hours();
    output::say(&format!(
        "signed in as {user}, stored as profile {}; good until {} and renewed by every use",
        store.profile(),
        day(end)
    ));
    if sign_in.client_secret.is_some() {
        output::say("the client secret is stored too, readable by you alone");
    }
    if let Some(claims) = claims {
        for warning in claim_warnings(claims, &sign_in.base_url) {
            output::warning(&warning);
        }
    }
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// What in the claims will be a problem. They are not proof, so they only warn.
fn claim_warnings(claims: &Claims, base_url: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    if claims.is_app_only() == Some(true) {
        warnings.push("the token is for an app alone; Partner Center's usage takes App+User only".to_owned());
    }
    if claims.is_for(base_url) == Some(false) {
        let audience = claims.aud.as_deref().unwrap_or_default();
        warnings.push(format!("the token is for {audience}, not for {base_url}"));
    }
    if claims.mfa() != Some(true) && claims.is_app_only() != Some(true) {
        warnings.push(
            "the token does not say that multi-factor authentication was used; Partner Center asks for it".to_owned(),
        );
    }
    warnings
}

/// Forgets a stored sign-in.
///
/// # Errors
/// Those of the file system, and of a lock that stays taken.
pub fn logout(store: &Store, patience: Duration) -> anyhow::Result<u8> {
    // Nothing is made where there is nothing.
    let removed = store.exists() && store.remove(&store.lock(patience)?)?;
    output::say(&if removed {
        format!("the sign-in of profile {} is forgotten; its tokens are not revoked at Microsoft", store.profile())
    } else {
        format!("nothing is stored for profile {}", store.profile())
    });
    Ok(0)
}

/// What `status` shows, in the order in which it does.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
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
}

/// Shows where the token comes from and what is known of it. JSON also tells of a token that there is not.
///
/// # Errors
/// `NotSignedIn` where there is no token, or where the store cannot be used.
pub fn status(status: &Status) -> anyhow::Result<u8> {
    let destination = Destination::open(status.out_file.as_deref())?;
    let mut report = Report { cloud: status.cloud.name().to_owned(), usable: true, ..Report::default() };
    let gathered = gather(status, &mut report);
    if let Err(error) = &gathered {
        let is_usage = error.downcast_ref::<Failure>().is_some_and(|failure| failure.kind == Kind::Usage);
        if is_usage || !status.as_json {
            return gathered.map(|()| 0);
        }
        report.usable = false;
        report.warnings = vec![format!("{error:#}")];
    }
    let text = if status.as_json { serde_json::to_string(&report)? + "\n" } else { table(&report, status.now) };
    destination.write(redacted(&text).as_bytes(), Vec::new())?;
    let code = if report.usable { 0 } else { Kind::NotSignedIn.exit_code() };
    destination.finish(code, true)?;
    gathered?;
    for warning in &report.warnings {
        output::warning(warning);
    }
    Ok(code)
}

/// Fills in what is known, also where it ends in an error.
fn gather(status: &Status, report: &mut Report) -> anyhow::Result<()> {
    let mut base_url = status.base_url.as_str();
    let read;
    let token = match &status.token {
        None => {
            "the built-in sample service (--demo)".clone_into(&mut report.source);
            base_url = demo::AUDIENCE;
            Some(given::token(&demo::token())?)
        }
        Some(session::Source::Given(given)) => {
            report.source = given.name();
            Some(given::token(given)?)
        }
        Some(session::Source::Environment(sign_in)) => {
            "PC_USAGE_REFRESH_TOKEN".clone_into(&mut report.source);
            report.tenant_id = Some(sign_in.tenant_id.clone());
            report.client_id = Some(sign_in.client_id.clone());
            None
        }
        Some(session::Source::Stored(store, asked)) => {
            "stored sign-in".clone_into(&mut report.source);
            report.profile = Some(store.profile().to_owned());
            let sign_in = store.read()?.ok_or_else(|| not_signed_in(store))?;
            asked.check(&sign_in, store.profile())?;
            sign_in.cloud.name().clone_into(&mut report.cloud);
            report.tenant_id = Some(sign_in.tenant_id.clone());
            report.client_id = Some(sign_in.client_id.clone());
            report.expires_at = sign_in.access_token_expires_at;
            let age = status.now.duration_since(sign_in.refresh_token_date).as_hours() / 24;
            report.refresh_token_age_days = Some(age.max(0));
            if age > LIFETIME_DAYS {
                report.usable = false;
                report.warnings.push(format!(
                    "the refresh token is {age} days old, over its {LIFETIME_DAYS}: sign in again with `pc-usage login`"
                ));
            } else if age >= WARNING_DAYS {
                report
                    .warnings
                    .push(format!("the refresh token is {age} days old and ends at {LIFETIME_DAYS}; a run renews it"));
            }
            read = sign_in;
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
    // An expired token that can be renewed is no problem.
    if report.refresh_token_age_days.is_none() && claims.is_expired(status.now) {
        report.usable = false;
        report.warnings.push("the access token has expired".to_owned());
    }
    Ok(())
}

fn table(report: &Report, now: Timestamp) -> String {
    let unknown = || "–".to_owned();
    let text = |value: &Option<String>| value.as_deref().map_or_else(unknown, |value| clean(value).into_owned());
    let expires = report.expires_at.map_or_else(unknown, |end| {
        let left = end.duration_since(now).as_mins();
        match left {
            ..=0 => format!("{end}, over"),
            1..120 => format!("{end}, in {left} min"),
            _ => format!("{end}, in {} h", left / 60),
        }
    });
    let mut lines = vec![("source", clean(&report.source).into_owned())];
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
    lines.push(("usable", if report.usable { "yes" } else { "no" }.to_owned()));
    let lines: Vec<String> = lines.into_iter().map(|(name, value)| format!("{name:<18} {value}\n")).collect();
    lines.concat()
}
