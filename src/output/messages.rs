//! Every word on standard error, and the progress of a run there.
//! Nothing from outside reaches it as it is: what could steer a terminal is shown, and secrets are taken out.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::sanitize::sanitize;
use crate::secret::redacted;

/// A failure as a person reads it: what, what to do, and the ids that support asks for.
pub fn error(failure: &Failure) {
    let mut text = format!("pc-usage: error: {}\n", sanitize(&failure.message));
    if let Some(hint) = &failure.hint {
        text += &format!("  hint: {}\n", sanitize(hint));
    }
    if !failure.ids.is_empty() {
        let ids: Vec<String> = failure.ids.iter().map(|(name, value)| format!("{name} {}", sanitize(value))).collect();
        text += &format!("  ids: {}\n", ids.join(", "));
    }
    stderr(&text);
}

/// What clap has to say about wrong arguments, in several lines.
pub fn usage_error(text: &str) {
    let lines: Vec<_> = text.trim_end().lines().map(sanitize).collect();
    stderr(&format!("pc-usage: {}\n", lines.join("\n")));
}

pub fn warning(text: &str) {
    stderr(&format!("pc-usage: warning: {}\n", sanitize(text)));
}

/// What a person should know, though nothing is wrong.
pub fn note(text: &str) {
    stderr(&format!("pc-usage: note: {}\n", sanitize(text)));
}

/// What a person has to know or do.
pub fn say(text: &str) {
    stderr(&format!("pc-usage: {}\n", sanitize(text)));
}

/// A line of `-v`.
pub fn trace(line: &str) {
    stderr(&format!("pc-usage: {}\n", sanitize(line)));
}

fn stderr(text: &str) {
    let text = redacted(text);
    let write = || {
        // There is nowhere left to complain to.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    };
    match PROGRESS.get() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// The one progress bar, which gives way to messages.
static PROGRESS: OnceLock<ProgressBar> = OnceLock::new();

/// How far a run over many customers is: in a terminal only, and gone in the end.
pub struct Progress(Option<&'static ProgressBar>);

impl Progress {
    /// Where it is not `wanted`, or standard error is no terminal, there is none.
    pub fn new(customers: usize, wanted: bool) -> Self {
        if !wanted || !io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(customers as u64);
        // A template that cannot be read would be a mistake of this line: the default one shows as much.
        if let Ok(style) = ProgressStyle::with_template("{pos} of {len} customers{msg} {wide_bar}") {
            bar.set_style(style);
        }
        Self(Some(PROGRESS.get_or_init(|| bar)))
    }

    /// One customer more is done, `failed` in all have failed.
    pub fn step(&self, failed: usize) {
        let Some(bar) = self.0 else { return };
        bar.inc(1);
        bar.set_message(if failed == 0 { String::new() } else { format!(", {failed} failed") });
    }

    /// Nothing new, but it goes on.
    pub fn tick(&self, is_throttled: bool) {
        let Some(bar) = self.0 else { return };
        let message = bar.message();
        let plain = message.trim_end_matches(WAITING);
        bar.set_message(if is_throttled { format!("{plain}{WAITING}") } else { plain.to_owned() });
        bar.tick();
    }

    /// Takes the bar away, also where it is another thread that ends the run.
    pub fn clear() {
        if let Some(bar) = PROGRESS.get() {
            bar.finish_and_clear();
        }
    }
}

const WAITING: &str = ", waiting: the service throttles";
