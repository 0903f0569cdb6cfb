//! Pull requests: asks the server for messages, and says what its answers mean.
//!
//! The client library has two ways to pull. One asks ahead of what is taken, so messages would wait in its buffer while nobody
//! tells the server that they are under way; the other can't be pinned. So the requests are made here, one after the other.

use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::{Client, Message, StatusCode, Subject, Subscriber};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

/// How long a request stays open at the server. A request is lost with the server that had it; this is also how long that
/// goes unnoticed.
const EXPIRES: Duration = Duration::from_secs(1);

/// How much longer an answer may take that it has expired.
const LATE: Duration = Duration::from_secs(1);

/// The most bytes of one request, so that long messages come in smaller batches; at least two of the longest.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// What the server calls the clients of which one is pinned.
pub(super) const GROUP: &str = "hearken";

/// Asks one consumer for messages.
pub(super) struct Pull {
    client: Client,
    /// Where requests go.
    subject: String,
    inbox: String,
    answers: Subscriber,
    pinned: bool,
    pin: Option<String>,
    /// How many requests were made: each has an inbox of its own below the common one.
    number: u64,
    left: u32,
    until: Instant,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// One of its messages.
    Message(Message),
    /// It is done with; there may be more.
    Done,
    /// The server can't at the moment.
    Unavailable,
    /// There is no such consumer any more.
    Gone,
}

#[derive(Serialize)]
struct Request<'a> {
    batch: u32,
    /// Nanoseconds.
    expires: u64,
    max_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

impl Pull {
    /// A puller of a consumer, of which the server pins one client where `pinned`.
    pub(super) async fn new(client: Client, stream: &str, consumer: &str, pinned: bool) -> Result<Self> {
        let inbox = client.new_inbox();
        let answers = client.subscribe(format!("{inbox}.*")).await.context("subscribing to answers")?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}");
        let (pin, until) = (None, Instant::now());
        Ok(Self { client, subject, inbox, answers, pinned, pin, number: 0, left: 0, until })
    }

    /// Asks for up to `batch` messages. What is left of the request before is given up.
    pub(super) async fn ask(&mut self, batch: u32) -> Result<()> {
        self.number += 1;
        self.left = batch;
        self.until = Instant::now() + EXPIRES + LATE;
        let request = Request {
            batch,
            expires: EXPIRES.as_nanos() as u64,
            max_bytes: MAX_BYTES.max(2 * self.client.max_payload()),
            group: self.pinned.then_some(GROUP),
            id: self.pin.as_deref(),
        };
        let request = serde_json::to_vec(&request)?;
        let inbox = format!("{}.{}", self.inbox, self.number);
        let sent = self.client.publish_with_reply(self.subject.clone(), inbox, request.into()).await;
        sent.context("asking for messages")
    }

    /// The next answer. May be dropped half-way.
    pub(super) async fn next(&mut self) -> Result<Answer> {
        loop {
            if self.left == 0 {
                return Ok(Answer::Done);
            }
            // The request is lost, or its answer.
            let Ok(answer) = timeout_at(self.until, self.answers.next()).await else { return Ok(Answer::Done) };
            let message = answer.context("the connection to NATS is closed")?;
            match message.status {
                None | Some(StatusCode::OK) => {
                    self.left -= 1;
                    if self.pinned {
                        self.note_pin(&message);
                    }
                    return Ok(Answer::Message(message));
                }
                // The end of a request that was given up.
                Some(_) if !self.is_current(&message.subject) => {}
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(status) => return Ok(self.ended(status, message.description.as_deref())),
            }
        }
    }

    /// Wants no more messages, and gives those that are here already.
    pub(super) async fn close(&mut self) -> Vec<Message> {
        let mut left = Vec::new();
        if self.answers.unsubscribe().await.is_ok() {
            while let Some(message) = self.answers.next().await {
                left.extend(
                    Some(message).filter(|message| message.status.is_none_or(|status| status == StatusCode::OK)),
                );
            }
        }
        left
    }

    fn ended(&mut self, status: StatusCode, description: Option<&str>) -> Answer {
        self.left = 0;
        let says = |what: &str| description.is_some_and(|description| description.contains(what));
        match status {
            StatusCode::NO_RESPONDERS => Answer::Unavailable,
            StatusCode::PIN_ID_MISMATCH => {
                self.pin = None;
                Answer::Done
            }
            StatusCode::REQUEST_TERMINATED if says("Consumer Deleted") => Answer::Gone,
            StatusCode::REQUEST_TERMINATED if says("Leadership Change") || says("Server Shutdown") => {
                Answer::Unavailable
            }
            StatusCode::NOT_FOUND | StatusCode::TIMEOUT => Answer::Done,
            // A message that is too long for the bytes of a request ends it, and begins the next one.
            StatusCode::REQUEST_TERMINATED if says("Batch Completed") || says("MaxBytes") => Answer::Done,
            _ => {
                tracing::debug!(%status, description, "A pull request has ended.");
                Answer::Unavailable
            }
        }
    }

    fn is_current(&self, subject: &Subject) -> bool {
        subject.rsplit('.').next().and_then(|number| number.parse().ok()) == Some(self.number)
    }

    fn note_pin(&mut self, message: &Message) {
        let pin = message.headers.as_ref().and_then(|headers| headers.get_last("Nats-Pin-Id"));
        if let Some(pin) = pin.map(|pin| pin.as_str()).filter(|pin| self.pin.as_deref() != Some(pin)) {
            self.pin = Some(pin.to_owned());
        }
    }
}
