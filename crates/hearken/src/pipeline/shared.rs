//! What the threads of a pipeline share: the channels' ends, the failure, the clock and the counts.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, select};
use jiff::Timestamp;

use super::chunk::{Chunk, SUBMITTED};
use super::meter::{Gauges, Reading};
use super::queue::SharedQueue;
use super::quota::Gate;
use super::work::Lane;
use crate::error::Error;
use crate::format::Event;
use crate::tally::Tally;

pub(super) struct Shared {
    pub(super) queue: SharedQueue,
    feed: Mutex<Feed>,
    free: (Sender<Box<Chunk>>, Receiver<Box<Chunk>>),
    /// The way to the workers.
    lane: Lane,
    pub(super) quota: Option<Gate>,
    failure: Mutex<Failure>,
    /// Disconnects when the pipeline fails: every wait selects on it too, so that nobody hangs.
    dead: Receiver<Infallible>,
    pub(super) gauges: Gauges,
    chunks: usize,
    judges: Judges,
    now: Option<Timestamp>,
    chunk_posts: usize,
    on_failure: Option<OnFailure>,
}

pub(super) type OnFailure = Box<dyn Fn() + Send + Sync>;

/// Where chunks get their place in the input order.
#[derive(Debug)]
struct Feed {
    /// No more is taken.
    closed: bool,
    next_number: u64,
    /// How many posts were submitted.
    submitted: u64,
    /// Submitted events that no worker has taken yet.
    open: Option<Box<Chunk>>,
}

#[derive(Debug)]
struct Failure {
    error: Option<Error>,
    alive: Option<Sender<Infallible>>,
}

/// An event was not taken, because the pipeline is full or closed, and comes back.
pub(super) enum NotAppended {
    Full(Box<Event<'static>>),
    Closed(Box<Event<'static>>),
}

/// What records call the models.
#[derive(Debug)]
pub(super) struct Judges {
    pub(super) first: Arc<str>,
    /// The second model of a cascade.
    pub(super) careful: Option<Arc<str>>,
}

pub(super) struct Setup {
    pub(super) queue: SharedQueue,
    pub(super) chunks: usize,
    pub(super) chunk_posts: usize,
    pub(super) lane: Lane,
    pub(super) quota: Option<Gate>,
    pub(super) judges: Judges,
    pub(super) now: Option<Timestamp>,
    pub(super) on_failure: Option<OnFailure>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("judges", &self.judges).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(setup: Setup) -> Self {
        // Every channel has room for every chunk, so only taking a free one ever waits.
        let free = bounded(setup.chunks);
        for _ in 0..setup.chunks {
            let _ = free.0.try_send(Box::new(Chunk::new()));
        }
        // Nothing is ever sent; but a channel without room allocates in every wait.
        let (alive, dead) = bounded(1);
        Self {
            queue: setup.queue,
            feed: Mutex::new(Feed { closed: false, next_number: 0, submitted: 0, open: None }),
            free,
            lane: setup.lane,
            quota: setup.quota,
            failure: Mutex::new(Failure { error: None, alive: Some(alive) }),
            dead,
            gauges: Gauges::new(),
            chunks: setup.chunks,
            judges: setup.judges,
            now: setup.now,
            chunk_posts: setup.chunk_posts,
            on_failure: setup.on_failure,
        }
    }

    pub(super) fn judges(&self) -> &Judges {
        &self.judges
    }

    /// What the records call the first model, or the careful one.
    pub(super) fn judge(&self, careful: bool) -> &Arc<str> {
        self.judges.careful.as_ref().filter(|_| careful).unwrap_or(&self.judges.first)
    }

    pub(super) fn tally(&self) -> Tally {
        self.gauges.tally()
    }

    /// How all of it does.
    pub(super) fn reading(&self) -> Reading {
        Reading {
            sources: self.gauges.sources(),
            stages: self.gauges.read_stages(),
            latency: self.gauges.read_latency(),
            waiting: self.queue.waiting(),
            busy_chunks: self.chunks - self.free.1.len(),
            chunks: self.chunks,
            held_up: self.gauges.read_held_up(),
        }
    }

    pub(super) fn dead(&self) -> &Receiver<Infallible> {
        &self.dead
    }

    pub(super) fn has_failed(&self) -> bool {
        self.dead.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Waits for a free chunk; `None` when the pipeline has failed.
    pub(super) fn free_chunk(&self) -> Option<Box<Chunk>> {
        if let Ok(chunk) = self.free.1.try_recv() {
            return (!self.has_failed()).then_some(chunk);
        }
        let since = Instant::now();
        let mut chunk = select! {
            recv(self.free.1) -> chunk => chunk.ok(),
            recv(self.dead) -> _ => None,
        }?;
        self.gauges.held_up(since);
        chunk.pressed = true;
        Some(chunk)
    }

    pub(super) fn release(&self, mut chunk: Box<Chunk>) {
        chunk.clear();
        // There is room for every chunk.
        let _ = self.free.0.try_send(chunk);
    }

    /// Hands a chunk to the workers, next in the input order; gives it back when the input is closed.
    pub(super) fn dispatch(&self, chunk: Box<Chunk>) -> Result<(), Box<Chunk>> {
        self.send(&mut lock(&self.feed), chunk)
    }

    fn send(&self, feed: &mut Feed, mut chunk: Box<Chunk>) -> Result<(), Box<Chunk>> {
        if feed.closed {
            return Err(chunk);
        }
        chunk.number = feed.next_number;
        if chunk.events.is_empty() {
            (chunk.received, chunk.arrived) = (self.clock(), Instant::now());
        }
        // It comes back where the lane is gone: the pipeline has failed.
        self.lane.put(chunk)?;
        feed.next_number += 1;
        Ok(())
    }

    fn clock(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    /// Appends an event to the open chunk, for which `spare` or a free chunk is taken if there is none. `waited`: for the quota, which
    /// it has passed.
    pub(super) fn append(
        &self,
        event: Event<'static>,
        spare: &mut Option<Box<Chunk>>,
        waited: bool,
    ) -> Result<(), NotAppended> {
        let mut feed = lock(&self.feed);
        if feed.closed {
            return Err(NotAppended::Closed(Box::new(event)));
        }
        let was_open = feed.open.is_some();
        let mut chunk = match feed.open.take().or_else(|| spare.take()).or_else(|| self.free.1.try_recv().ok()) {
            Some(chunk) => chunk,
            None => return Err(NotAppended::Full(Box::new(event))),
        };
        if chunk.events.is_empty() {
            (chunk.received, chunk.arrived) = (self.clock(), Instant::now());
            chunk.counted_at = self.gauges.place(SUBMITTED);
        }
        let mut event = event;
        if let Event::Post(post) | Event::Edit(post) = &mut event {
            feed.submitted += 1;
            if post.id.is_empty() {
                // Without an id of their own, all of them would count as one and the same post.
                post.id = format!("submitted:{}", feed.submitted).into();
            }
        }
        chunk.events.push(event);
        chunk.booked += usize::from(self.quota.is_some());
        chunk.outcome.tally.waited_for_quota += u64::from(waited);
        if chunk.events.len() < self.chunk_posts {
            feed.open = Some(chunk);
            if !was_open {
                self.lane.opened();
            }
        } else if let Err(mut chunk) = self.send(&mut feed, chunk) {
            chunk.outcome.tally.waited_for_quota -= u64::from(waited);
            return chunk.events.pop().map_or(Ok(()), |event| Err(NotAppended::Closed(Box::new(event))));
        }
        Ok(())
    }

    /// How many lines, or submitted posts, a chunk has at the most.
    pub(super) fn chunk_posts(&self) -> usize {
        self.chunk_posts
    }

    /// The open chunk, for a worker that has nothing else to do.
    pub(super) fn take_open(&self) -> Option<Box<Chunk>> {
        let mut feed = lock(&self.feed);
        let mut chunk = feed.open.take()?;
        chunk.number = feed.next_number;
        feed.next_number += 1;
        Some(chunk)
    }

    /// Nobody waits for the quota from now on.
    pub(super) fn lift_quota(&self) {
        if let Some(quota) = &self.quota {
            quota.lift();
        }
    }

    /// Takes no more input; workers finish what is there.
    pub(super) fn close(&self) {
        self.lift_quota();
        self.queue.lift_bound();
        let mut feed = lock(&self.feed);
        if let Some(chunk) = feed.open.take() {
            let _ = self.send(&mut feed, chunk);
        }
        feed.closed = true;
        self.lane.close();
    }

    /// Stops everything; the first error is the one that counts.
    pub(super) fn fail(&self, error: Error) {
        {
            let mut failure = lock(&self.failure);
            if failure.alive.take().is_none() {
                return;
            }
            failure.error = Some(error);
        }
        lock(&self.feed).closed = true;
        self.lane.abandon();
        self.queue.close();
        if let Some(call) = &self.on_failure {
            call();
        }
    }

    pub(super) fn failure(&self) -> Option<Error> {
        lock(&self.failure).error.take()
    }
}

/// A thread that panics while it holds one of these locks fails the whole pipeline; nobody goes on with half a change.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
