//! Settings of a pipeline.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use super::chunk::Reject;
use super::news::News;
use super::pool::{self, Pool};
use super::quota::Quota;
use super::shared::OnFailure;
use crate::cascade::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Format;
use crate::key::Key;
use crate::label::Label;
use crate::language::UnsupportedLanguage;
use crate::model::Model;
use crate::policy::Policy;
use crate::post::Post;
use crate::rank::WhenFull;
use crate::redact::Redact;
use crate::score::Thresholds;
use crate::shard::Shard;

/// Takes JSONL, some whole lines at a time, in input order. Called from the pipeline's collector thread; a slow sink slows
/// the pipeline down, a failing one ends the run.
pub type Sink = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send>;

pub(super) type KeyedSink = Box<dyn FnMut(&[u8], &[Key]) -> io::Result<()> + Send>;
pub(super) type RejectSink = Box<dyn FnMut(&Reject) -> io::Result<()> + Send>;

pub(super) type NewsSink = Box<dyn FnMut(News) -> io::Result<()> + Send>;

/// Whether a post that nobody needs is told all the same; the time is the one that it would be ranked by.
pub(super) type Sampler = Arc<dyn Fn(&Post<'_>, Timestamp) -> bool + Send + Sync>;

/// The caller's sinks; what has none is not even made.
#[derive(Default)]
pub(super) struct Sinks {
    pub(super) annotated: Option<Sink>,
    pub(super) keyed: Option<KeyedSink>,
    pub(super) held: Option<Sink>,
    pub(super) rejected: Option<RejectSink>,
    pub(super) news: Option<NewsSink>,
}

/// Settings of a [`Pipeline`](super::Pipeline). They are checked in [`Builder::start`].
pub struct Builder {
    pub(super) model: Model,
    pub(super) careful: Option<(Model, Budget)>,
    pub(super) workers: Option<usize>,
    /// Shared with other pipelines; `None`: one of its own.
    pub(super) pool: Option<Pool>,
    pub(super) share: u32,
    pub(super) quota: Option<Quota>,
    pub(super) chunk_posts: Option<usize>,
    pub(super) capacity: usize,
    pub(super) when_full: WhenFull,
    pub(super) max_line: usize,
    pub(super) thresholds: Thresholds,
    pub(super) unsupported_language: UnsupportedLanguage,
    pub(super) policy: Policy,
    pub(super) format: Option<Format>,
    pub(super) redact: Option<Redact>,
    pub(super) shard: Option<Shard>,
    pub(super) now: Option<Timestamp>,
    pub(super) sinks: Sinks,
    pub(super) sample: Option<Sampler>,
    pub(super) on_failure: Option<OnFailure>,
    #[cfg(test)]
    pub(super) fault: Option<super::rules::Fault>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("model", &self.model).field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// What a pipeline's share of a pool may be.
const SHARES: RangeInclusive<u32> = 1..=1000;

/// Lines over this many bytes are rejected unless the caller says otherwise.
const MAX_LINE: usize = 4 * 1024 * 1024;

impl Builder {
    pub(super) fn new(model: Model) -> Self {
        Self {
            model,
            careful: None,
            workers: None,
            pool: None,
            share: 1,
            quota: None,
            chunk_posts: None,
            capacity: 10_000,
            when_full: WhenFull::default(),
            max_line: MAX_LINE,
            thresholds: Thresholds::default(),
            unsupported_language: UnsupportedLanguage::default(),
            policy: Policy::default(),
            format: None,
            redact: None,
            shard: None,
            now: None,
            sinks: Sinks::default(),
            sample: None,
            on_failure: None,
            #[cfg(test)]
            fault: None,
        }
    }

    /// Makes a cascade: has `model`, which is slower and better, judge those posts again for which it could change the most,
    /// as many as `budget` leaves time for. On an idle machine these are all.
    pub fn careful(mut self, model: Model, budget: Budget) -> Self {
        self.careful = Some((model, budget));
        self
    }

    /// How many worker threads; one per core unless set.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    pub(super) fn in_pool(mut self, pool: Pool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// How many parts of a shared pool's work it gets, 1 to 1000, while others want theirs; 1 unless set.
    pub fn share(mut self, share: u32) -> Self {
        self.share = share;
        self
    }

    /// Lets no more posts come than this; what comes above waits where it comes from. A line counts as a post until it is read; then
    /// it counts as many as it holds.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// How many lines, or submitted posts, go into a chunk at the most; enough for three of the model's batches unless set, from
    /// 64 to 384. Of many posts batches are made with less padding; few are soon through, so that workers end at the same time.
    pub fn chunk_posts(mut self, posts: usize) -> Self {
        self.chunk_posts = Some(posts);
        self
    }

    /// How many posts the queue holds (10,000 unless set) and what happens when it is full (the pipeline waits unless set).
    pub fn queue(mut self, capacity: usize, when_full: WhenFull) -> Self {
        self.capacity = capacity;
        self.when_full = when_full;
        self
    }

    /// How many bytes a line may have; 4 MiB unless set, and never less than 64 KiB.
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

    /// How posts are written, where their [`Origin`](super::Origin) doesn't say; told by the shape of each line unless set.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Masks addresses and numbers of people in all that leaves the pipeline, see [`crate::redact`]. The model reads what was
    /// written.
    pub fn redact(mut self, what: Redact) -> Self {
        self.redact = Some(what);
        self
    }

    /// Looks only at one shard's part of the input; the rest is counted and not judged. All is looked at unless set.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.shard = Some(shard);
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

    /// Takes the same lines, for a sink that must know those that come again, with a [key](crate::key) for each: the same for the
    /// same words of the same post, whichever model judged it.
    pub fn keyed(mut self, sink: impl FnMut(&[u8], &[Key]) -> io::Result<()> + Send + 'static) -> Self {
        self.sinks.keyed = Some(Box::new(sink));
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

    /// Takes all that the stream says, as it comes, for whoever keeps cases beyond the queue; the queue stays empty then.
    /// Whoever takes news settles it.
    pub fn news(mut self, sink: impl FnMut(News) -> io::Result<()> + Send + 'static) -> Self {
        self.sinks.news = Some(Box::new(sink));
        // What comes into the queue leaves it at once.
        self.queue(usize::MAX, WhenFull::Block)
    }

    /// Tells posts that nobody needs all the same where `gate` admits them, so that people can check what is passed over. Asked by
    /// workers for each such post, with the time that it would be ranked by; all others cost nothing. Goes with [`Builder::news`].
    pub fn sample(mut self, gate: impl Fn(&Post<'_>, Timestamp) -> bool + Send + Sync + 'static) -> Self {
        self.sample = Some(Arc::new(gate));
        self
    }

    /// Calls this once when the pipeline fails or is dropped unfinished, so that a thread which feeds it from a slow source
    /// can stop waiting.
    pub fn on_failure(mut self, call: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Box::new(call));
        self
    }

    /// How many workers a pool of its own has.
    pub(super) fn own_workers(&self) -> usize {
        self.workers.unwrap_or_else(Pool::default_workers)
    }

    /// Makes sure that the settings are in range.
    pub(super) fn check(&self) -> Result<()> {
        let out_of_range = |message: String| Err(Error::new(ErrorKind::Config, message));
        if self.pool.is_some() && (self.workers.is_some() || self.careful.is_some()) {
            return out_of_range("workers and models are those of the pool that it shares".to_owned());
        }
        if !SHARES.contains(&self.share) {
            return out_of_range(format!(
                "a share of {}: it must be {} to {}",
                self.share,
                SHARES.start(),
                SHARES.end()
            ));
        }
        if let Some(quota) = &self.quota {
            quota.check()?;
        }
        if self.chunk_posts == Some(0) {
            return out_of_range("a chunk must hold at least one post".to_owned());
        }
        if self.capacity == 0 && self.when_full != WhenFull::KeepBest {
            return out_of_range("a queue that holds nobody would wait for ever".to_owned());
        }
        pool::check(&self.model, self.careful.as_ref(), self.own_workers())?;
        self.policy.check()
    }
}
