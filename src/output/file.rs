//! Files: what a path refers to, and creating a new file to replace an old one, with its owner, group, mode and ACL. It
//! writes no byte of a report.

#[cfg(not(windows))]
use std::fs::OpenOptions;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use tempfile::TempPath;

#[cfg(windows)]
pub use super::windows::replace;
#[cfg(windows)]
use super::windows::{self, create, open_old};
use crate::failure::{ErrorKind, Failure};

/// Where the report goes, checked but not opened yet.
pub enum Target {
    Stdout,
    Stderr(PathBuf),
    /// Not a regular file, so written directly: a device, a FIFO, or a file that the parent opened for this run.
    Direct {
        path: PathBuf,
        append: bool,
    },
    /// `name` is as typed, `target` is where its links lead.
    Replace {
        name: PathBuf,
        target: PathBuf,
        existing: Option<fs::Metadata>,
    },
}

impl Target {
    pub fn of(out_file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = out_file.filter(|path| *path != Path::new("-")) else { return Ok(Self::Stdout) };
        Self::of_file(path).with_context(|| format!("cannot write {}", path.display()))
    }

    fn of_file(path: &Path) -> anyhow::Result<Self> {
        #[cfg(windows)]
        match windows::name(path)? {
            windows::Name::File => {}
            windows::Name::Device => return Ok(Self::Direct { path: path.to_owned(), append: false }),
            windows::Name::Stdout => return Ok(Self::Stdout),
        }
        let existing = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Err(anyhow!("it is a folder")),
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        if existing.is_none() && path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            return Err(anyhow!("it is a folder"));
        }
        Ok(match (follow_links(path)?, existing) {
            (LinkEnd::Descriptor(_), None) => return Err(anyhow!("it is not open")),
            (LinkEnd::Descriptor(1), _) => Self::Stdout,
            // Errors name it as typed, so that it is not confused with standard error.
            (LinkEnd::Descriptor(2), _) => Self::Stderr(path.to_owned()),
            // Reopened, it would be written from its start: append instead.
            (LinkEnd::Descriptor(_), Some(metadata)) => {
                Self::Direct { path: path.to_owned(), append: metadata.is_file() }
            }
            (_, Some(metadata)) if !metadata.is_file() => Self::Direct { path: path.to_owned(), append: false },
            (LinkEnd::File(target), existing) => Self::Replace { name: path.to_owned(), target, existing },
        })
    }
}

/// Refuses two reports in the same file, of which one would be lost.
///
/// # Errors
/// `Usage`, with both names as typed.
pub fn refuse_twice(names: &[Option<&Path>], targets: &[Target]) -> Result<(), Failure> {
    // One file needs no look at the disk.
    let places: Vec<_> = if let [_] = targets { Vec::new() } else { targets.iter().map(Place::of).collect() };
    for (at, place) in places.iter().enumerate() {
        if let Some(before) = places[..at].iter().position(|before| before == place) {
            let name = |at: usize| names[at].unwrap_or(Path::new("-")).display();
            let message = format!("--out-file {} and --out-file {} are the same file", name(before), name(at));
            return Err(Failure::usage(message));
        }
    }
    Ok(())
}

/// What two names of the same file share.
#[derive(PartialEq)]
enum Place {
    /// Of a file that is there: links to it have the same.
    #[cfg(unix)]
    Inode(u64, u64),
    Path(PathBuf),
    Stdout,
    Stderr,
}

impl Place {
    fn of(target: &Target) -> Self {
        match target {
            Target::Stdout => Self::of_stream("/dev/stdout").unwrap_or(Self::Stdout),
            Target::Stderr(_) => Self::of_stream("/dev/stderr").unwrap_or(Self::Stderr),
            Target::Direct { path, .. } => Self::of_file(path).unwrap_or_else(|| Self::of_path(path)),
            Target::Replace { target, .. } => Self::of_file(target).unwrap_or_else(|| Self::of_path(target)),
        }
    }

    /// `None` for a device: in cron it is often the null device, which loses nothing that is not to be lost.
    fn of_stream(path: &str) -> Option<Self> {
        let path = Path::new(path);
        if is_device(path) { None } else { Self::of_file(path) }
    }

    #[cfg(unix)]
    fn of_file(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok()?;
        Some(Self::Inode(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of_file(_: &Path) -> Option<Self> {
        None
    }

    fn of_path(path: &Path) -> Self {
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let path = folder.join(path.file_name().unwrap_or_default());
        // Their usual file systems ignore case.
        let ignores_case = cfg!(any(windows, target_vendor = "apple"));
        Self::Path(if ignores_case { path.to_string_lossy().to_lowercase().into() } else { path })
    }
}

/// Whether the path leads to something other than a regular file: a device, a FIFO, a folder.
pub fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Whether it is a terminal, the null device or the like.
pub fn is_device(path: &Path) -> bool {
    #[cfg(unix)]
    let is_device =
        fs::metadata(path).is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_char_device(&metadata.file_type()));
    #[cfg(not(unix))]
    let is_device = is_special(path);
    is_device
}

/// Where a path leads.
enum LinkEnd {
    /// A file, which may not exist yet.
    File(PathBuf),
    /// A descriptor that this process has open: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`.
    Descriptor(u32),
}

fn follow_links(path: &Path) -> io::Result<LinkEnd> {
    let mut path = path.to_owned();
    let descriptors = fs::canonicalize("/dev/fd").ok();
    // The limit of Linux.
    for _ in 0..40 {
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let number = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        if let (true, Some(number)) = (folder.is_some() && folder == descriptors, number) {
            return Ok(LinkEnd::Descriptor(number));
        }
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(LinkEnd::File(path)),
        }
    }
    Err(io::Error::other("too many links"))
}

/// Creates the file that will replace `target`, with the attributes to keep.
pub fn new_file(target: &Path, existing: Option<&fs::Metadata>) -> anyhow::Result<(File, TempPath)> {
    // A file that may not be written must not be replaced either.
    let old = existing.map(|_| open_old(target)).transpose()?;
    #[cfg(target_os = "linux")]
    if old.as_ref().is_some_and(is_mounted) {
        return Err(Failure::new(ErrorKind::Other, "it is a mount point and cannot be replaced")
            .hint("mount its folder instead")
            .into());
    }
    let folder = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pc-usage-");
    // A new file gets the usual mode. One that replaces another is private from the start.
    #[cfg(unix)]
    if old.is_none() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let (file, temporary) = create(&builder, folder)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => anyhow!("the folder {} does not exist", folder.display()),
            _ => anyhow!("cannot create a file in its folder: {}", io_reason(&error)),
        })?
        .into_parts();
    if let (Some(old), Some(metadata)) = (old, existing) {
        keep(&file, &old, metadata).map_err(|why| {
            Failure::new(ErrorKind::Other, format!("a replacement could not keep {why}"))
                .hint("write to another file, or delete this one first")
        })?;
    }
    Ok((file, temporary))
}

#[cfg(not(windows))]
fn open_old(path: &Path) -> anyhow::Result<File> {
    Ok(OpenOptions::new().write(true).open(path)?)
}

#[cfg(not(windows))]
fn create(builder: &tempfile::Builder<'_, '_>, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    builder.tempfile_in(folder)
}

/// Moves the new file into place.
#[cfg(not(windows))]
pub fn replace(temporary: TempPath, target: &Path) -> anyhow::Result<()> {
    let cannot_write = |error| anyhow!("cannot write {}: {}", target.display(), io_reason(&error));
    temporary.persist(target).map_err(|error| cannot_write(error.error))
}

/// Gives a new file the owner, group and mode of the old one: a cron job of root must not take over an analyst's file.
#[cfg(unix)]
fn keep(new: &File, old: &File, metadata: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let cannot = |what: &str, error: io::Error| format!("{what}: {error}");
    let fresh = new.metadata().map_err(|error| cannot("its owner", error))?;
    // One by one: a user who may not change the owner may still change the group.
    if fresh.gid() != metadata.gid() {
        let group = metadata.gid();
        fchown(new, None, Some(group)).map_err(|error| cannot(&format!("its group ({group})"), error))?;
    }
    if fresh.uid() != metadata.uid() {
        let owner = metadata.uid();
        fchown(new, Some(owner), None).map_err(|error| cannot(&format!("its owner (user {owner})"), error))?;
    }
    keep_access_list(new, old).map_err(|error| cannot("its access list", error))?;
    // Some systems silently ignore a mode that is not allowed.
    let mode = |metadata: &fs::Metadata| metadata.mode() & 0o7777;
    let kept = new.set_permissions(metadata.permissions()).and_then(|()| new.metadata());
    let kept = kept.map_err(|error| cannot(&format!("its mode ({:04o})", mode(metadata)), error))?;
    if mode(&kept) != mode(metadata) {
        return Err(format!("its mode ({:04o})", mode(metadata)));
    }
    Ok(())
}

/// Whether a single file is mounted, as in containers: it cannot be replaced.
#[cfg(target_os = "linux")]
fn is_mounted(file: &File) -> bool {
    use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};
    statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
        .is_ok_and(|status| status.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// With an ACL, the group bits of the mode are only a mask: without the ACL the group could gain rights. A folder can also
/// give a new file a default ACL that the old one does not have.
#[cfg(target_os = "linux")]
fn keep_access_list(new: &File, old: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;
    const LIST: &str = "system.posix_acl_access";

    // The longest that the system allows.
    let mut list = vec![0; 64 << 10];
    let kept = match fgetxattr(old, LIST, &mut list[..]) {
        Ok(length) => fsetxattr(new, LIST, &list[..length], XattrFlags::empty()),
        Err(Errno::NODATA | Errno::NOTSUP) => fremovexattr(new, LIST),
        Err(error) => Err(error),
    };
    match kept {
        // There is no ACL, or the file system does not support them.
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(()),
        kept => Ok(kept?),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
#[expect(clippy::unnecessary_wraps, reason = "as where there are access lists that can be read")]
fn keep_access_list(_new: &File, _old: &File) -> io::Result<()> {
    Ok(())
}

/// Its attributes; it gets the rights that its folder gives to new files.
#[cfg(not(unix))]
fn keep(new: &File, _old: &File, metadata: &fs::Metadata) -> Result<(), String> {
    new.set_permissions(metadata.permissions()).map_err(|error| format!("its attributes: {error}"))
}

/// Only the system's message: tempfile adds the path of the temporary file.
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" at path ").next().unwrap_or(&text).to_owned()
}
