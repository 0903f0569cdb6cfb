//! The ranked queue as seen from many threads.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::happening::Happening;
use super::shared::{Shared, lock};
use crate::campaign::Campaign;
use crate::caseload::{Caseload, Moved};
use crate::format::Deletion;
use crate::likeness;
use crate::post::Post;
use crate::rank::{Ranked, WhenFull};
use crate::tally::Tally;

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
    caseload: Caseload,
    closed: bool,
}

impl SharedQueue {
    pub(super) fn new(caseload: Caseload, when_full: WhenFull) -> Self {
        let cut = AtomicI64::new(caseload.cut());
        Self {
            state: Mutex::new(State { caseload, closed: false }),
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

    /// Has all this happen to the queue, as of `now`, and waits as long as the queue is full and must not lose a post. Returns
    /// what was counted; `None` when the pipeline has failed.
    pub(super) fn take_in(&self, happenings: impl Iterator<Item = Happening>, now: Timestamp) -> Option<Tally> {
        let mut state = lock(&self.state);
        for happening in happenings {
            let mut back = happen(&mut state.caseload, happening, now);
            while let Some(ranked) = back.take() {
                if state.closed {
                    return None;
                }
                self.announce(&state);
                state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
                back = state.caseload.place(*ranked);
            }
        }
        self.announce(&state);
        (!state.closed).then(|| state.caseload.take_tally())
    }

    fn announce(&self, state: &State) {
        self.cut.store(state.caseload.cut(), Ordering::Relaxed);
        if !state.caseload.is_empty() {
            self.ready.notify_all();
        }
    }

    /// What is held back and is to be listed by now; at the `end` all.
    pub(super) fn take_held(&self, now: Timestamp, end: bool) -> Vec<Ranked> {
        lock(&self.state).caseload.take_held(now, end)
    }

    /// How often a post was passed on, as far as is remembered.
    pub(super) fn reposts_of(&self, platform: Option<&str>, id: &str) -> u32 {
        lock(&self.state).caseload.reposts_of(likeness::of_post(platform, id))
    }

    /// See [`Caseload::moved`]; of the post that a reply answers.
    pub(super) fn moved_by(&self, reply: &Post<'_>) -> Option<Moved> {
        let answered = likeness::of_post(reply.platform.as_deref(), reply.reply_to.as_deref()?);
        lock(&self.state).caseload.moved(answered)
    }

    /// See [`Caseload::take_campaigns`].
    pub(super) fn take_campaigns(&self) -> Vec<Campaign> {
        lock(&self.state).caseload.take_campaigns()
    }

    /// Who waits.
    pub(super) fn waiting(&self) -> Waiting {
        let mut waiting = Waiting::default();
        for ranked in lock(&self.state).caseload.iter() {
            let level = (ranked.judgement.urgency().round() as usize).min(waiting.cases.len() - 1);
            waiting.cases[level] += 1;
            let oldest = &mut waiting.oldest[level];
            *oldest = Some(oldest.map_or(ranked.created_at, |oldest| oldest.min(ranked.created_at)));
        }
        waiting
    }

    pub(super) fn take_deletions(&self) -> Vec<Deletion<'static>> {
        lock(&self.state).caseload.take_deletions()
    }

    /// Takes up to `count` posts out, best first.
    pub(super) fn take(&self, count: usize) -> Vec<Ranked> {
        self.take_from(&mut lock(&self.state), count)
    }

    fn take_from(&self, state: &mut State, count: usize) -> Vec<Ranked> {
        let taken: Vec<Ranked> = std::iter::from_fn(|| state.caseload.pop()).take(count).collect();
        self.cut.store(state.caseload.cut(), Ordering::Relaxed);
        self.room.notify_all();
        taken
    }

    fn wait(&self, timeout: Duration) -> Option<Ranked> {
        let state = lock(&self.state);
        let (mut state, _) = self
            .ready
            .wait_timeout_while(state, timeout, |state| state.caseload.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        self.take_from(&mut state, 1).pop()
    }

    /// The input is closed: what is under way must find room.
    pub(super) fn lift_bound(&self) {
        lock(&self.state).caseload.lift_bound();
        self.room.notify_all();
    }

    /// The pipeline is finished or has failed: nobody waits any more.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.room.notify_all();
        self.ready.notify_all();
    }
}

fn happen(caseload: &mut Caseload, happening: Happening, now: Timestamp) -> Option<Box<Ranked>> {
    match happening {
        Happening::Queued(ranked, arrival, None) => return caseload.offer(*ranked, arrival, now),
        Happening::Queued(ranked, arrival, Some(answer)) => return caseload.answer(*ranked, answer, arrival, now),
        Happening::Held(ranked, arrival) => caseload.hold_back(*ranked, arrival, now),
        Happening::Noted(marks, created_at, arrival) => caseload.note(&marks, created_at, arrival, now),
        Happening::HeldUnlisted(marks, created_at, arrival) => {
            caseload.hold_back_unlisted(&marks, created_at, arrival, now);
        }
        Happening::Missed(ranked, arrival) => caseload.miss(ranked, arrival, now),
        Happening::Reply(heard) => caseload.reply(heard, now),
        Happening::Repost { of, by } => caseload.repost(of, by),
        Happening::Changed(post) => caseload.retract(post),
        Happening::Deleted(deletion) => caseload.delete(&deletion, now),
    }
    None
}

/// Who waits in a queue, by urgency to the nearest level, 0 to 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// How many cases.
    pub cases: [u64; 4],
    /// When the oldest of them was written.
    pub oldest: [Option<Timestamp>; 4],
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

    /// How many cases wait.
    pub fn len(&self) -> usize {
        lock(&self.shared.queue.state).caseload.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes up to `count` cases out, best first, without waiting.
    pub fn take(&self, count: usize) -> Vec<Ranked> {
        self.shared.queue.take(count)
    }

    /// Takes the best case out, and waits up to `timeout` for one to come. `None` when the time is up, or when the pipeline
    /// is finished or has failed.
    pub fn next(&self, timeout: Duration) -> Option<Ranked> {
        self.shared.queue.wait(timeout)
    }

    /// Deletions of posts that were taken out, since the last call: let go of those posts.
    pub fn take_deletions(&self) -> Vec<Deletion<'static>> {
        self.shared.queue.take_deletions()
    }
}
