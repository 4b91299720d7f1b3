//! What an access token says about itself, if it is a JWT: hints for people, never a decision.
//! It checks no signature and refuses no token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

use crate::secret::Secret;

/// The claims of interest (source: Microsoft identity platform, "Access token claims reference").
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// The service that the token is for.
    pub aud: Option<String>,
    /// The tenant.
    pub tid: Option<String>,
    /// The app registration.
    pub appid: Option<String>,
    /// The user.
    pub upn: Option<String>,
    /// The user, in newer tokens.
    pub preferred_username: Option<String>,
    /// When the token expires, in seconds since 1970.
    pub exp: Option<f64>,
    /// What a user allows the app to do: the token is App+User.
    pub scp: Option<String>,
    /// What the app may do on its own.
    pub roles: Option<Vec<String>>,
    /// How the user signed in.
    pub amr: Option<Vec<String>>,
}

impl Claims {
    /// The claims of a JWT; `None` where the token is anything else.
    pub fn of(token: &Secret) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        // serde would read an array as the members in order.
        json.starts_with(b"{").then(|| serde_json::from_slice(&json).ok())?
    }

    pub fn user(&self) -> Option<&str> {
        self.upn.as_deref().or(self.preferred_username.as_deref())
    }

    /// When the token expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        Timestamp::from_second(self.exp? as i64).ok()
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at().is_some_and(|end| end <= now)
    }

    /// Whether the user signed in with multi-factor authentication; `None` if the token does not say.
    pub fn mfa(&self) -> Option<bool> {
        self.amr.as_ref().map(|methods| methods.iter().any(|method| method == "mfa"))
    }

    /// Whether the token is app-only (`roles` without `scp`); `None` if it has neither.
    pub fn is_app_only(&self) -> Option<bool> {
        match (&self.scp, &self.roles) {
            (Some(_), _) => Some(false),
            (None, Some(_)) => Some(true),
            (None, None) => None,
        }
    }

    /// Whether the token is for the service at `base_url`; `None` if it does not name an address.
    pub fn is_for(&self, base_url: &str) -> Option<bool> {
        let audience = self.aud.as_deref().filter(|audience| audience.contains("://"))?;
        Some(audience.trim_end_matches('/').eq_ignore_ascii_case(base_url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &str) -> Option<Claims> {
        Claims::of(&Secret::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))))
    }

    #[test]
    fn a_jwt_tells_its_end_its_kind_and_whether_it_is_multi_factor() {
        let told = claims(
            r#"{"exp":1489104000,"amr":["pwd","mfa"],"aud":"https://api.example/","scp":"user_impersonation","upn":"a@b"}"#,
        )
        .expect("claims");
        assert_eq!(told.expires_at(), "2017-03-10T00:00:00Z".parse().ok());
        assert!(told.is_expired("2017-03-10T00:00:00Z".parse().expect("a time")));
        assert!(!told.is_expired("2017-03-09T23:59:59Z".parse().expect("a time")));
        assert_eq!((told.mfa(), told.is_app_only()), (Some(true), Some(false)));
        assert_eq!((told.user(), told.is_for("https://api.example")), (Some("a@b"), Some(true)));
        assert_eq!(told.is_for("https://graph.example"), Some(false));
    }

    #[test]
    fn what_a_jwt_does_not_say_stays_unknown() {
        let told = claims("{}").expect("claims");
        assert_eq!(told, Claims::default());
        assert_eq!((told.mfa(), told.is_app_only(), told.is_for("https://api.example")), (None, None, None));
        assert!(!told.is_expired(Timestamp::MAX));
        assert_eq!(claims(r#"{"amr":["pwd"]}"#).expect("claims").mfa(), Some(false));
        assert_eq!(claims(r#"{"roles":["x"]}"#).expect("claims").is_app_only(), Some(true));
        assert_eq!(claims(r#"{"aud":"fa3d9a0c"}"#).expect("claims").is_for("https://api.example"), None);
    }

    #[test]
    fn any_other_token_tells_nothing() {
        for token in ["", "opaque", "a.b", "a.b.c", "..", "e30.!!!.x"] {
            assert_eq!(Claims::of(&Secret::new(token.into())), None, "{token}");
        }
        assert_eq!(claims("[]"), None);
        assert_eq!(claims(r#"{"exp":"soon"}"#), None);
    }
}
