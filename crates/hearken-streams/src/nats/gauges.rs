//! What a source of messages can be asked while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts and gauges, kept by those who do the work.
#[derive(Debug, Default)]
pub struct Gauges {
    pub(super) delivered: AtomicU64,
    pub(super) redelivered: AtomicU64,
    pub(super) acknowledged: AtomicU64,
    pub(super) in_progress: AtomicU64,
    pub(super) dead: AtomicU64,
    pub(super) under_way: AtomicU64,
    pub(super) lag: AtomicU64,
}

/// The same at one moment, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Reading {
    /// Came, also again.
    pub delivered: u64,
    /// Of these, came again.
    pub redelivered: u64,
    /// Done with, and the server knows.
    pub acknowledged: u64,
    /// Signs of life for messages that took long.
    pub in_progress: u64,
    /// Given up: came more often than they may.
    pub dead: u64,
    /// Here and not done with.
    pub under_way: u64,
    /// In the stream, and not delivered to any node yet, as the last delivery said.
    pub lag: u64,
}

impl Gauges {
    /// What they say now.
    pub fn read(&self) -> Reading {
        let read = |gauge: &AtomicU64| gauge.load(Ordering::Relaxed);
        Reading {
            delivered: read(&self.delivered),
            redelivered: read(&self.redelivered),
            acknowledged: read(&self.acknowledged),
            in_progress: read(&self.in_progress),
            dead: read(&self.dead),
            under_way: read(&self.under_way),
            lag: read(&self.lag),
        }
    }
}

pub(super) fn add(gauge: &AtomicU64, count: u64) {
    gauge.fetch_add(count, Ordering::Relaxed);
}

pub(super) fn subtract(gauge: &AtomicU64, count: u64) {
    gauge.fetch_sub(count, Ordering::Relaxed);
}
