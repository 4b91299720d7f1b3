//! Stored sign-ins: one file per profile, readable only by its owner (on Windows its secrets are sealed besides), replaced as a
//! whole and only under a lock.
//! It sends nothing, and never repairs or overwrites what it does not understand.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::address;
use super::protection::{self, Protection};
use super::sign_in::{SignIn, Stored, VERSION};
use crate::failure::{ErrorKind, Failure};
use crate::secret::Secret;
use crate::signals;

/// Where one profile's sign-in is stored.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    profile: String,
}

impl Store {
    /// `folder` need not exist yet; `profile` has been checked by `cli`.
    pub fn new(folder: PathBuf, profile: String) -> Self {
        Self { folder, profile }
    }

    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Reads the sign-in; `None` if nothing is stored.
    ///
    /// # Errors
    /// Those of [`Store::find`] and [`Store::open`].
    pub fn read(&self) -> Result<Option<SignIn>, Failure> {
        self.find()?.map(|stored| self.open(stored)).transpose()
    }

    /// Opens the secrets of a sign-in.
    ///
    /// # Errors
    /// `NotSignedIn` if they are sealed for another user or machine.
    pub fn open(&self, stored: Stored) -> Result<SignIn, Failure> {
        stored.open().map_err(|why| {
            self.unusable(&format!("cannot be decrypted: {why}")).hint(format!(
                "only the Windows account that signed in can use it, on the same machine and with its profile loaded: run pc-usage \
                 as that account, use another --profile, or {}",
                self.sign_in_anew()
            ))
        })
    }

    /// Reads the sign-in as it is stored; `None` if nothing is.
    ///
    /// # Errors
    /// `NotSignedIn` if it is not a file, damaged, written by a newer version, readable by others, or for an address that
    /// must not be sent a token.
    pub fn find(&self) -> Result<Option<Stored>, Failure> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let path = self.path("json");
        self.check_is_file()?;
        let text = match read_private(&path) {
            Ok(Ok(text)) => text,
            Ok(Err(mode)) => {
                return Err(self.unusable(&format!("can be read by others (mode {mode:03o})")).hint(format!(
                    "others may know its tokens: run `chmod 600 {}`, and sign in again",
                    path.display()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&format!("cannot be read: {error}"))),
        };
        match serde_json::from_slice(&text) {
            Ok(Version { version: VERSION }) => {}
            Ok(Version { version }) if version > VERSION => {
                return Err(self
                    .unusable(&format!("was written by a newer pc-usage (format version {version})"))
                    .hint("update pc-usage, or use another --profile"));
            }
            Ok(_) | Err(_) => return Err(self.damaged()),
        }
        // serde's own message could show a token.
        let stored: Stored = serde_json::from_slice(&text).map_err(|_| self.damaged())?;
        let sign_in = stored.sign_in();
        for (name, url) in [("baseUrl", &sign_in.base_url), ("authority", &sign_in.authority)] {
            address::checked(url).map_err(|why| {
                self.unusable(&format!("has a {name} that no token may be sent to: {why}")).hint(self.sign_in_anew())
            })?;
        }
        Ok(Some(stored))
    }

    fn damaged(&self) -> Failure {
        self.unusable("is damaged").hint(self.sign_in_anew())
    }

    fn sign_in_anew(&self) -> String {
        format!("remove it with `pc-usage logout --profile {}`, then sign in again with `pc-usage login`", self.profile)
    }

    /// Reading a FIFO would block, and a link may lead to a place that is not private.
    fn check_is_file(&self) -> Result<(), Failure> {
        other_than_file(&self.path("json")).map_or(Ok(()), |what| {
            Err(self
                .unusable(&format!("is {what}, not a regular file"))
                .hint("move it away, then sign in again with `pc-usage login`"))
        })
    }

    fn unusable(&self, why: &str) -> Failure {
        Failure::new(ErrorKind::NotSignedIn, format!("the stored sign-in {} {why}", self.path("json").display()))
    }

    /// Creates the folder, mode 0700.
    ///
    /// # Errors
    /// The file system's.
    pub fn prepare(&self) -> Result<(), Failure> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder).map_err(|error| self.cannot("create the folder of", &error))
    }

    /// Waits for the profile's lock, released on drop. It is held while a sign-in is read, renewed and written.
    ///
    /// # Errors
    /// `Other` if it stays locked for longer than `patience` (at least a second); `NotSignedIn` if it is not a file.
    pub fn lock(&self, patience: Duration) -> Result<Lock, Failure> {
        let patience = patience.max(LEAST_PATIENCE);
        self.prepare()?;
        let path = self.path("lock");
        if let Some(what) = other_than_file(&path) {
            let message = format!("the lock of the stored sign-in {} is {what}, not a regular file", path.display());
            return Err(Failure::new(ErrorKind::NotSignedIn, message).hint("move it away, then try again"));
        }
        // A separate file: after a rename, a lock on the sign-in itself would be on the old file.
        let open = || private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path);
        let file = signals::patiently(open).map_err(|error| self.cannot("lock", &error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                    signals::wait(LOCK_POLL.min(patience.saturating_sub(start.elapsed())));
                }
                Err(TryLockError::WouldBlock) => {
                    let message = format!(
                        "the stored sign-in of profile {} has been locked by another process for more than {} s",
                        self.profile,
                        patience.as_secs()
                    );
                    return Err(Failure::new(ErrorKind::Other, message).hint(format!(
                        "another pc-usage is probably renewing it; see which process has {} open, or wait longer with --max-wait",
                        path.display()
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(self.cannot("lock", &error)),
            }
        }
    }

    /// Creates the file for the next sign-in, with enough room, so that no refresh token is spent if its successor could
    /// not be stored.
    ///
    /// # Errors
    /// The file system's.
    pub fn reserve(&self, _lock: &Lock) -> Result<Room, Failure> {
        if Protection::HERE.is_some() {
            protection::seal(&Secret::form("probe".to_owned())).map_err(|why| self.cannot_seal(&why))?;
        }
        let new = self.path("json.new");
        // No signal can come between creating the file and registering it for removal.
        let make = |unfinished: &mut Option<PathBuf>| {
            // A file left by a killed process would keep its mode.
            remove(&new)?;
            let file = signals::patiently(|| private(OpenOptions::new().create_new(true).write(true)).open(&new))?;
            *unfinished = Some(new.clone());
            Ok(Room(file))
        };
        let fill = |mut room: Room| {
            room.0.write_all(&vec![b' '; ROOM])?;
            // A network file system may report only here that it is full.
            room.0.sync_all()?;
            Ok(room)
        };
        signals::uninterrupted(make).and_then(fill).map_err(|error| self.cannot("write", &error))
    }

    /// Replaces the sign-in in one step, once it is on disk: a reader sees either the old one or the new one. Signals wait
    /// until it is done.
    ///
    /// # Errors
    /// Those of the file system; the old one is then still there.
    pub fn write(&self, sign_in: &SignIn, mut room: Room) -> Result<(), Failure> {
        let stored = Stored::seal(sign_in.clone()).map_err(|why| self.cannot_seal(&why))?;
        let text = serde_json::to_vec(&stored).map_err(io::Error::from);
        let mut replace = |text: Vec<u8>, unfinished: &mut Option<PathBuf>| {
            room.0.rewind()?;
            room.0.write_all(&text)?;
            room.0.set_len(text.len() as u64)?;
            room.0.sync_all()?;
            signals::patiently(|| fs::rename(self.path("json.new"), self.path("json")))?;
            *unfinished = None;
            sync_folder(&self.folder)
        };
        let written = text.and_then(|text| signals::uninterrupted(|unfinished| replace(text, unfinished)));
        written.map_err(|error| self.cannot("write", &error))
    }

    /// Removes the sign-in; false if there was none.
    ///
    /// # Errors
    /// The file system's.
    pub fn remove(&self, _lock: &Lock) -> Result<bool, Failure> {
        self.check_is_file()?;
        remove(&self.path("json.new"))
            .and_then(|_| remove(&self.path("json")))
            .map_err(|error| self.cannot("remove", &error))
    }

    /// Whether anything is stored, in any state.
    pub fn exists(&self) -> bool {
        self.path("json").symlink_metadata().is_ok()
    }

    pub fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.profile))
    }

    fn cannot_seal(&self, why: &str) -> Failure {
        let path = self.path("json");
        Failure::new(ErrorKind::Other, format!("cannot encrypt the stored sign-in {}: {why}", path.display())).hint(
            "Windows keeps the key in the profile of your account, which is not loaded; in Task Scheduler choose `Run whether \
             user is logged on or not`, and let it store the password",
        )
    }

    fn cannot(&self, verb: &str, error: &io::Error) -> Failure {
        Failure::new(
            ErrorKind::Other,
            format!("cannot {verb} the stored sign-in {}: {error}", self.path("json").display()),
        )
    }
}

/// A profile's lock.
pub struct Lock {
    _file: File,
}

/// How often a held lock is tried again.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// Another process will finish renewing soon; this does not count as waiting between retries.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// The file for the next sign-in; removed if dropped before it is written.
pub struct Room(File);

/// Enough for an access token, a refresh token and a client secret of the maximum size, 64 KiB each; a third more if sealed.
const ROOM: usize = if cfg!(windows) { 384 << 10 } else { 256 << 10 };

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(path) = signals::uninterrupted(Option::take) {
            // The error has nowhere to go; the next run removes the file too.
            let _ = remove(&path);
        }
    }
}

fn remove(path: &Path) -> io::Result<bool> {
    match signals::patiently(|| fs::remove_file(path)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is there, if it is not a regular file.
fn other_than_file(path: &Path) -> Option<&'static str> {
    let kind = path.symlink_metadata().ok()?.file_type();
    #[cfg(unix)]
    let is_fifo = std::os::unix::fs::FileTypeExt::is_fifo(&kind);
    #[cfg(not(unix))]
    let is_fifo = false;
    match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some("a folder"),
        () if kind.is_symlink() => Some("a symbolic link"),
        () if is_fifo => Some("a FIFO"),
        () => Some("a device or socket"),
    }
}

/// A new file is 0600.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// The file's bytes, or its mode if others can read or write it.
fn read_private(path: &Path) -> io::Result<Result<Vec<u8>, u32>> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path)?.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Ok(Err(mode));
        }
    }
    signals::patiently(|| fs::read(path)).map(Ok)
}

/// Makes a rename survive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as where a folder can be synced")]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
