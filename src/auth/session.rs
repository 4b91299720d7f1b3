//! The access token of a run: supplied as is, or renewed when necessary.
//! It never uses a new token before the new refresh token is safely stored, and prints nothing itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::given::{self, Given};
use super::oauth::{self, App, Tokens};
use super::sign_in::SignIn;
use super::store::Store;
use crate::failure::{ErrorKind, Failure, NotAsked};
use crate::http::Http;
use crate::secret::Secret;

/// Where a run's token comes from, in order of precedence.
pub enum TokenSource {
    /// An access token, which cannot be renewed.
    Given(Given),
    /// A refresh token from the environment, exchanged in each run and never written to disk.
    Environment(SignIn),
    Stored(Store, Asked),
}

/// What arguments and environment require of a sign-in, each with its option or variable.
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
    /// `Usage` if anything differs from what the sign-in was made with.
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

/// Supplies the token for each call.
pub struct Session(Credentials);

#[expect(clippy::large_enum_variant, reason = "there is one a run")]
enum Credentials {
    Given(Secret),
    /// `store` is where a renewal is kept; none for a sign-in from the environment.
    Renewable {
        state: Mutex<SessionState>,
        store: Option<Store>,
        patience: Duration,
        note: fn(&str),
    },
}

struct SessionState {
    sign_in: SignIn,
    /// From this time the access token is no longer used.
    renew_at: Timestamp,
    /// Why this run cannot get another token.
    failed: Option<Failure>,
}

/// A token with less than this left is renewed before it is used: a call may take minutes.
const SPARE: SignedDuration = SignedDuration::from_secs(300);

impl SessionState {
    fn new(sign_in: SignIn) -> Self {
        let end = sign_in.access_token_expires_at;
        let renew_at = end.and_then(|end| end.checked_sub(SPARE).ok()).unwrap_or(Timestamp::MIN);
        Self { sign_in, renew_at, failed: None }
    }

    /// Takes a sign-in that is newer than the run. Tokens that live no longer than `SPARE` are used to their end: renewing
    /// them early would never help.
    fn take(&mut self, sign_in: SignIn) {
        self.sign_in = sign_in;
        let end = self.sign_in.access_token_expires_at.unwrap_or(Timestamp::MIN);
        let spare = (end.duration_since(Timestamp::now()) - SPARE).clamp(SignedDuration::ZERO, SPARE);
        self.renew_at = end.checked_sub(spare).unwrap_or(Timestamp::MIN);
    }

    /// Takes the result of an exchange. A token that has expired on arrival is used until the service refuses it: one of
    /// the clocks is wrong, and no better token can be had.
    fn take_exchanged(&mut self, sign_in: SignIn) {
        self.take(sign_in);
        if self.renew_at <= Timestamp::now() {
            self.renew_at = Timestamp::MAX;
        }
    }

    /// The access token, if it is not the refused one and has enough time left.
    fn usable(&self, refused: Option<&Secret>) -> Option<Secret> {
        let token = self.sign_in.access_token.as_ref()?;
        (Timestamp::now() < self.renew_at && refused != Some(token)).then(|| token.clone())
    }
}

impl Session {
    /// Opens the source. `base_url` is replaced by the one that a stored sign-in was made for; `patience` is how long to
    /// wait for a lock; `note` reports a newer refresh token that is not stored.
    ///
    /// # Errors
    /// `NotSignedIn` where there is no usable token, `Usage` where a stored sign-in is for something else.
    pub fn open(
        source: &TokenSource,
        base_url: &mut String,
        patience: Duration,
        note: fn(&str),
    ) -> anyhow::Result<Self> {
        let renewable = |sign_in, store| {
            Self(Credentials::Renewable { state: Mutex::new(SessionState::new(sign_in)), store, patience, note })
        };
        Ok(match source {
            TokenSource::Given(given) => Self(Credentials::Given(given::token(given)?)),
            TokenSource::Environment(sign_in) => renewable(sign_in.clone(), None),
            TokenSource::Stored(store, asked) => {
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

    /// Another token after the service refused this one; `None` if there can be no other.
    ///
    /// # Errors
    /// Those of a renewal.
    pub fn other_than(&self, refused: &Secret, http: &Http) -> Result<Option<Secret>, Failure> {
        self.fresh(http, Some(refused)).map(|(token, is_renewable)| is_renewable.then_some(token))
    }

    /// Whether the token comes from a stored sign-in.
    pub fn is_stored(&self) -> bool {
        matches!(&self.0, Credentials::Renewable { store: Some(_), .. })
    }

    fn fresh(&self, http: &Http, refused: Option<&Secret>) -> Result<(Secret, bool), Failure> {
        let (state, store, patience, note) = match &self.0 {
            Credentials::Given(token) => return Ok((token.clone(), false)),
            Credentials::Renewable { state, store, patience, note } => (state, store, *patience, note),
        };
        // One renewal for all threads; the store's lock makes it one for all processes.
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = state.usable(refused) {
            return Ok((token, true));
        }
        // If there is no other token, no other thread should be refused with this one too.
        state.renew_at = Timestamp::MIN;
        if let Some(failure) = state.failed.clone() {
            return Err(if refused.is_some() { failure } else { not_asked(failure.kind) });
        }
        let renewed = match store {
            None => state.exchange(http, *note),
            Some(store) => state.renew(http, store, patience, refused),
        };
        if let Err(failure) = &renewed {
            // Otherwise it would be tried again for each customer.
            state.failed = Some(failure.clone());
        }
        renewed.map(|token| (token, true))
    }
}

impl SessionState {
    /// Exchanges the refresh token from the environment.
    fn exchange(&mut self, http: &Http, note: fn(&str)) -> Result<Secret, Failure> {
        let tokens =
            refresh(&self.sign_in, http).map_err(|failure| failure.during("exchanging PC_USAGE_REFRESH_TOKEN"))?;
        let token = tokens.access_token.clone();
        let mut sign_in = self.sign_in.clone();
        if sign_in.take(tokens) {
            note(
                "the sign-in service gave a newer refresh token than PC_USAGE_REFRESH_TOKEN, which was not stored; \
                  `pc-usage login --refresh-token-file` would store it",
            );
        }
        self.take_exchanged(sign_in);
        Ok(token)
    }

    /// Renews a stored sign-in, unless another process has just done so.
    fn renew(
        &mut self,
        http: &Http,
        store: &Store,
        patience: Duration,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let lock = store.lock(patience)?;
        let stored = store.read()?.ok_or_else(|| not_signed_in(store))?;
        if stored.base_url != self.sign_in.base_url {
            let message =
                format!("the sign-in of profile {} was replaced by one for {}", store.profile(), stored.base_url);
            return Err(Failure::new(ErrorKind::NotSignedIn, message).hint("run it again, with the new sign-in"));
        }
        if stored.access_token == self.sign_in.access_token {
            self.sign_in = stored;
        } else {
            self.take(stored);
            if let Some(token) = self.usable(refused) {
                return Ok(token);
            }
        }
        let room = store.reserve(&lock)?;
        let tokens = refresh(&self.sign_in, http)
            .map_err(|failure| failure.during(&format!("renewing the sign-in of profile {}", store.profile())))?;
        let token = tokens.access_token.clone();
        let mut sign_in = self.sign_in.clone();
        sign_in.take(tokens);
        store.write(&sign_in, room)?;
        self.take_exchanged(sign_in);
        Ok(token)
    }
}

fn refresh(sign_in: &SignIn, http: &Http) -> Result<Tokens, Failure> {
    let scope = sign_in.cloud.scope();
    oauth::refresh(http, &app(sign_in, &scope), &sign_in.refresh_token)
}

/// For a customer that was not asked for because an earlier renewal failed.
fn not_asked(kind: ErrorKind) -> Failure {
    let why = if kind == ErrorKind::NotSignedIn { NotAsked::SignInRefused } else { NotAsked::NotRenewed };
    Failure { not_asked: Some(why), ..Failure::new(kind, why.to_string()) }
}

/// The app of a sign-in.
pub fn app<'a>(sign_in: &'a SignIn, scope: &'a str) -> App<'a> {
    App {
        authority: &sign_in.authority,
        tenant_id: &sign_in.tenant_id,
        client_id: &sign_in.client_id,
        client_secret: sign_in.client_secret.as_ref(),
        scope,
    }
}

/// Nothing is stored.
pub fn not_signed_in(store: &Store) -> Failure {
    Failure::new(ErrorKind::NotSignedIn, format!("not signed in: nothing is stored for profile {}", store.profile())).hint(
        "sign in with `pc-usage login`, or pass an access token with --token-file FILE (`-` is standard input) or in \
         PC_USAGE_ACCESS_TOKEN",
    )
}
