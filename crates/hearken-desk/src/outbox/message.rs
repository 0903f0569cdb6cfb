//! A message on its way: kept until it was delivered, or put aside after too many tries.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hook::Event;
use crate::spike::Spike;
use crate::ticket::TicketId;
use crate::time::Timestamp;
use crate::trail::Entry;

/// The wait after the first delivery that failed; it doubles from try to try,
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(4 * 3600);

/// A message that was not delivered yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id: the same at every try, and no other message has it.
    pub id: String,
    /// The name of the hook that it is for.
    pub hook: String,
    /// What happened.
    pub event: Event,
    /// The entry of the trail that says so; of a spike the last one when it was noticed.
    pub entry: i64,
    /// The ticket of that entry. A spike has none.
    pub ticket: Option<TicketId>,
    /// The spike, if it is about one.
    pub spike: Option<Spike>,
    /// When it happened.
    pub made_at: Timestamp,
    /// When it is to be tried next; none for one that was put aside. While someone delivers it: when they are given up on.
    pub next_try_at: Option<Timestamp>,
    /// Whether someone delivers it, until [`Message::next_try_at`].
    pub under_way: bool,
    /// How often it was tried, now included.
    pub tries: u32,
    /// Why it was not delivered the last time. Holds no word of a post.
    pub last_error: Option<String>,
}

impl Message {
    /// The message to a hook about an entry.
    pub(crate) fn of_entry(tenant: &str, hook: &str, event: Event, entry: &Entry) -> Self {
        let Entry { seq, ticket, at, deed, .. } = entry;
        // The same event has the same id, wherever its desk is moved to.
        let moment = at.as_millisecond().to_string();
        let id = id(&[tenant, hook, deed.name(), &seq.to_string(), &ticket.to_string(), &moment]);
        Self { ticket: Some(*ticket), ..Self::new(id, hook, event, *seq, *at) }
    }

    /// The message to a hook about a spike.
    pub(crate) fn of_spike(tenant: &str, hook: &str, spike: &Spike, entry: i64) -> Self {
        let id = id(&[tenant, hook, Event::Spike.name(), spike.name(), &spike.at.as_millisecond().to_string()]);
        Self { spike: Some(spike.clone()), ..Self::new(id, hook, Event::Spike, entry, spike.at) }
    }

    fn new(id: String, hook: &str, event: Event, entry: i64, now: Timestamp) -> Self {
        Self {
            id,
            hook: hook.to_owned(),
            event,
            entry,
            ticket: None,
            spike: None,
            made_at: now,
            next_try_at: Some(now),
            under_way: false,
            tries: 0,
            last_error: None,
        }
    }

    /// Whether somebody delivers it at a time.
    pub fn is_under_way(&self, now: Timestamp) -> bool {
        self.under_way && self.next_try_at.is_some_and(|until| until > now)
    }
}

/// How a hook does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// The name of the hook.
    pub hook: String,
    /// Messages that were delivered.
    pub delivered: u64,
    /// Messages that were dropped unread, the oldest first, as too many waited.
    pub dropped: u64,
    /// When one was delivered last.
    pub delivered_at: Option<Timestamp>,
    /// Since when its receiver wants no more. Messages wait until someone retries them.
    pub closed_at: Option<Timestamp>,
}

impl Channel {
    /// A hook that never had a message.
    pub(crate) fn new(hook: &str) -> Self {
        Self { hook: hook.to_owned(), ..Self::default() }
    }
}

/// How many messages of a hook were not delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// Those that will be tried again.
    pub waiting: u64,
    /// Those that were put aside after too many tries.
    pub put_aside: u64,
}

/// A message to deliver now, by whoever took it and by nobody else until their time is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// What to send: a JSON object.
    pub body: String,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The receiver has it.
    Delivered,
    /// It may succeed another time.
    Failed {
        /// Why. Must hold no word of the message.
        why: String,
        /// How long the receiver wants to be left alone, at least.
        after: Option<Duration>,
    },
    /// The receiver wants no more messages, this one or any.
    Closed {
        /// How it said so.
        why: String,
    },
}

fn id(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
        // No part has it: hooks and labels hold no control characters.
        digest.update([0]);
    }
    let digits: String = digest.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{digits}")
}

/// How long to wait after `tries` deliveries that failed: twice as long from try to try, of which a part between a half and the whole
/// that differs from message to message, so that those that failed together don't come back together.
pub(crate) fn wait(id: &str, tries: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
    let digest = Sha256::new().chain_update(id).chain_update(tries.to_be_bytes()).finalize();
    let part = f64::from(u16::from_be_bytes([digest[0], digest[1]])) / f64::from(u16::MAX);
    doubled.min(LONGEST_WAIT).mul_f64(0.5 + part / 2.0)
}

#[cfg(test)]
mod tests;
