//! A sign-in that can be renewed: what it is bound to, and its tokens. It reads and writes nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::oauth::Tokens;
use super::protection::{self, Protection};
use crate::cloud::Cloud;
use crate::secret::Secret;

/// A stored sign-in: what a run needs to get access tokens unattended.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    version: u32,
    /// In memory nothing is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protection: Option<Protection>,
    pub cloud: Cloud,
    pub base_url: String,
    pub authority: String,
    pub tenant_id: String,
    pub client_id: String,
    /// Of a confidential app.
    pub client_secret: Option<Secret>,
    pub refresh_token: Secret,
    /// The start of its 90 days.
    pub refresh_token_date: Timestamp,
    pub access_token: Option<Secret>,
    pub access_token_expires_at: Option<Timestamp>,
}

/// The version of the file format. Files of a newer one are left alone.
pub const VERSION: u32 = 1;

impl SignIn {
    /// Without tokens yet.
    pub fn new(cloud: Cloud, base_url: String, authority: String, tenant_id: String, client_id: String) -> Self {
        Self {
            version: VERSION,
            protection: None,
            cloud,
            base_url,
            authority,
            tenant_id,
            client_id,
            client_secret: None,
            refresh_token: Secret::default(),
            refresh_token_date: Timestamp::UNIX_EPOCH,
            access_token: None,
            access_token_expires_at: None,
        }
    }
}

impl SignIn {
    /// Takes the tokens of a grant; true if they include a newer refresh token. Otherwise the old one stays valid.
    pub fn take(&mut self, tokens: Tokens) -> bool {
        self.access_token = Some(tokens.access_token);
        self.access_token_expires_at = Some(tokens.expires_at);
        let Some(newer) = tokens.refresh_token.filter(|newer| *newer != self.refresh_token) else { return false };
        self.refresh_token = newer;
        self.refresh_token_date = Timestamp::now();
        true
    }

    /// Puts in place of each secret what `change` makes of it.
    fn each_secret(&mut self, change: fn(&Secret) -> Result<Secret, String>) -> Result<(), String> {
        let optional = [&mut self.client_secret, &mut self.access_token];
        for secret in optional.into_iter().flatten().chain([&mut self.refresh_token]) {
            *secret = change(secret)?;
        }
        Ok(())
    }
}

/// A sign-in as it stands in its file: the secrets may be sealed, all else can be read.
#[derive(Deserialize, Serialize)]
#[serde(transparent)]
pub struct Stored(SignIn);

impl Stored {
    /// # Errors
    /// The system's reason why it cannot seal the secrets.
    pub fn seal(mut sign_in: SignIn) -> Result<Self, String> {
        sign_in.protection = Protection::HERE;
        if sign_in.protection.is_some() {
            sign_in.each_secret(protection::seal)?;
        }
        Ok(Self(sign_in))
    }

    /// # Errors
    /// Why the secrets cannot be opened here.
    pub fn open(self) -> Result<SignIn, String> {
        let Self(mut sign_in) = self;
        if sign_in.protection.take().is_some() {
            sign_in.each_secret(protection::open)?;
        }
        Ok(sign_in)
    }

    /// All of it but the secrets.
    pub fn sign_in(&self) -> &SignIn {
        &self.0
    }

    /// How its secrets are protected, in words that scripts may depend on.
    pub fn protection(&self) -> &'static str {
        match self.0.protection {
            Some(Protection::Dpapi) => "DPAPI (user)",
            None if cfg!(unix) => "file mode 0600",
            // Copied from another system: the next renewal seals them.
            None => "none",
        }
    }
}
