//! Acknowledges messages: a task that knows which are under way here, and tells the server what becomes of them.
//!
//! A plain acknowledgement is not answered and may be lost with a connection. So the last of each round is one that the server
//! answers: it has taken those before by then, for they came over the same connection. Until it answers, the whole round is
//! sent again. A message whose acknowledgement is lost all the same comes again, which costs a little and loses nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, Request, Subject};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::gauges::{self, Gauges};
use super::reader::Parcel;
use crate::source::Token;

const ACK: Bytes = Bytes::from_static(b"+ACK");
const NAK: Bytes = Bytes::from_static(b"-NAK");
const IN_PROGRESS: Bytes = Bytes::from_static(b"+WPI");

/// How long the server may take to answer a round.
const ANSWER: Duration = Duration::from_secs(2);

/// How long after a round without an answer the next one begins.
const AGAIN: Duration = Duration::from_millis(250);

/// How often the last round is sent when the source is closed.
const LAST_ROUNDS: usize = 3;

/// Messages of one batch.
struct Open {
    /// Where the server wants a word on each.
    replies: Vec<Subject>,
    /// When the server last heard of them.
    heard: Instant,
    _room: OwnedSemaphorePermit,
}

pub(super) struct Acks {
    client: Client,
    /// Half of what the server waits for a word.
    patience: Duration,
    gauges: Arc<Gauges>,
    open: BTreeMap<Token, Open>,
    last: Token,
    /// Done with, and the server has not answered.
    unanswered: Vec<Subject>,
    /// When the unanswered ones are sent again; `None`: at once.
    again: Option<Instant>,
}

impl Acks {
    pub(super) fn new(client: Client, ack_wait: Duration, gauges: Arc<Gauges>) -> Self {
        let (open, unanswered) = (BTreeMap::new(), Vec::new());
        Self { client, patience: ack_wait / 2, gauges, open, last: 0, unanswered, again: None }
    }

    /// Gives parcels their tokens and passes them on, and acknowledges what is settled, until nobody settles any more. Then
    /// gives back what isn't, so that another node gets it at once.
    pub(super) async fn run(
        mut self,
        mut arrived: Receiver<Parcel>,
        parcels: UnboundedSender<(Token, Parcel)>,
        mut settled: UnboundedReceiver<Token>,
    ) {
        let mut signs_of_life = interval(self.patience / 4);
        signs_of_life.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                token = settled.recv() => {
                    let Some(token) = token else { break };
                    self.settle(token);
                    while let Ok(token) = settled.try_recv() {
                        self.settle(token);
                    }
                    if self.again.is_none() {
                        self.acknowledge().await;
                    }
                }
                Some(parcel) = arrived.recv() => {
                    let parcel = self.hold(parcel);
                    // Whoever took them is gone, and `settled` ends in a moment.
                    let _ = parcels.send(parcel);
                }
                () = sleep_until(self.again.unwrap_or_else(Instant::now)), if !self.unanswered.is_empty() => {
                    self.acknowledge().await;
                }
                _ = signs_of_life.tick() => self.tell_of_progress().await,
            }
        }
        self.close(arrived).await;
    }

    fn hold(&mut self, mut parcel: Parcel) -> (Token, Parcel) {
        self.last += 1;
        let replies = std::mem::take(&mut parcel.replies);
        gauges::add(&self.gauges.under_way, replies.len() as u64);
        if let Some(room) = parcel.room.take() {
            self.open.insert(self.last, Open { replies, heard: Instant::now(), _room: room });
        }
        (self.last, parcel)
    }

    fn settle(&mut self, token: Token) {
        if let Some(open) = self.open.remove(&token) {
            gauges::subtract(&self.gauges.under_way, open.replies.len() as u64);
            self.unanswered.extend(open.replies);
        }
    }

    /// One round.
    async fn acknowledge(&mut self) {
        let Some((last, before)) = self.unanswered.split_last() else { return };
        let round = async {
            for reply in before {
                self.client.publish(reply.clone(), ACK).await.map_err(drop)?;
            }
            let request = Request::new().payload(ACK).timeout(Some(ANSWER));
            self.client.send_request(last.clone(), request).await.map_err(|error| {
                tracing::debug!(%error, messages = self.unanswered.len(), "The server doesn't answer acknowledgements.");
            })
        };
        // IMPORTANT: without a connection what is published waits for it, and when much does, so does whoever publishes. Nobody could
        // end the source then.
        if matches!(timeout(2 * ANSWER, round).await, Ok(Ok(_))) {
            gauges::add(&self.gauges.acknowledged, self.unanswered.len() as u64);
            self.unanswered.clear();
            self.again = None;
        } else {
            self.again = Some(Instant::now() + AGAIN);
        }
    }

    /// Tells the server of what takes long, so that it doesn't give it to another node; if there is a server.
    async fn tell_of_progress(&mut self) {
        if self.client.connection_state() == State::Connected {
            let _ = timeout(ANSWER, self.tell_of_all()).await;
        }
    }

    async fn tell_of_all(&mut self) {
        for open in self.open.values_mut().filter(|open| open.heard.elapsed() + self.patience / 4 >= self.patience) {
            for reply in &open.replies {
                if self.client.publish(reply.clone(), IN_PROGRESS).await.is_err() {
                    return;
                }
            }
            gauges::add(&self.gauges.in_progress, open.replies.len() as u64);
            open.heard = Instant::now();
        }
    }

    async fn close(mut self, mut arrived: Receiver<Parcel>) {
        let mut back: Vec<Subject> =
            std::mem::take(&mut self.open).into_values().flat_map(|open| open.replies).collect();
        // The readers end too; one that can't is not waited for.
        let _ = timeout(ANSWER, async {
            while let Some(parcel) = arrived.recv().await {
                back.extend(parcel.replies);
            }
        })
        .await;
        for _ in 0..LAST_ROUNDS {
            if self.unanswered.is_empty() {
                break;
            }
            self.acknowledge().await;
        }
        if !self.unanswered.is_empty() {
            tracing::warn!(messages = self.unanswered.len(), "NATS doesn't answer; some messages will come again.");
        }
        // Without a connection it would wait for ever.
        let _ = timeout(ANSWER, async {
            for reply in back {
                self.client.publish(reply, NAK).await?;
            }
            anyhow::Ok(self.client.flush().await?)
        })
        .await;
    }
}
