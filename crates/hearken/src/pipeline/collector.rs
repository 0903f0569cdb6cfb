//! The collector: restores the input order, writes to the caller's sinks, ranks.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, select};
use jiff::Timestamp;

use super::builder::Sinks;
use super::chunk::Chunk;
use super::meter::Stage;
use super::news::{News, Tiding};
use super::settle::write_line;
use super::shared::Shared;
use crate::error::{Error, ErrorKind, Result};
use crate::rank::Ranked;
use crate::record::Queued;

pub(super) struct Collector {
    shared: Arc<Shared>,
    sinks: Sinks,
    /// When the last chunk arrived.
    last: Timestamp,
    /// Whether the tidings say nothing of accounts, so that the queue has to tell which of its posts are gone with one.
    nameless: bool,
}

impl Collector {
    pub(super) fn new(shared: Arc<Shared>, sinks: Sinks, nameless: bool) -> Self {
        Self { shared, sinks, last: Timestamp::UNIX_EPOCH, nameless }
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
            let Some(chunk) = chunk else { return self.end() };
            early.insert(chunk.number, chunk);
            while let Some(chunk) = early.remove(&next) {
                self.collect(chunk)?;
                next += 1;
            }
        }
    }

    fn collect(&mut self, mut chunk: Box<Chunk>) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let mut watch = shared.gauges.watch();
        let received = chunk.received;
        let outcome = &mut chunk.outcome;
        write(&mut self.sinks.annotated, &outcome.annotated, "annotated posts")?;
        if let Some(sink) = self.sinks.keyed.as_mut().filter(|_| !outcome.keys.is_empty()) {
            sink(&outcome.annotated, &outcome.keys).map_err(|error| output_error("annotated posts", error))?;
        }
        if let Some(sink) = &mut self.sinks.rejected {
            for reject in &outcome.rejected {
                sink(reject).map_err(|error| output_error("rejected lines", error))?;
            }
        }
        watch.lap(Stage::Write);
        // `None`: the queue was closed by a failure.
        let Some(counted) = shared.queue.take_in(outcome.happenings.drain(..), received) else { return Ok(()) };
        watch.lap(Stage::Rank);
        outcome.tally += &counted;
        self.last = received;
        let held = self.list_held(false)?;
        self.tell(News {
            cases: Vec::new(),
            held,
            suppressed: std::mem::take(&mut outcome.suppressed),
            tidings: std::mem::take(&mut outcome.tidings),
            receipt: outcome.receipt.take(),
        })?;
        watch.lap(Stage::Tell);
        shared.gauges.ranked(chunk.arrived, chunk.outcome.tally.posts);
        shared.gauges.count(chunk.counted_at, &chunk.outcome.tally);
        shared.release(chunk);
        Ok(())
    }

    /// No more chunks come.
    fn end(&mut self) -> Result<()> {
        if self.shared.has_failed() {
            return Ok(());
        }
        let held = self.list_held(true)?;
        self.tell(News { held, ..News::default() })
    }

    /// Tells whoever keeps cases beyond the queue what has come into it. Where nobody does, what is still open of the chunk's
    /// batch are the posts in the queue.
    fn tell(&mut self, mut news: News) -> Result<()> {
        let Some(sink) = &mut self.sinks.news else {
            news.settle();
            return Ok(());
        };
        let queue = &self.shared.queue;
        news.cases = queue.take(usize::MAX);
        let deletions = queue.take_deletions();
        if self.nameless {
            news.tidings.extend(deletions.into_iter().map(Tiding::Deleted));
        }
        for tiding in &mut news.tidings {
            match tiding {
                Tiding::Reposted { platform, id, total } => *total = queue.reposts_of(platform.as_deref(), id),
                Tiding::Replied(reply) => reply.moves = queue.moved_by(&reply.post),
                Tiding::Edited(..) | Tiding::Unjudged(_) | Tiding::Campaign(_) | Tiding::Deleted(_) => {}
            }
        }
        news.tidings.extend(queue.take_campaigns().into_iter().map(|campaign| Tiding::Campaign(Box::new(campaign))));
        if news.is_empty() {
            news.settle();
            return Ok(());
        }
        sink(news).map_err(|error| output_error("news", error))
    }

    /// Lists what is held back. It is settled by whoever takes it.
    fn list_held(&mut self, end: bool) -> Result<Vec<Ranked>> {
        let held = self.shared.queue.take_held(self.last, end);
        let mut lines = Vec::new();
        for ranked in held.iter().filter(|_| self.sinks.held.is_some()) {
            write_line(&mut lines, &Queued::new(ranked, None))?;
        }
        write(&mut self.sinks.held, &lines, "held posts")?;
        Ok(held)
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
