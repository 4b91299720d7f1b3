//! The report's way out, to standard output or a file, and every word on standard error.
//! Nothing else in the program prints. It writes whole files or none, and knows no format.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use tempfile::TempPath;

use crate::clean::clean;
use crate::failure::{Failure, Kind};
use crate::secret::redacted;
use crate::signals;

/// The width of the terminal that standard output is; `None` where it is none.
pub fn terminal_width() -> Option<u16> {
    // The crate's own `terminal_size()` would fall back to standard error: `| less` is no terminal.
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}

pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// A failure as a person reads it: what, what to do, and the ids that support asks for.
pub fn error(failure: &Failure) {
    let mut text = format!("pc-usage: error: {}\n", clean(&failure.message));
    if let Some(hint) = &failure.hint {
        text += &format!("  hint: {}\n", clean(hint));
    }
    if !failure.ids.is_empty() {
        let ids: Vec<String> = failure.ids.iter().map(|(name, value)| format!("{name} {}", clean(value))).collect();
        text += &format!("  ids: {}\n", ids.join(", "));
    }
    stderr(&text);
}

/// What clap has to say about wrong arguments, in several lines.
pub fn usage_error(text: &str) {
    let lines: Vec<_> = text.trim_end().lines().map(clean).collect();
    stderr(&format!("pc-usage: {}\n", lines.join("\n")));
}

pub fn warning(text: &str) {
    stderr(&format!("pc-usage: warning: {}\n", clean(text)));
}

/// What a person should know, though nothing is wrong.
pub fn note(text: &str) {
    stderr(&format!("pc-usage: note: {}\n", clean(text)));
}

/// What a person has to know or do.
pub fn say(text: &str) {
    stderr(&format!("pc-usage: {}\n", clean(text)));
}

/// A line of `-v`.
pub fn trace(line: &str) {
    stderr(&format!("pc-usage: {}\n", clean(line)));
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
        closing: Vec<u8>,
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
            Progress::clear();
            error(&signal);
        })
        .context("setting up signal handling")?;
        let mut destination = Self { name: "standard output".to_owned(), file: None, state };
        let stream = |stream| State::Stream { stream, closing: Vec::new() };
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
    pub fn write(&self, bytes: &[u8], closing: Vec<u8>) -> anyhow::Result<Written> {
        let result = match &self.file {
            Some(new) => write_whole(&mut &new.file, bytes),
            None => match &mut *self.lock() {
                State::Stream { stream, closing: last } => {
                    *last = closing;
                    write_whole(stream, bytes)
                }
                // A signal has ended the report.
                _ => return Ok(Written::PipeClosed),
            },
        };
        match result {
            Ok(()) => Ok(Written::Whole),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Written::PipeClosed),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Ends the report of a run that ends with `code`: puts a file in its place once all of it is on the disk, or leaves
    /// what was there where `keep` is false. Where a signal came before, this does not return.
    ///
    /// # Errors
    /// Those of the disk; the old file is then still there.
    pub fn finish(&self, code: u8, keep: bool) -> anyhow::Result<()> {
        let new = self.file.as_ref().filter(|_| keep);
        if let Some(NewFile { file, permissions, .. }) = new {
            // Again, since writing takes a set-user-id bit away.
            let permissions = permissions.clone().map_or(Ok(()), |permissions| file.set_permissions(permissions));
            // This may take long, and a signal may still end it.
            permissions.and_then(|()| file.sync_all()).map_err(|error| self.failed(&error))?;
        }
        signals::decide(code, || match (mem::replace(&mut *self.lock(), State::Ended), new) {
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
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(no_standard_output(&error)),
        _ => Ok(()),
    }
}

/// Also where another program has made the terminal that both write to one that does not wait.
fn write_whole(stream: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => signals::wait(Duration::from_millis(10)),
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

/// Where the report is to go, looked at but not opened yet.
enum Target {
    Stdout,
    Stderr(PathBuf),
    /// What is no regular file is written as it is: a device, a FIFO; and a file that somebody else has opened for this run.
    Direct {
        path: PathBuf,
        append: bool,
    },
    /// `name` is as it was typed, `target` what it means in the end.
    Replace {
        name: PathBuf,
        target: PathBuf,
        existing: Option<fs::Metadata>,
    },
}

impl Target {
    fn of(out_file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = out_file.filter(|path| *path != Path::new("-")) else { return Ok(Self::Stdout) };
        Self::of_file(path).with_context(|| format!("cannot write {}", path.display()))
    }

    fn of_file(path: &Path) -> anyhow::Result<Self> {
        let existing = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Err(anyhow!("it is a folder")),
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        if existing.is_none() && path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(anyhow!("it is a folder"));
        }
        Ok(match (follow_links(path)?, existing) {
            (End::Descriptor(_), None) => return Err(anyhow!("it is not open")),
            (End::Descriptor(1), _) => Self::Stdout,
            // By this name errors do not take it for the place of errors.
            (End::Descriptor(2), _) => Self::Stderr(path.to_owned()),
            // Opened anew it starts at its beginning: what stands there stays.
            (End::Descriptor(_), Some(metadata)) => Self::Direct { path: path.to_owned(), append: metadata.is_file() },
            (_, Some(metadata)) if !metadata.is_file() => Self::Direct { path: path.to_owned(), append: false },
            (End::File(target), existing) => Self::Replace { name: path.to_owned(), target, existing },
        })
    }
}

/// What a path means in the end.
enum End {
    /// A file, which may not exist yet.
    File(PathBuf),
    /// What this process has open under this number: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`.
    Descriptor(u32),
}

fn follow_links(path: &Path) -> io::Result<End> {
    let mut path = path.to_owned();
    let descriptors = fs::canonicalize("/dev/fd").ok();
    // As many as Linux follows.
    for _ in 0..40 {
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let number = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        if let (true, Some(number)) = (folder.is_some() && folder == descriptors, number) {
            return Ok(End::Descriptor(number));
        }
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(End::File(path)),
        }
    }
    Err(io::Error::other("too many links"))
}

/// Makes the file that is to be in the place of `target`, with all that it is to keep of it.
fn new_file(target: &Path, existing: Option<&fs::Metadata>) -> anyhow::Result<(File, TempPath)> {
    // A file that may not be written may not be replaced either.
    let old = existing.map(|_| OpenOptions::new().write(true).open(target)).transpose()?;
    #[cfg(target_os = "linux")]
    if old.as_ref().is_some_and(is_mounted) {
        return Err(Failure::new(Kind::Other, "it is mounted by itself and cannot be replaced")
            .hint("mount the folder that it is in")
            .into());
    }
    let folder = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pc-usage-");
    // A new file gets what any program's new file gets. In the place of another it is closed to others from its beginning.
    #[cfg(unix)]
    if old.is_none() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let (file, temporary) = builder
        .tempfile_in(folder)
        .map_err(|error| anyhow!("no file can be made in its folder: {}", io_reason(&error)))?
        .into_parts();
    if let (Some(old), Some(metadata)) = (old, existing) {
        keep(&file, &old, metadata).map_err(|why| {
            Failure::new(Kind::Other, format!("a new file in its place cannot keep {why}"))
                .hint("write to another file, or delete this one first")
        })?;
    }
    Ok((file, temporary))
}

/// Gives a new file the owner, group and mode of the old one: root's cron job must not take an analyst's file away.
#[cfg(unix)]
fn keep(new: &File, old: &File, metadata: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let cannot = |what: &str, error: io::Error| format!("{what}: {error}");
    let fresh = new.metadata().map_err(|error| cannot("its owner", error))?;
    // One by one: whoever may not give a file away may still give it to a group of their own.
    if fresh.gid() != metadata.gid() {
        let group = metadata.gid();
        fchown(new, None, Some(group)).map_err(|error| cannot(&format!("its group ({group})"), error))?;
    }
    if fresh.uid() != metadata.uid() {
        let owner = metadata.uid();
        fchown(new, Some(owner), None).map_err(|error| cannot(&format!("its owner (user {owner})"), error))?;
    }
    keep_access_list(new, old).map_err(|error| cannot("its access list", error))?;
    // A mode that is not allowed can be taken without a word, and not be kept.
    let mode = |metadata: &fs::Metadata| metadata.mode() & 0o7777;
    let kept = new.set_permissions(metadata.permissions()).and_then(|()| new.metadata());
    let kept = kept.map_err(|error| cannot(&format!("its mode ({:04o})", mode(metadata)), error))?;
    if mode(&kept) != mode(metadata) {
        return Err(format!("its mode ({:04o})", mode(metadata)));
    }
    Ok(())
}

/// Whether a file alone is mounted, as containers do it: nothing can be put in its place.
#[cfg(target_os = "linux")]
fn is_mounted(file: &File) -> bool {
    use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};
    statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
        .is_ok_and(|status| status.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Where a file has an access list, the group's part of its mode is only a bound for all who are named there: without the
/// list the group could gain by it. And a folder can give a new file a list that the old one has not.
#[cfg(target_os = "linux")]
fn keep_access_list(new: &File, old: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;
    const LIST: &str = "system.posix_acl_access";

    // As long as the system lets one be.
    let mut list = vec![0; 64 << 10];
    let kept = match fgetxattr(old, LIST, &mut list[..]) {
        Ok(length) => fsetxattr(new, LIST, &list[..length], XattrFlags::empty()),
        Err(Errno::NODATA | Errno::NOTSUP) => fremovexattr(new, LIST),
        Err(error) => Err(error),
    };
    match kept {
        // There is none, or the file system has none.
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(()),
        kept => Ok(kept?),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
#[expect(clippy::unnecessary_wraps, reason = "as where there are access lists that can be read")]
fn keep_access_list(_new: &File, _old: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn keep(new: &File, _old: &File, metadata: &fs::Metadata) -> Result<(), String> {
    new.set_permissions(metadata.permissions()).map_err(|error| format!("its attributes: {error}"))
}

/// The system's words alone: tempfile adds the path of the temporary file, which nobody asked for.
fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" at path ").next().unwrap_or(&text).to_owned()
}
