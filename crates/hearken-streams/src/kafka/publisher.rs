//! Publishes to a topic: many messages at once, each by librdkafka's idempotent producer until the brokers have it.
//!
//! What is to happen when all so far is there stands in line with the messages.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, bail};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

use super::news::{self, News};
use super::server::Server;
use crate::ledger::Ledger;
use crate::sink::Then;
use crate::source::Token;

/// Messages that the brokers have not answered yet.
const IN_FLIGHT: usize = 1024;

/// How long a message waits that librdkafka has no room for.
const NO_ROOM: Duration = Duration::from_millis(10);

/// What a producer is, unless the URL says otherwise.
const PRODUCER: [(&str, &str); 4] =
    [("enable.idempotence", "true"), ("acks", "all"), ("message.timeout.ms", "0"), ("linger.ms", "5")];

/// Publishes messages in the background. Cloning gives another handle.
#[derive(Clone)]
pub(super) struct Publisher(Arc<Inner>);

struct Inner {
    topic: String,
    producer: ThreadedProducer<Deliveries>,
}

/// A message for the topic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outgoing<'a> {
    /// Messages with the same key stay in order.
    pub(super) key: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) payload: &'a [u8],
}

/// What became of messages.
struct Deliveries {
    news: News,
    order: Mutex<Order>,
    /// Something was delivered, or all is lost.
    changed: Condvar,
    /// Publishes a note where a message was too long for the brokers. Taken away at the end, for it keeps itself alive.
    again: Mutex<Option<ThreadedProducer<Deliveries>>>,
}

#[derive(Default)]
struct Order {
    ledger: Ledger,
    last: Token,
    /// What is to happen when all up to a message are there.
    then: VecDeque<(Token, Then)>,
    /// Why nothing can be published any more.
    failed: Option<String>,
}

impl Publisher {
    /// Connects to a topic.
    ///
    /// # Errors
    ///
    /// No broker lets us in, or none has the topic.
    pub(super) fn start(server: &Server, topic: &str) -> Result<Self> {
        let deliveries = Deliveries {
            news: News::default(),
            order: Mutex::default(),
            changed: Condvar::new(),
            again: Mutex::default(),
        };
        let producer: ThreadedProducer<Deliveries> = server.client(&PRODUCER, deliveries)?;
        // Its own thread serves it.
        let serve = || sleep(Duration::from_millis(200));
        let context = Arc::clone(producer.client().context());
        server.look_for(producer.client(), topic, &context.news, serve)?;
        context.news.link.up();
        *lock(&context.again) = Some(producer.clone());
        Ok(Self(Arc::new(Inner { topic: topic.to_owned(), producer })))
    }

    fn deliveries(&self) -> &Deliveries {
        self.0.producer.client().context()
    }

    /// Publishes, some time soon. Waits while many messages are under way, so never call it from a task.
    ///
    /// # Errors
    ///
    /// The brokers refuse what is published, for good.
    pub(super) fn publish(&self, message: Outgoing<'_>) -> io::Result<()> {
        let token = self.deliveries().next_token()?;
        send(&self.0.producer, &self.0.topic, token, message).map_err(|error| {
            let reason = self.deliveries().fail(&error);
            io::Error::other(reason)
        })
    }

    /// Does something when all that was published so far is on the topic; never, if it doesn't come to that.
    pub(super) fn then(&self, then: Then) {
        let mut order = lock(&self.deliveries().order);
        if order.failed.is_some() {
            return;
        }
        if order.ledger.open() == 0 {
            drop(order);
            then();
        } else {
            let last = order.last;
            order.then.push_back((last, then));
        }
    }

    /// Waits until all that was published so far is on the topic. False: not within `patience`.
    ///
    /// # Errors
    ///
    /// The brokers refuse what is published, for good.
    pub(super) fn wait(&self, patience: Duration) -> Result<bool> {
        let deliveries = self.deliveries();
        let waiting = |order: &mut Order| order.ledger.open() > 0 && order.failed.is_none();
        let order = lock(&deliveries.order);
        let (order, _) =
            deliveries.changed.wait_timeout_while(order, patience, waiting).unwrap_or_else(PoisonError::into_inner);
        match &order.failed {
            Some(reason) => bail!("{reason}"),
            None => Ok(order.ledger.open() == 0),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        lock(&self.producer.client().context().again).take();
    }
}

/// Hands a message to librdkafka, or a note in its place if it is too long for that.
fn send(
    producer: &ThreadedProducer<Deliveries>,
    topic: &str,
    token: Token,
    message: Outgoing<'_>,
) -> Result<(), KafkaError> {
    let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
    for &(key, value) in message.headers {
        headers = headers.insert(Header { key, value: Some(value) });
    }
    // A pointer's worth goes with each message.
    let record = BaseRecord::with_opaque_to(topic, token as usize);
    let mut record = record.key(message.key).payload(message.payload).headers(headers);
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((error, back)) => match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::QueueFull) => {
                    sleep(NO_ROOM);
                    record = back;
                }
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => return send_note(producer, topic, token, message.key),
                _ => return Err(error),
            },
        }
    }
}

/// Says that a message is left out.
fn send_note(producer: &ThreadedProducer<Deliveries>, topic: &str, token: Token, key: &str) -> Result<(), KafkaError> {
    tracing::warn!(topic, key, "A message is too long for the brokers; a note takes its place.");
    let note = serde_json::json!({"error": "too_long", "message": key}).to_string();
    let record = BaseRecord::with_opaque_to(topic, token as usize).key(key).payload(&note);
    producer.send(record).map_err(|(error, _)| error)
}

impl Deliveries {
    /// The place in line of one more message, once there is room.
    fn next_token(&self) -> io::Result<Token> {
        let full = |order: &mut Order| order.ledger.open() >= IN_FLIGHT && order.failed.is_none();
        let order = lock(&self.order);
        let mut order = self.changed.wait_while(order, full).unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &order.failed {
            return Err(io::Error::other(reason.clone()));
        }
        order.last += 1;
        let token = order.last;
        order.ledger.hand_out(token);
        Ok(token)
    }

    /// A message is there.
    fn settle(&self, token: Token) {
        let mut order = lock(&self.order);
        order.ledger.settle(token);
        let mut ready = Vec::new();
        if let Some(prefix) = order.ledger.due() {
            order.ledger.commit(prefix);
            while order.then.front().is_some_and(|(token, _)| *token <= prefix) {
                ready.extend(order.then.pop_front());
            }
        }
        drop(order);
        self.changed.notify_all();
        for (_, then) in ready {
            then();
        }
    }

    /// Nothing can be published any more. Why.
    fn fail(&self, error: &KafkaError) -> String {
        let mut order = lock(&self.order);
        let reason = order.failed.get_or_insert_with(|| format!("Kafka refuses what is published: {error}")).clone();
        // IMPORTANT: none of this happens, so that the posts come again.
        let then = std::mem::take(&mut order.then);
        drop(order);
        drop(then);
        self.changed.notify_all();
        reason
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        news::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.news.trouble(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    /// Called by the producer's own thread.
    fn delivery(&self, result: &DeliveryResult<'_>, token: usize) {
        let token = token as Token;
        let (error, message) = match result {
            Ok(_) => {
                self.news.fine();
                self.settle(token);
                return;
            }
            Err((error, message)) => (error, message),
        };
        // The end of a producer that was dropped: what is under way comes again.
        let again = lock(&self.again);
        let Some(producer) = again.as_ref() else { return };
        let key = message.key().map(String::from_utf8_lossy).unwrap_or_default();
        let too_long = error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge);
        let noted = if too_long { send_note(producer, message.topic(), token, &key) } else { Err(error.clone()) };
        if let Err(error) = noted {
            self.fail(&error);
            tracing::error!(%error, "Kafka refuses what is published.");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
