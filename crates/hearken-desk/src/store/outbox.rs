//! Rows of what is told to others. Every store of [`super::Rows`] has these operations too.

use std::ops::Range;

use crate::error::Result;
use crate::label::Label;
use crate::outbox::{Backlog, Channel, Message};
use crate::spike::Spike;
use crate::time::Timestamp;
use crate::trail::Entry;

/// Reading. Every list is bounded by its `limit`, and goes on after its last row.
#[expect(clippy::missing_errors_doc, reason = "all fail if the store does, and only then")]
pub trait OutboxRows {
    /// Entries of all tickets, in order. Outside of a transaction that writes, none is left out that could be seen later.
    fn entries_after(&self, seq: i64, limit: usize) -> Result<Vec<Entry>>;
    /// The number of the first entry since a time. Reads the trail up to there.
    fn first_entry_since(&self, at: Timestamp) -> Result<Option<i64>>;

    /// A message.
    fn message(&self, id: &str) -> Result<Option<Message>>;
    /// Messages of a hook by entry and id.
    fn messages(&self, hook: &str, after: Option<(i64, String)>, limit: usize) -> Result<Vec<Message>>;
    /// The message of a hook that is to be tried first, if its time has come. No other transaction may take it before this one ends,
    /// if this one can write.
    fn due_message(&self, hook: &str, now: Timestamp) -> Result<Option<Message>>;
    /// How many messages of a hook were not delivered.
    fn backlog(&self, hook: &str) -> Result<Backlog>;
    /// How a hook does.
    fn channel(&self, hook: &str) -> Result<Option<Channel>>;
    /// How each hook does that ever had a message, by name.
    fn channels(&self) -> Result<Vec<Channel>>;

    /// How many tickets with a label came, or all together, in each of some buckets; those with none are left out.
    fn opened(&self, label: Option<Label>, buckets: Range<i64>) -> Result<Vec<(i64, u64)>>;
    /// The last spike of a label.
    fn last_spike(&self, label: Option<Label>) -> Result<Option<Spike>>;
    /// Spikes since a time, the latest first.
    fn spikes(&self, since: Timestamp, limit: usize) -> Result<Vec<Spike>>;
}

/// Writing.
#[expect(clippy::missing_errors_doc, reason = "all fail if the store does, and only then")]
pub trait OutboxRowsMut: OutboxRows {
    /// Entries that this transaction appended, in order. Where writers take turns, all that come after what was the last.
    fn appended(&self, after: i64, limit: usize) -> Result<Vec<Entry>> {
        self.entries_after(after, limit)
    }

    /// Keeps a message, new or known.
    fn put_message(&mut self, message: &Message) -> Result<()>;
    /// Forgets a message. Returns whether it was there.
    fn remove_message(&mut self, id: &str) -> Result<bool>;
    /// Keeps the last messages of a hook by entry and id, as many as `keep`, and drops those before. Returns how many.
    fn drop_oldest(&mut self, hook: &str, keep: u64) -> Result<u64>;
    /// Keeps how a hook does.
    fn put_channel(&mut self, channel: &Channel) -> Result<()>;
    /// Adds to how many tickets came.
    fn add_opened(&mut self, label: Option<Label>, bucket: i64, tickets: u64) -> Result<()>;
    /// Forgets how many tickets with a label came in buckets before `bucket`.
    fn forget_opened(&mut self, label: Option<Label>, bucket: i64) -> Result<()>;
    /// Keeps a spike.
    fn put_spike(&mut self, spike: &Spike) -> Result<()>;
}
