//! The source of a report, typed: a saved answer, or calls to a service for some customers.
//! It opens nothing and sends nothing.

use std::path::PathBuf;

use crate::auth::session::TokenSource;
use crate::cloud::Endpoint;
use crate::http::message::Options;
use crate::insight::customer_id::CustomerId;

/// Where the answers come from.
pub enum Source {
    Input(Input),
    Service(Box<Service>, Wanted),
}

impl Source {
    /// Whether the list of customers must be fetched first.
    pub fn asks_for_list(&self) -> bool {
        match self {
            Self::Service(service, Wanted::All) => service.endpoint == Endpoint::Customer,
            Self::Service(_, Wanted::These(asked)) => asked.iter().any(|asked| matches!(asked, Asked::Name { .. })),
            Self::Service(_, Wanted::Listed(_)) | Self::Input(_) => false,
        }
    }
}

/// A saved answer, and the customer it is about, if given.
pub struct Input {
    pub file: InputFile,
    pub customer: Option<CustomerId>,
    /// Whether the answer is written verbatim, so that nothing can be left out.
    pub is_verbatim: bool,
}

/// A file to read; `None` is standard input.
pub type InputFile = Option<PathBuf>;

/// Which customers.
pub enum Wanted {
    /// Those on the command line. If there is only one, its JSON is the service's own answer.
    These(Vec<Asked>),
    /// Those of a list.
    Listed(InputFile),
    All,
}

/// A customer as typed.
#[derive(Debug)]
pub enum Asked {
    Id(CustomerId),
    Name {
        /// Its name or domain, or part of either.
        text: String,
        /// The command that it may be a typing error for.
        command: Option<String>,
    },
}

/// How to call Partner Center.
pub struct Service {
    /// Without a trailing slash; a stored sign-in has its own. `None` is the built-in sample service.
    pub base_url: Option<String>,
    pub locale: String,
    pub http: Options,
    pub token: TokenSource,
    pub endpoint: Endpoint,
    /// Whether to ask for what was sold and assigned, too.
    pub deployment: bool,
    /// Calls in parallel.
    pub jobs: usize,
    /// Prints a note.
    pub note: fn(&str),
}
