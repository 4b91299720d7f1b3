//! What a report is to be made of, typed: a saved answer, or answers of a service for some customers.
//! It opens nothing and sends nothing.

use std::path::PathBuf;

use crate::auth::session::TokenSource;
use crate::http::message::Options;
use crate::insight::customer_id::CustomerId;

/// Where the answers come from.
pub enum Source {
    Input(Input),
    Service(Box<Service>, Wanted),
}

impl Source {
    /// Whether the partner's customers must be listed before any of them is asked about.
    pub fn asks_for_list(&self) -> bool {
        match self {
            Self::Service(_, Wanted::All) => true,
            Self::Service(_, Wanted::These(asked)) => asked.iter().any(|asked| matches!(asked, Asked::Name { .. })),
            Self::Service(_, Wanted::Listed(_)) | Self::Input(_) => false,
        }
    }
}

/// A saved answer, and the customer it is about, where it does not say so itself.
pub struct Input {
    pub file: InputFile,
    pub customer: Option<CustomerId>,
    /// Whether the answer is to be written as it is, so that nothing can be left out of it.
    pub is_verbatim: bool,
}

/// A file to read; `None` is standard input.
pub type InputFile = Option<PathBuf>;

/// Which customers.
pub enum Wanted {
    /// Those on the command line. Where there is but one, its JSON is the service's own answer.
    These(Vec<Asked>),
    /// Those of a list.
    Listed(InputFile),
    All,
}

/// A customer as somebody typed it.
#[derive(Debug)]
pub enum Asked {
    Id(CustomerId),
    Name {
        /// A part of its name or domain, or all of it.
        text: String,
        /// The command that it may be, mistyped.
        command: Option<String>,
    },
}

/// How to ask Partner Center.
pub struct Service {
    /// Without a trailing slash; a stored sign-in brings its own. `None` is the built-in sample service.
    pub base_url: Option<String>,
    pub locale: String,
    pub http: Options,
    pub token: TokenSource,
    /// Calls at a time.
    pub jobs: usize,
    /// Tells a person something that is no failure.
    pub note: fn(&str),
}
