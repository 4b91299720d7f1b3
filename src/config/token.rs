//! Which token a run uses, and which addresses it calls: the first source that is set wins.
//! It opens nothing: a token is read when it is needed.

use std::path::{Path, PathBuf};

use super::environment::{access_token, checked, choice, client_id, home, tenant_id, variable};
use super::options::Conflict;
use crate::auth::address;
use crate::auth::given::{self, Given};
use crate::auth::session::{Asked, Bound, TokenSource};
use crate::auth::sign_in::SignIn;
use crate::auth::store::Store;
use crate::cli::{self, Cli};
use crate::cloud::Cloud;
use crate::demo;
use crate::failure::{ErrorKind, Failure};

/// The cloud and its addresses, and which of them were set explicitly.
pub struct Addresses {
    pub cloud: Cloud,
    pub base_url: String,
    pub authority: String,
    asked: Asked,
}

/// `None` for the sample service: variables for other services are only checked.
pub fn service(cli: &Cli) -> Result<Option<Addresses>, Failure> {
    let target = target(cli)?;
    if !cli.demo {
        return Ok(Some(target));
    }
    profile(cli)?;
    tenant_id()?;
    client_id()?;
    Ok(None)
}

fn target(cli: &Cli) -> Result<Addresses, Failure> {
    let mut asked = Vec::new();
    let cloud = match cli.cloud {
        Some(cloud) => Some(("--cloud", cloud)),
        None => choice("PC_USAGE_CLOUD")?.map(|cloud| ("PC_USAGE_CLOUD", cloud)),
    };
    asked.extend(cloud.map(|(name, cloud)| (Bound::Cloud, name, cloud.name().to_owned())));
    let cloud = cloud.map_or(Cloud::Global, |(_, cloud)| cloud);
    let mut url = |bound, flag: &Option<String>, option, variable_name, default: &str| -> Result<String, Failure> {
        let (name, url) = match flag {
            Some(url) => (option, Some(url.clone())),
            None => (variable_name, variable(variable_name)?),
        };
        let Some(url) = url else { return Ok(default.to_owned()) };
        let url = address::checked(&url).map_err(|why| {
            let hint = format!("give an address such as {default}, without a user, query or fragment");
            Failure::usage(format!("{name}: {why}")).hint(hint)
        })?;
        asked.push((bound, name, url.clone()));
        Ok(url)
    };
    let base_url = url(Bound::BaseUrl, &cli.base_url, "--base-url", "PC_USAGE_BASE_URL", cloud.base_url())?;
    let authority = url(Bound::Authority, &cli.authority, "--authority", "PC_USAGE_AUTHORITY", cloud.authority())?;
    Ok(Addresses { cloud, base_url, authority, asked: Asked(asked) })
}

/// Where the token comes from: the first source that is set wins.
pub fn token(cli: &Cli, target: &Addresses) -> Result<TokenSource, Failure> {
    if let Some(path) = &cli.token_file {
        if cli.profile.is_some() {
            return Err(Conflict::TwoTokens.into());
        }
        return Ok(TokenSource::Given(given(path)));
    }
    if cli.profile.is_none() {
        if let Some(token) = access_token() {
            return Ok(TokenSource::Given(Given::Environment("PC_USAGE_ACCESS_TOKEN", token)));
        }
        if let Some(refresh_token) = variable("PC_USAGE_REFRESH_TOKEN")? {
            let missing = |name| {
                Failure::usage(format!(
                    "{name} is missing: PC_USAGE_REFRESH_TOKEN needs the tenant and the app that it was issued to"
                ))
            };
            let tenant_id = tenant_id()?.ok_or_else(|| missing("PC_USAGE_TENANT_ID"))?;
            let client_id = client_id()?.ok_or_else(|| missing("PC_USAGE_CLIENT_ID"))?;
            let (base_url, authority) = (target.base_url.clone(), target.authority.clone());
            let mut sign_in = SignIn::new(target.cloud, base_url, authority, tenant_id, client_id);
            let checked = |name, text: String| given::checked(text.as_bytes(), name);
            sign_in.refresh_token = checked("PC_USAGE_REFRESH_TOKEN", refresh_token)?;
            sign_in.client_secret =
                variable("PC_USAGE_CLIENT_SECRET")?.map(|it| checked("PC_USAGE_CLIENT_SECRET", it)).transpose()?;
            return Ok(TokenSource::Environment(sign_in));
        }
    }
    let mut asked = target.asked.clone();
    asked.0.extend(tenant_id()?.map(|it| (Bound::TenantId, "PC_USAGE_TENANT_ID", it)));
    asked.0.extend(client_id()?.map(|it| (Bound::ClientId, "PC_USAGE_CLIENT_ID", it)));
    Ok(TokenSource::Stored(store(cli)?, asked))
}

pub fn profile(cli: &Cli) -> Result<String, Failure> {
    match &cli.profile {
        Some(profile) => Ok(profile.clone()),
        None => Ok(checked("PC_USAGE_PROFILE", cli::profile)?.unwrap_or_else(|| "default".to_owned())),
    }
}

/// Where the profile's sign-in is stored (source: XDG Base Directory Specification, `$XDG_STATE_HOME`). On Windows it must not
/// roam: its key does not.
pub fn store(cli: &Cli) -> Result<Store, Failure> {
    let profile = profile(cli)?;
    let absolute = |name| Ok::<_, Failure>(variable(name)?.map(PathBuf::from).filter(|path| path.is_absolute()));
    let (state, missing) = if cfg!(windows) {
        (absolute("LOCALAPPDATA")?, "LOCALAPPDATA is not set to a folder")
    } else {
        let state = absolute("XDG_STATE_HOME")?.or_else(|| home().map(|home| home.join(".local/state")));
        (state, "neither XDG_STATE_HOME nor HOME is set")
    };
    let state = state.ok_or_else(|| {
        Failure::new(ErrorKind::NotSignedIn, format!("there is nowhere to store sign-ins: {missing}"))
    })?;
    Ok(Store::new(state.join("pc-usage"), profile))
}

pub fn given(path: &Path) -> Given {
    if path.as_os_str() == "-" { Given::Stdin } else { Given::File(path.to_owned()) }
}

/// The token of the sample service.
pub fn of_demo() -> Given {
    Given::Environment("the demo's token", demo::token())
}
