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

/// Where posts wait for their quota.
#[derive(Debug)]
pub(super) struct Gate {
    burst: usize,
    bucket: Mutex<Bucket>,
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
            started: Instant::now(),
            lifted,
            lift: Mutex::new(Some(lift)),
        }
    }

    /// How many posts may come at once.
    pub(super) fn burst(&self) -> usize {
        self.burst
    }

    /// Lets so many posts come, and waits until they may. Returns whether they had to; `None` when `dead` disconnects before.
    pub(super) fn pass(&self, posts: usize, dead: &Receiver<Infallible>) -> Option<bool> {
        let wait = lock(&self.bucket).take(posts, self.started.elapsed());
        if wait.is_zero() {
            return Some(false);
        }
        select! {
            recv(self.lifted) -> _ => Some(true),
            recv(dead) -> _ => None,
            default(wait) => Some(true),
        }
    }

    /// Lets one post come if it may right now.
    pub(super) fn try_pass(&self) -> bool {
        lock(&self.lift).is_none() || lock(&self.bucket).try_take(self.started.elapsed())
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

/// A token bucket in which posts are booked ahead: whoever comes later waits for those before.
#[derive(Debug)]
struct Bucket {
    quota: Quota,
    /// Posts that may come at once; below 0, as many are booked that are not due yet.
    tokens: f64,
    at: Duration,
}

impl Bucket {
    fn new(quota: Quota) -> Self {
        Self { quota, tokens: f64::from(quota.burst), at: Duration::ZERO }
    }

    /// Books so many posts, and says how long they have to wait.
    fn take(&mut self, posts: usize, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= posts as f64;
        // A wait that is no duration is one without end.
        Duration::try_from_secs_f64((-self.tokens).max(0.0) / self.quota.posts_per_second).unwrap_or(Duration::MAX / 4)
    }

    fn try_take(&mut self, now: Duration) -> bool {
        self.fill(now);
        let may = self.tokens >= 1.0;
        self.tokens -= if may { 1.0 } else { 0.0 };
        may
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.tokens = (self.tokens + passed * self.quota.posts_per_second).min(f64::from(self.quota.burst));
    }
}

#[cfg(test)]
mod tests;
