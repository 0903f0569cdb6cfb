//! What is told to others.

use std::ops::Range;

use rusqlite::{Row as SqlRow, params};

use super::Tx;
use super::convert::{ENTRY, entry, from_json, json, named, time, time_if_any};
use super::read::bound;
use super::write::{failed, milliseconds};
use crate::error::Result;
use crate::label::Label;
use crate::outbox::{Backlog, Channel, Message};
use crate::spike::{self, Spike};
use crate::store::{OutboxRows, OutboxRowsMut, Row};
use crate::ticket::TicketId;
use crate::time::Timestamp;
use crate::trail::Entry;

const MESSAGE: &str = "id, hook, event, entry, ticket, spike, made_at, next_try_at, under_way, tries, last_error";

/// Messages of a hook in order, after one.
pub(super) const OF_HOOK: &str =
    "FROM message WHERE tenant = ?1 AND hook = ?2 AND (entry, id) > (?3, ?4) ORDER BY entry, id LIMIT ?5";

/// The message of a hook that is to be tried first.
pub(super) const DUE: &str =
    "FROM message WHERE tenant = ?1 AND hook = ?2 AND next_try_at <= ?3 ORDER BY next_try_at, entry, id LIMIT 1";

const CHANNEL: &str = "hook, delivered, dropped, delivered_at, closed_at";

const SPIKE: &str = "label, at, since, minutes, tickets, expected";

fn message(row: &SqlRow<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        hook: row.get(1)?,
        event: named(row, 2)?,
        entry: row.get(3)?,
        ticket: row.get::<_, Option<i64>>(4)?.map(TicketId),
        spike: row.get_ref(5)?.as_str_or_null()?.map(|text| from_json(text, 5)).transpose()?,
        made_at: time(row, 6)?,
        next_try_at: time_if_any(row, 7)?,
        under_way: row.get(8)?,
        tries: row.get(9)?,
        last_error: row.get(10)?,
    })
}

fn channel(row: &SqlRow<'_>) -> rusqlite::Result<Channel> {
    let (delivered_at, closed_at) = (time_if_any(row, 3)?, time_if_any(row, 4)?);
    Ok(Channel { hook: row.get(0)?, delivered: row.get(1)?, dropped: row.get(2)?, delivered_at, closed_at })
}

fn label(row: &SqlRow<'_>) -> rusqlite::Result<Option<Label>> {
    if row.get_ref(0)?.as_str()? == spike::name(None) { Ok(None) } else { named(row, 0).map(Some) }
}

fn spike(row: &SqlRow<'_>) -> rusqlite::Result<Spike> {
    Ok(Spike {
        label: label(row)?,
        at: time(row, 1)?,
        since: time(row, 2)?,
        minutes: row.get(3)?,
        tickets: row.get(4)?,
        expected: row.get(5)?,
    })
}

impl Tx<'_> {
    /// All of it, for export.
    pub(super) fn told(&self, sink: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let from = |columns: &str, table: &str, key: &str| {
            format!("SELECT {columns} FROM {table} WHERE tenant = ?1 ORDER BY {key}")
        };
        self.each(&from(MESSAGE, "message", "id"), |row| message(row).map(Row::Message), sink)?;
        self.each(&from(CHANNEL, "channel", "hook"), |row| channel(row).map(Row::Channel), sink)?;
        let opened =
            |row: &SqlRow<'_>| Ok(Row::Opened { label: label(row)?, bucket: row.get(1)?, tickets: row.get(2)? });
        self.each(&from("label, bucket, tickets", "opened", "label, bucket"), opened, sink)?;
        self.each(&from(SPIKE, "spike", "label, at"), |row| spike(row).map(Row::Spike), sink)
    }
}

impl OutboxRows for Tx<'_> {
    fn entries_after(&self, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        let sql = format!("SELECT {ENTRY} FROM entry WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
        self.all(&sql, params![self.tenant, seq, bound(limit)], entry)
    }

    fn first_entry_since(&self, at: Timestamp) -> Result<Option<i64>> {
        let sql = "SELECT seq FROM entry WHERE tenant = ?1 AND at >= ?2 ORDER BY seq LIMIT 1";
        self.one(sql, params![self.tenant, at.as_millisecond()], |row| row.get(0))
    }

    fn message(&self, id: &str) -> Result<Option<Message>> {
        let sql = format!("SELECT {MESSAGE} FROM message WHERE tenant = ?1 AND id = ?2");
        self.one(&sql, params![self.tenant, id], message)
    }

    fn messages(&self, hook: &str, after: Option<(i64, String)>, limit: usize) -> Result<Vec<Message>> {
        let (entry, id) = after.unwrap_or((i64::MIN, String::new()));
        let params = params![self.tenant, hook, entry, id, bound(limit)];
        self.all(&format!("SELECT {MESSAGE} {OF_HOOK}"), params, message)
    }

    fn due_message(&self, hook: &str, now: Timestamp) -> Result<Option<Message>> {
        let params = params![self.tenant, hook, now.as_millisecond()];
        self.one(&format!("SELECT {MESSAGE} {DUE}"), params, message)
    }

    fn backlog(&self, hook: &str) -> Result<Backlog> {
        let sql =
            "SELECT count(next_try_at), count(*) - count(next_try_at) FROM message WHERE tenant = ?1 AND hook = ?2";
        let backlog = self
            .one(sql, params![self.tenant, hook], |row| Ok(Backlog { waiting: row.get(0)?, put_aside: row.get(1)? }))?;
        Ok(backlog.unwrap_or_default())
    }

    fn channel(&self, hook: &str) -> Result<Option<Channel>> {
        let sql = format!("SELECT {CHANNEL} FROM channel WHERE tenant = ?1 AND hook = ?2");
        self.one(&sql, params![self.tenant, hook], channel)
    }

    fn channels(&self) -> Result<Vec<Channel>> {
        self.all(&format!("SELECT {CHANNEL} FROM channel WHERE tenant = ?1 ORDER BY hook"), [self.tenant], channel)
    }

    fn opened(&self, label: Option<Label>, buckets: Range<i64>) -> Result<Vec<(i64, u64)>> {
        let sql = "SELECT bucket, tickets FROM opened WHERE tenant = ?1 AND label = ?2 AND bucket >= ?3 AND bucket < ?4
            ORDER BY bucket";
        let params = params![self.tenant, spike::name(label), buckets.start, buckets.end];
        self.all(sql, params, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn last_spike(&self, label: Option<Label>) -> Result<Option<Spike>> {
        let sql = format!("SELECT {SPIKE} FROM spike WHERE tenant = ?1 AND label = ?2 ORDER BY at DESC LIMIT 1");
        self.one(&sql, params![self.tenant, spike::name(label)], spike)
    }

    fn spikes(&self, since: Timestamp, limit: usize) -> Result<Vec<Spike>> {
        let sql = format!("SELECT {SPIKE} FROM spike WHERE tenant = ?1 AND at >= ?2 ORDER BY at DESC, label LIMIT ?3");
        self.all(&sql, params![self.tenant, since.as_millisecond(), bound(limit)], spike)
    }
}

impl OutboxRowsMut for Tx<'_> {
    fn put_message(&mut self, message: &Message) -> Result<()> {
        let sql = "INSERT INTO message (tenant, id, hook, event, entry, ticket, spike, made_at, next_try_at, under_way, tries,
                last_error)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            ON CONFLICT (tenant, id) DO UPDATE SET next_try_at = ?9, under_way = ?10, tries = ?11, last_error = ?12";
        let Message { id, hook, event, entry, ticket, spike, made_at, next_try_at, under_way, tries, last_error } =
            message;
        let spike = spike.as_ref().map(json).transpose().map_err(failed)?;
        let (made_at, next_try_at) = (made_at.as_millisecond(), milliseconds(*next_try_at));
        let ticket = ticket.map(|ticket| ticket.0);
        let params = params![
            self.tenant,
            id,
            hook,
            event.name(),
            entry,
            ticket,
            spike,
            made_at,
            next_try_at,
            under_way,
            tries,
            last_error
        ];
        self.execute(sql, params)
    }

    fn remove_message(&mut self, id: &str) -> Result<bool> {
        let removed = self.changed("DELETE FROM message WHERE tenant = ?1 AND id = ?2", params![self.tenant, id])?;
        Ok(removed > 0)
    }

    fn drop_oldest(&mut self, hook: &str, keep: u64) -> Result<u64> {
        let Backlog { waiting, put_aside } = self.backlog(hook)?;
        let many = (waiting + put_aside).saturating_sub(keep);
        if many == 0 {
            return Ok(0);
        }
        let sql = "DELETE FROM message WHERE tenant = ?1 AND id IN
            (SELECT id FROM message WHERE tenant = ?1 AND hook = ?2 ORDER BY entry, id LIMIT ?3)";
        Ok(self.changed(sql, params![self.tenant, hook, many])? as u64)
    }

    fn put_channel(&mut self, channel: &Channel) -> Result<()> {
        let sql = "INSERT INTO channel (tenant, hook, delivered, dropped, delivered_at, closed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (tenant, hook) DO UPDATE SET delivered = ?3, dropped = ?4, delivered_at = ?5, closed_at = ?6";
        let Channel { hook, delivered, dropped, delivered_at, closed_at } = channel;
        let (delivered_at, closed_at) = (milliseconds(*delivered_at), milliseconds(*closed_at));
        self.execute(sql, params![self.tenant, hook, delivered, dropped, delivered_at, closed_at])
    }

    fn add_opened(&mut self, label: Option<Label>, bucket: i64, tickets: u64) -> Result<()> {
        let sql = "INSERT INTO opened (tenant, label, bucket, tickets) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (tenant, label, bucket) DO UPDATE SET tickets = opened.tickets + ?4";
        self.execute(sql, params![self.tenant, spike::name(label), bucket, tickets])
    }

    fn forget_opened(&mut self, label: Option<Label>, bucket: i64) -> Result<()> {
        let sql = "DELETE FROM opened WHERE tenant = ?1 AND label = ?2 AND bucket < ?3";
        self.execute(sql, params![self.tenant, spike::name(label), bucket])
    }

    fn put_spike(&mut self, spike: &Spike) -> Result<()> {
        let sql = "INSERT INTO spike (tenant, label, at, since, minutes, tickets, expected) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (tenant, label, at) DO NOTHING";
        let Spike { at, since, minutes, tickets, expected, .. } = spike;
        let (at, since) = (at.as_millisecond(), since.as_millisecond());
        self.execute(sql, params![self.tenant, spike.name(), at, since, minutes, tickets, expected])
    }
}
