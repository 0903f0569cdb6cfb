//! What a source of Kafka's messages can be asked while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts and gauges, kept by the thread that reads.
#[derive(Debug, Default)]
pub struct Gauges {
    pub(super) delivered: AtomicU64,
    pub(super) committed: AtomicU64,
    pub(super) under_way: AtomicU64,
    pub(super) lag: AtomicU64,
    pub(super) partitions: AtomicU64,
    pub(super) rebalances: AtomicU64,
}

/// The same at one moment, in messages unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Reading {
    /// Came, also again: Kafka doesn't say which did.
    pub delivered: u64,
    /// Done with, and the brokers know.
    pub committed: u64,
    /// Here and not done with.
    pub under_way: u64,
    /// Behind the last commit in the partitions of this node, as the brokers last said: at most a second or so ago.
    pub lag: u64,
    /// Partitions of this node.
    pub partitions: u64,
    /// How often partitions were given to this node or taken from it.
    pub rebalances: u64,
}

impl Gauges {
    /// What they say now.
    pub fn read(&self) -> Reading {
        let read = |gauge: &AtomicU64| gauge.load(Ordering::Relaxed);
        Reading {
            delivered: read(&self.delivered),
            committed: read(&self.committed),
            under_way: read(&self.under_way),
            lag: read(&self.lag),
            partitions: read(&self.partitions),
            rebalances: read(&self.rebalances),
        }
    }
}

pub(super) fn add(gauge: &AtomicU64, count: u64) {
    gauge.fetch_add(count, Ordering::Relaxed);
}

pub(super) fn set(gauge: &AtomicU64, value: u64) {
    gauge.store(value, Ordering::Relaxed);
}
