//! SIGHUP, SIGINT and SIGTERM, on Windows Ctrl-C and its kin: the one place where a signal ends the run, or is held off, and
//! where the run waits; and a panic that ends it. It prints nothing itself, and cleans up only one unfinished file: the
//! callback of `watch` does the rest.

use std::fs;
use std::io;
use std::panic;
use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{ErrorKind, Failure};

/// How long the first signal waits for output to be written: a pipe's reader may never read. Windows itself ends a process
/// 5 s after its console was closed.
const PATIENCE: Duration = Duration::from_secs(if cfg!(windows) { 4 } else { 5 });

/// How often to look for a second signal.
const TICK: Duration = Duration::from_millis(20);

/// Locked during steps that must not be interrupted.
static END: Mutex<Ending> = Mutex::new(Ending { code: None, unfinished: None });

/// How the process will end.
struct Ending {
    /// The run's own exit code, set once no signal can change it.
    code: Option<u8>,
    /// A file to remove when the process ends.
    unfinished: Option<PathBuf>,
}

/// Calls `end` on a thread of its own when the first signal arrives, with the failure `ErrorKind::Signal`, and then ends the
/// process: with the signal's code, at once where a second signal comes, and after [`PATIENCE`] however long `end` takes.
/// A signal that the parent ignores stays ignored.
///
/// The work stays on the calling thread: starting a worker and waiting for it would slow every run.
///
/// # Errors
/// If a handler or thread cannot be set up.
pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
    os::watch(end)
}

/// Calls `end` where any thread panics, with what the panic says, and then ends the process with the code of the kind that
/// it returns.
pub fn on_panic(end: impl Fn(&str) -> ErrorKind + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |panic| {
        let kind = end(&panic.to_string());
        process::exit(kind.exit_code().into());
    }));
}

/// Does not return once a signal is ending the run, so nothing new is started or printed.
pub fn heed() {
    if os::is_caught() && lock().code.is_none() {
        wait_for_the_end();
    }
}

/// Runs a step that must not be interrupted, such as storing a renewed token: the process does not end before it is done,
/// neither normally nor by a signal. Not for steps that wait or use the network, and not nested. The step may name a file
/// to remove if a signal ends the process later.
pub fn uninterrupted<T>(step: impl FnOnce(&mut Option<PathBuf>) -> T) -> T {
    step(&mut lock().unfinished)
}

/// Runs the step that makes the result final, with `code` as the exit code: no later signal changes either. If a signal
/// came first, the step is not run, and this does not return.
///
/// # Errors
/// Those of the step; then nothing is final.
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

/// Waits between two attempts. A signal does not shorten it: the watcher thread ends the process meanwhile.
pub fn wait(duration: Duration) {
    thread::sleep(duration);
}

/// How long a file that another program holds is tried again.
const HOLD: Duration = Duration::from_secs(1);

/// Does something with a file, and tries again for a second while another program has it open, as virus scanners and
/// indexers on Windows do with any new file. The second is short enough for a step that must not be interrupted.
///
/// # Errors
/// The file system's.
pub fn patiently<T>(mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    // Access is denied (to a file that is open and would be replaced), a sharing violation, a part that is locked.
    const HELD: [i32; 3] = [5, 32, 33];
    let is_held = |error: &io::Error| cfg!(windows) && error.raw_os_error().is_some_and(|code| HELD.contains(&code));
    let start = Instant::now();
    loop {
        match step() {
            Err(error) if is_held(&error) && start.elapsed() < HOLD => wait(TICK),
            result => return result,
        }
    }
}

/// Waits for the watcher thread to end the process.
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

/// Ends the run after its first signal; `another` returns the next one, if any.
fn end_run(first: u8, end: impl FnOnce(Failure), mut another: impl FnMut() -> Option<u8> + Send + 'static) {
    let name = match first {
        SIGHUP => "hung up (SIGHUP)",
        SIGTERM => "terminated (SIGTERM)",
        _ if cfg!(windows) => "interrupted",
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
        // Uninterruptible steps have had their time too.
        let decided = END.try_lock().map_or(None, |end| end.code);
        process::exit(decided.unwrap_or(128 + first).into());
    };
    // Without this thread the run ends too, only later.
    let _ = thread::Builder::new().spawn(impatient);
    let is_decided = lock().code.is_some();
    // If the result is final, the run's own messages and code stand.
    if !is_decided {
        end(Failure::new(ErrorKind::Signal(first), name));
        exit(first);
    }
}

fn exit(number: u8) -> ! {
    let mut end = lock();
    if let Some(path) = end.unfinished.take() {
        // Its owner would do the same on drop.
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
        // Before the flag: code that sees the flag relies on the watcher having seen the signal too.
        let mut signals = Signals::new(&taken)?;
        let caught = CAUGHT.get_or_init(Arc::default);
        for signal in taken {
            flag::register(signal, Arc::clone(caught))?;
        }
        // When caught, exceeding the file size limit gives an error instead of killing the process.
        flag::register(SIGXFSZ, Arc::default())?;
        let number = |signal| u8::try_from(signal).unwrap_or(SIGINT);
        thread::Builder::new().spawn(move || {
            let Some(first) = signals.forever().next() else { return };
            // The signal may have come before the flag was registered.
            caught.store(true, Ordering::SeqCst);
            end_run(number(first), end, move || signals.pending().next().map(number));
        })?;
        Ok(())
    }

    /// The signals that the parent set to be ignored: bit 0 is signal 1.
    ///
    /// Without unsafe code, only `/proc` tells. Where it is missing, SIGHUP is left alone, so that `nohup` works.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1 << (SIGHUP - 1))
    }
}

#[cfg(windows)]
mod os {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::Thread;

    use tokio::signal::windows::{
        CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_logoff,
        ctrl_shutdown,
    };

    use super::{Failure, SIGINT, end_run, io, thread};

    static CAUGHT: AtomicBool = AtomicBool::new(false);

    pub fn is_caught() -> bool {
        CAUGHT.load(Ordering::SeqCst)
    }

    /// What Windows has instead of signals. It ends the process a few seconds after one of the last three, at once if their
    /// handler returned; it does not.
    struct Events {
        interrupt: CtrlC,
        pause: CtrlBreak,
        close: CtrlClose,
        logoff: CtrlLogoff,
        shutdown: CtrlShutdown,
    }

    impl Events {
        fn new() -> io::Result<Self> {
            Ok(Self {
                interrupt: ctrl_c()?,
                pause: ctrl_break()?,
                close: ctrl_close()?,
                logoff: ctrl_logoff()?,
                shutdown: ctrl_shutdown()?,
            })
        }

        /// Whether one has come since it was asked last; `waker` is told of the next one.
        fn came(&mut self, waker: &Waker) -> bool {
            let mut context = Context::from_waker(waker);
            // Each is asked, since only then it wakes.
            [
                self.interrupt.poll_recv(&mut context),
                self.pause.poll_recv(&mut context),
                self.close.poll_recv(&mut context),
                self.logoff.poll_recv(&mut context),
                self.shutdown.poll_recv(&mut context),
            ]
            .iter()
            .any(Poll::is_ready)
        }
    }

    struct Sleeper(Thread);

    impl Wake for Sleeper {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    pub fn watch(end: impl FnOnce(Failure) + Send + 'static) -> io::Result<()> {
        let mut events = Events::new()?;
        thread::Builder::new().spawn(move || {
            let waker = Waker::from(Arc::new(Sleeper(thread::current())));
            while !events.came(&waker) {
                thread::park();
            }
            CAUGHT.store(true, Ordering::SeqCst);
            end_run(SIGINT, end, move || events.came(Waker::noop()).then_some(SIGINT));
        })?;
        Ok(())
    }
}
