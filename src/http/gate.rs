//! One gate for all calls to a throttled service: while it is shut nothing is sent, and afterwards the pace recovers
//! gradually. It sends nothing and knows no status: the caller says what happened.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::failure::{ErrorKind, Failure, NotAsked};

/// Lets calls through, at most as many at a time as the service accepts.
pub struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
    /// As many as there are workers.
    widest: usize,
    /// The longest total pause without a success; more ends the run.
    patience: Duration,
}

struct GateState {
    opens: Instant,
    /// How many calls may be under way: one after a pause, one more with each success.
    width: usize,
    under_way: usize,
    paused: Duration,
    /// Why nothing more is sent.
    ended: Option<NotAsked>,
}

impl Gate {
    /// `widest` calls at a time; `patience` is `--max-wait`.
    pub fn new(widest: usize, patience: Duration) -> Self {
        let state =
            GateState { opens: Instant::now(), width: widest, under_way: 0, paused: Duration::ZERO, ended: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), widest, patience }
    }

    /// Waits until a request may be sent.
    ///
    /// # Errors
    /// If the run was ended meanwhile.
    pub fn enter(&self) -> Result<Pass<'_>, Failure> {
        let mut state = self.lock();
        loop {
            if let Some(why) = state.ended {
                let kind = if why == NotAsked::Throttled { ErrorKind::Throttled } else { ErrorKind::NotSignedIn };
                return Err(Failure { not_asked: Some(why), ..Failure::new(kind, why.to_string()) });
            }
            let closed = state.opens.saturating_duration_since(Instant::now());
            if closed.is_zero() && state.under_way < state.width {
                state.under_way += 1;
                return Ok(Pass(self));
            }
            let pause = if closed.is_zero() { Duration::from_secs(1) } else { closed };
            state = self.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Shuts the gate for `pause` from now. If pauses without a success between them add up to more than `patience`, the
    /// run ends.
    pub fn shut(&self, pause: Duration) {
        let mut state = self.lock();
        let now = Instant::now();
        let opens = now + pause;
        if opens > state.opens {
            let added = opens - state.opens.max(now);
            state.paused += added;
            state.opens = opens;
        }
        state.width = 1;
        if state.paused > self.patience {
            state.ended.get_or_insert(NotAsked::Throttled);
        }
        self.changed.notify_all();
    }

    /// A call succeeded: one more may be under way from now on. A call sent before the gate shut does not count.
    pub fn succeeded(&self) {
        let mut state = self.lock();
        if state.opens > Instant::now() {
            return;
        }
        state.paused = Duration::ZERO;
        state.width = self.widest.min(state.width + 1);
        self.changed.notify_all();
    }

    /// Waits for `pause`, or until the run ends.
    pub fn wait(&self, pause: Duration) {
        drop(self.changed.wait_timeout_while(self.lock(), pause, |state| state.ended.is_none()));
    }

    /// Ends the run, since further calls would fail in the same way. True for the first caller.
    pub fn end(&self, why: NotAsked) -> bool {
        let mut state = self.lock();
        let is_first = state.ended.is_none();
        state.ended.get_or_insert(why);
        self.changed.notify_all();
        is_first
    }

    pub fn is_shut(&self) -> bool {
        self.lock().opens > Instant::now()
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way.
pub struct Pass<'a>(&'a Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Gate {
        fn counts(&self) -> (usize, usize) {
            let state = self.lock();
            (state.width, state.under_way)
        }
    }

    #[test]
    fn after_a_pause_one_goes_first_and_each_success_lets_one_more_through() {
        let gate = Gate::new(3, Duration::from_secs(10));
        let passes: Vec<_> = (0..3).map(|_| gate.enter().expect("open")).collect();
        assert_eq!(gate.counts(), (3, 3));
        gate.shut(Duration::from_millis(30));
        // These were sent before the pause.
        gate.succeeded();
        drop(passes);
        assert!(gate.is_shut());
        let start = Instant::now();
        let first = gate.enter().expect("open again");
        assert!(start.elapsed() >= Duration::from_millis(29));
        assert_eq!(gate.counts(), (1, 1));
        gate.succeeded();
        drop(first);
        let two = (gate.enter().expect("open"), gate.enter().expect("open"));
        for _ in 0..5 {
            gate.succeeded();
        }
        drop(two);
        assert_eq!(gate.counts(), (3, 0));
    }

    #[test]
    fn pauses_that_outlast_the_patience_without_a_success_end_the_run() {
        let gate = Gate::new(2, Duration::from_millis(50));
        gate.shut(Duration::from_millis(40));
        // Two calls that are throttled at once wait at once.
        gate.shut(Duration::from_millis(41));
        gate.enter().expect("open again");
        gate.succeeded();
        gate.shut(Duration::from_millis(40));
        gate.enter().expect("open again");
        gate.shut(Duration::from_millis(40));
        assert_eq!(gate.enter().err().map(|failure| failure.kind), Some(ErrorKind::Throttled));
    }
}
