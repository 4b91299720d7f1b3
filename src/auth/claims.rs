//! What an access token says about itself, where it is a JWT: hints for a person, never a decision.
//! It checks no signature and refuses no token.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::secret::Secret;

/// The claims that explain a refusal (source: Microsoft identity platform, "Access token claims reference").
#[derive(Debug, PartialEq)]
pub struct Claims {
    /// When the token ends, in seconds since 1970.
    pub expires: Option<u64>,
    /// Whether `amr` names multi-factor authentication; `None` where the claim is absent.
    pub mfa: Option<bool>,
}

impl Claims {
    /// The claims of a JWT; `None` where the token is anything else.
    pub fn of(token: &Secret) -> Option<Self> {
        #[derive(Deserialize)]
        struct Payload {
            exp: Option<f64>,
            amr: Option<Vec<String>>,
        }
        let mut parts = token.expose().split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let payload: Payload = serde_json::from_slice(&json).ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
        Some(Self {
            expires: payload.exp.map(|seconds| seconds as u64),
            mfa: payload.amr.map(|methods| methods.iter().any(|method| method == "mfa")),
        })
    }

    /// Whether the token's time is over, by this machine's clock.
    pub fn is_expired(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.expires.is_some_and(|expires| expires <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &str) -> Option<Claims> {
        Claims::of(&Secret::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))))
    }

    #[test]
    fn a_jwt_tells_its_end_and_whether_it_is_multi_factor() {
        let told = claims(r#"{"exp":1489104000,"amr":["pwd","mfa"],"aud":"x"}"#).expect("claims");
        assert_eq!(told, Claims { expires: Some(1_489_104_000), mfa: Some(true) });
        assert!(told.is_expired());
        assert_eq!(claims(r#"{"amr":["pwd"]}"#), Some(Claims { expires: None, mfa: Some(false) }));
        assert!(!claims(r#"{"exp":32503680000}"#).expect("claims").is_expired());
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
