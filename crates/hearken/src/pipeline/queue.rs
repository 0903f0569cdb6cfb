//! The ranked queue as seen from many threads.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::shared::{Shared, lock};
use crate::rank::{Offer, Ranked, Ranker, WhenFull};

#[derive(Debug)]
pub(super) struct SharedQueue {
    state: Mutex<State>,
    /// Someone took posts out, or the queue was closed.
    room: Condvar,
    /// A post came in, or the queue was closed.
    ready: Condvar,
    /// [`Ranker::cut`] as it was last; read by workers without a lock.
    cut: AtomicI64,
    when_full: WhenFull,
}

#[derive(Debug)]
struct State {
    ranker: Ranker,
    closed: bool,
}

impl SharedQueue {
    pub(super) fn new(capacity: usize, when_full: WhenFull) -> Self {
        let ranker = Ranker::new(capacity, when_full);
        let cut = AtomicI64::new(ranker.cut());
        Self {
            state: Mutex::new(State { ranker, closed: false }),
            room: Condvar::new(),
            ready: Condvar::new(),
            cut,
            when_full,
        }
    }

    pub(super) fn when_full(&self) -> WhenFull {
        self.when_full
    }

    /// The moment after which a post can't get in, see [`Ranker::cut`]. It may be a little old.
    pub(super) fn cut(&self) -> i64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// Offers a post, and waits as long as the queue is full and must not lose one. `None` when the pipeline has failed.
    pub(super) fn offer(&self, ranked: Ranked) -> Option<Offer> {
        let mut state = lock(&self.state);
        let mut ranked = ranked;
        loop {
            if state.closed {
                return None;
            }
            match state.ranker.offer(ranked) {
                Offer::Full(back) => {
                    ranked = *back;
                    state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                settled => {
                    self.cut.store(state.ranker.cut(), Ordering::Relaxed);
                    self.ready.notify_one();
                    return Some(settled);
                }
            }
        }
    }

    /// Takes up to `count` posts out, best first.
    pub(super) fn take(&self, count: usize) -> Vec<Ranked> {
        self.take_from(&mut lock(&self.state), count)
    }

    fn take_from(&self, state: &mut State, count: usize) -> Vec<Ranked> {
        let taken: Vec<Ranked> = std::iter::from_fn(|| state.ranker.pop()).take(count).collect();
        self.cut.store(state.ranker.cut(), Ordering::Relaxed);
        self.room.notify_all();
        taken
    }

    fn wait(&self, timeout: Duration) -> Option<Ranked> {
        let state = lock(&self.state);
        let (mut state, _) = self
            .ready
            .wait_timeout_while(state, timeout, |state| state.ranker.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        self.take_from(&mut state, 1).pop()
    }

    /// The input is closed: what is under way must find room.
    pub(super) fn lift_bound(&self) {
        lock(&self.state).ranker.lift_bound();
        self.room.notify_all();
    }

    /// The pipeline is finished or has failed: nobody waits any more.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.room.notify_all();
        self.ready.notify_all();
    }
}

/// Takes ranked posts out of a running pipeline. Cloning gives another handle to the same queue.
#[derive(Clone, Debug)]
pub struct Queue {
    shared: Arc<Shared>,
}

impl Queue {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How many posts wait.
    pub fn len(&self) -> usize {
        lock(&self.shared.queue.state).ranker.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes up to `count` posts out, best first, without waiting.
    pub fn take(&self, count: usize) -> Vec<Ranked> {
        self.shared.queue.take(count)
    }

    /// Takes the best post out, and waits up to `timeout` for one to come. `None` when the time is up, or when the pipeline
    /// is finished or has failed.
    pub fn next(&self, timeout: Duration) -> Option<Ranked> {
        self.shared.queue.wait(timeout)
    }
}
