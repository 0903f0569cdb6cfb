//! What is told to others.

use std::ops::Range;

use postgres::Row as SqlRow;

use super::convert::{self, ENTRY, entry, json, json_if_any, named, number, time, time_if_any};
use super::tx::Tx;
use super::value::values;
use crate::error::Result;
use crate::label::Label;
use crate::outbox::{Backlog, Channel, Message};
use crate::spike::{self, Spike};
use crate::store::{OutboxRows, OutboxRowsMut, Row};
use crate::ticket::TicketId;
use crate::time::Timestamp;
use crate::trail::Entry;

const MESSAGE: &str = "id, hook, event, entry, ticket, spike, made_at, next_try_at, under_way, tries, last_error";

const CHANNEL: &str = "hook, delivered, dropped, delivered_at, closed_at";

const SPIKE: &str = "label, at, since, minutes, tickets, expected";

fn message(row: &SqlRow) -> convert::Result<Message> {
    Ok(Message {
        id: row.try_get(0)?,
        hook: row.try_get(1)?,
        event: named(row, 2)?,
        entry: row.try_get(3)?,
        ticket: row.try_get::<_, Option<i64>>(4)?.map(TicketId),
        spike: json_if_any(row, 5)?,
        made_at: time(row, 6)?,
        next_try_at: time_if_any(row, 7)?,
        under_way: row.try_get(8)?,
        tries: number(row, 9)?,
        last_error: row.try_get(10)?,
    })
}

fn channel(row: &SqlRow) -> convert::Result<Channel> {
    let (delivered_at, closed_at) = (time_if_any(row, 3)?, time_if_any(row, 4)?);
    let (delivered, dropped) = (number(row, 1)?, number(row, 2)?);
    Ok(Channel { hook: row.try_get(0)?, delivered, dropped, delivered_at, closed_at })
}

fn label(row: &SqlRow) -> convert::Result<Option<Label>> {
    if row.try_get::<_, &str>(0)? == spike::name(None) { Ok(None) } else { named(row, 0).map(Some) }
}

fn spike(row: &SqlRow) -> convert::Result<Spike> {
    Ok(Spike {
        label: label(row)?,
        at: time(row, 1)?,
        since: time(row, 2)?,
        minutes: number(row, 3)?,
        tickets: number(row, 4)?,
        expected: row.try_get(5)?,
    })
}

/// A count as tables have it.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// All of it, for export.
    pub(super) fn told(&self, sink: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let from = |columns: &str, table: &str, key: &str| {
            format!("SELECT {columns} FROM {table} WHERE tenant = $1 ORDER BY {key}")
        };
        self.each(&from(MESSAGE, "message", "id"), |row| message(row).map(Row::Message), sink)?;
        self.each(&from(CHANNEL, "channel", "hook"), |row| channel(row).map(Row::Channel), sink)?;
        let opened =
            |row: &SqlRow| Ok(Row::Opened { label: label(row)?, bucket: row.try_get(1)?, tickets: number(row, 2)? });
        self.each(&from("label, bucket, tickets", "opened", "label, bucket"), opened, sink)?;
        self.each(&from(SPIKE, "spike", "label, at"), |row| spike(row).map(Row::Spike), sink)
    }
}

impl OutboxRows for Tx<'_> {
    fn entries_after(&self, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        let sql =
            format!("SELECT {ENTRY} FROM entry WHERE tenant = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4");
        self.all(&sql, &values![self.tenant, seq, self.decided()?, limit], entry)
    }

    fn first_entry_since(&self, at: Timestamp) -> Result<Option<i64>> {
        let sql = "SELECT seq FROM entry WHERE tenant = $1 AND at >= $2 AND seq <= $3 ORDER BY seq LIMIT 1";
        self.one(sql, &values![self.tenant, at, self.decided()?], |row| Ok(row.try_get(0)?))
    }

    fn message(&self, id: &str) -> Result<Option<Message>> {
        let sql = format!("SELECT {MESSAGE} FROM message WHERE tenant = $1 AND id = $2 {}", self.for_update());
        self.one(&sql, &values![self.tenant, id], message)
    }

    fn messages(&self, hook: &str, after: Option<(i64, String)>, limit: usize) -> Result<Vec<Message>> {
        let (entry, id) = after.unwrap_or((i64::MIN, String::new()));
        let sql = format!(
            "SELECT {MESSAGE} FROM message WHERE tenant = $1 AND hook = $2 AND (entry, id) > ($3, $4)
                ORDER BY entry, id LIMIT $5 {}",
            self.for_update()
        );
        self.all(&sql, &values![self.tenant, hook, entry, id, limit], message)
    }

    fn due_message(&self, hook: &str, now: Timestamp) -> Result<Option<Message>> {
        let lock = if self.writes { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "SELECT {MESSAGE} FROM message WHERE tenant = $1 AND hook = $2 AND next_try_at <= $3
                ORDER BY next_try_at, entry, id LIMIT 1 {lock}"
        );
        self.one(&sql, &values![self.tenant, hook, now], message)
    }

    fn backlog(&self, hook: &str) -> Result<Backlog> {
        let sql =
            "SELECT count(next_try_at), count(*) - count(next_try_at) FROM message WHERE tenant = $1 AND hook = $2";
        let backlog = self.one(sql, &values![self.tenant, hook], |row| {
            Ok(Backlog { waiting: number(row, 0)?, put_aside: number(row, 1)? })
        })?;
        Ok(backlog.unwrap_or_default())
    }

    fn channel(&self, hook: &str) -> Result<Option<Channel>> {
        self.lock(&["channel", hook])?;
        let sql = format!("SELECT {CHANNEL} FROM channel WHERE tenant = $1 AND hook = $2");
        self.one(&sql, &values![self.tenant, hook], channel)
    }

    fn channels(&self) -> Result<Vec<Channel>> {
        let sql = format!("SELECT {CHANNEL} FROM channel WHERE tenant = $1 ORDER BY hook");
        self.all(&sql, &values![self.tenant], channel)
    }

    fn opened(&self, label: Option<Label>, buckets: Range<i64>) -> Result<Vec<(i64, u64)>> {
        let sql = "SELECT bucket, tickets FROM opened WHERE tenant = $1 AND label = $2 AND bucket >= $3 AND bucket < $4
            ORDER BY bucket";
        let values = values![self.tenant, spike::name(label), buckets.start, buckets.end];
        self.all(sql, &values, |row| Ok((row.try_get(0)?, number(row, 1)?)))
    }

    fn last_spike(&self, label: Option<Label>) -> Result<Option<Spike>> {
        self.lock(&["spike", spike::name(label)])?;
        let sql = format!("SELECT {SPIKE} FROM spike WHERE tenant = $1 AND label = $2 ORDER BY at DESC LIMIT 1");
        self.one(&sql, &values![self.tenant, spike::name(label)], spike)
    }

    fn spikes(&self, since: Timestamp, limit: usize) -> Result<Vec<Spike>> {
        let sql = format!("SELECT {SPIKE} FROM spike WHERE tenant = $1 AND at >= $2 ORDER BY at DESC, label LIMIT $3");
        self.all(&sql, &values![self.tenant, since, limit], spike)
    }
}

impl OutboxRowsMut for Tx<'_> {
    fn appended(&self, after: i64, limit: usize) -> Result<Vec<Entry>> {
        // Others append at the same time.
        let own: Vec<i64> = self.appended.borrow().iter().copied().filter(|seq| *seq > after).take(limit).collect();
        let sql = format!("SELECT {ENTRY} FROM entry WHERE tenant = $1 AND seq = ANY($2) ORDER BY seq");
        self.all(&sql, &values![self.tenant, own], entry)
    }

    fn put_message(&mut self, message: &Message) -> Result<()> {
        let sql = format!(
            "INSERT INTO message (tenant, {MESSAGE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                ON CONFLICT (tenant, id) DO UPDATE SET next_try_at = $9, under_way = $10, tries = $11, last_error = $12"
        );
        let Message { id, hook, event, entry, ticket, spike, made_at, next_try_at, under_way, tries, last_error } =
            message;
        let values = values![
            self.tenant,
            id,
            hook,
            event.name(),
            *entry,
            ticket.map(|ticket| ticket.0),
            spike.as_ref().map(json).transpose()?,
            *made_at,
            *next_try_at,
            *under_way,
            *tries,
            last_error,
        ];
        self.execute(&sql, &values)
    }

    fn remove_message(&mut self, id: &str) -> Result<bool> {
        let sql = "DELETE FROM message WHERE tenant = $1 AND id = $2 RETURNING id";
        Ok(!self.query(sql, &values![self.tenant, id])?.is_empty())
    }

    fn drop_oldest(&mut self, hook: &str, keep: u64) -> Result<u64> {
        let Backlog { waiting, put_aside } = self.backlog(hook)?;
        let many = (waiting + put_aside).saturating_sub(keep);
        if many == 0 {
            return Ok(0);
        }
        let sql = "DELETE FROM message WHERE tenant = $1 AND id IN
            (SELECT id FROM message WHERE tenant = $1 AND hook = $2 ORDER BY entry, id LIMIT $3) RETURNING id";
        Ok(self.query(sql, &values![self.tenant, hook, count(many)])?.len() as u64)
    }

    fn put_channel(&mut self, channel: &Channel) -> Result<()> {
        let Channel { hook, delivered, dropped, delivered_at, closed_at } = channel;
        self.put(
            "channel",
            CHANNEL,
            1,
            values![hook, count(*delivered), count(*dropped), *delivered_at, *closed_at].into(),
        )
    }

    fn add_opened(&mut self, label: Option<Label>, bucket: i64, tickets: u64) -> Result<()> {
        let sql = "INSERT INTO opened (tenant, label, bucket, tickets) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant, label, bucket) DO UPDATE SET tickets = opened.tickets + $4";
        self.execute(sql, &values![self.tenant, spike::name(label), bucket, count(tickets)])
    }

    fn forget_opened(&mut self, label: Option<Label>, bucket: i64) -> Result<()> {
        let sql = "DELETE FROM opened WHERE tenant = $1 AND label = $2 AND bucket < $3";
        self.execute(sql, &values![self.tenant, spike::name(label), bucket])
    }

    fn put_spike(&mut self, spike: &Spike) -> Result<()> {
        let sql = format!(
            "INSERT INTO spike (tenant, {SPIKE}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, label, at) DO NOTHING"
        );
        let Spike { at, since, minutes, tickets, expected, .. } = spike;
        self.execute(&sql, &values![self.tenant, spike.name(), *at, *since, *minutes, count(*tickets), *expected])
    }
}
