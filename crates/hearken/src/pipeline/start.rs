//! The start of a pipeline: what its workers go by, its collector, its lane in the pool.

use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crossbeam_channel::bounded;

use super::builder::Builder;
use super::careful::Pace;
use super::collector::Collector;
use super::line::Line;
use super::pool::{Pool, not_started};
use super::queue::SharedQueue;
use super::quota::Gate;
use super::rules::Rules;
use super::shared::{Judges, Setup, Shared};
use super::worker::CASCADE_GROUP;
use super::{Instant, Pipeline};
use crate::cascade::Budget;
use crate::caseload::{Caseload, Wants};
use crate::error::{Error, ErrorKind, Result};
use crate::label::PerLabel;
use crate::likeness::Marker;
use crate::model::Model;
use crate::redact::Redactor;
use crate::reply::Listener;
use crate::score::Scorer;

/// How many of the model's largest batches go into a chunk, and what bounds that.
const BATCHES_A_CHUNK: usize = 3;
const CHUNK_POSTS: RangeInclusive<usize> = 64..=384;

/// A model with the thresholds in force.
#[derive(Clone, Copy)]
struct Seat<'a> {
    model: &'a Model,
    thresholds: PerLabel<f64>,
}

impl Seat<'_> {
    fn scorer(&self) -> Scorer {
        Scorer::new(self.model.manifest(), self.thresholds)
    }
}

impl Builder {
    /// Checks the settings, loads a session for each worker where the pipeline has its own, and starts the threads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is out of range, [`ErrorKind::Runtime`] and [`ErrorKind::Model`] when ONNX
    /// Runtime or the model can't be loaded, [`ErrorKind::Worker`] when a thread can't be started or the pool has died.
    pub fn start(self) -> Result<Pipeline> {
        self.check()?;
        let seat = |model| Ok(Seat { model, thresholds: self.thresholds.in_force(model.manifest())? });
        let name = |seat: &Seat<'_>| Ok(seat.model.judge_name(&(seat.thresholds, &self.policy))?.into());
        let cascade = self.pool.as_ref().map_or(self.careful.as_ref(), Pool::careful).cloned();
        let budget = cascade.as_ref().map_or_else(Budget::default, |(_, budget)| *budget);
        let first = seat(&self.model)?;
        let careful = cascade.as_ref().map(|(model, _)| seat(model)).transpose()?;
        let judges = Judges { first: name(&first)?, careful: careful.as_ref().map(name).transpose()? };
        let rules = Rules {
            languages: self.model.manifest().languages(),
            unsupported_language: self.unsupported_language,
            thresholds: first.thresholds,
            policy: self.policy.clone(),
            marker: Marker::default(),
            listener: Listener::new()?,
            annotate: self.sinks.annotated.is_some() || self.sinks.keyed.is_some(),
            keep_keys: self.sinks.keyed.is_some(),
            shard: self.shard,
            list_held: self.sinks.held.is_some() || self.sinks.news.is_some(),
            tells: self.sinks.news.is_some(),
            collects: self.sinks.held.is_some() || self.capacity > 0,
            sample: self.sample.filter(|_| self.sinks.news.is_some()),
            keep_rejected: self.sinks.rejected.is_some(),
            redactor: self.redact.map(Redactor::new).transpose()?,
            #[cfg(test)]
            fault: self.fault.clone(),
        };
        let (first, careful) = (first.scorer(), careful.as_ref().map(Seat::scorer));
        let workers = self.workers.unwrap_or_else(Pool::default_workers);
        let pool = self.pool.map_or_else(|| Pool::new(self.model.clone(), cascade, workers), Ok)?;

        let wants = Wants { held: rules.list_held, campaigns: rules.tells, nameless: rules.masks_handles() };
        let masks_handles = rules.masks_handles();
        let most_in_group = if careful.is_some() { CASCADE_GROUP } else { 1 };
        // Each worker has a group in hand and one waiting; the reader fills a chunk, the collector empties one.
        let chunks = 2 * pool.workers() * most_in_group + 2;
        let chunk_posts = self.chunk_posts.unwrap_or_else(|| {
            let posts = BATCHES_A_CHUNK.saturating_mul(self.model.manifest().batch.rows);
            posts.clamp(*CHUNK_POSTS.start(), *CHUNK_POSTS.end())
        });
        let (lane, id) = pool.lane();
        let shared = Arc::new(Shared::new(Setup {
            queue: SharedQueue::new(Caseload::new(self.policy, self.capacity, self.when_full, wants), self.when_full),
            chunks,
            chunk_posts,
            lane,
            quota: self.quota.map(Gate::new),
            judges,
            now: self.now,
            on_failure: self.on_failure,
        }));
        let (done, finished) = bounded(chunks);
        let collector = Collector::new(Arc::clone(&shared), self.sinks, masks_handles);
        let collected = finished.clone();
        let collector = spawn("hearken-collector".to_owned(), &shared, move || collector.run(&collected))?;
        let pipeline = Pipeline {
            shared: Arc::clone(&shared),
            collector: Some(collector),
            served: finished,
            started: Instant::now(),
            max_line: self.max_line,
            format: self.format,
            _pool: pool.clone(),
        };
        let paces = (0..pool.workers()).map(|_| Mutex::new(Pace::new(budget))).collect();
        let line = Line { shared, rules, first, careful, share: self.share, paces, done };
        pool.work().join(id, Arc::new(line))?;
        Ok(pipeline)
    }
}

/// Starts a thread whose error or panic fails the pipeline with its cause, instead of leaving the others to wait.
fn spawn(
    name: String,
    shared: &Arc<Shared>,
    body: impl FnOnce() -> Result<()> + Send + 'static,
) -> Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    let thread_name = name.clone();
    let run = move || {
        if let Err(error) = caught(&thread_name, body) {
            shared.fail(error);
        }
    };
    thread::Builder::new().name(name).spawn(run).map_err(not_started)
}

/// Does something in a thread of this name; a panic becomes an error that says why.
pub(super) fn caught(thread: &str, body: impl FnOnce() -> Result<()>) -> Result<()> {
    // What the thread shares with others it shares through `Shared`, which the failure closes for all.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let cause = panic.downcast_ref::<&str>().map(|cause| (*cause).to_owned());
        let cause = cause.or_else(|| panic.downcast_ref::<String>().cloned());
        let cause = cause.unwrap_or_else(|| "for a reason that is no text".to_owned());
        Err(Error::new(ErrorKind::Worker, format!("the thread {thread} died: {cause}")))
    })
}
