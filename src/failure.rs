//! What went wrong, in the words a person reads, how a run ended, and all exit codes.
//! It prints nothing.

use std::fmt;

/// The ways to fail that a script can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
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

impl ErrorKind {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Other => 1,
            ErrorKind::Usage => 2,
            ErrorKind::NotSignedIn => 4,
            ErrorKind::Forbidden => 5,
            ErrorKind::NotFound => 6,
            ErrorKind::Throttled => 7,
            ErrorKind::Unavailable => 8,
            ErrorKind::NotUnderstood => 9,
            // What a shell reports of a process that a signal ended.
            ErrorKind::Signal(number) => 128 + number,
        }
    }
}

/// How a command ended that did what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Some customers failed, some did not.
    SomeFailed,
    /// A row satisfies `--fail-if`.
    Alarm,
    /// No rows, where that is to be a failure, or none that `--fail-if` could be tested on.
    NoRows,
    /// What failed is told, and nothing came of it.
    Failed(ErrorKind),
}

impl Outcome {
    /// Which outcome stands for a run: what ended it, what all customers share, and so on down.
    pub fn of_customers(asked: usize, failed: &[ErrorKind], has_alarm: bool, lacks_rows: bool) -> Self {
        if failed.contains(&ErrorKind::NotSignedIn) {
            return Self::Failed(ErrorKind::NotSignedIn);
        }
        match failed {
            [first, rest @ ..] if failed.len() == asked => {
                let is_shared = rest.iter().all(|kind| kind == first);
                Self::Failed(if is_shared { *first } else { ErrorKind::Other })
            }
            _ if has_alarm => Self::Alarm,
            _ if lacks_rows => Self::NoRows,
            [] => Self::Done,
            _ => Self::SomeFailed,
        }
    }

    /// Whether a report has been made, so that it may replace an older one.
    pub fn has_report(self) -> bool {
        !matches!(self, Self::Failed(_))
    }

    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SomeFailed => 3,
            Self::Alarm => 10,
            Self::NoRows => 11,
            Self::Failed(kind) => kind.exit_code(),
        }
    }
}

/// A failure as it is told: one line on what was tried and what came back, then what to do about it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: ErrorKind,
    /// May hold text from outside; `output` cleans it.
    pub message: String,
    /// What somebody may have meant, one a line.
    pub choices: Vec<String>,
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
            Self::Throttled => "the service is throttling this partner",
            Self::SignInRefused => "the sign-in was refused",
            Self::NotRenewed => "the sign-in could not be renewed",
        })
    }
}

/// Names and values of ids, in the order to show them.
pub type Ids = Vec<(&'static str, String)>;

impl Failure {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), choices: Vec::new(), hint: None, ids: Ids::new(), not_asked: None }
    }

    /// Wrong arguments: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The ids of a request that got no answer.
    pub fn ids(mut self, ids: &Ids) -> Self {
        if !matches!(self.kind, ErrorKind::Usage | ErrorKind::Signal(_)) {
            self.ids.clone_from(ids);
        }
        self
    }

    /// Says what was being done when it failed: `usage of customer …: no answer within 180 s`.
    ///
    /// Wrong arguments are wrong whatever is being done.
    pub fn during(mut self, what: &str) -> Self {
        if self.kind != ErrorKind::Usage {
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
