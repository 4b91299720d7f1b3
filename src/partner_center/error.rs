//! What an error answer means, and what to do about it: by its status, then its code or text. It never guesses a cause that
//! the answer does not give.

use jiff::Timestamp;
use uuid::Uuid;

use super::said::{MAX_TEXT, Said};
use crate::auth::claims::Claims;
use crate::failure::{ErrorKind, Failure, Ids};
use crate::http::message::{HttpResponse, in_brackets};
use crate::sanitize::sanitize_cut;

/// The failure for an error answer; `is_stored` is whether the token comes from a stored sign-in.
pub fn failure(answer: &HttpResponse, claims: Option<&Claims>, is_stored: bool) -> Failure {
    let said = Said::of(&answer.body);
    let status = answer.status;
    let mut message = match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    if let Some(text) = &said.text {
        message += &format!(": {text}");
    }
    if let Some(code) = said.code.as_deref().filter(|code| *code != status.as_str()) {
        message += &format!(" (code {code})");
    }
    if let Some(location) = answer.header("location").filter(|_| status.is_redirection()) {
        message += &format!(", to {}", sanitize_cut(location, MAX_TEXT));
    }
    message += &in_brackets(&answer.gave_up);
    let cause = match Cause::of(answer, &said) {
        Cause::Token => Cause::of_token(answer, claims),
        cause => cause,
    };
    let hint = cause.hint(is_stored);
    Failure { status: Some(status.as_u16()), ..Failure::new(cause.kind(), message).hint(hint) }
}

/// Why the service refused, as far as it says (source: Partner Center REST error codes, and recorded answers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// A 401 without further information.
    Token,
    ExpiredToken,
    /// Either of the two; the answer does not say which.
    ExpiredTokenOrNoMfa,
    NoMfa,
    Audience,
    AppOnly,
    NoRelationship,
    Role,
    Forbidden,
    NotFound,
    /// The call itself is no longer offered (410).
    Gone,
    CustomerId,
    Throttled,
    Trouble,
    NotTheService,
    Other,
}

impl Cause {
    /// By status first, then by code or text.
    fn of(answer: &HttpResponse, said: &Said) -> Self {
        let code = said.code.as_deref().unwrap_or_default();
        let challenge = answer.header("www-authenticate").unwrap_or_default().to_ascii_lowercase();
        match (answer.status.as_u16(), code) {
            (401, "900420") => Self::Audience,
            (401, "900421" | "10001") => Self::NoMfa,
            (401, _) if said.says("mfa required") || challenge.contains("mfa required") => Self::NoMfa,
            (401, _) => Self::Token,
            (403, "900329") => Self::AppOnly,
            (403, _) if said.says("application credentials") => Self::AppOnly,
            (403, "20002") => Self::NoRelationship,
            (403, _) if said.says("no relationship") => Self::NoRelationship,
            (403, "900150") => Self::Role,
            (403, _) if said.says("role does not have") => Self::Role,
            (403, _) => Self::Forbidden,
            (404, _) => Self::NotFound,
            (410, _) => Self::Gone,
            (400, "2000" | "900118") => Self::CustomerId,
            (429, _) => Self::Throttled,
            (408 | 500.., _) => Self::Trouble,
            (..400, _) => Self::NotTheService,
            _ => Self::Other,
        }
    }

    /// What the token's claims suggest about a 401 without further information; a hint, not a proof.
    fn of_token(answer: &HttpResponse, claims: Option<&Claims>) -> Self {
        match claims {
            Some(claims) if claims.is_expired(Timestamp::now()) => Self::ExpiredToken,
            Some(claims) if claims.mfa() == Some(false) => Self::NoMfa,
            // A token with neither claim may be either.
            claims if answer.body.is_empty() && claims.is_none_or(|claims| claims.mfa().is_none()) => {
                Self::ExpiredTokenOrNoMfa
            }
            _ => Self::Token,
        }
    }

    fn kind(self) -> ErrorKind {
        match self {
            Self::Token | Self::ExpiredToken | Self::ExpiredTokenOrNoMfa | Self::NoMfa | Self::Audience => {
                ErrorKind::NotSignedIn
            }
            Self::AppOnly | Self::NoRelationship | Self::Role | Self::Forbidden => ErrorKind::Forbidden,
            Self::NotFound => ErrorKind::NotFound,
            Self::Throttled => ErrorKind::Throttled,
            Self::Trouble => ErrorKind::Unavailable,
            Self::NotTheService => ErrorKind::NotUnderstood,
            Self::Gone | Self::CustomerId | Self::Other => ErrorKind::Other,
        }
    }

    /// What to do about it.
    fn hint(self, is_stored: bool) -> &'static str {
        match self {
            Self::Token => "the token has expired or is not valid; use a new one, or sign in with `pc-usage login`",
            Self::ExpiredToken => "the token has expired; use a new one, or sign in with `pc-usage login`",
            Self::ExpiredTokenOrNoMfa => {
                "the token has expired, or was issued without multi-factor authentication; use a new one, or sign in with `pc-usage login`"
            }
            Self::NoMfa if is_stored => {
                "the token was issued without multi-factor authentication; sign in again, using it, with `pc-usage login`; \
                 renewing the token does not help"
            }
            Self::NoMfa => {
                "the token was issued without multi-factor authentication; sign in again, using it; renewing the token does not help"
            }
            Self::Audience => {
                "the token is for another service; request one for https://api.partnercenter.microsoft.com (or your cloud's)"
            }
            Self::AppOnly => "the token is app-only; this call needs an App+User token: sign in as a user",
            Self::NoRelationship => {
                "this is not, or no longer, a customer of the signed-in partner; check the id with `pc-usage customers`"
            }
            Self::Role => "the signed-in user lacks the required role: Admin agent in the partner's tenant",
            Self::Forbidden => {
                "the signed-in user may not do this; the Admin agent role in the partner's tenant is required"
            }
            Self::NotFound => {
                "there is no such customer for the signed-in partner; check the id, and that --cloud is the right one"
            }
            Self::Gone => "the service no longer offers this call; check --base-url",
            Self::CustomerId => "the service does not accept this customer id; check it",
            Self::Throttled => {
                "too many requests for this partner at the moment; try again later, or raise --retries and --max-wait"
            }
            Self::Trouble => "the service is having problems; try again later",
            Self::NotTheService => NOT_THE_SERVICE,
            Self::Other => "the service rejected this call; ask Microsoft support, quoting the ids below",
        }
    }
}

/// The hint for an answer that is not from Partner Center.
pub const NOT_THE_SERVICE: &str =
    "this does not look like Partner Center; check --base-url, and whether a proxy requires a sign-in";

/// Whether the answer is a 401 that a new token may fix: not one about the audience or multi-factor authentication.
pub fn may_be_renewed(answer: &HttpResponse) -> bool {
    Cause::of(answer, &Said::of(&answer.body)) == Cause::Token
}

/// The ids sent with a request.
pub fn sent_ids(correlation_id: Uuid, request_id: Uuid) -> Ids {
    vec![("MS-CorrelationId", correlation_id.to_string()), ("MS-RequestId", request_id.to_string())]
}

/// The ids of a call: those of the answer, else those that were sent.
pub fn ids(answer: &HttpResponse, sent: &Ids) -> Ids {
    let served = |name| answer.header(name).filter(|value| !value.is_empty()).map(|value| sanitize_cut(value, 100));
    let mut ids: Ids = sent.iter().map(|(name, sent)| (*name, served(name).unwrap_or_else(|| sent.clone()))).collect();
    ids.extend(served("MS-CV").map(|value| ("MS-CV", value)));
    ids
}
