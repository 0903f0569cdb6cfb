//! What a transaction means to others: messages for the hooks that want to hear of it, and spikes. Written in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, LONGEST_LIST};
use crate::error::Result;
use crate::label::Label;
use crate::outbox::{Channel, Event, Hook, Message};
use crate::rules::Rules;
use crate::spike::{self, KEPT, bucket_of};
use crate::state::State;
use crate::store::{RowsMut, Store};
use crate::ticket::Ticket;
use crate::time::Timestamp;
use crate::trail::{Deed, Entry};

/// So many messages of a hook are kept. Of more the oldest are dropped, and counted: a receiver that was away for so long has to read
/// the feed anyway, which leaves nothing out.
const MOST_MESSAGES: u64 = 10_000;

impl<S: Store> Desk<S> {
    /// Does some work, and tells of it.
    pub(super) fn telling<T>(
        &self,
        rows: &mut dyn RowsMut,
        work: impl FnOnce(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T> {
        let mut told = rows.last_entry()?;
        let done = work(rows)?;
        if told == rows.last_entry()? {
            return Ok(done);
        }
        let rules = self.rules_in(rows)?;
        let mut teller = Teller::new(&self.tenant, &rules);
        while told < rows.last_entry()? {
            for entry in rows.appended(told, LONGEST_LIST)? {
                told = entry.seq;
                teller.tell(rows, &entry)?;
            }
        }
        teller.finish(rows, told)?;
        Ok(done)
    }
}

struct Teller<'a> {
    tenant: &'a str,
    rules: &'a Rules,
    /// New tickets, by the label that is counted and the bucket.
    opened: BTreeMap<(Option<Label>, i64), u64>,
    /// The hooks that have new messages.
    told: BTreeSet<&'a str>,
}

impl<'a> Teller<'a> {
    fn new(tenant: &'a str, rules: &'a Rules) -> Self {
        Self { tenant, rules, opened: BTreeMap::new(), told: BTreeSet::new() }
    }

    fn tell(&mut self, rows: &mut dyn RowsMut, entry: &Entry) -> Result<()> {
        let event = Event::of(entry).filter(|_| !self.rules.hooks.is_empty());
        let is_new = entry.deed == Deed::Opened && entry.to != State::Held;
        if event.is_none() && !is_new {
            return Ok(());
        }
        let Some(ticket) = rows.ticket(entry.ticket)? else { return Ok(()) };
        if is_new {
            self.count(&ticket, entry.at);
        }
        let Some(event) = event else { return Ok(()) };
        for hook in self.rules.hooks.iter().filter(|hook| hook.wants(event, &ticket)) {
            self.put(rows, hook, &Message::of_entry(self.tenant, &hook.name, event, entry))?;
        }
        Ok(())
    }

    /// Counts a new ticket at the time at which the person wrote.
    fn count(&mut self, ticket: &Ticket, now: Timestamp) {
        let written_at = ticket.waiting_since.unwrap_or(ticket.opened_at).min(now);
        let bucket = bucket_of(written_at);
        if bucket < bucket_of(now) - KEPT {
            return;
        }
        for label in std::iter::once(None).chain(ticket.labels.iter().map(Some)) {
            *self.opened.entry((label, bucket)).or_default() += 1;
        }
    }

    /// Keeps how many came, tells of spikes, and drops what is too much. `last` is the last entry.
    fn finish(mut self, rows: &mut dyn RowsMut, last: i64) -> Result<()> {
        for ((label, bucket), tickets) in &self.opened {
            rows.add_opened(*label, *bucket, *tickets)?;
        }
        if let Some(now) = rows.entry(last)?.map(|entry| entry.at).filter(|_| !self.opened.is_empty()) {
            let listens_since = rows.entries_after(i64::MIN, 1)?.first().map_or(now, |first| first.at);
            let labels: BTreeSet<Option<Label>> = self.opened.keys().map(|(label, _)| *label).collect();
            for label in labels {
                self.look_for_spike(rows, label, bucket_of(listens_since), now, last)?;
            }
        }
        for hook in self.told {
            let dropped = rows.drop_oldest(hook, MOST_MESSAGES)?;
            let channel = rows.channel(hook)?;
            if dropped > 0 || channel.is_none() {
                let channel = channel.unwrap_or_else(|| Channel::new(hook));
                rows.put_channel(&Channel { dropped: channel.dropped + dropped, ..channel })?;
            }
        }
        Ok(())
    }

    fn look_for_spike(
        &mut self,
        rows: &mut dyn RowsMut,
        label: Option<Label>,
        first: i64,
        now: Timestamp,
        last: i64,
    ) -> Result<()> {
        rows.forget_opened(label, bucket_of(now) - KEPT)?;
        let present = bucket_of(now);
        let latest: u64 = rows.opened(label, present - 1..present + 1)?.iter().map(|(_, tickets)| tickets).sum();
        let few = latest < u64::from(self.rules.spikes.minimum);
        if few || rows.last_spike(label)?.is_some_and(|spike| spike.is_recent(now)) {
            return Ok(());
        }
        let mut counts = Vec::new();
        for buckets in spike::decisive(now) {
            counts.extend(rows.opened(label, buckets)?);
        }
        let Some(spike) = spike::spike(&self.rules.spikes, label, &counts, first, now) else { return Ok(()) };
        rows.put_spike(&spike)?;
        for hook in self.rules.hooks.iter().filter(|hook| hook.wants_spike(&spike)) {
            self.put(rows, hook, &Message::of_spike(self.tenant, &hook.name, &spike, last))?;
        }
        Ok(())
    }

    fn put(&mut self, rows: &mut dyn RowsMut, hook: &'a Hook, message: &Message) -> Result<()> {
        self.told.insert(&hook.name);
        rows.put_message(message)
    }
}
