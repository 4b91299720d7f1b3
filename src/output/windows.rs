//! What differs for files on Windows: devices go by their name, and a program may keep others from a file that it has open. It
//! writes no byte of a report.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Component, Path, Prefix};

use anyhow::anyhow;
use tempfile::{NamedTempFile, TempPath};

use crate::failure::{ErrorKind, Failure};
use crate::sanitize::is_device;
use crate::signals;

/// What a path means by its name alone.
pub enum Name {
    File,
    Device,
    /// The console that standard output goes to: only there text arrives as it was written.
    Stdout,
}

/// # Errors
/// If it is a device on some versions of Windows, and a file on others: `con.csv`.
pub fn name(path: &Path) -> anyhow::Result<Name> {
    if let Some(Component::Prefix(prefix)) = path.components().next() {
        match prefix.kind() {
            // `\\.\NUL`, `\\.\pipe\name`; but `\\.\C:\usage.csv` is a file.
            Prefix::DeviceNS(name) if !name.as_encoded_bytes().ends_with(b":") => return Ok(Name::Device),
            kind if kind.is_verbatim() => return Ok(Name::File),
            _ => {}
        }
    }
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if !is_device(name) {
        return Ok(Name::File);
    }
    let device = name.trim_end_matches(':').to_ascii_uppercase();
    if device.contains(['.', ':', ' ']) {
        return Err(anyhow!("Windows takes a file of this name for a device"));
    }
    let is_console = device == "CON" || device == "CONOUT$";
    Ok(if is_console && io::stdout().is_terminal() { Name::Stdout } else { Name::Device })
}

/// Opens the file that is to be replaced, with the rights that this takes.
///
/// # Errors
/// If it could not be replaced now, as where another program has it open.
pub fn open_old(path: &Path) -> anyhow::Result<File> {
    const DELETE: u32 = 0x0001_0000;
    const GENERIC_WRITE: u32 = 0x4000_0000;
    let open = || OpenOptions::new().access_mode(GENERIC_WRITE | DELETE).open(path);
    Ok(signals::patiently(open).map_err(|error| failure(&error, error.to_string()))?)
}

/// Creates the new file. Not as tempfile would: that attribute would stay.
pub fn create(builder: &tempfile::Builder<'_, '_>, folder: &Path) -> io::Result<NamedTempFile> {
    builder.make_in(folder, |path| OpenOptions::new().write(true).create_new(true).open(path))
}

/// Moves the new file into place, also where the old one is being read, as long as the reader shares it.
///
/// # Errors
/// Where another program has opened the old one meanwhile; it is then still there.
pub fn replace(temporary: TempPath, target: &Path) -> anyhow::Result<()> {
    // Unlike tempfile's own way, this uses POSIX semantics where Windows has them.
    signals::patiently(|| fs::rename(&temporary, target))
        .map_err(|error| failure(&error, format!("cannot write {}: {error}", target.display())))?;
    // There is nothing left under the temporary name that dropping it could remove.
    drop(temporary);
    Ok(())
}

/// Says what to do about a file that another program has open.
fn failure(error: &io::Error, message: String) -> Failure {
    let failure = Failure::new(ErrorKind::Other, message);
    match error.raw_os_error() {
        // A sharing violation, and a part that is locked.
        Some(32 | 33) => failure.hint(
            "another program has it open, as Excel does with what it shows: close it there, or write to another file",
        ),
        // Access is denied: also where a file that is open would be replaced.
        Some(5) => failure.hint(
            "it may be open in another program, be read-only, or belong to somebody else: close it there, or write to another \
             file",
        ),
        _ => failure,
    }
}
