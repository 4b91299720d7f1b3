//! What went wrong, in the words a person reads, and the exit code that stands for it.
//! It prints nothing and decides nothing else.

use std::fmt;

/// The ways to fail that a script can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, the disk, or a status that means nothing more precise.
    Other,
    /// Wrong arguments or a wrong environment variable.
    Usage,
    /// No token, an unusable one, or one that the service refused (401).
    NotSignedIn,
    /// The service knows who asks and says no (403).
    Forbidden,
    /// No such customer for this partner (404).
    NotFound,
    /// Throttled to the end (429).
    Throttled,
    /// Network, TLS, time-out, 408 or 5xx, to the end.
    Unavailable,
    /// An answer that is not the documented one.
    NotUnderstood,
    /// Ended by this signal (1 is SIGHUP, 2 is SIGINT, 15 is SIGTERM).
    Signal(u8),
}

impl Kind {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Other => 1,
            Kind::Usage => 2,
            Kind::NotSignedIn => 4,
            Kind::Forbidden => 5,
            Kind::NotFound => 6,
            Kind::Throttled => 7,
            Kind::Unavailable => 8,
            Kind::NotUnderstood => 9,
            // What a shell reports of a process that a signal ended.
            Kind::Signal(number) => 128 + number,
        }
    }
}

/// A failure as it is told: one line on what was tried and what came back, then what to do about it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: Kind,
    /// May hold text from outside; `output` cleans it.
    pub message: String,
    /// The next step to take.
    pub hint: Option<String>,
    /// What Microsoft's support asks for.
    pub ids: Ids,
    /// Why it was not even tried, where it was not: the run has been ended.
    pub not_asked: Option<NotAsked>,
}

/// Why nobody is asked any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    Throttled,
    /// The service refused the token, or the sign-in service the sign-in.
    SignInRefused,
    /// The token has run out, and there is no other to be had at the moment.
    NotRenewed,
}

impl fmt::Display for NotAsked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Throttled => "the service throttles this partner",
            Self::SignInRefused => "the sign-in is refused",
            Self::NotRenewed => "the sign-in could not be renewed",
        })
    }
}

/// Names and values of ids, in the order to show them.
pub type Ids = Vec<(&'static str, String)>;

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, ids: Ids::new(), not_asked: None }
    }

    /// Wrong arguments: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The ids of a request that got no answer.
    pub fn ids(mut self, ids: &Ids) -> Self {
        if !matches!(self.kind, Kind::Usage | Kind::Signal(_)) {
            self.ids.clone_from(ids);
        }
        self
    }

    /// Says what was being done when it failed: `usage of customer …: no answer within 180 s`.
    ///
    /// Wrong arguments are wrong whatever is being done.
    pub fn during(mut self, what: &str) -> Self {
        if self.kind != Kind::Usage {
            self.message = format!("{what}: {}", self.message);
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
