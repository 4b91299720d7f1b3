//! Runs many tasks in parallel, and returns what they bring in the order of the tasks.
//! It does not know what a task does.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::failure::{ErrorKind, Failure};

/// Whether to continue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    Stop,
}

/// Runs tasks, `jobs` at a time, and passes what each brings to `take` in the order of the tasks. `idle` is called regularly
/// while waiting. Only `window` results are held, however many tasks there are. If the run is ended meanwhile, tasks not
/// yet started are left out; a result that `ends` the run does so even before it is taken.
///
/// # Errors
/// Those of `take`, and if no thread can be started.
pub fn each<T: Send + Sync + 'static, R: Send + 'static>(
    tasks: Vec<T>,
    jobs: usize,
    window: usize,
    get: impl Fn(&T) -> R + Send + Sync + 'static,
    ends: fn(&R) -> bool,
    mut idle: impl FnMut(),
    mut take: impl FnMut(R) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let workers = jobs.min(tasks.len());
    let count = tasks.len();
    let queue = Arc::new(Queue {
        state: Mutex::new(QueueState { next: 0, taken: 0, done: HashMap::new(), stopped: false }),
        changed: Condvar::new(),
        tasks,
        get,
        ends,
        window,
    });
    // Not joined: if the run ends early, a worker in a slow call ends with the process.
    for worker in 0..workers {
        let queue = Arc::clone(&queue);
        match thread::Builder::new().spawn(move || queue.work()) {
            Ok(_) => {}
            Err(error) if worker == 0 => return Err(error).context("starting a thread"),
            // Continue with fewer workers.
            Err(_) => break,
        }
    }
    for _ in 0..count {
        let Some(result) = queue.next(&mut idle) else { break };
        if take(result)? == Flow::Stop {
            queue.lock().stopped = true;
            break;
        }
    }
    Ok(())
}

struct Queue<T, R, G> {
    state: Mutex<QueueState<R>>,
    changed: Condvar,
    tasks: Vec<T>,
    get: G,
    ends: fn(&R) -> bool,
    /// How far workers may be ahead of the result taken next.
    window: usize,
}

struct QueueState<R> {
    /// The next task to start.
    next: usize,
    taken: usize,
    done: HashMap<usize, R>,
    stopped: bool,
}

/// Whether further calls would be refused too, so that none is worth starting.
pub fn is_final(failure: &Failure) -> bool {
    failure.not_asked.is_some() || failure.kind == ErrorKind::NotSignedIn
}

impl<T, R, G: Fn(&T) -> R> Queue<T, R, G> {
    fn work(&self) {
        loop {
            let mut state = self.lock();
            while state.next < self.tasks.len() && state.next >= state.taken + self.window && !state.stopped {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let index = state.next;
            if index >= self.tasks.len() || state.stopped {
                return;
            }
            state.next += 1;
            drop(state);
            let result = (self.get)(&self.tasks[index]);
            let mut state = self.lock();
            state.stopped |= (self.ends)(&result);
            state.done.insert(index, result);
            drop(state);
            self.changed.notify_all();
        }
    }

    /// The next result in order; `None` if there will be no more.
    fn next(&self, idle: &mut impl FnMut()) -> Option<R> {
        let mut state = self.lock();
        loop {
            let index = state.taken;
            if let Some(result) = state.done.remove(&index) {
                state.taken += 1;
                self.changed.notify_all();
                return Some(result);
            }
            if state.stopped && index >= state.next {
                return None;
            }
            state = self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
            idle();
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);
