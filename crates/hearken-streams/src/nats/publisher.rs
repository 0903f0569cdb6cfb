//! Publishes to streams: many messages at once, each again until the server has it.
//!
//! Messages carry an id, by which the stream knows one that came before, so sending again makes no second one. What is to
//! happen when all so far is on the stream stands in line with the messages.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::Context as Jetstream;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use crate::backoff::{Backoff, Waits};
use crate::sink::Then;

/// Messages that the server has not answered yet.
const IN_FLIGHT: usize = 1024;

/// Messages, beside these, that wait for their turn.
const WAITING: usize = 256;

/// Waits between tries.
const WAITS: Waits = Waits { min: Duration::from_millis(100), max: Duration::from_secs(5) };

/// Publishes messages in the background. Cloning gives another handle.
#[derive(Clone)]
pub(super) struct Publisher {
    jobs: Sender<Job>,
}

/// A message for a stream.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) subject: Arc<str>,
    pub(super) id: String,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

enum Job {
    Publish(Box<Outgoing>),
    Then(Then),
}

impl Publisher {
    /// Must be called within a tokio runtime.
    pub(super) fn start(context: Jetstream) -> Self {
        let (jobs, waiting) = channel(WAITING);
        tokio::spawn(run(context, waiting));
        Self { jobs }
    }

    /// Publishes, some time soon. Waits while many messages are under way, so never call it from a task.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    pub(super) fn publish(&self, message: Outgoing) -> io::Result<()> {
        self.jobs
            .blocking_send(Job::Publish(Box::new(message)))
            .map_err(|_| io::Error::other("nobody publishes any more"))
    }

    /// Waits until all that was published so far is on its stream. False: not within `patience`.
    pub(super) fn wait(&self, patience: Duration) -> bool {
        let (tell, told) = std::sync::mpsc::channel();
        self.then(Box::new(move || {
            let _ = tell.send(());
        }));
        told.recv_timeout(patience).is_ok()
    }

    /// Does something when all that was published so far is on its stream; never, if it doesn't come to that.
    pub(super) fn then(&self, then: Then) {
        let _ = self.jobs.blocking_send(Job::Then(then));
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

async fn run(context: Jetstream, mut waiting: Receiver<Job>) {
    let trouble = Arc::new(AtomicBool::new(false));
    let mut under_way = FuturesOrdered::new();
    loop {
        tokio::select! {
            job = waiting.recv(), if under_way.len() < IN_FLIGHT => match job {
                Some(job) => under_way.push_back(carry_out(job, context.clone(), Arc::clone(&trouble))),
                None => break,
            },
            Some(then) = under_way.next(), if !under_way.is_empty() => call(then),
        }
    }
    while let Some(then) = under_way.next().await {
        call(then);
    }
}

fn call(then: Option<Then>) {
    if let Some(then) = then {
        then();
    }
}

async fn carry_out(job: Job, context: Jetstream, trouble: Arc<AtomicBool>) -> Option<Then> {
    match job {
        Job::Then(then) => Some(then),
        Job::Publish(message) => {
            until_it_is_there(&context, *message, &trouble).await;
            None
        }
    }
}

/// Publishes a message again and again until its stream has it.
pub(super) async fn until_it_is_there(context: &Jetstream, message: Outgoing, trouble: &AtomicBool) {
    let Outgoing { subject, id, headers, payload } = message;
    let mut message = PublishMessage::build().headers(headers).message_id(&id).payload(payload);
    let mut backoff = Backoff::new(WAITS);
    loop {
        let outcome = match context.send_publish(subject.to_string(), message.clone()).await {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        };
        let error = match outcome {
            Ok(_) => {
                if trouble.swap(false, Ordering::Relaxed) {
                    tracing::info!(subject = &*subject, "NATS takes what is published again.");
                }
                return;
            }
            Err(error) => error,
        };
        if error.kind() == PublishErrorKind::MaxPayloadExceeded {
            tracing::warn!(subject = &*subject, id, "A message is too long for the server; a note takes its place.");
            let note = serde_json::json!({"error": "too_long", "message": id, "detail": error.to_string()});
            message = PublishMessage::build().message_id(&id).payload(note.to_string().into());
            continue;
        }
        if !trouble.swap(true, Ordering::Relaxed) {
            tracing::warn!(subject = &*subject, %error, "NATS doesn't take what is published; it is tried again.");
        }
        sleep(backoff.wait(Duration::ZERO)).await;
    }
}
