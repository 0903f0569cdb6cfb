//! Pulls messages from one consumer and gathers them to parcels of lines.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_nats::Subject;
use async_nats::jetstream::{Context as Jetstream, Message};
use bytes::Bytes;
use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::gauges::{self, Gauges};
use super::letters::Letters;
use super::options::Options;
use super::pull::{Answer, Pull};
use crate::backoff::{Backoff, Waits};
use crate::gathering::{Gathering, Linger, is_one_line};

/// Requests whose messages may wait to be asked for.
const WAITING: usize = 3;

/// Lines on their way to whoever asks for a batch, and what is to be acknowledged for them.
pub(super) struct Parcel {
    pub(super) name: Arc<str>,
    pub(super) lines: Vec<u8>,
    /// The place in the stream of each line's message; empty: the lines are counted from 1.
    pub(super) numbers: Vec<u64>,
    pub(super) replies: Vec<Subject>,
    /// Room among the messages under way.
    pub(super) room: Option<OwnedSemaphorePermit>,
    /// Room among the parcels that wait.
    pub(super) waiting: Option<Arc<OwnedSemaphorePermit>>,
}

/// What all readers of a source have in common.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) stream: Arc<str>,
    pub(super) letters: Letters,
    pub(super) max_deliver: u64,
    pub(super) gauges: Arc<Gauges>,
    pub(super) linger: Linger,
    pub(super) parcels: Sender<Parcel>,
}

pub(super) struct Reader {
    common: Common,
    pull: Pull,
    backoff: Backoff,
    gathering: Gathering,
    numbers: Vec<u64>,
    replies: Vec<Subject>,
    /// The message that was taken last. It stays beside its context, which would cost more to clone than the message.
    last: Message,
    /// A permit for each message that may be under way.
    room: Arc<Semaphore>,
    /// A permit for each request whose messages may wait to be asked for.
    waiting: Arc<Semaphore>,
}

impl Reader {
    /// A reader with room for so many messages under way.
    pub(super) fn new(common: Common, context: Jetstream, pull: Pull, in_flight: u32, waits: Waits) -> Self {
        let gathering = Gathering::new(common.linger);
        let [room, waiting] = [in_flight as usize, WAITING].map(|permits| Arc::new(Semaphore::new(permits)));
        let (numbers, replies) = (Vec::new(), Vec::new());
        let last = Message { message: no_message(), context };
        Self { common, pull, backoff: Backoff::new(waits), gathering, numbers, replies, last, room, waiting }
    }

    /// Reads until it is to stop; then hands on what is here already, so that it can be given back.
    ///
    /// # Errors
    ///
    /// The consumer is gone, or the connection is closed for good.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Result<()> {
        tokio::select! {
            ended = self.read() => return ended,
            () = stop.cancelled() => {}
        }
        // IMPORTANT: the server must know before anything is given back, or it would come here again.
        let left = self.pull.close().await;
        let mut replies = std::mem::take(&mut self.replies);
        replies.extend(left.into_iter().filter_map(|message| message.reply));
        let name = Arc::clone(&self.common.stream);
        let parcel = Parcel { name, lines: Vec::new(), numbers: Vec::new(), replies, room: None, waiting: None };
        // Else they come again when the server has waited for a word on them.
        let _ = self.common.parcels.send(parcel).await;
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        loop {
            // IMPORTANT: room comes before the request. What the server has delivered must not wait unseen: nobody would tell
            // the server that it is under way, and it would come again, and count as delivered once more.
            let waiting = Arc::clone(&self.waiting).acquire_owned().await?;
            let room = Arc::clone(&self.room).acquire_many_owned(Options::BATCH).await?;
            let asked = Instant::now();
            self.pull.ask(Options::BATCH).await?;
            let (available, received) = self.receive(room, Arc::new(waiting)).await?;
            if !available {
                // A request that was served for a while was a healthy one.
                let lived = if received { asked.elapsed().max(Duration::from_secs(10)) } else { Duration::ZERO };
                sleep(self.backoff.wait(lived).min(Duration::from_secs(2))).await;
            }
        }
    }

    /// Takes what one request brings. Whether the server could be asked, and whether anything came.
    async fn receive(
        &mut self,
        mut room: OwnedSemaphorePermit,
        waiting: Arc<OwnedSemaphorePermit>,
    ) -> Result<(bool, bool)> {
        let mut received = false;
        loop {
            let due = self.gathering.due();
            let answer = tokio::select! {
                answer = self.pull.next() => answer?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.hand_on(&mut room, &waiting).await?;
                    continue;
                }
            };
            match answer {
                Answer::Message(message) => {
                    received = true;
                    self.take(message, &mut room, &waiting).await?;
                }
                Answer::Done | Answer::Unavailable => {
                    self.hand_on(&mut room, &waiting).await?;
                    return Ok((matches!(answer, Answer::Done), received));
                }
                Answer::Gone => bail!("the consumer was deleted"),
            }
        }
    }

    async fn take(
        &mut self,
        message: async_nats::Message,
        room: &mut OwnedSemaphorePermit,
        waiting: &Arc<OwnedSemaphorePermit>,
    ) -> Result<()> {
        self.last.message = message;
        let (sequence, delivered, pending) = {
            let info =
                self.last.info().map_err(|error| anyhow::anyhow!("a message that JetStream didn't send: {error}"))?;
            (info.stream_sequence, u64::try_from(info.delivered).unwrap_or_default(), info.pending)
        };
        let gauges = &self.common.gauges;
        gauges::add(&gauges.delivered, 1);
        gauges::add(&gauges.redelivered, u64::from(delivered > 1));
        gauges.lag.store(pending, Ordering::Relaxed);
        if delivered > self.common.max_deliver {
            gauges::add(&gauges.dead, 1);
            return self.common.letters.give_up(&self.last, sequence, delivered).await;
        }
        let async_nats::Message { reply, payload, .. } = std::mem::replace(&mut self.last.message, no_message());
        let reply = reply.context("a message without a place to acknowledge it")?;
        if is_one_line(&payload) {
            self.gathering.push(&payload);
            self.numbers.push(sequence);
            self.replies.push(reply);
            if self.gathering.is_full() {
                self.hand_on(room, waiting).await?;
            }
            return Ok(());
        }
        // Several lines: a batch of their own, in which they are counted.
        self.hand_on(room, waiting).await?;
        let mut lines = payload.to_vec();
        lines.push(b'\n');
        let name = format!("{}/{sequence}", self.common.stream).into();
        self.send(
            Parcel { name, lines, numbers: Vec::new(), replies: vec![reply], room: None, waiting: None },
            room,
            waiting,
        )
        .await
    }

    async fn hand_on(&mut self, room: &mut OwnedSemaphorePermit, waiting: &Arc<OwnedSemaphorePermit>) -> Result<()> {
        let Some((lines, _)) = self.gathering.take() else { return Ok(()) };
        let (numbers, replies) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.replies));
        let name = Arc::clone(&self.common.stream);
        self.send(Parcel { name, lines, numbers, replies, room: None, waiting: None }, room, waiting).await
    }

    async fn send(
        &self,
        mut parcel: Parcel,
        room: &mut OwnedSemaphorePermit,
        waiting: &Arc<OwnedSemaphorePermit>,
    ) -> Result<()> {
        // What is left of a request that was given up may come over the count of this one.
        parcel.room = room.split(parcel.replies.len().min(room.num_permits()));
        parcel.waiting = Some(Arc::clone(waiting));
        self.common.parcels.send(parcel).await.context("nobody takes messages any more")
    }
}

fn no_message() -> async_nats::Message {
    async_nats::Message {
        subject: Subject::from_static(""),
        reply: None,
        payload: Bytes::new(),
        headers: None,
        status: None,
        description: None,
        length: 0,
    }
}
