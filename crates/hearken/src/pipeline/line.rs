//! What a worker needs to know of a pipeline to work for it.

use std::sync::{Arc, Mutex, MutexGuard};

use crossbeam_channel::Sender;

use super::careful::Pace;
use super::chunk::Chunk;
use super::rules::Rules;
use super::shared::{Shared, lock};
use crate::score::Scorer;

/// A pipeline, as the workers of its pool see it.
pub(super) struct Line {
    pub(super) shared: Arc<Shared>,
    pub(super) rules: Rules,
    /// By this pipeline's thresholds.
    pub(super) first: Scorer,
    /// Of a cascade's second model, likewise.
    pub(super) careful: Option<Scorer>,
    /// Its part of the pool, beside those of others.
    pub(super) share: u32,
    /// The careful model's time for this pipeline, one for each worker.
    pub(super) paces: Vec<Mutex<Pace>>,
    // IMPORTANT: last, so that whoever sees it disconnected knows that no worker holds any of the rest.
    pub(super) done: Sender<Box<Chunk>>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("shared", &self.shared).field("share", &self.share).finish_non_exhaustive()
    }
}

impl Line {
    /// The careful model's time at one worker, which alone asks for it.
    pub(super) fn pace(&self, worker: usize) -> Option<MutexGuard<'_, Pace>> {
        self.paces.get(worker).map(lock)
    }
}
