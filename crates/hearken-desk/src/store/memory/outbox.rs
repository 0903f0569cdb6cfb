//! What is told to others.

use std::ops::Range;

use super::tables::Tables;
use crate::error::Result;
use crate::label::Label;
use crate::outbox::{Backlog, Channel, Message};
use crate::spike::Spike;
use crate::store::{OutboxRows, OutboxRowsMut, Row};
use crate::time::Timestamp;
use crate::trail::Entry;

impl Tables {
    /// All of it, for export.
    pub(super) fn told(&self) -> impl Iterator<Item = Row> {
        let messages = self.messages.values().cloned().map(Row::Message);
        let channels = self.channels.values().cloned().map(Row::Channel);
        let opened = self.opened.iter();
        let opened =
            opened.map(|((label, bucket), tickets)| Row::Opened { label: *label, bucket: *bucket, tickets: *tickets });
        let spikes = self.spikes.values().cloned().map(Row::Spike);
        messages.chain(channels).chain(opened).chain(spikes)
    }

    fn of_hook(&self, hook: &str) -> Vec<&Message> {
        let mut messages: Vec<_> = self.messages.values().filter(|message| message.hook == hook).collect();
        messages.sort_by_key(|message| (message.entry, &message.id));
        messages
    }
}

impl OutboxRows for Tables {
    fn entries_after(&self, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        Ok(self.entries.range(seq.saturating_add(1)..).take(limit).map(|(_, entry)| entry.clone()).collect())
    }

    fn first_entry_since(&self, at: Timestamp) -> Result<Option<i64>> {
        Ok(self.entries.values().find(|entry| entry.at >= at).map(|entry| entry.seq))
    }

    fn message(&self, id: &str) -> Result<Option<Message>> {
        Ok(self.messages.get(id).cloned())
    }

    fn messages(&self, hook: &str, after: Option<(i64, String)>, limit: usize) -> Result<Vec<Message>> {
        let is_later =
            |message: &&&Message| after.as_ref().is_none_or(|(entry, id)| (message.entry, &message.id) > (*entry, id));
        Ok(self.of_hook(hook).iter().filter(is_later).take(limit).map(|message| (*message).clone()).collect())
    }

    fn due_message(&self, hook: &str, now: Timestamp) -> Result<Option<Message>> {
        let due = self.of_hook(hook).into_iter().filter(|message| message.next_try_at.is_some_and(|at| at <= now));
        Ok(due.min_by_key(|message| (message.next_try_at, message.entry, &message.id)).cloned())
    }

    fn backlog(&self, hook: &str) -> Result<Backlog> {
        let messages = self.of_hook(hook);
        let put_aside = messages.iter().filter(|message| message.next_try_at.is_none()).count() as u64;
        Ok(Backlog { waiting: messages.len() as u64 - put_aside, put_aside })
    }

    fn channel(&self, hook: &str) -> Result<Option<Channel>> {
        Ok(self.channels.get(hook).cloned())
    }

    fn channels(&self) -> Result<Vec<Channel>> {
        Ok(self.channels.values().cloned().collect())
    }

    fn opened(&self, label: Option<Label>, buckets: Range<i64>) -> Result<Vec<(i64, u64)>> {
        let of_label = self.opened.range((label, buckets.start)..(label, buckets.end));
        Ok(of_label.map(|((_, bucket), tickets)| (*bucket, *tickets)).collect())
    }

    fn last_spike(&self, label: Option<Label>) -> Result<Option<Spike>> {
        let of_label = self.spikes.range((label, Timestamp::MIN)..).take_while(|((other, _), _)| *other == label);
        Ok(of_label.last().map(|(_, spike)| spike.clone()))
    }

    fn spikes(&self, since: Timestamp, limit: usize) -> Result<Vec<Spike>> {
        let mut spikes: Vec<Spike> = self.spikes.values().filter(|spike| spike.at >= since).cloned().collect();
        spikes.sort_by(|a, b| (b.at, a.name()).cmp(&(a.at, b.name())));
        spikes.truncate(limit);
        Ok(spikes)
    }
}

impl OutboxRowsMut for Tables {
    fn put_message(&mut self, message: &Message) -> Result<()> {
        self.messages.insert(message.id.clone(), message.clone());
        Ok(())
    }

    fn remove_message(&mut self, id: &str) -> Result<bool> {
        Ok(self.messages.remove(id).is_some())
    }

    fn drop_oldest(&mut self, hook: &str, keep: u64) -> Result<u64> {
        let ids: Vec<String> = self.of_hook(hook).iter().map(|message| message.id.clone()).collect();
        let dropped = ids.len().saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
        ids[..dropped].iter().for_each(|id| drop(self.messages.remove(id)));
        Ok(dropped as u64)
    }

    fn put_channel(&mut self, channel: &Channel) -> Result<()> {
        self.channels.insert(channel.hook.clone(), channel.clone());
        Ok(())
    }

    fn add_opened(&mut self, label: Option<Label>, bucket: i64, tickets: u64) -> Result<()> {
        *self.opened.entry((label, bucket)).or_default() += tickets;
        Ok(())
    }

    fn forget_opened(&mut self, label: Option<Label>, bucket: i64) -> Result<()> {
        let kept = self.opened.iter().filter(|((other, at), _)| *other != label || *at >= bucket);
        self.opened = kept.map(|(key, tickets)| (*key, *tickets)).collect();
        Ok(())
    }

    fn put_spike(&mut self, spike: &Spike) -> Result<()> {
        self.spikes.insert((spike.label, spike.at), spike.clone());
        Ok(())
    }
}
