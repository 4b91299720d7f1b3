//! SIGINT and SIGTERM: the first ends the waiting and lets the program finish what it is writing, the second ends the
//! process at once. It cleans nothing up itself: values that are dropped on the way out do.

use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, Kind};

/// Does `work` (whatever waits for others: the network, standard input) on a thread of its own and gives its value, or
/// the failure `Kind::Signal` as soon as a signal arrives; the work is then left behind and dies with the process.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let (sender, receiver) = mpsc::channel();
    if let Err(error) = watch(sender.clone()) {
        return Err(Failure::new(Kind::Other, format!("setting up signal handling: {error}")));
    }
    let worker = thread::Builder::new().spawn(move || sender.send(Event::Done(work())));
    if let Err(error) = worker {
        return Err(Failure::new(Kind::Other, format!("starting a thread: {error}")));
    }
    match receiver.recv() {
        Ok(Event::Done(value)) => Ok(value),
        Ok(Event::Signal) => Err(caught().unwrap_or_else(|| interrupted(2))),
        // The worker panicked: nothing was sent, and the watcher holds no sender any more.
        Err(error) => Err(Failure::new(Kind::Other, format!("internal: {error}"))),
    }
}

/// The failure to end with if a signal has arrived.
pub fn caught() -> Option<Failure> {
    match os::number() {
        0 => None,
        number => Some(interrupted(number)),
    }
}

/// Waits between two attempts. The thread that waits is one that `run` leaves behind when a signal arrives.
pub fn wait(duration: Duration) {
    thread::sleep(duration);
}

fn interrupted(number: u8) -> Failure {
    let name = if number == 15 { "terminated (SIGTERM)" } else { "interrupted (SIGINT)" };
    Failure::new(Kind::Signal(number), name)
}

enum Event<T> {
    Done(T),
    Signal,
}

fn watch<T: Send + 'static>(sender: Sender<Event<T>>) -> std::io::Result<()> {
    os::watch(move || {
        // Nobody listens once the work is done: the flag says it all then.
        let _ = sender.send(Event::Signal);
    })
}

#[cfg(unix)]
mod os {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::thread;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::{flag, iterator::Signals};

    static NUMBER: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

    pub fn number() -> u8 {
        NUMBER.get().map_or(0, |number| u8::try_from(number.load(Ordering::SeqCst)).unwrap_or(2))
    }

    pub fn watch(mut on_signal: impl FnMut() + Send + 'static) -> io::Result<()> {
        let number = Arc::clone(NUMBER.get_or_init(Arc::default));
        let again = Arc::new(AtomicBool::new(false));
        for (signal, exit_code, value) in [(SIGINT, 130, 2), (SIGTERM, 143, 15)] {
            // In this order: the first signal finds `again` false and sets it.
            flag::register_conditional_shutdown(signal, exit_code, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            flag::register_usize(signal, Arc::clone(&number), value)?;
        }
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        thread::Builder::new().spawn(move || {
            for _ in signals.forever() {
                on_signal();
            }
        })?;
        Ok(())
    }
}

#[cfg(windows)]
mod os {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};

    static CAUGHT: AtomicBool = AtomicBool::new(false);

    pub fn number() -> u8 {
        if CAUGHT.load(Ordering::SeqCst) { 2 } else { 0 }
    }

    pub fn watch(mut on_signal: impl FnMut() + Send + 'static) -> io::Result<()> {
        ctrlc::set_handler(move || {
            if CAUGHT.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
            on_signal();
        })
        .map_err(io::Error::other)
    }
}
