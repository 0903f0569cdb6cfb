//! What the sources over WebSocket have in common: a task that keeps the connection.
//!
//! The connection lives in a task of its own, so that waiting for a batch can be dropped and begun anew at any time without
//! losing a handshake or half a message. Between the task and the source is room for a few batches; when that is full, the
//! task stops reading, and TCP tells the server.

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::task::AbortOnDropHandle;

/// Batches between the task and the source.
const ROOM: usize = 2;

/// A task that sends parcels until it fails. It is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Feed<P> {
    parcels: Receiver<P>,
    task: Option<AbortOnDropHandle<Result<()>>>,
}

impl<P: Send + 'static> Feed<P> {
    /// Must be called within a tokio runtime.
    pub(crate) fn start<F>(task: impl FnOnce(Sender<P>) -> F) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, parcels) = channel(ROOM);
        Self { parcels, task: Some(AbortOnDropHandle::new(tokio::spawn(task(sender)))) }
    }

    /// The next parcel; `None` after the end of the task, and why it ended. May be dropped half-way.
    pub(crate) async fn next(&mut self) -> Result<Option<P>> {
        if let Some(parcel) = self.parcels.recv().await {
            return Ok(Some(parcel));
        }
        let Some(task) = &mut self.task else { return Ok(None) };
        let ended = task.await;
        self.task = None;
        ended.context("the task of a source died")??;
        Ok(None)
    }
}
