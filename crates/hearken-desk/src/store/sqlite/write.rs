//! Writing rows.

use rusqlite::{Params, params};

use super::Tx;
use super::convert::{json, name};
use crate::error::{Error, Result};
use crate::feedback::{Correction, Truth};
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::policy::Adopted;
use crate::sample::{Sampled, Verdict};
use crate::state::State;
use crate::store::{Filter, Load, OutboxRowsMut, Row, RowsMut};
use crate::ticket::{Person, Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::{Contact, Entry};

pub(super) fn failed(error: rusqlite::Error) -> Error {
    Error::store("the desk can't be written", error)
}

pub(super) fn milliseconds(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millisecond)
}

impl Tx<'_> {
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<()> {
        self.changed(sql, params).map(drop)
    }

    /// How many rows a statement changed.
    pub(super) fn changed(&self, sql: &str, params: impl Params) -> Result<usize> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.execute(params).map_err(failed)
    }

    fn insert_entry(&self, seq: i64, entry: &Entry) -> rusqlite::Result<()> {
        let sql =
            "INSERT INTO entry (tenant, seq, ticket, at, by, deed, from_state, to_state, why, other, undoes, before)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let Entry { ticket, at, by, deed, from, to, why, other, undoes, before, .. } = entry;
        self.connection.prepare_cached(sql)?.execute(params![
            self.tenant,
            seq,
            ticket.0,
            at.as_millisecond(),
            by,
            deed.name(),
            from.as_ref().map(json).transpose()?,
            json(to)?,
            why,
            other.map(|other| other.0),
            undoes,
            before.as_ref().map(json).transpose()?,
        ])?;
        Ok(())
    }
}

impl RowsMut for Tx<'_> {
    fn new_ticket_id(&mut self) -> Result<TicketId> {
        let id = self.last_ticket.get() + 1;
        self.last_ticket.set(id);
        Ok(TicketId(id))
    }

    fn put_ticket(&mut self, ticket: &Ticket) -> Result<()> {
        let sql = "INSERT INTO ticket (tenant, id, state, holder, until, outcome, part_of, platform, author, thread, labels,
                urgency, lang, team, rank_at, due_by, unpinned, posts, opened_at, last_post_at, waiting_since,
                acknowledged_at, since, quiet_until, entry, lane, wakes_at, waits_from, alarm, alarm_at, raised)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)
            ON CONFLICT (tenant, id) DO UPDATE SET state = ?3, holder = ?4, until = ?5, outcome = ?6, part_of = ?7,
                platform = ?8, author = ?9, thread = ?10, labels = ?11, urgency = ?12, lang = ?13, team = ?14, rank_at = ?15,
                due_by = ?16, unpinned = ?17, posts = ?18, opened_at = ?19, last_post_at = ?20, waiting_since = ?21,
                acknowledged_at = ?22, since = ?23, quiet_until = ?24, entry = ?25, lane = ?26, wakes_at = ?27,
                waits_from = ?28, alarm = ?29, alarm_at = ?30, raised = ?31";
        let outcome = match &ticket.state {
            State::Resolved { outcome, .. } => Some(name(outcome).map_err(failed)?),
            _ => None,
        };
        let part_of = match &ticket.state {
            State::Merged { into } => Some(into.0),
            _ => None,
        };
        let aside = ticket.state.is_gone() || ticket.state == State::Held;
        let lane = ticket.is_ready().then(|| ticket.lane().key());
        if let Some(lane) = &lane {
            self.execute(
                "INSERT INTO lane (tenant, lane) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![self.tenant, lane],
            )?;
        }
        self.execute(
            sql,
            params![
                self.tenant,
                ticket.id.0,
                ticket.state.name(),
                ticket.state.holder(),
                milliseconds(ticket.state.until()),
                outcome,
                part_of,
                ticket.person.as_ref().map(|person| &person.platform),
                ticket.person.as_ref().map(|person| &person.author),
                ticket.thread,
                ticket.labels.bits(),
                ticket.urgency,
                ticket.lang,
                ticket.team,
                ticket.rank_at,
                milliseconds(ticket.due_by),
                !ticket.pinned,
                ticket.posts,
                ticket.opened_at.as_millisecond(),
                ticket.last_post_at.as_millisecond(),
                milliseconds(ticket.waiting_since),
                milliseconds(ticket.acknowledged_at),
                ticket.since.as_millisecond(),
                milliseconds(ticket.quiet_until),
                ticket.entry,
                lane,
                milliseconds(ticket.wakes_at()),
                milliseconds(ticket.waiting_since).filter(|_| !aside),
                ticket.alarm.as_ref().map(name).transpose().map_err(failed)?,
                milliseconds(ticket.alarm_at),
                ticket.raised,
            ],
        )
    }

    fn put_post(&mut self, post: &TicketPost) -> Result<()> {
        let sql = "INSERT INTO post (tenant, platform, id, ticket, taken_at, reposts, gone, author, text, created_at, edited_at,
                reply_to, thread, lang, labels, urgency, rank_at, due_by, why, team, disposition, record,
                route)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                ?23)
            ON CONFLICT (tenant, platform, id) DO UPDATE SET ticket = ?4, taken_at = ?5, reposts = ?6, gone = ?7, author = ?8,
                text = ?9, created_at = ?10, edited_at = ?11, reply_to = ?12, thread = ?13, lang = ?14, labels = ?15,
                urgency = ?16, rank_at = ?17, due_by = ?18, why = ?19, team = ?20, disposition = ?21, record = ?22,
                route = ?23";
        let TicketPost { ticket, taken_at, reposts, gone, post } = post;
        self.execute(
            sql,
            params![
                self.tenant,
                post.platform,
                post.id,
                ticket.0,
                taken_at.as_millisecond(),
                reposts,
                gone,
                post.author,
                post.text,
                post.created_at.as_millisecond(),
                milliseconds(post.edited_at),
                post.reply_to,
                post.thread,
                post.lang,
                post.labels.bits(),
                post.urgency,
                post.rank_at,
                milliseconds(post.due_by),
                json(&post.why).map_err(failed)?,
                post.team,
                name(&post.disposition).map_err(failed)?,
                post.record,
                post.route,
            ],
        )
    }

    fn put_reply(&mut self, reply: &TicketReply) -> Result<()> {
        let sql = "INSERT INTO reply (tenant, platform, id, ticket, of, author, text, created_at, kind, thanked_by)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (tenant, platform, id) DO UPDATE SET ticket = ?4, of = ?5, author = ?6, text = ?7, created_at = ?8,
                kind = ?9, thanked_by = ?10";
        let TicketReply { ticket, thanked_by, reply } = reply;
        let kind = name(&reply.kind).map_err(failed)?;
        let at = reply.created_at.as_millisecond();
        let (platform, id, of) = (&reply.platform, &reply.id, &reply.of);
        self.execute(
            sql,
            params![self.tenant, platform, id, ticket.0, of, reply.author, reply.text, at, kind, thanked_by],
        )
    }

    fn remove_reply(&mut self, key: &PostKey) -> Result<()> {
        let sql = "DELETE FROM reply WHERE tenant = ?1 AND platform = ?2 AND id = ?3";
        self.execute(sql, params![self.tenant, key.platform, key.id])
    }

    fn append(&mut self, entry: &Entry) -> Result<i64> {
        let seq = self.last_entry.get() + 1;
        self.insert_entry(seq, entry).map_err(failed)?;
        self.last_entry.set(seq);
        Ok(seq)
    }

    fn put_contact(&mut self, contact: &Contact) -> Result<()> {
        let sql =
            "INSERT INTO contact (tenant, entry, platform, author, at, by, grief) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Contact { entry, person, at, by, grief } = contact;
        let at = at.as_millisecond();
        self.execute(sql, params![self.tenant, entry, person.platform, person.author, at, by, grief])
    }

    fn remove_contact(&mut self, entry: i64) -> Result<()> {
        self.execute("DELETE FROM contact WHERE tenant = ?1 AND entry = ?2", params![self.tenant, entry])
    }

    fn forget_person(&mut self, person: &Person) -> Result<()> {
        let sql = "DELETE FROM contact WHERE tenant = ?1 AND author = ?2 AND platform = ?3";
        self.execute(sql, params![self.tenant, person.author, person.platform])
    }

    fn put_load(&mut self, name: &str, load: &Load) -> Result<()> {
        let sql = "INSERT INTO workload (tenant, name, grief_in_a_row, last_claim_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (tenant, name) DO UPDATE SET grief_in_a_row = ?3, last_claim_at = ?4";
        self.execute(sql, params![self.tenant, name, load.grief_in_a_row, milliseconds(load.last_claim_at)])
    }

    fn put_view(&mut self, name: &str, filter: &Filter) -> Result<()> {
        let sql = "INSERT INTO saved_view (tenant, name, filter) VALUES (?1, ?2, ?3)
            ON CONFLICT (tenant, name) DO UPDATE SET filter = ?3";
        self.execute(sql, params![self.tenant, name, json(filter).map_err(failed)?])
    }

    fn put_policy(&mut self, policy: &Adopted) -> Result<()> {
        let sql = "INSERT INTO policy (tenant, seq, at, by, digest, rules, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Adopted { seq, at, by, digest, rules, source } = policy;
        self.execute(sql, params![self.tenant, seq, at.as_millisecond(), by, digest, rules, source])
    }

    fn put_sampled(&mut self, sampled: &Sampled) -> Result<()> {
        let sql = "INSERT INTO sample (tenant, platform, id, day, mark, author, post, grief, urgent, judged_by,
                judged_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let Sampled { day, mark, post, verdict } = sampled;
        let verdict = verdict.as_ref();
        self.execute(
            sql,
            params![
                self.tenant,
                post.platform,
                post.id,
                day,
                mark,
                post.author,
                json(post).map_err(failed)?,
                verdict.map(|verdict| verdict.grief),
                verdict.map(|verdict| verdict.urgent),
                verdict.map(|verdict| &verdict.by),
                verdict.map(|verdict| verdict.at.as_millisecond()),
            ],
        )
    }

    fn put_verdict(&mut self, key: &PostKey, verdict: &Verdict) -> Result<()> {
        let sql = "UPDATE sample SET grief = ?4, urgent = ?5, judged_by = ?6, judged_at = ?7
            WHERE tenant = ?1 AND platform = ?2 AND id = ?3";
        let Verdict { by, at, grief, urgent } = verdict;
        let at = at.as_millisecond();
        self.execute(sql, params![self.tenant, key.platform, key.id, grief, urgent, by, at])
    }

    fn remove_sampled(&mut self, key: &PostKey) -> Result<()> {
        let sql = "DELETE FROM sample WHERE tenant = ?1 AND platform = ?2 AND id = ?3";
        self.execute(sql, params![self.tenant, key.platform, key.id])
    }

    fn put_bar(&mut self, day: i64, bar: i64) -> Result<()> {
        let sql = "INSERT INTO bar (tenant, day, bar) VALUES (?1, ?2, ?3)
            ON CONFLICT (tenant, day) DO UPDATE SET bar = ?3";
        self.execute(sql, params![self.tenant, day, bar])
    }

    fn put_correction(&mut self, correction: &Correction) -> Result<()> {
        let sql =
            "INSERT INTO correction (tenant, entry, platform, id, by, at, model, grief, frustration, advice_seeking,
                advice_giving, promotion, urgency, urgent)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let Correction { entry, post, by, at, model, truth } = correction;
        let Truth { grief, frustration, advice_seeking, advice_giving, promotion, urgency, urgent } = truth;
        self.execute(
            sql,
            params![
                self.tenant,
                entry,
                post.platform,
                post.id,
                by,
                at.as_millisecond(),
                model,
                grief,
                frustration,
                advice_seeking,
                advice_giving,
                promotion,
                urgency,
                urgent,
            ],
        )
    }

    fn remove_correction(&mut self, entry: i64) -> Result<()> {
        self.execute("DELETE FROM correction WHERE tenant = ?1 AND entry = ?2", params![self.tenant, entry])
    }

    fn remove_corrections_of(&mut self, key: &PostKey) -> Result<()> {
        let sql = "DELETE FROM correction WHERE tenant = ?1 AND platform = ?2 AND id = ?3";
        self.execute(sql, params![self.tenant, key.platform, key.id])
    }

    fn restore(&mut self, row: &Row) -> Result<()> {
        match row {
            Row::Entry(entry) => {
                self.last_entry.set(self.last_entry.get().max(entry.seq));
                self.insert_entry(entry.seq, entry).map_err(failed)
            }
            Row::Ticket(ticket) => {
                self.last_ticket.set(self.last_ticket.get().max(ticket.id.0));
                self.put_ticket(ticket)
            }
            Row::Post(post) => self.put_post(post),
            Row::Reply(reply) => self.put_reply(reply),
            Row::Contact(contact) => self.put_contact(contact),
            Row::View { name, filter } => self.put_view(name, filter),
            Row::Policy(policy) => self.put_policy(policy),
            Row::Sampled(sampled) => self.put_sampled(sampled),
            Row::Correction(correction) => self.put_correction(correction),
            Row::Bar { day, bar } => self.put_bar(*day, *bar),
            Row::Message(message) => self.put_message(message),
            Row::Channel(channel) => self.put_channel(channel),
            Row::Opened { label, bucket, tickets } => self.add_opened(*label, *bucket, *tickets),
            Row::Spike(spike) => self.put_spike(spike),
        }
    }
}
