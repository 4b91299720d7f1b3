//! Output of the reports, to standard output or files, and of all messages on standard error.
//! Nothing else in the program prints. It writes complete files or none, and knows no format.

mod file;
mod messages;
pub mod status;
#[cfg(windows)]
mod windows;

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use tempfile::TempPath;

use crate::failure::{Failure, Outcome};
use crate::signals;
use file::{Target, io_reason, is_device, new_file, refuse_twice, replace};

pub use file::is_special;
pub use messages::{error, note, say, trace, usage_error, warning};
pub use status::{Progress, Waiting, obeys_escape_codes};

/// The width of standard output's terminal; `None` if it is not a terminal.
pub fn terminal_width() -> Option<u16> {
    // The crate's `terminal_size()` would fall back to standard error, which is wrong for `| less`.
    let width = terminal_size::terminal_size_of(io::stdout())?.0.0;
    // A Windows console that is not asked to be a terminal, or is too old, adds a line to each that reaches its edge.
    Some(if obeys_escape_codes() { width } else { width.saturating_sub(1) })
}

pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a report there would be seen in a terminal; `None` and `-` are standard output.
pub fn is_terminal_at(out_file: Option<&Path>) -> bool {
    match Target::of(out_file) {
        Ok(Target::Stdout) => is_terminal(),
        Ok(Target::Stderr(_)) => io::stderr().is_terminal(),
        // A FIFO would wait for its reader here.
        Ok(Target::Direct { path, .. }) => is_device(&path) && File::open(&path).is_ok_and(|file| file.is_terminal()),
        _ => false,
    }
}

/// Whether everything arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Whole,
    /// The reader of the pipe has closed it.
    PipeClosed,
}

/// Where the reports of a run go. Dropped unfinished, they leave no file behind.
pub struct Destinations(Vec<Destination>);

/// Where one of them goes.
pub struct Destination {
    /// Its name in errors.
    name: String,
    /// The file to put in place at the end.
    file: Option<NewFile>,
    /// Shared with the thread that handles signals.
    state: Arc<Mutex<State>>,
}

enum State {
    /// Possibly waiting for the reader of a FIFO.
    Opening,
    /// Written as the report is produced, under a lock, so that each piece is written completely.
    Stream {
        stream: Stream,
        /// What completes the output so far.
        closing: &'static [u8],
    },
    /// A temporary file next to its target, removed on drop.
    Temporary(TempPath),
    Ended,
}

/// Standard output, a device, a FIFO.
type Stream = Box<dyn Write + Send>;

/// A file written next to its target, and moved there if the run ends well.
struct NewFile {
    file: File,
    target: PathBuf,
    /// Those of the file that it replaces.
    permissions: Option<Permissions>,
}

impl Destinations {
    /// Opens them, and completes the output if a signal comes; `None` and `-` are standard output.
    ///
    /// # Errors
    /// If a report could not be written, or two would go to the same file: better to know before any request.
    pub fn open<'p>(out_files: impl IntoIterator<Item = Option<&'p Path>>) -> anyhow::Result<Self> {
        let out_files: Vec<_> = out_files.into_iter().collect();
        let targets = out_files.iter().copied().map(Target::of).collect::<anyhow::Result<Vec<_>>>()?;
        refuse_twice(&out_files, &targets)?;
        let mut destinations = Self(targets.iter().map(|_| Destination::new()).collect());
        let states = destinations.states();
        signals::watch(move |signal| {
            end(&states);
            status::end();
            error(&signal);
        })
        .context("setting up signal handling")?;
        // Files first: opening a FIFO waits for its reader, who should not come in vain.
        for is_replaced in [true, false] {
            for (destination, target) in destinations.0.iter_mut().zip(&targets) {
                if matches!(target, Target::Replace { .. }) == is_replaced {
                    destination.open(target)?;
                }
            }
        }
        Ok(destinations)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Destination> {
        self.0.iter()
    }

    /// Ends the run as a failure where a library panics, which `told` puts into words: no temporary file stays behind.
    pub fn end_on_panic(&self, told: fn(&str) -> Failure) {
        let states = self.states();
        signals::on_panic(move |panic| {
            let failure = told(panic);
            end(&states);
            status::end();
            error(&failure);
            failure.kind
        });
    }

    /// Ends the reports: moves the files into place once all of them are on disk, or leaves the old ones if `keep` is
    /// false. If a signal came first, this does not return.
    ///
    /// # Errors
    /// Those of the disk. The old files are then still there, or it is said which are not.
    pub fn finish(&self, outcome: Outcome, keep: bool) -> anyhow::Result<()> {
        let files = self.0.iter().filter_map(|destination| Some((destination, destination.file.as_ref()?)));
        let files: Vec<_> = files.filter(|_| keep).collect();
        for (destination, NewFile { file, permissions, .. }) in &files {
            // Set again, since writing clears a set-user-ID bit.
            let permissions = permissions.clone().map_or(Ok(()), |permissions| file.set_permissions(permissions));
            // This may take a while, and a signal may still end it.
            permissions.and_then(|()| file.sync_all()).map_err(|error| destination.failed(&error))?;
        }
        signals::decide(outcome.exit_code(), || {
            for (at, (destination, new)) in files.iter().enumerate() {
                if let State::Temporary(path) = destination.take_state() {
                    replace(path, &new.target).map_err(|error| {
                        let names = |files: &[(&Destination, _)]| {
                            files.iter().map(|(file, _)| file.name.as_str()).collect::<Vec<_>>().join(", ")
                        };
                        let more = match files.split_at(at) {
                            ([], [_]) => return error,
                            ([], _) => "no file has been replaced".to_owned(),
                            (done, rest) => format!("replaced: {}; not replaced: {}", names(done), names(rest)),
                        };
                        let failure = Failure::of(error);
                        Failure { message: format!("{}; {more}", failure.message), ..failure }.into()
                    })?;
                }
            }
            self.0.iter().for_each(|destination| drop(destination.take_state()));
            Ok(())
        })
    }

    fn states(&self) -> Vec<Arc<Mutex<State>>> {
        self.0.iter().map(|destination| Arc::clone(&destination.state)).collect()
    }
}

impl Drop for Destinations {
    fn drop(&mut self) {
        self.0.iter().for_each(|destination| drop(destination.take_state()));
    }
}

/// Completes what is being written and removes the temporary files; anything written from now on is discarded.
fn end(states: &[Arc<Mutex<State>>]) {
    // The files first: a stream is locked for as long as its reader does not read.
    for state in states {
        if let Ok(mut state) = state.try_lock()
            && matches!(*state, State::Temporary(_))
        {
            *state = State::Ended;
        }
    }
    for state in states {
        let mut state = lock(state);
        if let State::Stream { stream, closing } = &mut *state {
            // An array is closed; but no totals, which would cover only some customers.
            let _ = write_whole(stream, closing);
        }
        *state = State::Ended;
    }
}

impl Destination {
    fn new() -> Self {
        Self { name: "standard output".to_owned(), file: None, state: Arc::new(Mutex::new(State::Opening)) }
    }

    fn open(&mut self, target: &Target) -> anyhow::Result<()> {
        let stream = |stream| State::Stream { stream, closing: b"" };
        let cannot_write = |name: &Path, error: io::Error| anyhow!("cannot write {}: {error}", name.display());
        match target {
            Target::Stdout => *self.lock() = stream(standard_output()?),
            Target::Stderr(name) => {
                let stderr = standard_error().map_err(|error| cannot_write(name, error))?;
                self.name = name.display().to_string();
                *self.lock() = stream(stderr);
            }
            Target::Direct { path, append } => {
                // Not locked: this may block. Opened at once, as a shell would, so that the reader of a FIFO sees its end
                // if the run fails.
                let file = OpenOptions::new().write(true).append(*append).open(path);
                let file = file.map_err(|error| cannot_write(path, error))?;
                self.name = path.display().to_string();
                *self.lock() = stream(Box::new(file));
            }
            Target::Replace { name, target, existing } => {
                // Locked, so that a signal cannot leave the temporary file behind.
                let mut state = lock(&self.state);
                let (file, temporary) =
                    new_file(target, existing.as_ref()).map_err(|error| match error.downcast::<Failure>() {
                        Ok(failure) => failure.during(&format!("cannot write {}", name.display())).into(),
                        Err(error) => error.context(format!("cannot write {}", name.display())),
                    })?;
                *state = State::Temporary(temporary);
                drop(state);
                self.name = target.display().to_string();
                let permissions = existing.as_ref().map(fs::Metadata::permissions);
                self.file = Some(NewFile { file, target: target.clone(), permissions });
            }
        }
        Ok(())
    }

    /// Writes the next piece of the report. `closing` completes the output if nothing else follows.
    ///
    /// # Errors
    /// Those of the disk or device. A closed pipe is not an error.
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

    fn failed(&self, error: &io::Error) -> anyhow::Error {
        anyhow!("cannot write {}: {}", self.name, io_reason(error))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What is dropped ends: a temporary file is removed, a stream closed.
    fn take_state(&self) -> State {
        mem::replace(&mut *self.lock(), State::Ended)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a text to standard output that need not be completed on a signal.
///
/// # Errors
/// Those of the disk or device. A closed pipe is not an error.
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

/// Also works if another program has made the shared terminal non-blocking.
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

/// Standard output unbuffered: the standard library ignores errors if it is not open for writing.
fn standard_output() -> anyhow::Result<Stream> {
    #[cfg(unix)]
    let stdout = {
        use std::os::fd::AsFd;
        let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        // An empty write reveals a descriptor that is open for reading only.
        stdout.and_then(|mut stdout| stdout.write(&[]).map(|_| stdout))
    };
    #[cfg(not(unix))]
    let stdout = {
        // A console needs the library's conversion.
        if io::stdout().is_terminal() {
            return Ok(Box::new(io::stdout()));
        }
        std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned().map(File::from)
    };
    stdout.map(|stdout| Box::new(stdout) as Stream).map_err(|error| no_standard_output(&error))
}

fn no_standard_output(error: &io::Error) -> anyhow::Error {
    anyhow!("cannot write standard output: {error}")
}

fn standard_error() -> io::Result<Stream> {
    #[cfg(unix)]
    let stderr = std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()?;
    #[cfg(not(unix))]
    let stderr = std::os::windows::io::AsHandle::as_handle(&io::stderr()).try_clone_to_owned()?;
    Ok(Box::new(File::from(stderr)))
}
