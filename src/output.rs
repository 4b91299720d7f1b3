//! The report's way out, to standard output or a file, and every word on standard error.
//! Nothing else in the program prints. It writes whole files or none, and knows no format.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use tempfile::NamedTempFile;

use crate::clean::clean;
use crate::failure::Failure;
use crate::secret::redacted;

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

/// Where the report is to go, looked at but not opened yet.
pub enum Target {
    Stdout,
    Direct(PathBuf),
    /// `name` is as it was typed, `target` what it means in the end.
    Replace {
        name: PathBuf,
        target: PathBuf,
        existing: Option<fs::Metadata>,
    },
}

impl Target {
    /// `None` and `-` are standard output.
    ///
    /// # Errors
    /// Where the path is a folder, or cannot be looked at.
    pub fn of(out_file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = out_file.filter(|path| *path != Path::new("-")) else { return Ok(Self::Stdout) };
        Self::of_file(path).with_context(|| format!("cannot write {}", path.display()))
    }

    fn of_file(path: &Path) -> anyhow::Result<Self> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(anyhow!("it is a folder")),
            // By the path as it is: `/dev/stdout` is a link to something that has no name.
            Ok(metadata) if !metadata.is_file() => Ok(Self::Direct(path.to_owned())),
            Ok(metadata) => {
                Ok(Self::Replace { name: path.to_owned(), target: follow_links(path)?, existing: Some(metadata) })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                    return Err(anyhow!("it is a folder"));
                }
                Ok(Self::Replace { name: path.to_owned(), target: follow_links(path)?, existing: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether opening it may wait for somebody: for the reader of a FIFO.
    pub fn may_wait(&self) -> bool {
        matches!(self, Self::Direct(_))
    }

    /// # Errors
    /// Where the file could not be written in the end: better now than after the requests.
    pub fn open(self) -> anyhow::Result<Destination> {
        match self {
            Self::Stdout => Ok(Destination::Stdout),
            Self::Direct(path) => match OpenOptions::new().write(true).open(&path) {
                Ok(file) => Ok(Destination::Direct(file, path)),
                Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
            },
            Self::Replace { name, target, existing } => {
                replace(target, existing).with_context(|| format!("cannot write {}", name.display()))
            }
        }
    }
}

/// Where the report goes.
pub enum Destination {
    Stdout,
    /// What is no regular file is written as it is: a device, a FIFO. Opened at once, as a shell does it, so that whoever
    /// reads a FIFO sees its end when the run fails.
    Direct(File, PathBuf),
    /// Written beside its place, and put there when the run has ended well.
    Replace {
        temporary: NamedTempFile,
        target: PathBuf,
    },
}

fn replace(target: PathBuf, existing: Option<fs::Metadata>) -> anyhow::Result<Destination> {
    if existing.is_some() {
        // A file that may not be written may not be replaced either.
        OpenOptions::new().write(true).open(&target)?;
    }
    let folder = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pc-usage-");
    // A new file gets what any program's new file gets; tempfile alone would make it 0600.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = builder
        .tempfile_in(folder)
        .map_err(|error| anyhow!("no file can be made in its folder: {}", io_reason(&error)))?;
    if let Some(metadata) = existing {
        keep_owner(temporary.as_file(), &metadata);
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(Destination::Replace { temporary, target })
}

impl Destination {
    /// Writes bytes.
    ///
    /// # Errors
    /// Those of the disk or device. A closed pipe is none.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<Written> {
        let result = match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush())
            }
            Self::Direct(file, _) => file.write_all(bytes),
            Self::Replace { temporary, .. } => temporary.write_all(bytes),
        };
        match result {
            Ok(()) => Ok(Written::Whole),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Written::PipeClosed),
            Err(error) => Err(anyhow!("cannot write {}: {}", self.name(), io_reason(&error))),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::Direct(_, path) | Self::Replace { target: path, .. } => path.display().to_string(),
        }
    }

    /// Puts a file in its place, once all of it is on the disk. Dropped instead, it leaves nothing behind.
    ///
    /// # Errors
    /// Those of the disk; the old file is then still there.
    pub fn finish(self) -> anyhow::Result<()> {
        let Self::Replace { temporary, target } = self else { return Ok(()) };
        temporary
            .as_file()
            .sync_all()
            .and_then(|()| temporary.persist(&target).map_err(|error| error.error))
            .map_err(|error| anyhow!("cannot write {}: {}", target.display(), io_reason(&error)))?;
        Ok(())
    }
}

/// The file that a path means in the end, also where it does not exist yet.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

/// The system's words alone: tempfile adds the path of the temporary file, which nobody asked for.
fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" at path ").next().unwrap_or(&text).to_owned()
}

/// A replaced file keeps its owner where that is allowed: root's cron job must not take an analyst's file away.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    // Only root may give files away; for everybody else the owner is the same already.
    let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _metadata: &fs::Metadata) {}
