//! Reading rows.

use std::ops::Range;

use rusqlite::{OptionalExtension, Params, Row as SqlRow, ToSql, params, params_from_iter};

use super::convert::{self, CONTACT, CORRECTION, ENTRY, POLICY, POST, REPLY, SAMPLED, TICKET};
use super::{Tx, list};
use crate::error::{Error, Result};
use crate::feedback::Correction;
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::label::Label;
use crate::policy::Adopted;
use crate::sample::{Counts, Sampled, URGENT_FROM};
use crate::store::{Crowd, Filter, Ledger, Load, Row, Rows};
use crate::ticket::{Lane, Person, Place, Ticket, TicketId};
use crate::time::{Timestamp, moment};
use crate::trail::{Contact, Deed, Entry};

const MILLISECONDS_A_DAY: i64 = 24 * 3600 * 1000;

/// Where the posts of a person are. The platform is no plain column in it, or SQLite would look through all posts of that platform.
pub(super) const POSTS_BY: &str = "FROM post WHERE tenant = ?1 AND author = ?2 AND platform || '' = ?3 AND ticket IN (
    WITH RECURSIVE case_of (id) AS (
        SELECT id FROM ticket WHERE tenant = ?1 AND author = ?2 AND platform = ?3
        UNION SELECT part_of FROM ticket JOIN case_of USING (id) WHERE tenant = ?1 AND part_of IS NOT NULL)
    SELECT id FROM case_of) LIMIT ?4";

pub(super) fn failed(error: rusqlite::Error) -> Error {
    Error::store("the desk can't be read", error)
}

/// Names of deeds as SQL: they are ours, so they need no parameters.
fn names(deeds: &[Deed]) -> String {
    deeds.iter().map(|deed| format!("'{}'", deed.name())).collect::<Vec<_>>().join(", ")
}

pub(super) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// The row that a query has, if it has one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.query_row(params, read).optional().map_err(failed)
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let rows = statement.query_map(params, read).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    fn count(&self, sql: &str, params: impl Params) -> Result<u64> {
        Ok(self.one(sql, params, |row| row.get(0))?.unwrap_or_default())
    }

    /// Hands over all rows of a table.
    pub(super) fn each(
        &self,
        sql: &str,
        read: impl Fn(&SqlRow<'_>) -> rusqlite::Result<Row>,
        sink: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let mut rows = statement.query([self.tenant]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            sink(read(row).map_err(failed)?)?;
        }
        Ok(())
    }
}

impl Rows for Tx<'_> {
    fn ticket(&self, id: TicketId) -> Result<Option<Ticket>> {
        let sql = format!("SELECT {TICKET} FROM ticket WHERE tenant = ?1 AND id = ?2");
        self.one(&sql, params![self.tenant, id.0], convert::ticket)
    }

    fn ticket_of(&self, person: &Person, thread: Option<&str>) -> Result<Option<Ticket>> {
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = ?1 AND author = ?2 AND platform = ?3
                AND state NOT IN ('merged', 'deleted') AND (?4 IS NULL OR thread = ?4)
                ORDER BY last_post_at DESC, id DESC LIMIT 1"
        );
        self.one(&sql, params![self.tenant, person.author, person.platform, thread], convert::ticket)
    }

    fn lanes(&self) -> Result<Vec<Lane>> {
        self.all("SELECT lane FROM lane WHERE tenant = ?1", [self.tenant], convert::lane)
    }

    fn first_ready(&self, lanes: &[Lane]) -> Result<Option<Ticket>> {
        let sql = "SELECT unpinned, rank_at, id FROM ticket WHERE tenant = ?1 AND lane = ?2
            ORDER BY unpinned, rank_at, id LIMIT 1";
        let mut first: Option<Place> = None;
        for lane in lanes {
            let place = self.one(sql, params![self.tenant, lane.key()], convert::place)?;
            first = [first, place].into_iter().flatten().min();
        }
        first.map_or(Ok(None), |place| self.ticket(place.id))
    }

    fn awake(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>> {
        let sql =
            format!("SELECT {TICKET} FROM ticket WHERE tenant = ?1 AND wakes_at <= ?2 ORDER BY wakes_at, id LIMIT ?3");
        self.all(&sql, params![self.tenant, now.as_millisecond(), bound(limit)], convert::ticket)
    }

    fn alarming(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>> {
        let sql =
            format!("SELECT {TICKET} FROM ticket WHERE tenant = ?1 AND alarm_at <= ?2 ORDER BY alarm_at, id LIMIT ?3");
        self.all(&sql, params![self.tenant, now.as_millisecond(), bound(limit)], convert::ticket)
    }

    fn list(&self, filter: &Filter, now: Timestamp, after: Option<Place>, limit: usize) -> Result<Vec<Ticket>> {
        let (condition, values) = list::condition(self.tenant, filter, now, after);
        let (order, limit) = (list::order(filter), bound(limit));
        let sql = format!("SELECT {TICKET} FROM ticket WHERE {condition} ORDER BY {order} LIMIT {limit}");
        self.all(&sql, params_from_iter(values.iter().map(|value| value as &dyn ToSql)), convert::ticket)
    }

    fn waiting(&self, now: Timestamp, after: Option<(Timestamp, TicketId)>, limit: usize) -> Result<Vec<Ticket>> {
        let (at, id) = after.map_or((i64::MIN, i64::MIN), |(at, id)| (at.as_millisecond(), id.0));
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = ?1 AND waits_from IS NOT NULL AND (waits_from, id) > (?3, ?4)
                AND NOT (state = 'claimed' AND until > ?2) ORDER BY waits_from, id LIMIT ?5"
        );
        self.all(&sql, params![self.tenant, now.as_millisecond(), at, id, bound(limit)], convert::ticket)
    }

    fn ledger(&self, now: Timestamp) -> Result<Ledger> {
        let now = now.as_millisecond();
        // Claimed ones are few, and all who wait are counted by an index alone.
        let assigned = self.count(
            "SELECT count(*) FROM ticket WHERE tenant = ?1 AND wakes_at > ?2 AND state = 'claimed' AND waits_from IS NOT NULL",
            params![self.tenant, now],
        )?;
        let waiting =
            self.count("SELECT count(*) FROM ticket WHERE tenant = ?1 AND waits_from IS NOT NULL", [self.tenant])?;
        let oldest = self.one(
            "SELECT waits_from FROM ticket WHERE tenant = ?1 AND waits_from IS NOT NULL
                AND NOT (state = 'claimed' AND until > ?2) ORDER BY waits_from LIMIT 1",
            params![self.tenant, now],
            |row| row.get(0),
        )?;
        let acknowledged = self.count(
            "SELECT count(*) FROM ticket WHERE tenant = ?1 AND waits_from IS NULL
                AND state NOT IN ('held', 'merged', 'deleted')",
            [self.tenant],
        )?;
        let flagged =
            self.count("SELECT count(*) FROM ticket WHERE tenant = ?1 AND alarm = 'breached'", [self.tenant])?;
        let unnoticed = self.count(
            "SELECT count(*) FROM ticket WHERE tenant = ?1 AND alarm_at <= ?2 AND due_by <= ?2",
            params![self.tenant, now],
        )?;
        let (waiting, late) = (waiting.saturating_sub(assigned), flagged + unnoticed);
        Ok(Ledger { waiting, oldest: oldest.map(moment), assigned, acknowledged, late })
    }

    fn census(&self, now: Timestamp) -> Result<Vec<Crowd>> {
        let sql = "SELECT CASE WHEN state IN ('claimed', 'snoozed') AND until <= ?2 THEN 'open' ELSE state END,
                team, labels, CAST(urgency + 0.5 AS INTEGER), count(*), count(waits_from), min(waits_from)
            FROM ticket WHERE tenant = ?1 GROUP BY 1, 2, 3, 4";
        self.all(sql, params![self.tenant, now.as_millisecond()], convert::crowd)
    }

    fn post(&self, key: &PostKey) -> Result<Option<TicketPost>> {
        let sql = format!("SELECT {POST} FROM post WHERE tenant = ?1 AND platform = ?2 AND id = ?3");
        self.one(&sql, params![self.tenant, key.platform, key.id], convert::post)
    }

    fn posts_of(&self, ticket: TicketId, after: Option<(Timestamp, PostKey)>, limit: usize) -> Result<Vec<TicketPost>> {
        let (at, key) = after.map_or((i64::MIN, PostKey::new("", "")), |(at, key)| (at.as_millisecond(), key));
        let sql = format!(
            "SELECT {POST} FROM post WHERE tenant = ?1 AND ticket = ?2 AND (created_at, platform, id) > (?3, ?4, ?5)
                ORDER BY created_at, platform, id LIMIT ?6"
        );
        let params = params![self.tenant, ticket.0, at, key.platform, key.id, bound(limit)];
        self.all(&sql, params, convert::post)
    }

    fn posts_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketPost>> {
        let sql = format!("SELECT {POST} {POSTS_BY}");
        self.all(&sql, params![self.tenant, person.author, person.platform, bound(limit)], convert::post)
    }

    fn reply(&self, key: &PostKey) -> Result<Option<TicketReply>> {
        let sql = format!("SELECT {REPLY} FROM reply WHERE tenant = ?1 AND platform = ?2 AND id = ?3");
        self.one(&sql, params![self.tenant, key.platform, key.id], convert::reply)
    }

    fn replies_of(&self, ticket: TicketId, limit: usize) -> Result<Vec<TicketReply>> {
        let sql = format!(
            "SELECT {REPLY} FROM reply WHERE tenant = ?1 AND ticket = ?2 ORDER BY created_at, platform, id LIMIT ?3"
        );
        self.all(&sql, params![self.tenant, ticket.0, bound(limit)], convert::reply)
    }

    fn replies_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketReply>> {
        let sql = format!("SELECT {REPLY} FROM reply WHERE tenant = ?1 AND author = ?2 AND platform = ?3 LIMIT ?4");
        self.all(&sql, params![self.tenant, person.author, person.platform, bound(limit)], convert::reply)
    }

    fn supporters(&self, since: Timestamp, limit: usize) -> Result<Vec<TicketReply>> {
        let sql = format!(
            "SELECT {REPLY} FROM reply WHERE tenant = ?1 AND created_at >= ?2 AND thanked_by IS NULL
                AND kind IN ('concern', 'condolence') AND EXISTS
                    (SELECT 1 FROM ticket WHERE ticket.tenant = ?1 AND ticket.id = reply.ticket AND ticket.labels & ?3 <> 0)
                ORDER BY created_at, platform, id LIMIT ?4"
        );
        let grief = 1_i64 << Label::Grief as u8;
        self.all(&sql, params![self.tenant, since.as_millisecond(), grief, bound(limit)], convert::reply)
    }

    fn entry(&self, seq: i64) -> Result<Option<Entry>> {
        let sql = format!("SELECT {ENTRY} FROM entry WHERE tenant = ?1 AND seq = ?2");
        self.one(&sql, params![self.tenant, seq], convert::entry)
    }

    fn entries_of(&self, ticket: TicketId, after: i64, limit: usize) -> Result<Vec<Entry>> {
        let sql =
            format!("SELECT {ENTRY} FROM entry WHERE tenant = ?1 AND ticket = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4");
        self.all(&sql, params![self.tenant, ticket.0, after, bound(limit)], convert::entry)
    }

    fn deeds_after(&self, after: i64, deeds: &[Deed], limit: usize) -> Result<Vec<Entry>> {
        let sql = format!(
            "SELECT {ENTRY} FROM entry WHERE tenant = ?1 AND seq > ?2 AND deed IN ({}) ORDER BY seq LIMIT ?3",
            names(deeds)
        );
        self.all(&sql, params![self.tenant, after, bound(limit)], convert::entry)
    }

    fn last_entry(&self) -> Result<i64> {
        Ok(self.last_entry.get())
    }

    fn histories(
        &self,
        opened: Range<Timestamp>,
        deeds: &[Deed],
        sink: &mut dyn FnMut(Ticket, Vec<Entry>) -> Result<()>,
    ) -> Result<()> {
        let sql =
            format!("SELECT {TICKET} FROM ticket WHERE tenant = ?1 AND opened_at >= ?2 AND opened_at < ?3 ORDER BY id");
        let history = format!(
            "SELECT {ENTRY} FROM entry WHERE tenant = ?1 AND ticket = ?2 AND deed IN ({}) ORDER BY seq",
            names(deeds)
        );
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let within = params![self.tenant, opened.start.as_millisecond(), opened.end.as_millisecond()];
        let mut rows = statement.query(within).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let ticket = convert::ticket(row).map_err(failed)?;
            let entries = self.all(&history, params![self.tenant, ticket.id.0], convert::entry)?;
            sink(ticket, entries)?;
        }
        Ok(())
    }

    fn entries_by(&self, by: &str, before: i64, limit: usize) -> Result<Vec<Entry>> {
        let sql = format!(
            "SELECT {ENTRY} FROM entry WHERE tenant = ?1 AND by = ?2 AND by <> 'desk' AND seq < ?3
                ORDER BY seq DESC LIMIT ?4"
        );
        self.all(&sql, params![self.tenant, by, before, bound(limit)], convert::entry)
    }

    fn contacts_with(&self, person: &Person, since: Timestamp, limit: usize) -> Result<Vec<Contact>> {
        let sql = format!(
            "SELECT {CONTACT} FROM contact WHERE tenant = ?1 AND author = ?2 AND platform = ?3 AND at >= ?4
                ORDER BY at, entry LIMIT ?5"
        );
        let params = params![self.tenant, person.author, person.platform, since.as_millisecond(), bound(limit)];
        self.all(&sql, params, convert::contact)
    }

    fn load(&self, name: &str) -> Result<Load> {
        let sql = "SELECT grief_in_a_row, last_claim_at FROM workload WHERE tenant = ?1 AND name = ?2";
        let load = self.one(sql, params![self.tenant, name], |row| {
            Ok(Load { grief_in_a_row: row.get(0)?, last_claim_at: convert::time_if_any(row, 1)? })
        })?;
        Ok(load.unwrap_or_default())
    }

    fn view(&self, name: &str) -> Result<Option<Filter>> {
        let sql = "SELECT filter FROM saved_view WHERE tenant = ?1 AND name = ?2";
        self.one(sql, params![self.tenant, name], |row| convert::from_json(row.get_ref(0)?.as_str()?, 0))
    }

    fn views(&self) -> Result<Vec<String>> {
        self.all("SELECT name FROM saved_view WHERE tenant = ?1 ORDER BY name", [self.tenant], |row| row.get(0))
    }

    fn policy(&self) -> Result<Option<Adopted>> {
        let sql = format!("SELECT {POLICY} FROM policy WHERE tenant = ?1 ORDER BY seq DESC LIMIT 1");
        self.one(&sql, [self.tenant], convert::policy)
    }

    fn policies(&self, before: i64, limit: usize) -> Result<Vec<Adopted>> {
        let sql = format!("SELECT {POLICY} FROM policy WHERE tenant = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3");
        self.all(&sql, params![self.tenant, before, bound(limit)], convert::policy)
    }

    fn sampled(&self, key: &PostKey) -> Result<Option<Sampled>> {
        let sql = format!("SELECT {SAMPLED} FROM sample WHERE tenant = ?1 AND platform = ?2 AND id = ?3");
        self.one(&sql, params![self.tenant, key.platform, key.id], convert::sampled)
    }

    fn sampled_by(&self, person: &Person, limit: usize) -> Result<Vec<Sampled>> {
        let sql = format!("SELECT {SAMPLED} FROM sample WHERE tenant = ?1 AND author = ?2 AND platform = ?3 LIMIT ?4");
        self.all(&sql, params![self.tenant, person.author, person.platform, bound(limit)], convert::sampled)
    }

    fn last_sampled(&self, day: i64, bar: i64) -> Result<(u32, Option<Sampled>)> {
        let below = "FROM sample WHERE tenant = ?1 AND day = ?2 AND mark < ?3";
        let params = params![self.tenant, day, bar];
        let kept = self.one(&format!("SELECT count(*) {below}"), params, |row| row.get(0))?;
        let last = format!("SELECT {SAMPLED} {below} ORDER BY mark DESC LIMIT 1");
        Ok((kept.unwrap_or_default(), self.one(&last, params, convert::sampled)?))
    }

    fn bars(&self, days: Range<i64>) -> Result<Vec<(i64, i64)>> {
        let sql = "SELECT day, bar FROM bar WHERE tenant = ?1 AND day >= ?2 AND day < ?3 ORDER BY day";
        self.all(sql, params![self.tenant, days.start, days.end], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn unjudged(&self, days: Range<i64>, bar: i64, limit: usize) -> Result<Vec<Sampled>> {
        let sql = format!(
            "SELECT {SAMPLED} FROM sample WHERE tenant = ?1 AND day >= ?2 AND day < ?3 AND mark < ?4 AND judged_by IS NULL
                ORDER BY mark, platform, id LIMIT ?5"
        );
        self.all(&sql, params![self.tenant, days.start, days.end, bar, bound(limit)], convert::sampled)
    }

    fn counts(&self, days: Range<i64>, bar: i64, grief: bool) -> Result<Counts> {
        let (verdict, heard) = if grief {
            ("grief", format!("post.labels & {} <> 0", 1 << Label::Grief as u8))
        } else {
            ("urgent", format!("post.urgency >= {URGENT_FROM:?}"))
        };
        let sql = format!(
            "SELECT count(*), count(judged_by), coalesce(sum({verdict}), 0) FROM sample
                WHERE tenant = ?1 AND day >= ?2 AND day < ?3 AND mark < ?4"
        );
        let counts = self.one(&sql, params![self.tenant, days.start, days.end, bar], |row| {
            Ok(Counts { kept: row.get(0)?, judged: row.get(1)?, missed: row.get(2)?, ..Counts::default() })
        })?;
        let sql = format!(
            "SELECT count(*) FROM post JOIN ticket ON ticket.tenant = post.tenant AND ticket.id = post.ticket
                WHERE post.tenant = ?1 AND post.created_at >= ?2 AND post.created_at < ?3 AND post.gone = 0 AND {heard}
                    AND ticket.state <> 'held' AND (ticket.outcome IS NULL OR ticket.outcome <> 'misheard')
                    AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.tenant = post.tenant
                        AND sample.platform = post.platform AND sample.id = post.id)"
        );
        let first_moment = |day: i64| day.saturating_mul(MILLISECONDS_A_DAY);
        let heard = self.count(&sql, params![self.tenant, first_moment(days.start), first_moment(days.end)])?;
        Ok(Counts { bar, heard, ..counts.unwrap_or_default() })
    }

    fn judged(&self, after: Option<&PostKey>, limit: usize) -> Result<Vec<Sampled>> {
        let (platform, id) = after.map_or(("", ""), |after| (&after.platform, &after.id));
        let sql = format!(
            "SELECT {SAMPLED} FROM sample WHERE tenant = ?1 AND (platform, id) > (?2, ?3) AND judged_by IS NOT NULL
                ORDER BY platform, id LIMIT ?4"
        );
        self.all(&sql, params![self.tenant, platform, id, bound(limit)], convert::sampled)
    }

    fn correction(&self, key: &PostKey) -> Result<Option<Correction>> {
        let sql = format!(
            "SELECT {CORRECTION} FROM correction WHERE tenant = ?1 AND platform = ?2 AND id = ?3
                ORDER BY entry DESC LIMIT 1"
        );
        self.one(&sql, params![self.tenant, key.platform, key.id], convert::correction)
    }

    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>> {
        let sql =
            format!("SELECT {CORRECTION} FROM correction WHERE tenant = ?1 AND entry > ?2 ORDER BY entry LIMIT ?3");
        self.all(&sql, params![self.tenant, after, bound(limit)], convert::correction)
    }

    fn export(&self, sink: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let from = |columns: &str, table: &str, key: &str| {
            format!("SELECT {columns} FROM {table} WHERE tenant = ?1 ORDER BY {key}")
        };
        self.each(&from(ENTRY, "entry", "seq"), |row| convert::entry(row).map(Row::Entry), sink)?;
        self.each(&from(TICKET, "ticket", "id"), |row| convert::ticket(row).map(Row::Ticket), sink)?;
        self.each(&from(POST, "post", "platform, id"), |row| convert::post(row).map(Row::Post), sink)?;
        self.each(&from(REPLY, "reply", "platform, id"), |row| convert::reply(row).map(Row::Reply), sink)?;
        self.each(&from(CONTACT, "contact", "entry"), |row| convert::contact(row).map(Row::Contact), sink)?;
        let view = |row: &SqlRow<'_>| {
            Ok(Row::View { name: row.get(0)?, filter: convert::from_json(row.get_ref(1)?.as_str()?, 1)? })
        };
        self.each(&from("name, filter", "saved_view", "name"), view, sink)?;
        self.each(&from(POLICY, "policy", "seq"), |row| convert::policy(row).map(Row::Policy), sink)?;
        self.each(&from(SAMPLED, "sample", "platform, id"), |row| convert::sampled(row).map(Row::Sampled), sink)?;
        let bar = |row: &SqlRow<'_>| Ok(Row::Bar { day: row.get(0)?, bar: row.get(1)? });
        self.each(&from("day, bar", "bar", "day"), bar, sink)?;
        let correction = |row: &SqlRow<'_>| convert::correction(row).map(Row::Correction);
        self.each(&from(CORRECTION, "correction", "entry"), correction, sink)?;
        self.told(sink)
    }
}
