//! Delivering: a message is taken by one deliverer at a time, until it was delivered, or put aside after too many tries.

use std::time::Duration;

use super::{Desk, LONGEST_LIST};
use crate::error::{Error, Result};
use crate::outbox::{self, Backlog, Channel, Delivery, Hook, Message, Sent};
use crate::store::{Rows, RowsMut, Store, Survives};
use crate::time::{Timestamp, later, whole};

/// Beyond the timeout of its hook a deliverer has so long to say what became of a message, before it is given up on.
const LEASE: Duration = Duration::from_secs(30);

/// A receiver that wants to be left alone for longer isn't taken at its word.
const LONGEST_REST: Duration = Duration::from_secs(24 * 3600);

/// The longest reason that is kept, bytes.
const LONGEST_WHY: usize = 512;

impl<S: Store> Desk<S> {
    /// Whether a hook has a message whose time has come.
    ///
    /// # Errors
    /// The store fails.
    pub fn has_due(&self, hook: &Hook, now: Timestamp) -> Result<bool> {
        self.read(|rows| is_due(rows, hook, whole(now)))
    }

    /// Takes the message of a hook whose turn it is, if there is one. Nobody else gets it until [`Desk::sent`] says what became of it,
    /// or the hook's timeout and half a minute are over: then it comes again, to whoever asks. So each message is delivered at
    /// least once, and one that was delivered twice has the same id both times.
    ///
    /// # Errors
    /// The store fails.
    pub fn take_message(&self, hook: &Hook, now: Timestamp) -> Result<Option<Delivery>> {
        let now = whole(now);
        // To look costs a writer nothing, and mostly there is nothing to do.
        if !self.has_due(hook, now)? {
            return Ok(None);
        }
        self.deliver(|rows| {
            if !is_due(rows, hook, now)? {
                return Ok(None);
            }
            let Some(mut message) = rows.due_message(&hook.name, now)? else { return Ok(None) };
            message.next_try_at = Some(later(now, hook.timeout.saturating_add(LEASE)));
            message.under_way = true;
            message.tries = message.tries.saturating_add(1);
            rows.put_message(&message)?;
            let body = body(rows, hook, &message, now)?;
            Ok(Some(Delivery { message, body }))
        })
    }

    /// Says what became of a delivery. One that someone else has taken since, as it took too long, is no longer the caller's to fail.
    /// Returns the message if it is still to be delivered, or was put aside.
    ///
    /// # Errors
    /// The store fails.
    pub fn sent(&self, hook: &Hook, delivery: &Delivery, sent: &Sent, now: Timestamp) -> Result<Option<Message>> {
        let now = whole(now);
        let taken = &delivery.message;
        self.deliver(|rows| {
            let mut channel = rows.channel(&taken.hook)?.unwrap_or_else(|| Channel::new(&taken.hook));
            let Some(mut message) = rows.message(&taken.id)? else { return Ok(None) };
            let is_ours = message.under_way && message.tries == taken.tries;
            let (why, after) = match sent {
                Sent::Delivered => {
                    rows.remove_message(&taken.id)?;
                    channel.delivered += 1;
                    channel.delivered_at = Some(now);
                    rows.put_channel(&channel)?;
                    return Ok(None);
                }
                _ if !is_ours => return Ok(Some(message)),
                Sent::Failed { why, after } => (why, after.unwrap_or_default().min(LONGEST_REST)),
                Sent::Closed { why } => {
                    channel.closed_at.get_or_insert(now);
                    rows.put_channel(&channel)?;
                    (why, Duration::ZERO)
                }
            };
            let wait = outbox::wait(&message.id, message.tries).max(after);
            message.under_way = false;
            message.next_try_at = Some(later(now, wait)).filter(|_| message.tries < hook.tries);
            message.last_error = Some(shortened(why));
            rows.put_message(&message)?;
            Ok(Some(message))
        })
    }

    /// How each hook does, with how many of its messages were not delivered: those of the rules, and those that are there no more.
    ///
    /// # Errors
    /// The store fails.
    pub fn channels(&self) -> Result<Vec<(Channel, Backlog)>> {
        self.read(|rows| {
            let mut channels = rows.channels()?;
            let known: Vec<String> = channels.iter().map(|channel| channel.hook.clone()).collect();
            let rules = self.rules_in(rows)?;
            let new = rules.hooks.iter().filter(|hook| !known.contains(&hook.name));
            channels.extend(new.map(|hook| Channel::new(&hook.name)));
            channels.into_iter().map(|channel| Ok((channel.clone(), rows.backlog(&channel.hook)?))).collect()
        })
    }

    /// Messages of a hook that were not delivered, in the order in which they were made; at most [`LONGEST_LIST`]. The entry and the id
    /// of the last go on from there.
    ///
    /// # Errors
    /// The store fails.
    pub fn messages(&self, hook: &str, after: Option<(i64, String)>, limit: usize) -> Result<Vec<Message>> {
        self.read(|rows| rows.messages(hook, after, limit.min(LONGEST_LIST)))
    }

    /// Has a message delivered as soon as possible, and from the first try on. One that someone delivers now is left to them. A
    /// receiver that wanted no more is asked again.
    ///
    /// # Errors
    /// There is no such message, or the store fails.
    pub fn retry(&self, id: &str, now: Timestamp) -> Result<Message> {
        let now = whole(now);
        self.write(|rows| {
            let message = rows.message(id)?;
            let mut message =
                message.ok_or_else(|| Error::Invalid(format!("no message {id} waits to be delivered")))?;
            reopen(rows, &message.hook)?;
            revive(rows, &mut message, now)?;
            Ok(message)
        })
    }

    /// The same for all messages of a hook. Returns how many.
    ///
    /// # Errors
    /// The store fails.
    pub fn retry_all(&self, hook: &str, now: Timestamp) -> Result<u64> {
        let now = whole(now);
        self.write(|rows| {
            reopen(rows, hook)?;
            let (mut after, mut retried) = (None, 0);
            loop {
                let messages = rows.messages(hook, after, LONGEST_LIST)?;
                let Some(last) = messages.last() else { return Ok(retried) };
                after = Some((last.entry, last.id.clone()));
                for mut message in messages {
                    retried += u64::from(revive(rows, &mut message, now)?);
                }
            }
        })
    }

    /// Nothing of this is worth waiting for the disk: what a power cut takes back comes again.
    fn deliver<T>(&self, work: impl FnMut(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        self.store.write(&self.tenant, Survives::Kill, work)
    }
}

fn is_due(rows: &dyn Rows, hook: &Hook, now: Timestamp) -> Result<bool> {
    let closed = rows.channel(&hook.name)?.is_some_and(|channel| channel.closed_at.is_some());
    Ok(!closed && rows.due_message(&hook.name, now)?.is_some())
}

/// The body of a message, of what the desk knows now: what a person took back since is not told.
fn body(rows: &dyn Rows, hook: &Hook, message: &Message, now: Timestamp) -> Result<String> {
    if let Some(spike) = &message.spike {
        return outbox::of_spike(spike);
    }
    let lost = || Error::Invalid(format!("the trail has no entry {} for message {}", message.entry, message.id));
    let entry = rows.entry(message.entry)?.ok_or_else(lost)?;
    let ticket = rows.ticket(entry.ticket)?.ok_or_else(lost)?;
    let posts = if hook.texts { rows.posts_of(ticket.id, None, LONGEST_LIST)? } else { Vec::new() };
    outbox::of_entry(hook, message.event, &entry, &ticket, &posts, now)
}

fn reopen(rows: &mut dyn RowsMut, hook: &str) -> Result<()> {
    match rows.channel(hook)?.filter(|channel| channel.closed_at.is_some()) {
        Some(channel) => rows.put_channel(&Channel { closed_at: None, ..channel }),
        None => Ok(()),
    }
}

fn revive(rows: &mut dyn RowsMut, message: &mut Message, now: Timestamp) -> Result<bool> {
    if message.is_under_way(now) {
        return Ok(false);
    }
    (message.next_try_at, message.under_way, message.tries) = (Some(now), false, 0);
    rows.put_message(message)?;
    Ok(true)
}

fn shortened(why: &str) -> String {
    why.chars().take(LONGEST_WHY / 4).collect()
}
