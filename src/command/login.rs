//! Signing in and out.
//! It makes no call to Partner Center, and never shows a token or secret.

use std::time::Duration;

use anyhow::Context;
use jiff::{Timestamp, ToSpan};

use super::status::{LIFETIME_DAYS, claim_warnings};
use crate::auth::claims::Claims;
use crate::auth::given;
use crate::auth::oauth::{self, DeviceCode};
use crate::auth::session::app;
use crate::auth::sign_in::SignIn;
use crate::auth::store::Store;
use crate::config::LoginConfig;
use crate::demo;
use crate::failure::{ErrorKind, Failure, Outcome};
use crate::http::Http;
use crate::output;
use crate::signals;

/// Signs in with a device code or a given refresh token, and stores the sign-in.
///
/// # Errors
/// Those of the sign-in service and of the store.
pub fn login(config: LoginConfig) -> anyhow::Result<Outcome> {
    signals::watch(|signal| output::error(&signal)).context("setting up signal handling")?;
    let LoginConfig { mut sign_in, client_secret, refresh_token, http, store } = config;
    let patience = http.max_wait;
    match &store {
        // Check before anyone signs in that the result can be stored. The lock is not held that long.
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
        return Err(Failure::new(ErrorKind::NotSignedIn, "signing in: the sign-in service gave no refresh token")
            .hint("the app registration must be allowed to request offline_access")
            .into());
    }
    if let Some(store) = &store {
        let lock = store.lock(patience)?;
        store.write(&sign_in, store.reserve(&lock)?)?;
    }
    tell_result(&sign_in, claims.as_ref(), store.as_ref());
    Ok(Outcome::Done)
}

fn tell(code: &DeviceCode) {
    output::say(&format!("to sign in, open {} and enter the code {}", code.verification_uri, code.user_code));
    output::say(&format!("waiting up to {}", minutes(code.expires_in.as_secs())));
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
        "signed in as {user}, stored as profile {}; valid until {} and renewed each time it is used",
        store.profile(),
        day(end)
    ));
    if sign_in.client_secret.is_some() {
        output::say("the client secret is stored too, readable only by you");
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

/// Forgets a stored sign-in.
///
/// # Errors
/// Those of the file system, and of a lock that stays held.
pub fn logout(store: &Store, patience: Duration) -> anyhow::Result<Outcome> {
    // If nothing is stored, no lock file is created either.
    let removed = store.exists() && store.remove(&store.lock(patience)?)?;
    output::say(&if removed {
        format!(
            "the sign-in of profile {} has been forgotten; its tokens are not revoked at Microsoft",
            store.profile()
        )
    } else {
        format!("nothing is stored for profile {}", store.profile())
    });
    Ok(Outcome::Done)
}
