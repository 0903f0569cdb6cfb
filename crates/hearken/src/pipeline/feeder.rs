//! Feeding posts from the embedder's own threads.

use std::sync::Arc;

use super::quota::Gate;
use super::shared::{NotAppended, Shared};
use crate::format::Event;
use crate::post::Post;

/// Submits posts to a running pipeline. Cloning gives another handle to the same pipeline.
///
/// Posts are gathered into chunks: an idle worker takes even a single one at once, busy workers find fuller chunks.
#[derive(Clone, Debug)]
pub struct Feeder {
    shared: Arc<Shared>,
}

/// The pipeline is finished or has failed; the post comes back.
#[derive(Debug, thiserror::Error)]
#[error("the pipeline takes no more posts")]
pub struct SubmitError(pub Box<Post<'static>>);

/// The pipeline is finished or has failed; the event comes back.
#[derive(Debug, thiserror::Error)]
#[error("the pipeline takes no more posts")]
pub struct SubmitEventError(pub Box<Event<'static>>);

/// The post was not taken and comes back.
#[derive(Debug, thiserror::Error)]
pub enum TrySubmitError {
    /// The pipeline is busy to its bounds, or its quota is used up; try again later, or shed.
    #[error("the pipeline is full")]
    Full(Box<Post<'static>>),
    /// The pipeline is finished or has failed.
    #[error("the pipeline takes no more posts")]
    Closed(Box<Post<'static>>),
}

impl Feeder {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Submits a post, and waits while the pipeline is full.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] with the post when the pipeline is finished or has failed.
    pub fn submit(&self, post: Post<'static>) -> Result<(), SubmitError> {
        self.submit_event(Event::Post(post)).map_err(|SubmitEventError(back)| SubmitError(post_of(*back)))
    }

    /// Submits an event, such as a deletion, and waits while the pipeline is full, or its quota used up. Events take effect in the order in which
    /// they are submitted.
    ///
    /// # Errors
    ///
    /// [`SubmitEventError`] with the event when the pipeline is finished or has failed.
    pub fn submit_event(&self, event: Event<'static>) -> Result<(), SubmitEventError> {
        let mut event = event;
        let mut spare = None;
        let quota = self.shared.quota.as_ref().map_or(Some(false), |quota| quota.pass(1, self.shared.dead()));
        let Some(waited) = quota else { return Err(SubmitEventError(Box::new(event))) };
        loop {
            match self.shared.append(event, &mut spare, waited) {
                Ok(()) => break,
                Err(NotAppended::Closed(back)) => return Err(SubmitEventError(back)),
                Err(NotAppended::Full(back)) => event = *back,
            }
            // Waits outside the lock, so that workers can go on meanwhile.
            spare = self.shared.free_chunk();
            if spare.is_none() {
                return Err(SubmitEventError(Box::new(event)));
            }
        }
        if let Some(unused) = spare {
            self.shared.release(unused);
        }
        Ok(())
    }

    /// Submits a post if there is room for it right now, and its quota allows it.
    ///
    /// # Errors
    ///
    /// [`TrySubmitError`] with the post when the pipeline is full, finished, or has failed.
    pub fn try_submit(&self, post: Post<'static>) -> Result<(), TrySubmitError> {
        let quota = self.shared.quota.as_ref();
        if !(quota.is_none_or(Gate::try_pass) || self.shared.has_failed()) {
            return Err(TrySubmitError::Full(Box::new(post)));
        }
        self.shared.append(Event::Post(post), &mut None, false).map_err(|error| {
            if let Some(quota) = quota {
                quota.correct(-1);
            }
            match error {
                NotAppended::Full(back) => TrySubmitError::Full(post_of(*back)),
                NotAppended::Closed(back) => TrySubmitError::Closed(post_of(*back)),
            }
        })
    }
}

/// The post that was wrapped into an event to be submitted.
fn post_of(event: Event<'static>) -> Box<Post<'static>> {
    match event {
        Event::Post(post) => Box::new(post),
        _ => Box::default(),
    }
}
