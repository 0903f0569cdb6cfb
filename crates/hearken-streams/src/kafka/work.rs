//! What a node has of its partitions: messages that gather to batches, and batches that are under way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use anyhow::{Error, Result};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::gauges::{self, Gauges};
use super::offsets::Offsets;
use crate::gathering::{Gathering, Linger, is_one_line};
use crate::source::Token;

/// Batches that may wait to be asked for.
const WAITING: usize = 4;

/// Lines on their way to whoever asks for a batch.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) name: Arc<str>,
    pub(super) lines: Vec<u8>,
    /// The offset of each line's message; empty: the lines are counted from 1.
    pub(super) numbers: Vec<u64>,
}

/// What whoever asks for batches has to say.
#[derive(Debug)]
pub(super) enum Told {
    /// A batch is no longer waiting.
    Taken,
    /// What became of a batch is durable.
    Settled(Token),
}

/// What was heard of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// Batches were settled, so there may be something to commit.
    Settled,
    /// Nobody asks for batches any more, and none will be settled.
    End,
}

#[derive(Debug)]
pub(super) struct Work {
    pub(super) offsets: Offsets,
    topic: Arc<str>,
    linger: Linger,
    gathering: BTreeMap<i32, Messages>,
    /// Messages in these.
    gathered: u64,
    /// When what gathers is handed on, though it is no full batch.
    due: Option<Instant>,
    waiting: usize,
    parcels: UnboundedSender<Result<(Token, Parcel)>>,
    told: Receiver<Told>,
    /// Nobody asks for batches any more.
    pub(super) closing: bool,
    gauges: Arc<Gauges>,
}

/// Messages of a partition that are no batch yet.
#[derive(Debug)]
struct Messages {
    name: Arc<str>,
    lines: Gathering,
    numbers: Vec<u64>,
}

impl Work {
    pub(super) fn new(
        topic: Arc<str>,
        linger: Linger,
        parcels: UnboundedSender<Result<(Token, Parcel)>>,
        told: Receiver<Told>,
        gauges: Arc<Gauges>,
    ) -> Self {
        let (offsets, gathering) = (Offsets::default(), BTreeMap::new());
        Self {
            offsets,
            topic,
            linger,
            gathering,
            gathered: 0,
            due: None,
            waiting: 0,
            parcels,
            told,
            closing: false,
            gauges,
        }
    }

    /// Partitions are this node's from now on.
    pub(super) fn take(&mut self, partitions: &[i32]) {
        self.offsets.take(partitions.iter().copied());
        self.tell();
    }

    /// The partitions are another node's. What was under way is told of no more; how many messages that are.
    pub(super) fn give_up(&mut self) -> u64 {
        let left = self.offsets.give_up();
        self.tell();
        left
    }

    /// What has gathered and was not handed out is of no use any more: its partitions go.
    pub(super) fn drop_gathered(&mut self) {
        self.gathering.clear();
        self.gathered = 0;
        self.due = None;
    }

    /// Whether more may be under way.
    pub(super) fn has_room(&self, in_flight: u64) -> bool {
        self.waiting < WAITING && self.offsets.under_way() + self.gathered < in_flight
    }

    /// Takes note of all that was said, waiting for the first word for as long as `patience`.
    pub(super) fn listen(&mut self, patience: Duration) -> Heard {
        let first = match self.told.recv_timeout(patience) {
            Ok(told) => Ok(told),
            Err(RecvTimeoutError::Timeout) => return Heard::Nothing,
            Err(RecvTimeoutError::Disconnected) => Err(TryRecvError::Disconnected),
        };
        let (mut next, mut heard) = (first, Heard::Nothing);
        loop {
            match next {
                Ok(Told::Taken) => self.waiting = self.waiting.saturating_sub(1),
                Ok(Told::Settled(token)) => {
                    self.offsets.settle(token);
                    heard = Heard::Settled;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.closing = true;
                    heard = Heard::End;
                    break;
                }
            }
            next = self.told.try_recv();
        }
        self.tell();
        heard
    }

    /// Takes a message. One without a value, which on a compacted topic says that its key is gone, is an empty line.
    pub(super) fn add(&mut self, partition: i32, offset: i64, value: &[u8]) {
        gauges::add(&self.gauges.delivered, 1);
        let number = u64::try_from(offset).unwrap_or_default();
        if !is_one_line(value) {
            // A batch of their own, in which they are counted.
            self.hand_on(partition);
            let mut lines = value.to_vec();
            lines.push(b'\n');
            let name = format!("{}/{partition}/{number}", self.topic).into();
            self.send(partition, number, Parcel { name, lines, numbers: Vec::new() }, 1);
            return;
        }
        let messages = self.gathering.entry(partition).or_insert_with(|| Messages {
            name: format!("{}/{partition}", self.topic).into(),
            lines: Gathering::new(self.linger),
            numbers: Vec::new(),
        });
        messages.lines.push(value);
        messages.numbers.push(number);
        self.gathered += 1;
        if messages.lines.is_full() {
            self.hand_on(partition);
        } else {
            self.due.get_or_insert_with(|| Instant::now() + self.linger.time);
        }
    }

    /// How long until what gathers is to be handed on; `None`: nothing gathers.
    pub(super) fn due_in(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Hands on what has gathered for long enough.
    pub(super) fn sweep(&mut self) {
        if self.due_in().is_some_and(|left| left.is_zero()) {
            self.due = None;
            let partitions: Vec<i32> = self.gathering.keys().copied().collect();
            partitions.into_iter().for_each(|partition| self.hand_on(partition));
        }
    }

    /// The source has failed.
    pub(super) fn fail(&self, error: Error) {
        let _ = self.parcels.send(Err(error));
    }

    fn hand_on(&mut self, partition: i32) {
        let Some(messages) = self.gathering.get_mut(&partition) else { return };
        let numbers = std::mem::take(&mut messages.numbers);
        let (Some((lines, _)), Some(&last)) = (messages.lines.take(), numbers.last()) else { return };
        let (name, count) = (Arc::clone(&messages.name), numbers.len() as u64);
        self.gathered -= count;
        self.send(partition, last, Parcel { name, lines, numbers }, count);
    }

    fn send(&mut self, partition: i32, last: u64, parcel: Parcel, messages: u64) {
        // What comes late of a partition that went is another node's.
        let end = i64::try_from(last).unwrap_or_default() + 1;
        if let Some(token) = self.offsets.hand_out(partition, end, messages) {
            self.waiting += 1;
            self.tell();
            // Whoever took them is gone, and will be heard of.
            let _ = self.parcels.send(Ok((token, parcel)));
        }
    }

    /// Shows how things stand. Once nobody asks any more they stand as they last did.
    pub(super) fn tell(&self) {
        if !self.closing {
            gauges::set(&self.gauges.partitions, self.offsets.partitions());
            gauges::set(&self.gauges.lag, self.offsets.lag());
        }
        gauges::set(&self.gauges.under_way, self.offsets.under_way());
    }
}
