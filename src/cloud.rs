//! The three clouds in which Partner Center runs, and its two usage endpoints: names and addresses, and nothing else.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A Microsoft cloud (source: Partner Center REST API documentation, "national clouds").
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Worldwide
    Global,
    /// US Government
    Usgov,
    /// China, operated by 21Vianet
    China,
}

impl Cloud {
    /// As typed.
    pub fn name(self) -> &'static str {
        match self {
            Cloud::Global => "global",
            Cloud::Usgov => "usgov",
            Cloud::China => "china",
        }
    }

    /// Where the REST API is; paths start with `/v1/`.
    pub fn base_url(self) -> &'static str {
        match self {
            Cloud::Global | Cloud::Usgov => "https://api.partnercenter.microsoft.com",
            Cloud::China => "https://partner.partnercenterapi.microsoftonline.cn",
        }
    }

    /// Where people and apps sign in; paths start with the tenant.
    pub fn authority(self) -> &'static str {
        match self {
            Cloud::Global => "https://login.microsoftonline.com",
            Cloud::Usgov => "https://login.microsoftonline.us",
            Cloud::China => "https://login.partner.microsoftonline.cn",
        }
    }

    /// The scope to request: the call needs a user, and `offline_access` adds a refresh token.
    pub fn scope(self) -> String {
        format!("{}/user_impersonation offline_access", self.base_url())
    }
}

/// Which of Partner Center's two usage endpoints is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Endpoint {
    /// One call per customer
    Customer,
    /// Its successor: one query for all customers, without those that have no rows; percentage calculated by pc-usage: active × 100 ÷ qualified
    Commercial,
}
