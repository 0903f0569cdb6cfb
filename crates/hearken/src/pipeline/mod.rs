//! The pipeline: the only place that knows threads and channels.
//!
//! Chunks (hundreds of lines or posts) travel, never single posts. There is a fixed number of them, which bounds memory:
//!
//! ```text
//!  free ─► reader or feeder ─► work ─► worker ─► done ─► collector ─► free
//! ```
//!
//! Taking a free chunk is the one place where a producer waits, so that is the backpressure. A worker carries a chunk from
//! parse to score on its own. The collector puts chunks back into input order, writes to the caller's sinks and ranks.
//! Shutdown is disconnection: the pipeline's lane closes, workers finish what is in it and let go of it, the collector follows. A
//! thread that fails or dies closes everything at once, and [`Pipeline::finish`] says why.
//!
//! Several pipelines may share the workers of a [`Pool`]. All but the workers is each one's own: chunks, queue, collector, sinks.

mod admit;
mod builder;
mod careful;
mod chunk;
mod collector;
mod fair;
mod feeder;
mod happening;
mod line;
mod meter;
mod news;
mod origin;
mod pool;
mod queue;
mod quota;
mod rules;
mod settle;
mod shared;
mod start;
mod usage;
mod work;
mod worker;

use std::io::Read;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use crate::campaign::Campaign;
pub use crate::caseload::Moved;
pub use builder::{Builder, Sink};
pub use chunk::Reject;
pub use feeder::{Feeder, SubmitError, SubmitEventError, TrySubmitError};
pub use meter::{BOUNDS, Durations, MOST_SOURCES, Meter, OTHER_SOURCES, Reading, Stage};
pub use news::{News, Reply, Tiding, Unjudged};
pub use origin::Origin;
pub use pool::Pool;
pub use queue::{Queue, Waiting};
pub use quota::Quota;

use crate::error::{Error, ErrorKind, Result};
use crate::format::{Deletion, Format};
use crate::frame::{Frame, Framer};
use crate::model::Model;
use crate::rank::Ranked;
use crate::receipt::Receipt;
use crate::tally::Tally;
use chunk::Chunk;
use crossbeam_channel::Receiver;
use quota::Gate;
use shared::Shared;

/// A running pipeline. Made by [`Pipeline::builder`]; fed through [`Pipeline::read`] and [`Pipeline::feeder`]; emptied
/// through [`Pipeline::queue`]; ended by [`Pipeline::finish`]. Dropping it stops all its threads and gives up what is under way.
#[derive(Debug)]
pub struct Pipeline {
    shared: Arc<Shared>,
    /// `None` once it is joined.
    collector: Option<JoinHandle<()>>,
    /// Disconnects when no worker knows the pipeline any more.
    served: Receiver<Box<Chunk>>,
    // Dropped last: with a pool of its own go its threads.
    _pool: Pool,
    started: Instant,
    max_line: usize,
    format: Option<Format>,
}

/// What a finished pipeline leaves.
#[derive(Debug)]
#[non_exhaustive]
pub struct Summary {
    /// What became of the input.
    pub tally: Tally,
    /// The cases that nobody has taken out of the queue, best first.
    pub queue: Vec<Ranked>,
    /// Deletions of posts that were taken out of the queue, as far as [`Queue::take_deletions`] has not told them.
    pub deletions: Vec<Deletion<'static>>,
    /// From start to finish.
    pub elapsed: Duration,
}

impl Pipeline {
    /// A builder for a pipeline that runs `model`.
    pub fn builder(model: Model) -> Builder {
        Builder::new(model)
    }

    /// A builder for a pipeline that shares the workers of a pool with others, and has its models.
    pub fn builder_in(pool: &Pool) -> Builder {
        Builder::new(pool.model().clone()).in_pool(pool.clone())
    }

    /// What judges: the model's name, `@`, and 12 digits of a digest over model, tokenizer, manifest, thresholds and
    /// policy. Every record carries it, or that of the careful model.
    pub fn judge(&self) -> &str {
        &self.shared.judges().first
    }

    /// What judges with care in a cascade, likewise.
    pub fn careful_judge(&self) -> Option<&str> {
        self.shared.judges().careful.as_deref()
    }

    /// Reads JSONL to its end, in the caller's thread. `source`, a name or an [`Origin`], stands in dead letters and in ids of
    /// posts without one.
    /// Waits while the pipeline is busy.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`] with what the reader answered; what came before is processed all the same.
    /// [`ErrorKind::Closed`] when the pipeline has failed; [`Pipeline::finish`] tells the cause.
    pub fn read<'a>(&self, reader: impl Read, source: impl Into<Origin<'a>>) -> Result<()> {
        self.read_with(reader, source.into(), &[], None)
    }

    /// Reads a batch of lines, as [`Pipeline::read`] does. `receipt` is settled when what became of all of them is durable:
    /// written by the sinks, or settled by whoever took them out of the queue ([`Ranked::settle`]).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`] when the pipeline has failed; the batch is not settled then.
    pub fn read_batch<'a>(&self, lines: &[u8], source: impl Into<Origin<'a>>, receipt: Receipt) -> Result<()> {
        self.read_numbered_batch(lines, &[], source, receipt)
    }

    /// The same for lines whose numbers don't follow one another: `numbers` has that of each. Without any they are counted from
    /// the origin's first line.
    ///
    /// # Errors
    ///
    /// As [`Pipeline::read_batch`].
    pub fn read_numbered_batch<'a>(
        &self,
        lines: &[u8],
        numbers: &[u64],
        source: impl Into<Origin<'a>>,
        receipt: Receipt,
    ) -> Result<()> {
        self.read_with(lines, source.into(), numbers, Some(&receipt))?;
        receipt.settle();
        Ok(())
    }

    fn read_with(
        &self,
        reader: impl Read,
        origin: Origin<'_>,
        numbers: &[u64],
        receipt: Option<&Receipt>,
    ) -> Result<()> {
        let source: Arc<str> = Arc::from(origin.name);
        let counted_at = self.shared.gauges.place(origin.counted_as.unwrap_or(origin.name));
        let numbers: Arc<[u64]> = Arc::from(numbers);
        let first_line = if numbers.is_empty() { origin.first_line } else { 1 };
        let quota = self.shared.quota.as_ref();
        let most_lines = quota.map_or(usize::MAX, Gate::burst).min(self.shared.chunk_posts());
        let framer = Framer::new(reader, self.max_line).most_lines(most_lines);
        let mut framer = framer.count_from(first_line);
        let mut frame = Frame::default();
        loop {
            let more = framer
                .next_frame(&mut frame)
                .map_err(|error| Error::with_source(ErrorKind::Input, format!("reading {source}: {error}"), error))?;
            if !more {
                return Ok(());
            }
            // A line counts as a post until it is read.
            let lines = if quota.is_some() { frame.lines().count() } else { 0 };
            let waited = quota.map_or(Some(false), |quota| quota.pass(lines, self.shared.dead())).ok_or_else(closed)?;
            let mut chunk = self.shared.free_chunk().ok_or_else(closed)?;
            chunk.booked = lines;
            chunk.outcome.tally.waited_for_quota = if waited { lines as u64 } else { 0 };
            chunk.source = Arc::clone(&source);
            chunk.counted_at = counted_at;
            chunk.numbers = Arc::clone(&numbers);
            chunk.format = origin.format.or(self.format);
            chunk.outcome.receipt = receipt.cloned();
            std::mem::swap(&mut chunk.frame, &mut frame);
            self.shared.dispatch(chunk).map_err(|_| closed())?;
        }
    }

    /// A handle to submit posts with, from any thread.
    pub fn feeder(&self) -> Feeder {
        Feeder::new(Arc::clone(&self.shared))
    }

    /// A handle to take ranked posts out with, from any thread.
    pub fn queue(&self) -> Queue {
        Queue::new(Arc::clone(&self.shared))
    }

    /// A handle to ask how the pipeline does, from any thread.
    pub fn meter(&self) -> Meter {
        Meter::new(Arc::clone(&self.shared))
    }

    /// Has nobody wait for the [quota](Builder::quota) any more, so that a run can end with what it has read.
    pub fn lift_quota(&self) {
        self.shared.lift_quota();
    }

    /// What became of the input so far.
    pub fn tally(&self) -> Tally {
        self.shared.tally()
    }

    /// Takes no more input, finishes what was taken, and stops all threads but those of a pool that it shares.
    ///
    /// Posts under way (a few chunks at the most) that would have to wait for room in the queue are let in over its bound.
    ///
    /// # Errors
    ///
    /// The first failure of the run: [`ErrorKind::Inference`], [`ErrorKind::Output`] from a sink, or
    /// [`ErrorKind::Worker`] when a thread died.
    pub fn finish(mut self) -> Result<Summary> {
        self.shared.close();
        self.join();
        let summary = Summary {
            tally: self.shared.tally(),
            // Before the rest of the queue is taken: what was deleted of it is not in it any more.
            deletions: self.shared.queue.take_deletions(),
            queue: self.shared.queue.take(usize::MAX),
            elapsed: self.started.elapsed(),
        };
        // Whoever still waits for a post waits in vain.
        self.shared.queue.close();
        self.shared.failure().map_or(Ok(summary), Err)
    }

    fn join(&mut self) {
        if let Some(collector) = self.collector.take() {
            // A thread reports its own panic to `shared` before it ends.
            let _ = collector.join();
        }
        // Workers may still hold what a pipeline that has failed gave them.
        while self.served.recv().is_ok() {}
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if self.collector.is_some() {
            self.shared.fail(closed());
            self.join();
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the pipeline takes no more posts")
}

#[cfg(test)]
mod tests;
