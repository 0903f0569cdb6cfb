//! Settings of a pipeline, checked once, and its start.

use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::bounded;
use jiff::Timestamp;

use super::chunk::Reject;
use super::collector::Collector;
use super::queue::SharedQueue;
use super::shared::{OnFailure, Setup, Shared};
use super::worker::{Judge, Worker};
use super::{Instant, Pipeline};
use crate::error::{Error, ErrorKind, Result};
use crate::label::Label;
use crate::language::UnsupportedLanguage;
use crate::model::Model;
use crate::policy::Policy;
use crate::rank::WhenFull;
use crate::score::{Scorer, Thresholds};

/// Takes JSONL, some whole lines at a time, in input order. Called from the pipeline's collector thread; a slow sink slows
/// the pipeline down, a failing one ends the run.
pub type Sink = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send>;

pub(super) type RejectSink = Box<dyn FnMut(&Reject) -> io::Result<()> + Send>;

/// The caller's sinks; what has none is not even made.
#[derive(Default)]
pub(super) struct Sinks {
    pub(super) annotated: Option<Sink>,
    pub(super) held: Option<Sink>,
    pub(super) rejected: Option<RejectSink>,
}

/// Settings of a [`Pipeline`]. They are checked in [`Builder::start`].
pub struct Builder {
    model: Model,
    workers: usize,
    chunk_posts: usize,
    capacity: usize,
    when_full: WhenFull,
    max_line: usize,
    thresholds: Thresholds,
    unsupported_language: UnsupportedLanguage,
    policy: Policy,
    now: Option<Timestamp>,
    sinks: Sinks,
    on_failure: Option<OnFailure>,
    #[cfg(test)]
    pub(super) fault: Option<super::worker::Fault>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("model", &self.model).field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// Lines over this many bytes are rejected unless the caller says otherwise.
const MAX_LINE: usize = 4 * 1024 * 1024;

impl Builder {
    pub(super) fn new(model: Model) -> Self {
        Self {
            model,
            workers: thread::available_parallelism().map_or(1, NonZero::get),
            chunk_posts: 256,
            capacity: 10_000,
            when_full: WhenFull::default(),
            max_line: MAX_LINE,
            thresholds: Thresholds::default(),
            unsupported_language: UnsupportedLanguage::default(),
            policy: Policy::default(),
            now: None,
            sinks: Sinks::default(),
            on_failure: None,
            #[cfg(test)]
            fault: None,
        }
    }

    /// How many worker threads; one per core unless set.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// How many submitted posts go into a chunk at the most; 256 unless set.
    pub fn chunk_posts(mut self, posts: usize) -> Self {
        self.chunk_posts = posts;
        self
    }

    /// How many posts the queue holds (10,000 unless set) and what happens when it is full (the pipeline waits unless set).
    pub fn queue(mut self, capacity: usize, when_full: WhenFull) -> Self {
        self.capacity = capacity;
        self.when_full = when_full;
        self
    }

    /// How many bytes a line may have; 4 MiB unless set, and never less than a frame (64 KiB).
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Which thresholds assign labels; the model's `best_f1` unless set.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// Assigns a label from this calibrated probability on, instead of the model's own threshold.
    pub fn threshold(mut self, label: Label, probability: f64) -> Self {
        *self.thresholds.own.get_mut(label) = Some(probability);
        self
    }

    /// What becomes of a post in a language that the model doesn't read; it is skipped unless set.
    pub fn unsupported_language(mut self, what: UnsupportedLanguage) -> Self {
        self.unsupported_language = what;
        self
    }

    /// The minutes of head start; [`Policy::default`] unless set.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Takes this for the time of arrival of every post, as when a recorded stream is played again.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Takes the annotation of every post, see [`crate::record::Annotated`].
    pub fn annotated(mut self, sink: Sink) -> Self {
        self.sinks.annotated = Some(sink);
        self
    }

    /// Takes the posts that are held back, see [`crate::record::Queued`].
    pub fn held(mut self, sink: Sink) -> Self {
        self.sinks.held = Some(sink);
        self
    }

    /// Takes the lines that are no posts, in input order, and what [`UnsupportedLanguage::Reject`] rejects.
    pub fn rejected(mut self, sink: impl FnMut(&Reject) -> io::Result<()> + Send + 'static) -> Self {
        self.sinks.rejected = Some(Box::new(sink));
        self
    }

    /// Calls this once when the pipeline fails or is dropped unfinished, so that a thread which feeds it from a slow source
    /// can stop waiting.
    pub fn on_failure(mut self, call: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Box::new(call));
        self
    }

    /// Checks the settings, loads a session for each worker and starts the threads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is out of range, [`ErrorKind::Runtime`] and [`ErrorKind::Model`] when ONNX
    /// Runtime or the model can't be loaded.
    pub fn start(self) -> Result<Pipeline> {
        self.check()?;
        let thresholds = self.thresholds.in_force(self.model.manifest())?;
        // Each worker has one in hand and one waiting; the reader fills one, the collector empties one.
        let chunks = 2 * self.workers + 2;
        let setup = Setup {
            queue: SharedQueue::new(self.capacity, self.when_full),
            chunks,
            chunk_posts: self.chunk_posts,
            judge: self.model.judge_name(&(thresholds, &self.policy))?,
            now: self.now,
            on_failure: self.on_failure,
        };
        let (shared, work) = Shared::new(setup);
        let shared = Arc::new(shared);
        let judge = Arc::new(Judge {
            languages: self.model.manifest().languages(),
            unsupported_language: self.unsupported_language,
            tokenizer: self.model.tokenizer().clone(),
            scorer: Scorer::new(self.model.manifest(), thresholds),
            policy: self.policy,
            annotate: self.sinks.annotated.is_some(),
            list_held: self.sinks.held.is_some(),
            keep_rejected: self.sinks.rejected.is_some(),
            #[cfg(test)]
            fault: self.fault,
        });
        let workers: Vec<Worker> = (0..self.workers)
            .map(|_| Ok(Worker::new(Arc::clone(&judge), self.model.manifest().batcher(), self.model.classifier()?)))
            .collect::<Result<_>>()?;

        let (done, finished) = bounded(chunks);
        let mut pipeline = Pipeline {
            shared: Arc::clone(&shared),
            threads: Vec::new(),
            started: Instant::now(),
            max_line: self.max_line,
        };
        for (number, mut worker) in workers.into_iter().enumerate() {
            let (work, done, shared_by_worker) = (work.clone(), done.clone(), Arc::clone(&shared));
            let body = move || worker.run(&work, &done, &shared_by_worker);
            pipeline.threads.push(spawn(format!("hearken-worker-{number}"), &shared, body)?);
        }
        let collector = Collector::new(Arc::clone(&shared), self.sinks);
        pipeline.threads.push(spawn("hearken-collector".to_owned(), &shared, move || collector.run(&finished))?);
        Ok(pipeline)
    }

    fn check(&self) -> Result<()> {
        let out_of_range = |message: String| Err(Error::new(ErrorKind::Config, message));
        if self.workers == 0 || self.workers > 1024 {
            return out_of_range(format!("{} workers: it must be 1 to 1024", self.workers));
        }
        if self.chunk_posts == 0 {
            return out_of_range("a chunk must hold at least one post".to_owned());
        }
        if self.capacity == 0 && self.when_full != WhenFull::KeepBest {
            return out_of_range("a queue that holds nobody would wait for ever".to_owned());
        }
        self.policy.check()
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
