//! What all workers go by.

#[cfg(test)]
use std::sync::Arc;

use super::builder::Sampler;
use crate::label::PerLabel;
use crate::language::{Languages, UnsupportedLanguage};
use crate::likeness::Marker;
use crate::policy::Policy;
use crate::redact::Redactor;
use crate::reply::Listener;
use crate::score::Judgement;
use crate::shard::Shard;

/// The settings of a pipeline, as far as they decide what becomes of a post.
pub(super) struct Rules {
    /// `None`: the model reads all.
    pub(super) languages: Option<Languages>,
    pub(super) unsupported_language: UnsupportedLanguage,
    /// Those of the first model.
    pub(super) thresholds: PerLabel<f64>,
    pub(super) policy: Policy,
    pub(super) marker: Marker,
    pub(super) listener: Listener,
    pub(super) annotate: bool,
    /// Whether anyone wants keys with the annotations.
    pub(super) keep_keys: bool,
    /// Which part of the input is looked at; `None`: all.
    pub(super) shard: Option<Shard>,
    pub(super) list_held: bool,
    /// Whether what is said of posts is told to anyone.
    pub(super) tells: bool,
    /// Whether anyone will see a queue or what is held back; else posts need not be recognised.
    pub(super) collects: bool,
    /// Which posts that nobody needs are told all the same.
    pub(super) sample: Option<Sampler>,
    pub(super) keep_rejected: bool,
    /// Masks what is kept of a post or a line.
    pub(super) redactor: Option<Redactor>,
    #[cfg(test)]
    pub(super) fault: Option<Fault>,
}

impl Rules {
    /// Whether who wrote a post is nobody's business.
    pub(super) fn masks_handles(&self) -> bool {
        self.redactor.as_ref().is_some_and(Redactor::masks_handles)
    }
}

/// Called with each chunk's number, to let a test break a worker.
#[cfg(test)]
pub(super) type Fault = Arc<dyn Fn(u64) + Send + Sync>;

/// What is made of a post, and by which model.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    pub(super) judgement: Judgement,
    pub(super) with_care: bool,
}
