//! What a running pipeline can be asked: counts by source, how long its stages take, who waits.
//!
//! Workers and the collector note times once for each chunk, in atomics that nobody waits for; everything else is looked up
//! when someone asks. Nothing here is done for each post.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::queue::Waiting;
use super::shared::{Shared, lock};
use crate::tally::Tally;

/// Under this name stand the counts of all sources after the first [`MOST_SOURCES`].
pub const OTHER_SOURCES: &str = "other";

/// So many sources are counted apart.
pub const MOST_SOURCES: usize = 64;

/// Upper bounds of the buckets of [`Durations`], seconds; a last bucket has no bound.
pub const BOUNDS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What is done with a chunk, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a worker.
    Wait,
    /// Lines become posts, and their languages are told.
    Parse,
    /// Texts become ids.
    Tokenize,
    /// The first model judges: batches, inference, scores.
    Classify,
    /// The careful model of a cascade judges some of a group of chunks again.
    Careful,
    /// It is decided what becomes of each post, and records are written.
    Settle,
    /// Sinks take annotations and rejected lines.
    Write,
    /// The queue takes posts in, and waits while it is full.
    Rank,
    /// Whoever keeps cases beyond the queue takes the news.
    Tell,
}

impl Stage {
    /// All of them, in the order of the data.
    pub const ALL: [Self; 9] = [
        Self::Wait,
        Self::Parse,
        Self::Tokenize,
        Self::Classify,
        Self::Careful,
        Self::Settle,
        Self::Write,
        Self::Rank,
        Self::Tell,
    ];

    /// One word in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Parse => "parse",
            Self::Tokenize => "tokenize",
            Self::Classify => "classify",
            Self::Careful => "careful",
            Self::Settle => "settle",
            Self::Write => "write",
            Self::Rank => "rank",
            Self::Tell => "tell",
        }
    }
}

/// How long something took, as a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Durations {
    /// How often it took no longer than each of the [`BOUNDS`], but longer than the one before; at last, longer than all.
    pub buckets: [u64; BOUNDS.len() + 1],
    /// In all, seconds.
    pub sum: f64,
}

impl Durations {
    /// How often it was measured.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// How a pipeline does, at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reading {
    /// What became of the input so far, by the source that it came from.
    pub sources: Vec<(Arc<str>, Tally)>,
    /// How long chunks spent in each stage; in [`Stage::Careful`], groups of chunks.
    pub stages: [(Stage, Durations); Stage::ALL.len()],
    /// From arrival to ranked and told, of each post that was judged.
    pub latency: Durations,
    /// The queue.
    pub waiting: Waiting,
    /// How many chunks are under way: when all are, whoever brings posts waits.
    pub busy_chunks: usize,
    /// How many there are.
    pub chunks: usize,
    /// How long all who brought posts have waited for room.
    pub held_up: Duration,
}

/// Asks a running pipeline how it does. Cloning gives another handle; a pipeline that has finished answers as it ended.
#[derive(Clone, Debug)]
pub struct Meter {
    shared: Arc<Shared>,
}

impl Meter {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How the pipeline does now. Looks at every case of the queue, which waits meanwhile.
    pub fn read(&self) -> Reading {
        self.shared.reading()
    }

    /// Whether a thread has failed or died, and all have stopped.
    pub fn has_failed(&self) -> bool {
        self.shared.has_failed()
    }
}

/// Where counts and times are gathered.
#[derive(Debug)]
pub(super) struct Gauges {
    sources: Mutex<Vec<(Arc<str>, Tally)>>,
    stages: [Histogram; Stage::ALL.len()],
    latency: Histogram,
    held_up: AtomicU64,
}

impl Gauges {
    pub(super) fn new() -> Self {
        Self {
            sources: Mutex::default(),
            stages: Default::default(),
            latency: Histogram::default(),
            held_up: AtomicU64::new(0),
        }
    }

    /// The place at which a source is counted.
    pub(super) fn place(&self, source: &str) -> usize {
        let mut sources = lock(&self.sources);
        if let Some(known) = sources.iter().position(|(name, _)| **name == *source) {
            return known;
        }
        if sources.len() < MOST_SOURCES {
            sources.push((Arc::from(source), Tally::default()));
        } else if sources.len() == MOST_SOURCES {
            sources.push((Arc::from(OTHER_SOURCES), Tally::default()));
        }
        sources.len() - 1
    }

    /// Counts what became of a chunk.
    pub(super) fn count(&self, place: usize, tally: &Tally) {
        if let Some((_, counts)) = lock(&self.sources).get_mut(place) {
            *counts += tally;
        }
    }

    /// What became of the input in all.
    pub(super) fn tally(&self) -> Tally {
        lock(&self.sources).iter().fold(Tally::default(), |mut all, (_, tally)| {
            all += tally;
            all
        })
    }

    pub(super) fn sources(&self) -> Vec<(Arc<str>, Tally)> {
        lock(&self.sources).clone()
    }

    /// A watch that is started now.
    pub(super) fn watch(&self) -> Watch<'_> {
        Watch { gauges: self, since: Instant::now() }
    }

    pub(super) fn took(&self, stage: Stage, time: Duration) {
        self.stages[stage as usize].observe(time, 1);
    }

    /// So many posts that came at that moment are ranked now.
    pub(super) fn ranked(&self, arrived: Instant, posts: u64) {
        self.latency.observe(arrived.elapsed(), posts);
    }

    /// Someone waited for room since that moment.
    pub(super) fn held_up(&self, since: Instant) {
        self.held_up.fetch_add(nanos(since.elapsed()), Ordering::Relaxed);
    }

    pub(super) fn read_stages(&self) -> [(Stage, Durations); Stage::ALL.len()] {
        Stage::ALL.map(|stage| (stage, self.stages[stage as usize].read()))
    }

    pub(super) fn read_latency(&self) -> Durations {
        self.latency.read()
    }

    pub(super) fn read_held_up(&self) -> Duration {
        Duration::from_nanos(self.held_up.load(Ordering::Relaxed))
    }
}

/// Times one stage after another.
pub(super) struct Watch<'a> {
    gauges: &'a Gauges,
    since: Instant,
}

impl Watch<'_> {
    /// The stage ends, and the next one begins.
    pub(super) fn lap(&mut self, stage: Stage) {
        let now = Instant::now();
        self.gauges.took(stage, now.duration_since(self.since));
        self.since = now;
    }
}

/// [`Durations`] that many threads add to.
#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

impl Histogram {
    fn observe(&self, time: Duration, times: u64) {
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(times, Ordering::Relaxed);
        self.nanos.fetch_add(nanos(time).saturating_mul(times), Ordering::Relaxed);
    }

    fn read(&self) -> Durations {
        let sum = Duration::from_nanos(self.nanos.load(Ordering::Relaxed)).as_secs_f64();
        Durations { buckets: self.buckets.each_ref().map(|bucket| bucket.load(Ordering::Relaxed)), sum }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
