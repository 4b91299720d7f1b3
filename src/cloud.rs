//! The three clouds in which Partner Center runs. It knows their addresses and nothing else.

use clap::ValueEnum;

/// A cloud of Microsoft's (source: Partner Center REST API documentation, "national clouds").
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cloud {
    /// Worldwide
    Global,
    /// US Government
    Usgov,
    /// China, operated by 21Vianet
    China,
}

impl Cloud {
    /// Where the REST API is; paths start with `/v1/`.
    pub fn base_url(self) -> &'static str {
        match self {
            Cloud::Global | Cloud::Usgov => "https://api.partnercenter.microsoft.com",
            Cloud::China => "https://partner.partnercenterapi.microsoftonline.cn",
        }
    }
}
