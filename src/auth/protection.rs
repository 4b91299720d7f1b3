//! Protects the secrets of a stored sign-in by the Windows user's own key (DPAPI). Elsewhere the file's mode protects them.
//! It stores nothing.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// How the secrets of a file are protected, if they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Protection {
    /// Each is a DPAPI blob in Base64, which only the same user of the same machine can open.
    #[serde(rename = "dpapi")]
    Dpapi,
}

impl Protection {
    /// What this system gives to new files.
    pub const HERE: Option<Self> = if cfg!(windows) { Some(Self::Dpapi) } else { None };
}

/// The secret as it may be stored.
///
/// # Errors
/// The system's reason, such as a user profile that is not loaded.
#[cfg(windows)]
pub fn seal(secret: &Secret) -> Result<Secret, String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let sealed = windows_dpapi::encrypt_data(secret.expose().as_bytes(), windows_dpapi::Scope::User, None);
    sealed.map(|sealed| Secret::form(STANDARD.encode(sealed))).map_err(|error| error.root_cause().to_string())
}

/// The secret that was stored.
///
/// # Errors
/// Why it cannot be opened here.
#[cfg(windows)]
pub fn open(sealed: &Secret) -> Result<Secret, String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let sealed = STANDARD.decode(sealed.expose()).map_err(|error| error.to_string())?;
    let secret = windows_dpapi::decrypt_data(&sealed, windows_dpapi::Scope::User, None);
    let secret = secret.map_err(|error| error.root_cause().to_string())?;
    // The library's error would show it.
    String::from_utf8(secret).map(Secret::new).map_err(|_| "its text is not UTF-8".to_owned())
}

/// Never called: nothing is sealed here.
#[cfg(not(windows))]
pub fn seal(_secret: &Secret) -> Result<Secret, String> {
    Err(NOT_HERE.to_owned())
}

/// A file that was copied here from Windows.
#[cfg(not(windows))]
pub fn open(_sealed: &Secret) -> Result<Secret, String> {
    Err(NOT_HERE.to_owned())
}

#[cfg(not(windows))]
const NOT_HERE: &str = "this system has no DPAPI";
