//! The start of a pipeline: models, workers, collector.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::bounded;

use super::builder::Builder;
use super::careful::Careful;
use super::collector::Collector;
use super::queue::SharedQueue;
use super::rules::Rules;
use super::shared::{Judges, Setup, Shared};
use super::worker::Worker;
use super::{Instant, Pipeline};
use crate::cascade::Controller;
use crate::caseload::{Caseload, Wants};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Judge;
use crate::label::PerLabel;
use crate::likeness::Marker;
use crate::model::Model;
use crate::redact::Redactor;
use crate::reply::Listener;

/// How many chunks a worker of a cascade takes at once at the most. They are whole frames when posts come fast, and a few
/// posts each when a feed is flushed often.
const CASCADE_GROUP: usize = 32;

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
    fn judge(&self) -> Result<Judge> {
        Judge::new(self.model, self.thresholds)
    }
}

impl Builder {
    /// Checks the settings, loads a session for each worker and starts the threads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is out of range, [`ErrorKind::Runtime`] and [`ErrorKind::Model`] when ONNX
    /// Runtime or the model can't be loaded.
    pub fn start(self) -> Result<Pipeline> {
        self.check()?;
        let seat = |model| Ok(Seat { model, thresholds: self.thresholds.in_force(model.manifest())? });
        let name = |seat: &Seat<'_>| Ok(seat.model.judge_name(&(seat.thresholds, &self.policy))?.into());
        let first = seat(&self.model)?;
        let careful = self.careful.as_ref().map(|(model, _)| seat(model)).transpose()?;
        let judges = Judges { first: name(&first)?, careful: careful.as_ref().map(name).transpose()? };
        let rules = Arc::new(Rules {
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
        });
        let budget = self.careful.as_ref().map(|(_, budget)| *budget).unwrap_or_default();
        let look = |seat: &Seat<'_>| Ok(Careful::new(seat.judge()?, Controller::new(budget)));
        let worker = || Ok(Worker::new(Arc::clone(&rules), first.judge()?, careful.as_ref().map(look).transpose()?));
        let workers = (0..self.workers).map(|_| worker()).collect::<Result<Vec<_>>>()?;

        let wants = Wants { held: rules.list_held, campaigns: rules.tells, nameless: rules.masks_handles() };
        let most_in_group = if careful.is_some() { CASCADE_GROUP } else { 1 };
        // Each worker has a group in hand and one waiting; the reader fills a chunk, the collector empties one.
        let chunks = 2 * self.workers * most_in_group + 2;
        let chunk_posts = self.chunk_posts.unwrap_or_else(|| {
            let posts = BATCHES_A_CHUNK.saturating_mul(self.model.manifest().batch.rows);
            posts.clamp(*CHUNK_POSTS.start(), *CHUNK_POSTS.end())
        });
        let (shared, work) = Shared::new(Setup {
            queue: SharedQueue::new(Caseload::new(self.policy, self.capacity, self.when_full, wants), self.when_full),
            chunks,
            chunk_posts,
            most_in_group,
            judges,
            now: self.now,
            on_failure: self.on_failure,
        });
        let shared = Arc::new(shared);
        let (done, finished) = bounded(chunks);
        let mut pipeline = Pipeline {
            shared: Arc::clone(&shared),
            threads: Vec::new(),
            started: Instant::now(),
            max_line: self.max_line,
            format: self.format,
        };
        for (number, mut worker) in workers.into_iter().enumerate() {
            let (work, done, shared_by_worker) = (work.clone(), done.clone(), Arc::clone(&shared));
            let body = move || worker.run(&work, &done, &shared_by_worker);
            pipeline.threads.push(spawn(format!("hearken-worker-{number}"), &shared, body)?);
        }
        let collector = Collector::new(Arc::clone(&shared), self.sinks, rules.masks_handles());
        pipeline.threads.push(spawn("hearken-collector".to_owned(), &shared, move || collector.run(&finished))?);
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
        // What the thread shares with others it shares through `Shared`, which the failure closes for all.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        let error = match outcome {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => {
                let cause = panic.downcast_ref::<&str>().map(|cause| (*cause).to_owned());
                let cause = cause.or_else(|| panic.downcast_ref::<String>().cloned());
                let cause = cause.unwrap_or_else(|| "for a reason that is no text".to_owned());
                Error::new(ErrorKind::Worker, format!("the thread {thread_name} died: {cause}"))
            }
        };
        shared.fail(error);
    };
    thread::Builder::new()
        .name(name)
        .spawn(run)
        .map_err(|error| Error::with_source(ErrorKind::Worker, format!("a thread can't be started: {error}"), error))
}
