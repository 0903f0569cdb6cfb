//! Reading rows. In a transaction that writes, whatever may be changed by what was read is locked first.

use std::ops::Range;

use postgres::Row as SqlRow;

use super::convert::{self, CONTACT, CORRECTION, ENTRY, POLICY, POST, REPLY, SAMPLED, TICKET};
use super::list;
use super::tx::{Tx, read_all, read_first};
use super::value::values;
use crate::error::Result;
use crate::feedback::Correction;
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::label::Label;
use crate::policy::Adopted;
use crate::sample::{Counts, Sampled, URGENT_FROM};
use crate::store::{Crowd, Filter, Ledger, Load, Row, Rows};
use crate::ticket::{Lane, Person, Place, Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::{Contact, Deed, Entry};

const MILLISECONDS_A_DAY: i64 = 24 * 3600 * 1000;

/// So many tickets are read in one go where all of some time are.
const AT_ONCE: usize = 1000;

// Where rows of one table lead to rows of another, `LATERAL` says in which order they are looked up. PostgreSQL would do it the other
// way round, and read all of the second, if it planned the statement when that was still small.

/// So many of the first tickets of each lane are looked at for one that nobody is about to change; if there is none, the more.
const FIRST_ONES: [usize; 2] = [4, 24];

/// Names of deeds as SQL: they are ours, so they need no parameters.
fn names(deeds: &[Deed]) -> String {
    deeds.iter().map(|deed| format!("'{}'", deed.name())).collect::<Vec<_>>().join(", ")
}

impl Tx<'_> {
    /// The first ready ticket of the lanes with these keys, out of so many of each. `LIMIT` stops at the first that isn't locked by
    /// another, so no other is locked.
    fn first_of(&self, keys: &[String], first_ones: usize, for_update: &str) -> Result<Option<Ticket>> {
        let sql = format!(
            "WITH head (its_lane, its_unpinned, its_rank, its_id) AS MATERIALIZED (
                SELECT wanted, first.* FROM unnest($2::TEXT[]) AS wanted CROSS JOIN LATERAL
                    (SELECT unpinned, rank_at, id FROM ticket WHERE tenant = $1 AND lane = wanted COLLATE \"C\"
                        ORDER BY unpinned, rank_at, id LIMIT $3) AS first
                    ORDER BY unpinned, rank_at, id LIMIT $3)
            SELECT first.* FROM head CROSS JOIN LATERAL
                (SELECT {TICKET} FROM ticket WHERE tenant = $1 AND id = its_id
                    AND lane = its_lane COLLATE \"C\" AND unpinned = its_unpinned AND rank_at = its_rank {for_update}) AS first
                LIMIT 1"
        );
        self.one(&sql, &values![self.tenant, keys.to_vec(), first_ones], convert::ticket)
    }
}

impl Rows for Tx<'_> {
    fn ticket(&self, id: TicketId) -> Result<Option<Ticket>> {
        if let Some(ticket) = self.pending.borrow().ticket(id) {
            return Ok(Some(ticket.clone()));
        }
        let sql = format!("SELECT {TICKET} FROM ticket WHERE tenant = $1 AND id = $2 {}", self.for_update());
        read_first(&self.run(&sql, &values![self.tenant, id.0])?, convert::ticket)
    }

    fn ticket_of(&self, person: &Person, thread: Option<&str>) -> Result<Option<Ticket>> {
        self.lock_news()?;
        if self.absent.borrow().people.contains(person) {
            return Ok(None);
        }
        if self.pending.borrow().is_about(person) {
            self.flush()?;
        }
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = $1 AND author = $2 AND platform = $3
                AND state NOT IN ('merged', 'deleted') AND ($4::TEXT IS NULL OR thread = $4)
                ORDER BY last_post_at DESC, id DESC LIMIT 1 {}",
            self.for_update()
        );
        read_first(&self.run(&sql, &values![self.tenant, &person.author, &person.platform, thread])?, convert::ticket)
    }

    fn lanes(&self) -> Result<Vec<Lane>> {
        self.all("SELECT lane FROM lane WHERE tenant = $1", &values![self.tenant], convert::lane)
    }

    fn first_ready(&self, lanes: &[Lane]) -> Result<Option<Ticket>> {
        if lanes.is_empty() {
            return Ok(None);
        }
        let keys: Vec<String> = lanes.iter().map(Lane::key).collect();
        if !self.writes {
            return self.first_of(&keys, 1, "");
        }
        loop {
            for first_ones in FIRST_ONES {
                if let Some(ticket) = self.first_of(&keys, first_ones, "FOR UPDATE SKIP LOCKED")? {
                    return Ok(Some(ticket));
                }
            }
            // There is none, or others are about to change all of them: what becomes of the first is worth waiting for.
            let Some(first) = self.first_of(&keys, 1, "")? else { return Ok(None) };
            self.ticket(first.id)?;
        }
    }

    fn awake(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>> {
        // Who else wakes them is waited for, so that no colleague finds nobody while some are being woken.
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = $1 AND wakes_at <= $2 ORDER BY wakes_at, id LIMIT $3 {}",
            self.for_update()
        );
        self.all(&sql, &values![self.tenant, now, limit], convert::ticket)
    }

    fn alarming(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>> {
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = $1 AND alarm_at <= $2 ORDER BY alarm_at, id LIMIT $3 {}",
            self.for_update()
        );
        self.all(&sql, &values![self.tenant, now, limit], convert::ticket)
    }

    fn list(&self, filter: &Filter, now: Timestamp, after: Option<Place>, limit: usize) -> Result<Vec<Ticket>> {
        let (condition, mut values) = list::condition(self.tenant, filter, now, after);
        values.push(limit.into());
        let (order, limit, for_update) = (list::order(filter), values.len(), self.for_update());
        let sql = format!("SELECT {TICKET} FROM ticket WHERE {condition} ORDER BY {order} LIMIT ${limit} {for_update}");
        self.all(&sql, &values, convert::ticket)
    }

    fn waiting(&self, now: Timestamp, after: Option<(Timestamp, TicketId)>, limit: usize) -> Result<Vec<Ticket>> {
        let (at, id) = after.map_or((i64::MIN, i64::MIN), |(at, id)| (at.as_millisecond(), id.0));
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = $1 AND waits_from IS NOT NULL AND (waits_from, id) > ($3, $4)
                AND NOT (state = 'claimed' AND until > $2) ORDER BY waits_from, id LIMIT $5 {}",
            self.for_update()
        );
        self.all(&sql, &values![self.tenant, now, at, id, limit], convert::ticket)
    }

    fn ledger(&self, now: Timestamp) -> Result<Ledger> {
        // Claimed ones are few, and all who wait are counted by an index alone.
        let assigned = self.count(
            "SELECT count(*) FROM ticket WHERE tenant = $1 AND wakes_at > $2 AND state = 'claimed' AND waits_from IS NOT NULL",
            &values![self.tenant, now],
        )?;
        let waiting = self
            .count("SELECT count(*) FROM ticket WHERE tenant = $1 AND waits_from IS NOT NULL", &values![self.tenant])?;
        let oldest = self.one(
            "SELECT waits_from FROM ticket WHERE tenant = $1 AND waits_from IS NOT NULL
                AND NOT (state = 'claimed' AND until > $2) ORDER BY waits_from LIMIT 1",
            &values![self.tenant, now],
            |row| convert::time_if_any(row, 0),
        )?;
        let acknowledged = self.count(
            "SELECT count(*) FROM ticket WHERE tenant = $1 AND waits_from IS NULL
                AND state NOT IN ('held', 'merged', 'deleted')",
            &values![self.tenant],
        )?;
        let flagged =
            self.count("SELECT count(*) FROM ticket WHERE tenant = $1 AND alarm = 'breached'", &values![self.tenant])?;
        let unnoticed = self.count(
            "SELECT count(*) FROM ticket WHERE tenant = $1 AND alarm_at <= $2 AND due_by <= $2",
            &values![self.tenant, now],
        )?;
        let (waiting, late) = (waiting.saturating_sub(assigned), flagged + unnoticed);
        Ok(Ledger { waiting, oldest: oldest.flatten(), assigned, acknowledged, late })
    }

    fn census(&self, now: Timestamp) -> Result<Vec<Crowd>> {
        let sql = "SELECT CASE WHEN state IN ('claimed', 'snoozed') AND until <= $2 THEN 'open' ELSE state END,
                team, labels, floor(urgency + 0.5)::BIGINT, count(*), count(waits_from), min(waits_from)
            FROM ticket WHERE tenant = $1 GROUP BY 1, 2, 3, 4";
        self.all(sql, &values![self.tenant, now], convert::crowd)
    }

    fn post(&self, key: &PostKey) -> Result<Option<TicketPost>> {
        self.lock_news()?;
        if self.absent.borrow().posts.contains(key) {
            return Ok(None);
        }
        if self.pending.borrow().has_post(key) {
            self.flush()?;
        }
        let sql = format!("SELECT {POST} FROM post WHERE tenant = $1 AND platform = $2 AND id = $3");
        read_first(&self.run(&sql, &values![self.tenant, &key.platform, &key.id])?, convert::post)
    }

    fn posts_of(&self, ticket: TicketId, after: Option<(Timestamp, PostKey)>, limit: usize) -> Result<Vec<TicketPost>> {
        self.lock_news()?;
        let (at, key) = after.map_or((i64::MIN, PostKey::new("", "")), |(at, key)| (at.as_millisecond(), key));
        let sql = format!(
            "SELECT {POST} FROM post WHERE tenant = $1 AND ticket = $2 AND (created_at, platform, id) > ($3, $4, $5)
                ORDER BY created_at, platform, id LIMIT $6"
        );
        self.all(&sql, &values![self.tenant, ticket.0, at, key.platform, key.id, limit], convert::post)
    }

    fn posts_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketPost>> {
        self.lock_news()?;
        let sql = format!(
            "WITH RECURSIVE case_of (its_id) AS (
                SELECT id FROM ticket WHERE tenant = $1 AND author = $2 AND platform = $3
                UNION SELECT part.part_of FROM case_of CROSS JOIN LATERAL
                    (SELECT part_of FROM ticket WHERE tenant = $1 AND id = its_id AND part_of IS NOT NULL LIMIT 1) AS part)
            SELECT theirs.* FROM case_of CROSS JOIN LATERAL
                (SELECT {POST} FROM post WHERE tenant = $1 AND ticket = its_id AND author = $2 AND platform = $3 LIMIT $4)
                AS theirs LIMIT $4"
        );
        self.all(&sql, &values![self.tenant, &person.author, &person.platform, limit], convert::post)
    }

    fn reply(&self, key: &PostKey) -> Result<Option<TicketReply>> {
        self.lock_news()?;
        if self.absent.borrow().replies.contains(key) {
            return Ok(None);
        }
        let sql = format!("SELECT {REPLY} FROM reply WHERE tenant = $1 AND platform = $2 AND id = $3");
        read_first(&self.run(&sql, &values![self.tenant, &key.platform, &key.id])?, convert::reply)
    }

    fn replies_of(&self, ticket: TicketId, limit: usize) -> Result<Vec<TicketReply>> {
        self.lock_news()?;
        let sql = format!(
            "SELECT {REPLY} FROM reply WHERE tenant = $1 AND ticket = $2 ORDER BY created_at, platform, id LIMIT $3"
        );
        self.all(&sql, &values![self.tenant, ticket.0, limit], convert::reply)
    }

    fn replies_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketReply>> {
        self.lock_news()?;
        let sql = format!("SELECT {REPLY} FROM reply WHERE tenant = $1 AND author = $2 AND platform = $3 LIMIT $4");
        self.all(&sql, &values![self.tenant, &person.author, &person.platform, limit], convert::reply)
    }

    fn supporters(&self, since: Timestamp, limit: usize) -> Result<Vec<TicketReply>> {
        let sql = format!(
            "SELECT {REPLY} FROM reply WHERE tenant = $1 AND created_at >= $2 AND thanked_by IS NULL
                AND kind IN ('concern', 'condolence')
                AND (SELECT labels & $3 <> 0 FROM ticket WHERE ticket.tenant = $1 AND ticket.id = reply.ticket)
                ORDER BY created_at, platform, id LIMIT $4"
        );
        let grief = 1_i64 << Label::Grief as u8;
        self.all(&sql, &values![self.tenant, since, grief, limit], convert::reply)
    }

    fn entry(&self, seq: i64) -> Result<Option<Entry>> {
        let sql = format!("SELECT {ENTRY} FROM entry WHERE tenant = $1 AND seq = $2");
        self.one(&sql, &values![self.tenant, seq], convert::entry)
    }

    fn entries_of(&self, ticket: TicketId, after: i64, limit: usize) -> Result<Vec<Entry>> {
        let sql =
            format!("SELECT {ENTRY} FROM entry WHERE tenant = $1 AND ticket = $2 AND seq > $3 ORDER BY seq LIMIT $4");
        self.all(&sql, &values![self.tenant, ticket.0, after, limit], convert::entry)
    }

    fn deeds_after(&self, after: i64, deeds: &[Deed], limit: usize) -> Result<Vec<Entry>> {
        let sql = format!(
            "SELECT {ENTRY} FROM entry WHERE tenant = $1 AND seq > $2 AND seq <= $3 AND deed IN ({}) ORDER BY seq LIMIT $4",
            names(deeds)
        );
        self.all(&sql, &values![self.tenant, after, self.decided()?, limit], convert::entry)
    }

    fn last_entry(&self) -> Result<i64> {
        if self.writes {
            return Ok(self.appended.borrow().iter().max().copied().unwrap_or_default());
        }
        let sql = "SELECT coalesce(max(seq), 0) FROM entry WHERE tenant = $1 AND seq <= $2";
        let last = self.one(sql, &values![self.tenant, self.decided()?], |row| Ok(row.try_get(0)?))?;
        Ok(last.unwrap_or_default())
    }

    fn histories(
        &self,
        opened: Range<Timestamp>,
        deeds: &[Deed],
        sink: &mut dyn FnMut(Ticket, Vec<Entry>) -> Result<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {TICKET} FROM ticket WHERE tenant = $1 AND opened_at >= $2 AND opened_at < $3 AND id > $4
                ORDER BY id LIMIT $5"
        );
        let history = format!(
            "SELECT {ENTRY} FROM entry WHERE tenant = $1 AND ticket = $2 AND deed IN ({}) ORDER BY seq",
            names(deeds)
        );
        let mut after = i64::MIN;
        loop {
            let values = values![self.tenant, opened.start, opened.end, after, AT_ONCE];
            let tickets = self.all(&sql, &values, convert::ticket)?;
            let Some(last) = tickets.last() else { return Ok(()) };
            after = last.id.0;
            for ticket in tickets {
                let entries = self.all(&history, &values![self.tenant, ticket.id.0], convert::entry)?;
                sink(ticket, entries)?;
            }
        }
    }

    fn entries_by(&self, by: &str, before: i64, limit: usize) -> Result<Vec<Entry>> {
        self.lock(&["deeds", by])?;
        let sql = format!(
            "SELECT {ENTRY} FROM entry WHERE tenant = $1 AND by = $2 AND by <> 'desk' AND seq < $3
                ORDER BY seq DESC LIMIT $4"
        );
        self.all(&sql, &values![self.tenant, by, before, limit], convert::entry)
    }

    fn contacts_with(&self, person: &Person, since: Timestamp, limit: usize) -> Result<Vec<Contact>> {
        self.lock_person(person)?;
        let sql = format!(
            "SELECT {CONTACT} FROM contact WHERE tenant = $1 AND author = $2 AND platform = $3 AND at >= $4
                ORDER BY at, entry LIMIT $5"
        );
        self.all(&sql, &values![self.tenant, &person.author, &person.platform, since, limit], convert::contact)
    }

    fn load(&self, name: &str) -> Result<Load> {
        let sql = format!(
            "SELECT grief_in_a_row, last_claim_at FROM workload WHERE tenant = $1 AND name = $2 {}",
            self.for_update()
        );
        let load = || {
            self.one(&sql, &values![self.tenant, name], |row| {
                Ok(Load { grief_in_a_row: convert::number(row, 0)?, last_claim_at: convert::time_if_any(row, 1)? })
            })
        };
        match load()? {
            Some(load) => Ok(load),
            // The row of someone new can't be locked.
            None if self.writes => {
                self.lock(&["load", name])?;
                Ok(load()?.unwrap_or_default())
            }
            None => Ok(Load::default()),
        }
    }

    fn view(&self, name: &str) -> Result<Option<Filter>> {
        let sql = "SELECT filter FROM saved_view WHERE tenant = $1 AND name = $2";
        self.one(sql, &values![self.tenant, name], |row| convert::json_at(row, 0))
    }

    fn views(&self) -> Result<Vec<String>> {
        let sql = "SELECT name FROM saved_view WHERE tenant = $1 ORDER BY name";
        self.all(sql, &values![self.tenant], |row| Ok(row.try_get(0)?))
    }

    fn policy(&self) -> Result<Option<Adopted>> {
        let sql = format!("SELECT {POLICY} FROM policy WHERE tenant = $1 ORDER BY seq DESC LIMIT 1");
        self.one(&sql, &values![self.tenant], convert::policy)
    }

    fn policies(&self, before: i64, limit: usize) -> Result<Vec<Adopted>> {
        let sql = format!("SELECT {POLICY} FROM policy WHERE tenant = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
        self.all(&sql, &values![self.tenant, before, limit], convert::policy)
    }

    fn sampled(&self, key: &PostKey) -> Result<Option<Sampled>> {
        self.lock_news()?;
        if self.absent.borrow().sampled.contains(key) {
            return Ok(None);
        }
        let sql = format!("SELECT {SAMPLED} FROM sample WHERE tenant = $1 AND platform = $2 AND id = $3");
        read_first(&self.run(&sql, &values![self.tenant, &key.platform, &key.id])?, convert::sampled)
    }

    fn sampled_by(&self, person: &Person, limit: usize) -> Result<Vec<Sampled>> {
        self.lock_news()?;
        let sql = format!("SELECT {SAMPLED} FROM sample WHERE tenant = $1 AND author = $2 AND platform = $3 LIMIT $4");
        self.all(&sql, &values![self.tenant, &person.author, &person.platform, limit], convert::sampled)
    }

    fn last_sampled(&self, day: i64, bar: i64) -> Result<(u32, Option<Sampled>)> {
        let below = "FROM sample WHERE tenant = $1 AND day = $2 AND mark < $3";
        let values = values![self.tenant, day, bar];
        let kept = self.run(&format!("SELECT count(*) {below}"), &values)?;
        let kept = read_first(&kept, |row| convert::number(row, 0))?;
        let last = format!("SELECT {SAMPLED} {below} ORDER BY mark DESC LIMIT 1");
        Ok((kept.unwrap_or_default(), read_first(&self.run(&last, &values)?, convert::sampled)?))
    }

    fn bars(&self, days: Range<i64>) -> Result<Vec<(i64, i64)>> {
        // Whoever is about to keep a post counts those of the day.
        self.lock(&["sample"])?;
        let sql = "SELECT day, bar FROM bar WHERE tenant = $1 AND day >= $2 AND day < $3 ORDER BY day";
        let rows = self.run(sql, &values![self.tenant, days.start, days.end])?;
        read_all(&rows, |row| Ok((row.try_get(0)?, row.try_get(1)?)))
    }

    fn unjudged(&self, days: Range<i64>, bar: i64, limit: usize) -> Result<Vec<Sampled>> {
        let sql = format!(
            "SELECT {SAMPLED} FROM sample WHERE tenant = $1 AND day >= $2 AND day < $3 AND mark < $4 AND judged_by IS NULL
                ORDER BY mark, platform, id LIMIT $5"
        );
        self.all(&sql, &values![self.tenant, days.start, days.end, bar, limit], convert::sampled)
    }

    fn counts(&self, days: Range<i64>, bar: i64, grief: bool) -> Result<Counts> {
        let (verdict, heard) = if grief {
            ("grief", format!("post.labels & {} <> 0", 1 << Label::Grief as u8))
        } else {
            ("urgent", format!("post.urgency >= {URGENT_FROM:?}"))
        };
        let sql = format!(
            "SELECT count(*), count(judged_by), count(*) FILTER (WHERE {verdict}) FROM sample
                WHERE tenant = $1 AND day >= $2 AND day < $3 AND mark < $4"
        );
        let counts = self.one(&sql, &values![self.tenant, days.start, days.end, bar], |row| {
            let count = |column| convert::number(row, column);
            Ok(Counts { kept: count(0)?, judged: count(1)?, missed: count(2)?, ..Counts::default() })
        })?;
        let sql = format!(
            "SELECT count(*) FROM post JOIN ticket ON ticket.tenant = post.tenant AND ticket.id = post.ticket
                WHERE post.tenant = $1 AND post.created_at >= $2 AND post.created_at < $3 AND NOT post.gone AND {heard}
                    AND ticket.state <> 'held' AND (ticket.outcome IS NULL OR ticket.outcome <> 'misheard')
                    AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.tenant = post.tenant
                        AND sample.platform = post.platform AND sample.id = post.id)"
        );
        let first_moment = |day: i64| day.saturating_mul(MILLISECONDS_A_DAY);
        let heard = self.count(&sql, &values![self.tenant, first_moment(days.start), first_moment(days.end)])?;
        Ok(Counts { bar, heard, ..counts.unwrap_or_default() })
    }

    fn judged(&self, after: Option<&PostKey>, limit: usize) -> Result<Vec<Sampled>> {
        let (platform, id) = after.map_or(("", ""), |after| (&after.platform, &after.id));
        let sql = format!(
            "SELECT {SAMPLED} FROM sample WHERE tenant = $1 AND (platform, id) > ($2, $3) AND judged_by IS NOT NULL
                ORDER BY platform, id LIMIT $4"
        );
        self.all(&sql, &values![self.tenant, platform, id, limit], convert::sampled)
    }

    fn correction(&self, key: &PostKey) -> Result<Option<Correction>> {
        self.lock_news()?;
        let sql = format!(
            "SELECT {CORRECTION} FROM correction WHERE tenant = $1 AND platform = $2 AND id = $3
                ORDER BY entry DESC LIMIT 1"
        );
        self.one(&sql, &values![self.tenant, &key.platform, &key.id], convert::correction)
    }

    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>> {
        let sql = format!(
            "SELECT {CORRECTION} FROM correction WHERE tenant = $1 AND entry > $2 AND entry <= $3 ORDER BY entry LIMIT $4"
        );
        self.all(&sql, &values![self.tenant, after, self.decided()?, limit], convert::correction)
    }

    fn export(&self, sink: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let from = |columns: &str, table: &str, key: &str| {
            format!("SELECT {columns} FROM {table} WHERE tenant = $1 ORDER BY {key}")
        };
        self.each(&from(ENTRY, "entry", "seq"), |row| convert::entry(row).map(Row::Entry), sink)?;
        self.each(&from(TICKET, "ticket", "id"), |row| convert::ticket(row).map(Row::Ticket), sink)?;
        self.each(&from(POST, "post", "platform, id"), |row| convert::post(row).map(Row::Post), sink)?;
        self.each(&from(REPLY, "reply", "platform, id"), |row| convert::reply(row).map(Row::Reply), sink)?;
        self.each(&from(CONTACT, "contact", "entry"), |row| convert::contact(row).map(Row::Contact), sink)?;
        let view = |row: &SqlRow| Ok(Row::View { name: row.try_get(0)?, filter: convert::json_at(row, 1)? });
        self.each(&from("name, filter", "saved_view", "name"), view, sink)?;
        self.each(&from(POLICY, "policy", "seq"), |row| convert::policy(row).map(Row::Policy), sink)?;
        self.each(&from(SAMPLED, "sample", "platform, id"), |row| convert::sampled(row).map(Row::Sampled), sink)?;
        let bar = |row: &SqlRow| Ok(Row::Bar { day: row.try_get(0)?, bar: row.try_get(1)? });
        self.each(&from("day, bar", "bar", "day"), bar, sink)?;
        let correction = |row: &SqlRow| convert::correction(row).map(Row::Correction);
        self.each(&from(CORRECTION, "correction", "entry"), correction, sink)?;
        self.told(sink)
    }
}
