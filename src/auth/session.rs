//! The access token of a run: given as it is, or renewed whenever it needs to be.
//! It never uses a new token before its refresh token is safe, and prints nothing itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::given::{self, Given};
use super::oauth::{self, App};
use super::store::{SignIn, Store};
use crate::failure::{Failure, Kind};
use crate::http::Http;
use crate::secret::Secret;

/// Where a run's token comes from, in the order in which they are looked for.
pub enum Source {
    /// An access token as it is: it cannot be renewed.
    Given(Given),
    /// A refresh token in the environment, exchanged each run and written nowhere.
    Environment(SignIn),
    Stored(Store, Asked),
}

/// What arguments and environment ask of a sign-in, each with the option or variable that says so.
#[derive(Clone, Debug, Default)]
pub struct Asked(pub Vec<(Bound, &'static str, String)>);

/// What a stored sign-in is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Cloud,
    BaseUrl,
    Authority,
    TenantId,
    ClientId,
}

impl Asked {
    /// # Errors
    /// `Usage` where something else is asked for than what the sign-in was made with.
    pub fn check(&self, sign_in: &SignIn, profile: &str) -> Result<(), Failure> {
        for (bound, name, asked) in &self.0 {
            let made = match bound {
                Bound::Cloud => sign_in.cloud.name(),
                Bound::BaseUrl => &sign_in.base_url,
                Bound::Authority => &sign_in.authority,
                Bound::TenantId => &sign_in.tenant_id,
                Bound::ClientId => &sign_in.client_id,
            };
            if !made.eq_ignore_ascii_case(asked) {
                let message = format!("{name} is {asked}, but the sign-in of profile {profile} was made with {made}");
                return Err(Failure::usage(message)
                    .hint("use another --profile, or make a sign-in for it with `pc-usage login --profile NAME`"));
            }
        }
        Ok(())
    }
}

/// Gives the token for each call.
pub struct Session(Held);

#[expect(clippy::large_enum_variant, reason = "there is one a run")]
enum Held {
    Given(Secret),
    /// `store` is where a renewal is kept; none for a sign-in of the environment.
    Renewable {
        sign_in: Mutex<SignIn>,
        store: Option<Store>,
        patience: Duration,
        note: fn(&str),
    },
}

/// A token with less than this left is renewed before it is used: a call may take minutes.
const SPARE: Duration = Duration::from_secs(300);

impl Session {
    /// Opens the source. `base_url` is replaced by the one that a stored sign-in was made for; `patience` is how long a
    /// taken lock is waited for; `note` tells a person of a newer refresh token that is kept nowhere.
    ///
    /// # Errors
    /// `NotSignedIn` where there is no usable token, `Usage` where a stored sign-in is for something else.
    pub fn open(source: &Source, base_url: &mut String, patience: Duration, note: fn(&str)) -> anyhow::Result<Self> {
        let renewable =
            |sign_in: SignIn, store| Self(Held::Renewable { sign_in: Mutex::new(sign_in), store, patience, note });
        Ok(match source {
            Source::Given(given) => Self(Held::Given(given::token(given)?)),
            Source::Environment(sign_in) => renewable(sign_in.clone(), None),
            Source::Stored(store, asked) => {
                let sign_in = store.read()?.ok_or_else(|| not_signed_in(store))?;
                asked.check(&sign_in, store.profile())?;
                base_url.clone_from(&sign_in.base_url);
                renewable(sign_in, Some(store.clone()))
            }
        })
    }

    /// The token for a call, renewed first where it has less than 300 s left.
    ///
    /// # Errors
    /// Those of a renewal.
    pub fn token(&self, http: &Http) -> Result<Secret, Failure> {
        self.fresh(http, None).map(|(token, _)| token)
    }

    /// Another token after the service refused this one; `None` where there can be no other.
    ///
    /// # Errors
    /// Those of a renewal.
    pub fn other_than(&self, refused: &Secret, http: &Http) -> Result<Option<Secret>, Failure> {
        self.fresh(http, Some(refused)).map(|(token, is_renewable)| is_renewable.then_some(token))
    }

    fn fresh(&self, http: &Http, refused: Option<&Secret>) -> Result<(Secret, bool), Failure> {
        let (sign_in, store, patience, note) = match &self.0 {
            Held::Given(token) => return Ok((token.clone(), false)),
            Held::Renewable { sign_in, store, patience, note } => (sign_in, store, *patience, note),
        };
        // One renewal for all threads; the lock of the store makes it one for all processes.
        let mut sign_in = sign_in.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = usable(&sign_in, refused) {
            return Ok((token, true));
        }
        let Some(store) = store else {
            if renew(&mut sign_in, http).map_err(|failure| failure.during("exchanging PC_USAGE_REFRESH_TOKEN"))? {
                note(
                    "the sign-in service gave a newer refresh token than PC_USAGE_REFRESH_TOKEN, which is kept nowhere; \
                      `pc-usage login --refresh-token-file` would keep it",
                );
            }
            return Ok((Secret::new(sign_in.access_token.clone().unwrap_or_default()), true));
        };
        let lock = store.lock(patience)?;
        // Another process may have renewed it meanwhile.
        let stored = store.read()?.ok_or_else(|| not_signed_in(store))?;
        if stored.base_url != sign_in.base_url {
            let message =
                format!("the sign-in of profile {} was replaced by one for {}", store.profile(), stored.base_url);
            return Err(Failure::new(Kind::NotSignedIn, message).hint("run it again, with the new sign-in"));
        }
        *sign_in = stored;
        if let Some(token) = usable(&sign_in, refused) {
            return Ok((token, true));
        }
        renew(&mut sign_in, http)
            .map_err(|failure| failure.during(&format!("renewing the sign-in of profile {}", store.profile())))?;
        store.write(&sign_in, &lock)?;
        Ok((Secret::new(sign_in.access_token.clone().unwrap_or_default()), true))
    }
}

/// The access token, where it is not the refused one and has time enough.
fn usable(sign_in: &SignIn, refused: Option<&Secret>) -> Option<Secret> {
    let token = sign_in.access_token.as_ref()?;
    let is_fresh = sign_in.access_token_expires_at? > Timestamp::now() + SPARE;
    let is_other = refused.is_none_or(|refused| refused.expose() != token);
    (is_fresh && is_other).then(|| Secret::new(token.clone()))
}

/// Exchanges the refresh token; true where the answer brought a newer one.
fn renew(sign_in: &mut SignIn, http: &Http) -> Result<bool, Failure> {
    let scope = sign_in.cloud.scope();
    let tokens = oauth::refresh(http, &app(sign_in, &scope), &sign_in.refresh_token)?;
    Ok(sign_in.take(tokens))
}

/// The app of a sign-in.
pub fn app<'a>(sign_in: &'a SignIn, scope: &'a str) -> App<'a> {
    App {
        authority: &sign_in.authority,
        tenant_id: &sign_in.tenant_id,
        client_id: &sign_in.client_id,
        client_secret: sign_in.client_secret.as_deref(),
        scope,
    }
}

/// No sign-in in the store.
pub fn not_signed_in(store: &Store) -> Failure {
    Failure::new(Kind::NotSignedIn, format!("not signed in: nothing is stored for profile {}", store.profile())).hint(
        "sign in with `pc-usage login`, or bring an access token with --token-file FILE, with --token-file - on standard \
         input, or in PC_USAGE_ACCESS_TOKEN",
    )
}
