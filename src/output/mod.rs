//! The report's way out, to standard output or a file, and every word on standard error.
//! Nothing else in the program prints. It writes whole files or none, and knows no format.

mod file;
mod messages;
pub mod status;

use std::borrow::Cow;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use tempfile::TempPath;

use crate::failure::{Failure, Outcome};
use crate::signals;
use file::{Target, io_reason, new_file};

pub use messages::{error, note, say, trace, usage_error, warning};
pub use status::{Progress, Waiting};

/// The width of the terminal that standard output is; `None` where it is none.
pub fn terminal_width() -> Option<u16> {
    // The crate's own `terminal_size()` would fall back to standard error: `| less` is no terminal.
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}

pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether everything arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Whole,
    /// Whoever read the pipe has seen enough.
    PipeClosed,
}

/// Where the report goes. Dropped unfinished, it leaves no file behind.
pub struct Destination {
    /// As it is called in an error.
    name: String,
    /// What is to be replaced in the end.
    file: Option<NewFile>,
    /// Shared with whoever ends the run on a signal.
    state: Arc<Mutex<State>>,
}

enum State {
    /// The reader of a FIFO may be waited for.
    Opening,
    /// Written as the report comes. Locked meanwhile, so that what is being written is whole.
    Stream {
        stream: Stream,
        /// What makes whole what has been written so far.
        closing: &'static [u8],
    },
    /// A file beside its place, gone when dropped.
    Temporary(TempPath),
    Ended,
}

/// Standard output, a device, a FIFO.
type Stream = Box<dyn Write + Send>;

/// A file that is written beside its place, and put there when the run has ended well.
struct NewFile {
    file: File,
    target: PathBuf,
    /// Those of the file that it replaces.
    permissions: Option<Permissions>,
}

impl Destination {
    /// Opens where the report is to go, and ends it whole when a signal comes; `None` and `-` are standard output.
    ///
    /// # Errors
    /// Where the report could not be written in the end: better now than after the requests.
    pub fn open(out_file: Option<&Path>) -> anyhow::Result<Self> {
        let state = Arc::new(Mutex::new(State::Opening));
        let shared = Arc::clone(&state);
        signals::watch(move |signal| {
            let mut state = lock(&shared);
            if let State::Stream { stream, closing } = &mut *state {
                // An array is closed; a total of half the customers is none.
                let _ = write_whole(stream, closing);
            }
            // Dropped, the temporary file goes; and whatever is written from now on goes nowhere.
            *state = State::Ended;
            status::end();
            error(&signal);
        })
        .context("setting up signal handling")?;
        let mut destination = Self { name: "standard output".to_owned(), file: None, state };
        let stream = |stream| State::Stream { stream, closing: b"" };
        let cannot_write = |name: &Path, error: io::Error| anyhow!("cannot write {}: {error}", name.display());
        match Target::of(out_file)? {
            Target::Stdout => *destination.lock() = stream(standard_output()?),
            Target::Stderr(name) => {
                let stderr = standard_error().map_err(|error| cannot_write(&name, error))?;
                destination.name = name.display().to_string();
                *destination.lock() = stream(stderr);
            }
            Target::Direct { path, append } => {
                // Not locked: this may wait for somebody. Opened at once, as a shell does it, so that whoever reads a FIFO
                // sees its end when the run fails.
                let file = OpenOptions::new().write(true).append(append).open(&path);
                let file = file.map_err(|error| cannot_write(&path, error))?;
                destination.name = path.display().to_string();
                *destination.lock() = stream(Box::new(file));
            }
            Target::Replace { name, target, existing } => {
                // Locked, so that no signal finds a temporary file that nobody removes.
                let mut state = lock(&destination.state);
                let (file, temporary) =
                    new_file(&target, existing.as_ref()).map_err(|error| match error.downcast::<Failure>() {
                        Ok(failure) => failure.during(&format!("cannot write {}", name.display())).into(),
                        Err(error) => error.context(format!("cannot write {}", name.display())),
                    })?;
                *state = State::Temporary(temporary);
                drop(state);
                destination.name = target.display().to_string();
                let permissions = existing.map(|metadata| metadata.permissions());
                destination.file = Some(NewFile { file, target, permissions });
            }
        }
        Ok(destination)
    }

    /// Writes the next piece of the report. `closing` is what has to follow it if nothing else does.
    ///
    /// # Errors
    /// Those of the disk or device. A closed pipe is none.
    pub fn write(&self, pieces: &[Cow<'_, [u8]>], closing: &'static [u8]) -> anyhow::Result<Written> {
        let result = match &self.file {
            Some(new) => write_all(&mut &new.file, pieces),
            None => match &mut *self.lock() {
                State::Stream { stream, closing: last } => {
                    *last = closing;
                    write_all(stream, pieces)
                }
                // A signal has ended the report.
                _ => return Ok(Written::PipeClosed),
            },
        };
        match result {
            Ok(()) => Ok(Written::Whole),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Written::PipeClosed),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Ends the report of a run: puts a file in its place once all of it is on the disk, or leaves
    /// what was there where `keep` is false. Where a signal came before, this does not return.
    ///
    /// # Errors
    /// Those of the disk; the old file is then still there.
    pub fn finish(&self, outcome: Outcome, keep: bool) -> anyhow::Result<()> {
        let new = self.file.as_ref().filter(|_| keep);
        if let Some(NewFile { file, permissions, .. }) = new {
            // Again, since writing takes a set-user-id bit away.
            let permissions = permissions.clone().map_or(Ok(()), |permissions| file.set_permissions(permissions));
            // This may take long, and a signal may still end it.
            permissions.and_then(|()| file.sync_all()).map_err(|error| self.failed(&error))?;
        }
        signals::decide(outcome.exit_code(), || match (mem::replace(&mut *self.lock(), State::Ended), new) {
            (State::Temporary(path), Some(new)) => path.persist(&new.target).map_err(|error| self.failed(&error.error)),
            _ => Ok(()),
        })
    }

    fn failed(&self, error: &io::Error) -> anyhow::Error {
        anyhow!("cannot write {}: {}", self.name, io_reason(error))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        *self.lock() = State::Ended;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a text to standard output that no signal needs to end whole.
///
/// # Errors
/// Those of the disk or device. A closed pipe is none.
pub fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut stdout = standard_output()?;
    match write_whole(&mut stdout, text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(no_standard_output(&error)),
        _ => Ok(()),
    }
}

fn write_all(stream: &mut impl Write, pieces: &[Cow<'_, [u8]>]) -> io::Result<()> {
    pieces.iter().try_for_each(|piece| write_whole(stream, piece))
}

/// Also where another program has made the terminal that both write to one that does not wait.
fn write_whole(stream: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => signals::wait(Duration::from_millis(10)),
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

/// Standard output as the system has it: the library's own takes what is not open for writing for written.
fn standard_output() -> anyhow::Result<Stream> {
    #[cfg(unix)]
    let stdout = {
        use std::os::fd::AsFd;
        let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        // No byte tells of a descriptor that is open for reading only.
        stdout.and_then(|mut stdout| stdout.write(&[]).map(|_| stdout))
    };
    // A console needs more than bytes.
    #[cfg(not(unix))]
    let stdout = Ok(io::stdout());
    stdout.map(|stdout| Box::new(stdout) as Stream).map_err(|error| no_standard_output(&error))
}

fn no_standard_output(error: &io::Error) -> anyhow::Error {
    anyhow!("cannot write standard output: {error}")
}

fn standard_error() -> io::Result<Stream> {
    #[cfg(unix)]
    let stderr = File::from(std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()?);
    #[cfg(not(unix))]
    let stderr = io::stderr();
    Ok(Box::new(stderr))
}
