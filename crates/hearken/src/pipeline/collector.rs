//! The collector: restores the input order, writes to the caller's sinks, ranks.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, select};

use super::builder::Sinks;
use super::chunk::Chunk;
use super::shared::Shared;
use crate::error::{Error, ErrorKind, Result};
use crate::rank::Offer;

pub(super) struct Collector {
    shared: Arc<Shared>,
    sinks: Sinks,
}

impl Collector {
    pub(super) fn new(shared: Arc<Shared>, sinks: Sinks) -> Self {
        Self { shared, sinks }
    }

    /// Collects until all workers have left, or the pipeline has failed.
    pub(super) fn run(mut self, done: &Receiver<Box<Chunk>>) -> Result<()> {
        let mut next = 0;
        // Chunks that came before their turn; no more than there are chunks.
        let mut early = BTreeMap::new();
        loop {
            let chunk = select! {
                recv(done) -> chunk => chunk.ok(),
                recv(self.shared.dead()) -> _ => None,
            };
            let Some(chunk) = chunk else { return Ok(()) };
            early.insert(chunk.number, chunk);
            while let Some(chunk) = early.remove(&next) {
                self.collect(chunk)?;
                next += 1;
            }
        }
    }

    fn collect(&mut self, mut chunk: Box<Chunk>) -> Result<()> {
        let outcome = &mut chunk.outcome;
        write(&mut self.sinks.annotated, &outcome.annotated, "annotated posts")?;
        write(&mut self.sinks.held, &outcome.held, "held posts")?;
        if let Some(sink) = &mut self.sinks.rejected {
            for reject in &outcome.rejected {
                sink(reject).map_err(|error| output_error("rejected lines", error))?;
            }
        }
        for ranked in outcome.queued.drain(..) {
            let tally = &mut outcome.tally;
            match self.shared.queue.offer(ranked) {
                Some(Offer::Kept) => {}
                Some(Offer::Duplicate) => tally.duplicates += 1,
                Some(Offer::Displaced(mut gone)) => {
                    gone.settle();
                    tally.count_left_out(self.shared.queue.when_full(), gone.judgement.assigned);
                }
                // The queue was closed by a failure.
                Some(Offer::Full(_)) | None => return Ok(()),
            }
        }
        // What is still open of the chunk's batch are the posts in the queue.
        if let Some(receipt) = outcome.receipt.take() {
            receipt.settle();
        }
        self.shared.count(&outcome.tally);
        self.shared.release(chunk);
        Ok(())
    }
}

fn write(sink: &mut Option<super::Sink>, bytes: &[u8], what: &str) -> Result<()> {
    match sink {
        Some(sink) if !bytes.is_empty() => sink(bytes).map_err(|error| output_error(what, error)),
        _ => Ok(()),
    }
}

fn output_error(what: &str, error: io::Error) -> Error {
    Error::with_source(ErrorKind::Output, format!("{what} can't be written: {error}"), error)
}
