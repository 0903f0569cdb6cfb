//! Publishes to streams: many messages at once, each again until the server has it.
//!
//! Messages carry an id, by which the stream knows one that came before, so sending again makes no second one. What is to
//! happen when all so far is on the stream stands in line with the messages.
//!
//! The client library has a publish of its own that waits for the server's answer, with a future, a timer and a channel for each
//! message. Where results leave as fast as they come that is half of the work, so all answers come to one inbox here, and one clock
//! looks for those that don't come.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::time::Duration;

use async_nats::client::PublishErrorKind;
use async_nats::connection::State;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::{Client, HeaderMap, Message, StatusCode, Subject};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::backoff::{Backoff, Waits};
use crate::sink::Then;

/// Messages that the server has not answered yet, but for the last batch.
const IN_FLIGHT: usize = 1024;

/// Batches, beside these, that wait for their turn.
const WAITING: usize = 4;

/// Answers that are looked at in one go.
const AT_ONCE: usize = 64;

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(1);

/// How often those are looked for that it didn't answer.
const LOOK: Duration = Duration::from_millis(50);

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
    pub(super) subject: Subject,
    pub(super) id: String,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

enum Job {
    Publish(Vec<Outgoing>),
    Then(Then),
}

impl Publisher {
    /// Must be called within a tokio runtime.
    pub(super) fn start(client: Client) -> Self {
        let (jobs, waiting) = channel(WAITING);
        tokio::spawn(async move {
            if let Err(error) = run(client, waiting).await {
                tracing::error!(%error, "Nothing can be published any more.");
            }
        });
        Self { jobs }
    }

    /// Publishes, some time soon. Waits while many messages are under way, so never call it from a task.
    ///
    /// # Errors
    ///
    /// The runtime is gone.
    pub(super) fn publish(&self, messages: Vec<Outgoing>) -> io::Result<()> {
        self.jobs.blocking_send(Job::Publish(messages)).map_err(|_| io::Error::other("nobody publishes any more"))
    }

    /// Publishes a message, and waits until it is on its stream. For tasks.
    pub(super) async fn publish_one(&self, message: Outgoing) {
        let (tell, told) = oneshot::channel();
        let then: Then = Box::new(move || {
            let _ = tell.send(());
        });
        for job in [Job::Publish(vec![message]), Job::Then(then)] {
            if self.jobs.send(job).await.is_err() {
                return;
            }
        }
        let _ = told.await;
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

async fn run(client: Client, mut jobs: Receiver<Job>) -> Result<(), async_nats::SubscribeError> {
    let inbox = client.new_inbox();
    // The answer to each message comes to a subject of its own below the common one.
    let mut answers = client.subscribe(format!("{inbox}.*")).await?.ready_chunks(AT_ONCE);
    let mut line = Line { client, inbox, first: 0, places: VecDeque::new(), under_way: 0, trouble: false };
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = true;
    while open || !line.places.is_empty() {
        tokio::select! {
            job = jobs.recv(), if open && line.under_way < IN_FLIGHT => match job {
                Some(Job::Publish(messages)) => {
                    for message in messages {
                        line.add(message).await;
                    }
                }
                Some(Job::Then(then)) => line.places.push_back(Place::Then(then)),
                None => open = false,
            },
            Some(answers) = answers.next() => answers.iter().for_each(|answer| line.hear(answer)),
            _ = look.tick() => line.send_again().await,
        }
        line.move_up();
    }
    Ok(())
}

/// All that is under way, in order.
struct Line {
    client: Client,
    inbox: String,
    /// The number of the first place.
    first: u64,
    places: VecDeque<Place>,
    /// Messages that the server has not answered.
    under_way: usize,
    /// Whether the last answer was a refusal, or didn't come.
    trouble: bool,
}

enum Place {
    Message(Flight),
    Then(Then),
    /// The stream has it.
    Done,
}

struct Flight {
    message: Outgoing,
    /// When it is sent again.
    due: Instant,
    /// Once there was trouble with it.
    backoff: Option<Box<Backoff>>,
    /// Whether a note stands for it.
    shortened: bool,
}

/// What a stream answers, as far as it matters here.
#[derive(Deserialize)]
struct Answer {
    error: Option<async_nats::jetstream::Error>,
}

impl Line {
    async fn add(&mut self, message: Outgoing) {
        self.under_way += 1;
        let flight = Flight { message, due: Instant::now() + ANSWER, backoff: None, shortened: false };
        self.places.push_back(Place::Message(flight));
        self.send(self.places.len() - 1).await;
    }

    async fn send(&mut self, index: usize) {
        let reply = format!("{}.{}", self.inbox, self.first + index as u64);
        let Some(Place::Message(flight)) = self.places.get_mut(index) else { return };
        loop {
            let Outgoing { subject, id, headers, payload } = &flight.message;
            let mut headers = headers.clone();
            headers.insert(NATS_MESSAGE_ID, id.as_str());
            let published =
                self.client.publish_with_reply_and_headers(subject.clone(), reply.clone(), headers, payload.clone());
            let Err(error) = published.await else { return };
            if error.kind() != PublishErrorKind::MaxPayloadExceeded || flight.shortened {
                tracing::debug!(%error, "NATS couldn't be given a message.");
                return;
            }
            flight.shorten(&error);
        }
    }

    /// Takes an answer of the server.
    fn hear(&mut self, answer: &Message) {
        let number = answer.subject.rsplit('.').next().and_then(|number| number.parse::<u64>().ok());
        let index = number.and_then(|number| number.checked_sub(self.first)).map(|index| index as usize);
        // Else it is one more answer to a message that was sent again.
        let Some(place @ Place::Message(_)) = index.and_then(|index| self.places.get_mut(index)) else { return };
        match refusal(answer) {
            None => {
                *place = Place::Done;
                self.under_way -= 1;
                if std::mem::take(&mut self.trouble) {
                    tracing::info!("NATS takes what is published again.");
                }
            }
            Some(why) => {
                if let Place::Message(flight) = place {
                    flight.due = Instant::now() + flight.wait();
                    complain(&mut self.trouble, &flight.message.subject, &why);
                }
            }
        }
    }

    /// Sends again what the server has refused or not answered; if there is a server.
    async fn send_again(&mut self) {
        if self.client.connection_state() != State::Connected {
            return;
        }
        let now = Instant::now();
        for index in 0..self.places.len() {
            let Some(Place::Message(flight)) = self.places.get_mut(index) else { continue };
            if flight.due > now {
                continue;
            }
            flight.due = now + ANSWER + flight.wait();
            let subject = flight.message.subject.clone();
            self.send(index).await;
            complain(&mut self.trouble, &subject, "no answer came, or a refusal");
        }
    }

    /// Does what is due as all before it is on its stream.
    fn move_up(&mut self) {
        while !matches!(self.places.front(), None | Some(Place::Message(_))) {
            self.first += 1;
            if let Some(Place::Then(then)) = self.places.pop_front() {
                then();
            }
        }
    }
}

impl Flight {
    /// The wait before it is sent again.
    fn wait(&mut self) -> Duration {
        self.backoff.get_or_insert_with(|| Box::new(Backoff::new(WAITS))).wait(Duration::ZERO)
    }

    /// Lets a note take the place of what is too long for the server.
    fn shorten(&mut self, error: &dyn fmt::Display) {
        let Outgoing { subject, id, headers, payload } = &mut self.message;
        tracing::warn!(subject = &**subject, id, "A message is too long for the server; a note takes its place.");
        let note = serde_json::json!({"error": "too_long", "message": id, "detail": error.to_string()});
        (*headers, *payload, self.shortened) = (HeaderMap::new(), note.to_string().into(), true);
    }
}

/// Why the server didn't take a message; `None`: it did.
fn refusal(answer: &Message) -> Option<String> {
    match answer.status {
        Some(StatusCode::NO_RESPONDERS) => Some("no stream takes its subject".to_owned()),
        Some(status) if status != StatusCode::OK => Some(status.to_string()),
        _ => match serde_json::from_slice::<Answer>(&answer.payload) {
            Ok(Answer { error }) => error.map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        },
    }
}

/// Once for each time that something is amiss.
fn complain(trouble: &mut bool, subject: &str, why: &str) {
    if !std::mem::replace(trouble, true) {
        tracing::warn!(subject, why, "NATS doesn't take what is published; it is tried again.");
    }
}
