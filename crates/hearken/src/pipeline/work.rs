//! What waits for the workers of a pool: a lane for each pipeline, served in fair turns.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::chunk::Chunk;
use super::fair::{Fair, LaneId};
use super::line::Line;
use super::shared::lock;
use crate::error::{Error, ErrorKind, Result};

/// The lanes of all pipelines of a pool.
#[derive(Debug, Default)]
pub(super) struct Work {
    state: Mutex<State>,
    /// There is something to do for a worker that has nothing.
    awake: Condvar,
    /// Something came while a worker waits for more of one lane.
    lingering: Condvar,
    last_id: AtomicU64,
    /// Has a test break whichever worker looks for something to do.
    #[cfg(test)]
    pub(super) broken: std::sync::atomic::AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    fair: Fair,
    lanes: BTreeMap<LaneId, Waiting>,
    /// Workers that wait for something to do.
    idle: usize,
    ended: bool,
    /// Why, if the pool died.
    cause: Option<String>,
}

/// What waits in a lane.
#[derive(Debug)]
struct Waiting {
    line: Arc<Line>,
    chunks: VecDeque<Box<Chunk>>,
    /// The pipeline may have an open chunk with posts in it.
    open: bool,
    /// No more comes.
    closed: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.chunks.is_empty() && !self.open
    }
}

/// Something to do, and for which pipeline.
pub(super) struct Taken {
    pub(super) id: LaneId,
    pub(super) line: Arc<Line>,
    /// `None`: the pipeline's open chunk.
    pub(super) chunk: Option<Box<Chunk>>,
}

/// What comes while a worker waits for more of a lane.
pub(super) enum More {
    Chunk(Box<Chunk>),
    /// The pipeline's open chunk, if nobody has it yet.
    Open,
    /// Nothing in time, or others wait.
    Nothing,
}

impl Work {
    /// A name for a lane.
    pub(super) fn new_id(&self) -> LaneId {
        self.last_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds the lane of a pipeline.
    pub(super) fn join(&self, id: LaneId, line: Arc<Line>) -> Result<()> {
        let mut state = lock(&self.state);
        if let Some(cause) = &state.cause {
            return Err(Error::new(ErrorKind::Worker, cause.clone()));
        }
        state.fair.join(id, line.share);
        state.lanes.insert(id, Waiting { line, chunks: VecDeque::new(), open: false, closed: false });
        Ok(())
    }

    /// The next thing to do; waits for it. `None` when the pool ends.
    pub(super) fn next(&self) -> Option<Taken> {
        let mut state = lock(&self.state);
        loop {
            if state.ended {
                return None;
            }
            #[cfg(test)]
            assert!(!self.broken.load(Ordering::SeqCst), "the work is broken");
            if let Some(taken) = state.take() {
                return Some(taken);
            }
            state.idle += 1;
            state = self.awake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// More of the same lane; waits for it until then, unless another lane has something to do that nobody else could.
    pub(super) fn more(&self, id: LaneId, until: Instant) -> More {
        let mut state = lock(&self.state);
        loop {
            if let Some(more) = state.take_more(id) {
                return more;
            }
            let wait = until.saturating_duration_since(Instant::now());
            let is_last = state.lanes.get(&id).is_none_or(|lane| lane.closed);
            if wait.is_zero() || is_last || state.ended || (state.fair.any_ready() && state.idle == 0) {
                return More::Nothing;
            }
            state = self.lingering.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// An open chunk was taken that costs so much.
    pub(super) fn charge(&self, id: LaneId, cost: usize) {
        lock(&self.state).fair.charge(id, cost);
    }

    fn change(&self, id: LaneId, change: impl FnOnce(&mut Waiting)) -> bool {
        let mut state = lock(&self.state);
        let State { fair, lanes, .. } = &mut *state;
        let Some(lane) = lanes.get_mut(&id) else { return false };
        change(lane);
        fair.wakes(id);
        self.wake_one(state);
        true
    }

    fn wake_one(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.awake.notify_one();
        self.lingering.notify_all();
    }

    fn remove(&self, id: LaneId) {
        let gone = lock(&self.state).remove(id);
        self.lingering.notify_all();
        // Not under the lock: the caller's closures go with it.
        drop(gone);
    }

    /// Has the workers leave, whatever waits.
    pub(super) fn end(&self) {
        lock(&self.state).ended = true;
        self.awake.notify_all();
        self.lingering.notify_all();
    }

    /// A worker died: all pipelines have failed.
    pub(super) fn die(&self, cause: &str) {
        let lanes = {
            let mut state = lock(&self.state);
            state.cause.get_or_insert_with(|| cause.to_owned());
            std::mem::take(&mut state.lanes)
        };
        self.end();
        for lane in lanes.values() {
            lane.line.shared.fail(Error::new(ErrorKind::Worker, cause));
        }
    }
}

impl State {
    fn take(&mut self) -> Option<Taken> {
        let id = self.fair.next()?;
        let lane = self.lanes.get_mut(&id)?;
        let line = Arc::clone(&lane.line);
        let chunk = lane.pop();
        if let Some(chunk) = &chunk {
            self.fair.charge(id, chunk.cost());
        }
        self.settle(id);
        Some(Taken { id, line, chunk })
    }

    fn take_more(&mut self, id: LaneId) -> Option<More> {
        let lane = self.lanes.get_mut(&id).filter(|lane| !lane.is_empty())?;
        let more = lane.pop().map_or(More::Open, More::Chunk);
        if let More::Chunk(chunk) = &more {
            self.fair.charge(id, chunk.cost());
        }
        self.settle(id);
        Some(more)
    }

    /// Something was taken out of a lane.
    fn settle(&mut self, id: LaneId) {
        let Some(lane) = self.lanes.get(&id) else { return };
        if !lane.is_empty() {
            self.fair.wakes(id);
        } else if lane.closed {
            self.remove(id);
        } else {
            self.fair.rests(id);
        }
    }

    fn remove(&mut self, id: LaneId) -> Option<Waiting> {
        self.fair.leave(id);
        self.lanes.remove(&id)
    }
}

impl Waiting {
    /// The next whole chunk; `None`: the open one.
    fn pop(&mut self) -> Option<Box<Chunk>> {
        let chunk = self.chunks.pop_front();
        self.open &= chunk.is_some();
        chunk
    }
}

/// A pipeline's end of its lane.
#[derive(Debug)]
pub(super) struct Lane {
    work: Arc<Work>,
    id: LaneId,
}

impl Lane {
    pub(super) fn new(work: Arc<Work>, id: LaneId) -> Self {
        Self { work, id }
    }

    /// Adds a chunk; gives it back when the lane is gone.
    pub(super) fn put(&self, chunk: Box<Chunk>) -> Result<(), Box<Chunk>> {
        let mut chunk = Some(chunk);
        self.work.change(self.id, |lane| lane.chunks.extend(chunk.take()));
        chunk.map_or(Ok(()), Err)
    }

    /// The pipeline has an open chunk.
    pub(super) fn opened(&self) {
        self.work.change(self.id, |lane| lane.open = true);
    }

    /// No more comes. Workers do what is there; then the lane goes.
    pub(super) fn close(&self) {
        let mut state = lock(&self.work.state);
        let Some(lane) = state.lanes.get_mut(&self.id) else { return };
        (lane.closed, lane.open) = (true, false);
        let is_done = lane.chunks.is_empty();
        drop(state);
        if is_done {
            self.work.remove(self.id);
        }
        self.work.lingering.notify_all();
    }

    /// The lane goes, with all that waits in it.
    pub(super) fn abandon(&self) {
        self.work.remove(self.id);
    }
}
