//! How many posts a pipeline takes: what comes above its quota waits where it comes from, and nothing is dropped.

use std::convert::Infallible;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::shared::lock;
use crate::error::{Error, ErrorKind, Result};

/// How many posts may come: so many a second, and so many at once after a while without any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Posts a second; a minute's worth of one is 1/60.
    pub posts_per_second: f64,
    /// Posts at once, from 1.
    pub burst: u32,
}

impl Quota {
    pub(super) fn check(&self) -> Result<()> {
        let Self { posts_per_second, burst } = *self;
        let message = if !(posts_per_second.is_finite() && posts_per_second > 0.0) {
            format!("a quota of {posts_per_second} posts a second: it must be more than nothing")
        } else if burst == 0 {
            "a burst of no posts would let none come: it must be 1 or more".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Config, message))
    }
}

/// Whoever waits looks so often whether it may go on.
const LOOKS: Duration = Duration::from_millis(50);

/// Where posts wait for their quota.
#[derive(Debug)]
pub(super) struct Gate {
    burst: usize,
    bucket: Mutex<Bucket>,
    /// Held by whoever waits, so that one who wants many is not overtaken for ever by those who want few.
    turn: Mutex<()>,
    started: Instant,
    /// Disconnects when nobody is to wait any more.
    lifted: Receiver<Infallible>,
    lift: Mutex<Option<Sender<Infallible>>>,
}

impl Gate {
    pub(super) fn new(quota: Quota) -> Self {
        let (lift, lifted) = bounded(1);
        Self {
            burst: quota.burst as usize,
            bucket: Mutex::new(Bucket::new(quota)),
            turn: Mutex::default(),
            started: Instant::now(),
            lifted,
            lift: Mutex::new(Some(lift)),
        }
    }

    /// How many posts may come at once.
    pub(super) fn burst(&self) -> usize {
        self.burst
    }

    /// Lets so many posts come, no more than a burst, and waits until they may. Returns whether they had to; `None` when `dead` disconnects before.
    pub(super) fn pass(&self, posts: usize, dead: &Receiver<Infallible>) -> Option<bool> {
        let _turn = lock(&self.turn);
        let mut waited = false;
        while let Err(wait) = lock(&self.bucket).take(posts, self.started.elapsed()) {
            waited = true;
            select! {
                recv(self.lifted) -> _ => return Some(true),
                recv(dead) -> _ => return None,
                // What was no post after all is given back meanwhile.
                default(wait.min(LOOKS)) => {}
            }
        }
        Some(waited)
    }

    /// Lets one post come if it may right now.
    pub(super) fn try_pass(&self) -> bool {
        let turn = self.turn.try_lock();
        lock(&self.lift).is_none() || (turn.is_ok() && lock(&self.bucket).take(1, self.started.elapsed()).is_ok())
    }

    /// So many posts more came than were counted before, or fewer.
    pub(super) fn correct(&self, posts: i64) {
        lock(&self.bucket).tokens -= posts as f64;
    }

    /// Nobody waits from now on.
    pub(super) fn lift(&self) {
        lock(&self.lift).take();
    }
}

/// A token bucket.
#[derive(Debug)]
struct Bucket {
    quota: Quota,
    /// Posts that may come at once; below 0, lines held more posts than were counted.
    tokens: f64,
    at: Duration,
}

impl Bucket {
    fn new(quota: Quota) -> Self {
        Self { quota, tokens: f64::from(quota.burst), at: Duration::ZERO }
    }

    /// Takes so many posts, or says how long they have to wait at the most.
    fn take(&mut self, posts: usize, now: Duration) -> Result<(), Duration> {
        let missing = posts as f64 - self.fill(now);
        if missing <= 0.0 {
            self.tokens -= posts as f64;
            return Ok(());
        }
        // A wait that is no duration is one without end.
        Err(Duration::try_from_secs_f64(missing / self.quota.posts_per_second).unwrap_or(Duration::MAX))
    }

    fn fill(&mut self, now: Duration) -> f64 {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.tokens = (self.tokens + passed * self.quota.posts_per_second).min(f64::from(self.quota.burst));
        self.tokens
    }
}

#[cfg(test)]
mod tests;
