//! The status line: how far a run has got, or what it is waiting for. It is shown only if standard error is a terminal, and
//! is cleared at the end. Messages are written above it.
//! It is written by hand, since a progress library would link libm, which every start would have to load.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthChar;

use crate::sanitize::sanitize;
use crate::secret::redacted;

/// The text on the line; empty if there is none, and `None` once nothing more may be shown.
static LINE: Mutex<Option<String>> = Mutex::new(Some(String::new()));

fn line() -> MutexGuard<'static, Option<String>> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the terminal does what escape codes say. Windows does so once it is asked to; older consoles show them instead.
pub fn obeys_escape_codes() -> bool {
    #[cfg(windows)]
    let obeys = enable_ansi_support::enable_ansi_support().is_ok();
    #[cfg(not(windows))]
    let obeys = true;
    obeys
}

/// Goes to the start of the line and clears it.
const CLEAR: &str = "\r\u{1b}[2K";

fn write(text: &str) {
    // There is nowhere left to complain to.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a message, which ends in a line break, above the line.
pub fn beside(message: &str) {
    match line().as_deref() {
        None | Some("") => write(message),
        Some(line) => write(&format!("{CLEAR}{message}{line}")),
    }
}

/// Shows this in place of what was there.
fn show(text: &str) {
    let columns = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    let mut width = 0;
    // A line that is broken could not be cleared.
    let fits = |char: &char| {
        width += char.width().unwrap_or(0);
        width < columns
    };
    let text: String = text.chars().take_while(fits).collect();
    if let Some(line) = line().as_mut().filter(|line| **line != text) {
        write(&format!("{CLEAR}{text}"));
        *line = text;
    }
}

/// Takes the line away.
pub fn clear() {
    if let Some(line) = line().as_mut().filter(|line| !line.is_empty()) {
        write(CLEAR);
        line.clear();
    }
}

/// Takes the line away for good: another thread ends the run.
pub fn end() {
    if line().take().is_some_and(|line| !line.is_empty()) {
        write(CLEAR);
    }
}

/// How far a run over many customers or rows is.
pub struct Progress {
    /// How many there are, and of what; `None` if it is not shown.
    of: Option<(usize, &'static str)>,
    done: usize,
    failed: usize,
    drawn: Option<Instant>,
}

impl Progress {
    /// Nothing is shown unless it is `wanted` and standard error is a terminal.
    pub fn new(customers: usize, wanted: bool) -> Self {
        let is_shown = wanted && io::stderr().is_terminal() && obeys_escape_codes();
        Self { of: is_shown.then_some((customers, "customers")), done: 0, failed: 0, drawn: None }
    }

    /// So many more customers are done; `failed` is how many have failed so far.
    pub fn customers(&mut self, more: usize, failed: usize) {
        (self.done, self.failed) = (self.done + more, failed);
        self.step();
    }

    /// So many rows are done, where their number tells more than that of the customers.
    pub fn rows(&mut self, done: usize, of: usize) {
        self.done = done;
        self.of = self.of.map(|_| (of, "rows"));
        self.step();
    }

    fn step(&mut self) {
        // Nobody reads faster.
        if self.drawn.is_none_or(|drawn| drawn.elapsed() > Duration::from_millis(50)) {
            self.draw("");
        }
    }

    /// Redraws the line while nothing has changed.
    pub fn tick(&mut self, is_throttled: bool) {
        self.draw(if is_throttled { ", waiting: the service throttles" } else { "" });
    }

    fn draw(&mut self, more: &str) {
        const BAR: usize = 20;
        let Some((of, what)) = self.of.filter(|(of, _)| *of > 0) else { return };
        let filled = self.done * BAR / of;
        let failed = if self.failed == 0 { String::new() } else { format!(", {} failed", self.failed) };
        let bar = "█".repeat(filled.min(BAR)) + &"░".repeat(BAR - filled.min(BAR));
        show(&format!("{bar} {} of {of} {what}{failed}{more}", self.done));
        self.drawn = Some(Instant::now());
    }
}

/// A spinner for anything that takes longer than a second, cleared on drop.
pub struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    /// `what` is what the run is waiting for. Nothing is shown unless it is `wanted` and standard error is a terminal.
    pub fn new(what: &str, wanted: bool) -> Self {
        const PATIENCE: Duration = Duration::from_secs(1);
        const TURN: Duration = Duration::from_millis(100);
        const WHEEL: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
        if !wanted || !io::stderr().is_terminal() || !obeys_escape_codes() {
            return Self(None);
        }
        let (end, ended) = mpsc::channel::<()>();
        let what = redacted(&sanitize(what)).into_owned();
        let is_waiting = move |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        let turn = move || {
            let mut patience = PATIENCE;
            for wheel in WHEEL.iter().cycle() {
                if !is_waiting(patience) {
                    break;
                }
                show(&format!("{wheel} {what}"));
                patience = TURN;
            }
            clear();
        };
        // If no thread can be started, there is no spinner, and nothing is lost.
        Self(thread::Builder::new().spawn(turn).ok().map(|thread| (end, thread)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.0.take() {
            drop(end);
            // It takes its line away first; should it have failed, there is none.
            let _ = thread.join();
        }
    }
}
