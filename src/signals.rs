//! SIGINT and SIGTERM: the first one is handed to whoever can end the run whole, the second ends the process at once.
//! It cleans nothing up but one file that is not ready yet, and prints nothing itself.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, Kind};

/// Calls `end` on a thread of its own when the first signal arrives, with the failure `Kind::Signal`.
///
/// The work stays on the thread that calls this: a worker would have to be waited for, and costs every run its start.
///
/// # Errors
/// Where the system has no handler or thread to give.
pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
    os::watch(|signal| {
        // Locked until the process has ended.
        let mut unfinished = unfinished();
        if let Some(path) = unfinished.take() {
            // Whoever made it would remove it in the same way.
            let _ = fs::remove_file(path);
        }
        end(signal);
    })
}

/// The file that goes if a signal ends the process. While this is held no first signal does: a write that has begun is
/// finished.
pub fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The failure to end with if a signal has arrived.
pub fn caught() -> Option<Failure> {
    match os::number() {
        0 => None,
        number => Some(interrupted(number)),
    }
}

/// Waits between two attempts. A signal does not shorten it: whoever `watch` calls ends the process meanwhile.
pub fn wait(duration: Duration) {
    thread::sleep(duration);
}

const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;

fn interrupted(number: u8) -> Failure {
    let name = if number == SIGTERM { "terminated (SIGTERM)" } else { "interrupted (SIGINT)" };
    Failure::new(Kind::Signal(number), name)
}

#[cfg(unix)]
mod os {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::flag;
    use signal_hook::iterator::Signals;

    use super::{Failure, SIGINT, SIGTERM, interrupted, io, thread};

    static NUMBER: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

    pub fn number() -> u8 {
        NUMBER.get().map_or(0, |number| u8::try_from(number.load(Ordering::SeqCst)).unwrap_or(SIGINT))
    }

    pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
        let number = NUMBER.get_or_init(Arc::default);
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds `again` false and sets it.
            flag::register_conditional_shutdown(signal.into(), 128 + i32::from(signal), Arc::clone(&again))?;
            flag::register(signal.into(), Arc::clone(&again))?;
            flag::register_usize(signal.into(), Arc::clone(number), signal.into())?;
        }
        let mut signals = Signals::new([i32::from(SIGINT), i32::from(SIGTERM)])?;
        thread::Builder::new().spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end(interrupted(u8::try_from(signal).unwrap_or(SIGINT)));
            }
        })?;
        Ok(())
    }
}

#[cfg(windows)]
mod os {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Failure, SIGINT, interrupted, io};

    static CAUGHT: AtomicBool = AtomicBool::new(false);

    pub fn number() -> u8 {
        if CAUGHT.load(Ordering::SeqCst) { SIGINT } else { 0 }
    }

    pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
        let end = Mutex::new(Some(end));
        ctrlc::set_handler(move || {
            if CAUGHT.swap(true, Ordering::SeqCst) {
                std::process::exit(128 + i32::from(SIGINT));
            }
            if let Some(end) = end.lock().ok().and_then(|mut end| end.take()) {
                end(interrupted(SIGINT));
            }
        })
        .map_err(io::Error::other)
    }
}
