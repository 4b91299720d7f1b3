//! What went wrong, in words for people, how a run ended, and all exit codes.
//! It prints nothing.

use std::fmt;

/// The ways to fail that a script can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A file, the disk, or a status with no more precise meaning.
    Other,
    /// Wrong arguments or a wrong environment variable.
    Usage,
    /// No token, an unusable one, or one that the service refused (401).
    NotSignedIn,
    /// The service knows the caller and refuses (403).
    Forbidden,
    /// No such customer for this partner (404).
    NotFound,
    /// Still throttled after the last retry (429).
    Throttled,
    /// Network, TLS, time-out, 408 or 5xx, still failing after the last retry.
    Unavailable,
    /// An answer that does not match the documentation.
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
            // As a shell reports a process that was ended by a signal.
            ErrorKind::Signal(number) => 128 + number,
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Some customers failed, some succeeded.
    SomeFailed,
    /// A row satisfies `--fail-if`.
    Alarm,
    /// No rows, where that counts as a failure, or no row that `--fail-if` could test.
    NoRows,
    /// It failed, the failure has been reported, and there is no report.
    Failed(ErrorKind),
}

impl Outcome {
    /// The outcome of a run: a refused sign-in first, then a failure of all customers, an alarm, missing rows, and failures of some.
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

    /// Whether a report was produced, which may replace an older one.
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

/// A failure as shown to people: one line on what was tried and what came back, then what to do about it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: ErrorKind,
    /// May hold text from outside; `output` cleans it.
    pub message: String,
    /// What may have been meant, one per line.
    pub choices: Vec<String>,
    /// The next step to take.
    pub hint: Option<String>,
    /// The ids that Microsoft support asks for.
    pub ids: Ids,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it was not tried, if it was not: the run had been ended.
    pub not_asked: Option<NotAsked>,
}

/// Why no more customers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    Throttled,
    /// The service refused the token, or the sign-in service the sign-in.
    SignInRefused,
    /// The token has expired, and no other can be had at the moment.
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
        Self {
            kind,
            message: message.into(),
            choices: Vec::new(),
            hint: None,
            ids: Ids::new(),
            status: None,
            not_asked: None,
        }
    }

    /// Anything other than a `Failure` is a file or system error, told with all its causes.
    pub fn of(error: anyhow::Error) -> Self {
        error.downcast().unwrap_or_else(|error| Self::new(ErrorKind::Other, format!("{error:#}")))
    }

    /// Wrong arguments: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The ids sent with a request that got no answer.
    pub fn ids(mut self, ids: &Ids) -> Self {
        if !matches!(self.kind, ErrorKind::Usage | ErrorKind::Signal(_)) {
            self.ids.clone_from(ids);
        }
        self
    }

    /// Says what was being done when it failed: `usage of customer …: no complete response from … within 180 s`.
    ///
    /// For wrong arguments it does not matter what was being done.
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
