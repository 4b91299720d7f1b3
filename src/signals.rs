//! SIGHUP, SIGINT and SIGTERM: the one place where a signal ends the run, and where that is held off.
//! It prints nothing itself, and cleans nothing up but one file that is not ready yet: whoever watches does.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{ErrorKind, Failure};

/// How long the first signal waits for a report that is being written: a pipe may have a reader that never reads.
const PATIENCE: Duration = Duration::from_secs(5);

/// How soon a second signal is seen.
const TICK: Duration = Duration::from_millis(20);

/// Locked while something is done that must not be cut in two.
static END: Mutex<Ending> = Mutex::new(Ending { code: None, unfinished: None });

/// How the process is to end.
struct Ending {
    /// The run's own exit code, once no signal can change it.
    code: Option<u8>,
    /// A file that goes with the process.
    unfinished: Option<PathBuf>,
}

/// Calls `end` on a thread of its own when the first signal arrives, with the failure `ErrorKind::Signal`, and then ends the
/// process: with the signal's code, at once where a second signal comes, and after 5 s however long `end` takes.
/// A signal that the parent ignores stays ignored.
///
/// The work stays on the thread that calls this: a worker would have to be waited for, and costs every run its start.
///
/// # Errors
/// Where the system has no handler or thread to give.
pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
    os::watch(end)
}

/// Does not return once a signal has arrived that ends the run: nothing new is begun, and nothing more said.
pub fn heed() {
    if os::is_caught() && lock().code.is_none() {
        wait_for_the_end();
    }
}

/// Does what must not be cut in two, such as storing a token that has replaced another: no end of the process, neither by
/// a signal nor the usual one, comes before it is done. Not for what waits or asks somebody, nor within another of its kind.
/// The step may name a file that is to go if a signal ends the process later.
pub fn uninterrupted<T>(step: impl FnOnce(&mut Option<PathBuf>) -> T) -> T {
    step(&mut lock().unfinished)
}

/// Takes the step that makes the run's result final, `code` being its exit code: no signal changes either afterwards.
/// Where a signal came first, the step is not taken, and this does not return.
///
/// # Errors
/// Those of the step; nothing is final then.
pub fn decide<E>(code: u8, step: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    let mut end = lock();
    if end.code.is_none() && os::is_caught() {
        drop(end);
        wait_for_the_end();
    }
    step()?;
    end.code = Some(code);
    Ok(())
}

/// Waits between two attempts. A signal does not shorten it: whoever `watch` calls ends the process meanwhile.
pub fn wait(duration: Duration) {
    thread::sleep(duration);
}

/// Whoever watches ends the process.
fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

fn lock() -> MutexGuard<'static, Ending> {
    END.lock().unwrap_or_else(PoisonError::into_inner)
}

const SIGHUP: u8 = 1;
const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;

/// Ends the run after its first signal; `another` gives the next one where there is one.
fn end_run(first: u8, end: impl FnOnce(Failure), mut another: impl FnMut() -> Option<u8> + Send + 'static) {
    let name = match first {
        SIGHUP => "hung up (SIGHUP)",
        SIGTERM => "terminated (SIGTERM)",
        _ => "interrupted (SIGINT)",
    };
    let impatient = move || {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(second) = another() {
                exit(second);
            }
            thread::sleep(TICK);
        }
        // What must not be cut has had its time too.
        let decided = END.try_lock().map_or(None, |end| end.code);
        process::exit(decided.unwrap_or(128 + first).into());
    };
    // Without it the run ends too, though not as soon.
    let _ = thread::Builder::new().spawn(impatient);
    let is_decided = lock().code.is_some();
    // The run is as good as over: its own words and code stand.
    if !is_decided {
        end(Failure::new(ErrorKind::Signal(first), name));
        exit(first);
    }
}

fn exit(number: u8) -> ! {
    let mut end = lock();
    if let Some(path) = end.unfinished.take() {
        // Whoever made it would remove it in the same way.
        let _ = fs::remove_file(path);
    }
    process::exit(end.code.unwrap_or(128 + number).into())
}

#[cfg(unix)]
mod os {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag;
    use signal_hook::iterator::Signals;

    use super::{Failure, SIGHUP, SIGINT, SIGTERM, end_run, io, thread};

    static CAUGHT: OnceLock<Arc<AtomicBool>> = OnceLock::new();

    pub fn is_caught() -> bool {
        CAUGHT.get().is_some_and(|caught| caught.load(Ordering::SeqCst))
    }

    pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
        let ignored = ignored();
        let taken = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let taken: Vec<i32> = taken.map(i32::from).collect();
        // Before the flag: whoever sees the flag relies on a watcher that has seen the signal too.
        let mut signals = Signals::new(&taken)?;
        let caught = CAUGHT.get_or_init(Arc::default);
        for signal in taken {
            flag::register(signal, Arc::clone(caught))?;
        }
        // Whoever catches it is told of a file that may not grow by an error, and does not die of it.
        flag::register(SIGXFSZ, Arc::default())?;
        let number = |signal| u8::try_from(signal).unwrap_or(SIGINT);
        thread::Builder::new().spawn(move || {
            let Some(first) = signals.forever().next() else { return };
            // It may have come before the flag was there.
            caught.store(true, Ordering::SeqCst);
            end_run(number(first), end, move || signals.pending().next().map(number));
        })?;
        Ok(())
    }

    /// The signals that the parent has told this process to ignore: bit 0 is signal 1.
    ///
    /// Nothing but `/proc` tells without unsafe code. Where there is none, a hangup is left as it is, so that `nohup` works.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1 << (SIGHUP - 1))
    }
}

#[cfg(windows)]
mod os {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{Failure, SIGINT, end_run, io, thread};

    static CAUGHT: AtomicU32 = AtomicU32::new(0);

    pub fn is_caught() -> bool {
        CAUGHT.load(Ordering::SeqCst) > 0
    }

    pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
        let end = Mutex::new(Some(end));
        ctrlc::set_handler(move || {
            CAUGHT.fetch_add(1, Ordering::SeqCst);
            let Some(end) = end.lock().ok().and_then(|mut end| end.take()) else { return };
            let another = || (CAUGHT.load(Ordering::SeqCst) > 1).then_some(SIGINT);
            // Elsewhere, since this thread is the one that sees the next event.
            if thread::Builder::new().spawn(move || end_run(SIGINT, end, another)).is_err() {
                super::exit(SIGINT);
            }
        })
        .map_err(io::Error::other)
    }
}
