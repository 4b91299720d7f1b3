//! Runs many tasks in parallel, and returns answers in the order of the tasks.
//! It does not know what a task does.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use super::answer::Answer;
use crate::failure::{ErrorKind, Failure};

/// Whether to continue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    Stop,
}

/// Runs tasks, `jobs` at a time, and passes each answer to `take` in the order of the tasks. `idle` is called regularly
/// while waiting. Only a window of answers is held, however many tasks there are. If the run is ended meanwhile, tasks not
/// yet started are left out.
///
/// # Errors
/// Those of `take`, and if no thread can be started.
pub fn each<T: Send + Sync + 'static>(
    tasks: Vec<T>,
    jobs: usize,
    get: impl Fn(&T) -> Result<Answer, Failure> + Send + Sync + 'static,
    mut idle: impl FnMut(),
    mut take: impl FnMut(Result<Answer, Failure>) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let workers = jobs.min(tasks.len());
    let count = tasks.len();
    let queue = Arc::new(Queue {
        state: Mutex::new(QueueState { next: 0, taken: 0, done: HashMap::new(), stopped: false }),
        changed: Condvar::new(),
        tasks,
        get,
        window: workers * 4,
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

struct Queue<T, G> {
    state: Mutex<QueueState>,
    changed: Condvar,
    tasks: Vec<T>,
    get: G,
    /// How far workers may be ahead of the answer taken next.
    window: usize,
}

struct QueueState {
    /// The next task to start.
    next: usize,
    taken: usize,
    done: HashMap<usize, Result<Answer, Failure>>,
    stopped: bool,
}

impl<T, G: Fn(&T) -> Result<Answer, Failure>> Queue<T, G> {
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
            // Further calls would be refused too, so none is started, even before this result is taken.
            let ends = |failure: &Failure| failure.not_asked.is_some() || failure.kind == ErrorKind::NotSignedIn;
            state.stopped |= result.as_ref().is_err_and(ends);
            state.done.insert(index, result);
            drop(state);
            self.changed.notify_all();
        }
    }

    /// The next result in order; `None` if there will be no more.
    fn next(&self, idle: &mut impl FnMut()) -> Option<Result<Answer, Failure>> {
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

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);
