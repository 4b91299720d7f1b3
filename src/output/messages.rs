//! All messages on standard error, and progress.
//! Nothing from outside is printed as is: control characters are shown, and secrets are removed.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::sanitize::sanitize;
use crate::secret::redacted;

/// Prints a failure: what happened, what to do, and the ids that support asks for.
pub fn error(failure: &Failure) {
    let mut text = format!("pc-usage: error: {}\n", sanitize(&failure.message));
    for choice in &failure.choices {
        text += &format!("    {}\n", sanitize(choice));
    }
    if let Some(hint) = &failure.hint {
        text += &format!("  hint: {}\n", sanitize(hint));
    }
    if !failure.ids.is_empty() {
        let ids: Vec<String> = failure.ids.iter().map(|(name, value)| format!("{name} {}", sanitize(value))).collect();
        text += &format!("  ids: {}\n", ids.join(", "));
    }
    stderr(&text);
}

/// Prints clap's message about wrong arguments, in several lines.
pub fn usage_error(text: &str) {
    let lines: Vec<_> = text.trim_end().lines().map(sanitize).collect();
    stderr(&format!("pc-usage: {}\n", lines.join("\n")));
}

pub fn warning(text: &str) {
    stderr(&format!("pc-usage: warning: {}\n", sanitize(text)));
}

/// Prints something worth knowing, though nothing is wrong.
pub fn note(text: &str) {
    stderr(&format!("pc-usage: note: {}\n", sanitize(text)));
}

/// Prints something that the user has to know or do.
pub fn say(text: &str) {
    stderr(&format!("pc-usage: {}\n", sanitize(text)));
}

/// Prints a line of `-v`.
pub fn trace(line: &str) {
    stderr(&format!("pc-usage: {}\n", sanitize(line)));
}

fn stderr(text: &str) {
    let text = redacted(text);
    let write = || {
        // There is nowhere left to report an error.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    };
    // The lock is not held while drawing: the thread that draws may need it to end.
    let bar = shown().clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// The bar or spinner on screen, which makes way for messages.
static PROGRESS: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    PROGRESS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The progress bar of a run over many customers: only in a terminal, removed at the end.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shows nothing if it is not `wanted`, or standard error is not a terminal.
    pub fn new(customers: usize, wanted: bool) -> Self {
        if !wanted || !io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(customers as u64);
        // If the template were wrong, the default one would do.
        if let Ok(style) = ProgressStyle::with_template("{pos} of {len} customers{msg} {wide_bar}") {
            bar.set_style(style);
        }
        *shown() = Some(bar.clone());
        Self(Some(bar))
    }

    /// Counts one more customer as done; `failed` is the total so far.
    pub fn step(&self, failed: usize) {
        let Some(bar) = &self.0 else { return };
        bar.inc(1);
        bar.set_message(if failed == 0 { String::new() } else { format!(", {failed} failed") });
    }

    /// Redraws the bar while waiting.
    pub fn tick(&self, is_throttled: bool) {
        let Some(bar) = &self.0 else { return };
        let message = bar.message();
        let plain = message.trim_end_matches(WAITING);
        bar.set_message(if is_throttled { format!("{plain}{WAITING}") } else { plain.to_owned() });
        bar.tick();
    }

    /// Removes the bar, also from another thread that ends the run.
    pub fn clear() {
        if let Some(bar) = shown().take() {
            bar.finish_and_clear();
        }
    }
}

const WAITING: &str = ", waiting: the service is throttling";

/// A spinner for anything that takes longer than a second: only in a terminal, removed on drop.
pub struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    /// `what` is being waited for. Shows nothing if it is not `wanted`, or standard error is not a terminal.
    pub fn new(what: &str, wanted: bool) -> Self {
        const PATIENCE: Duration = Duration::from_secs(1);
        const TURN: Duration = Duration::from_millis(100);
        if !wanted || !io::stderr().is_terminal() {
            return Self(None);
        }
        let (end, ended) = mpsc::channel::<()>();
        let what = redacted(&sanitize(what)).into_owned();
        let is_waiting = move |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        let show = move || {
            if !is_waiting(PATIENCE) {
                return;
            }
            let spinner = ProgressBar::new_spinner().with_message(what);
            *shown() = Some(spinner.clone());
            spinner.tick();
            while is_waiting(TURN) {
                spinner.tick();
            }
            Progress::clear();
        };
        // If no thread can be started there is no spinner, which does no harm.
        Self(thread::Builder::new().spawn(show).ok().map(|thread| (end, thread)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.0.take() {
            drop(end);
            // The thread removes the spinner before it ends; if it panicked, there is none.
            let _ = thread.join();
        }
    }
}
