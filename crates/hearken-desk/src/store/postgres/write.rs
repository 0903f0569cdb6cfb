//! Writing rows.

use super::convert::{CONTACT, CORRECTION, ENTRY, POLICY, REPLY, json, name};
use super::tx::{Tx, read_first};
use super::value::{Value, values};
use crate::error::Result;
use crate::feedback::{Correction, Truth};
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::policy::Adopted;
use crate::sample::{Sampled, Verdict};
use crate::state::State;
use crate::store::{Filter, Load, OutboxRowsMut as _, Row, RowsMut};
use crate::ticket::{Person, Ticket, TicketId};
use crate::trail::{Contact, Entry};

impl Tx<'_> {
    /// Keeps a row, new or known by its key: the tenant and the first columns, so many of them.
    pub(super) fn put(&self, table: &str, columns: &str, key: usize, values: Vec<Value>) -> Result<()> {
        self.flush()?;
        self.put_all(table, columns, Some(key), vec![values])
    }

    /// An entry but for its number.
    fn entry_values(&self, entry: &Entry) -> Result<[Value; 10]> {
        let Entry { ticket, at, by, deed, from, to, why, other, undoes, before, .. } = entry;
        self.note(ticket.0);
        Ok(values![
            ticket.0,
            *at,
            by,
            deed.name(),
            from.as_ref().map(json).transpose()?,
            json(to)?,
            why,
            other.map(|other| other.0),
            *undoes,
            before.as_ref().map(json).transpose()?,
        ])
    }

    /// Adds an entry with a number of its own.
    fn add_entry(&self, seq: i64, entry: &Entry) -> Result<i64> {
        let values = std::iter::once(seq.into()).chain(self.entry_values(entry)?).collect();
        self.appended.borrow_mut().push(seq);
        self.pending.borrow_mut().add_entry(values);
        self.go_if_many()?;
        Ok(seq)
    }

    /// Adds an entry, and gives it the next number.
    fn add_next_entry(&self, entry: &Entry) -> Result<i64> {
        let columns = ENTRY.trim_start_matches("seq, ");
        let sql = format!(
            "INSERT INTO entry (tenant, seq, {columns})
                VALUES ($1, nextval('tenant_{}_entries'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING seq",
            self.tenant
        );
        let values: Vec<Value> = std::iter::once(self.tenant.into()).chain(self.entry_values(entry)?).collect();
        let seq = read_first(&self.run(&sql, &values)?, |row| Ok(row.try_get::<_, i64>(0)?))?;
        self.appended.borrow_mut().extend(seq);
        Ok(seq.unwrap_or_default())
    }

    /// Makes a lane known. Lanes are few and stay, so it is known nearly always.
    fn add_lane(&self, lane: &str) -> Result<()> {
        if self.lanes.knows(self.tenant, lane) || self.new_lanes.borrow().contains(lane) {
            return Ok(());
        }
        let sql = "INSERT INTO lane (tenant, lane) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.run(sql, &values![self.tenant, lane])?;
        self.new_lanes.borrow_mut().insert(lane.to_owned());
        Ok(())
    }

    /// Lets the numbers go on after those that were restored.
    pub(super) fn go_on_after_restored(&self) -> Result<()> {
        let (tickets, entries) = self.restored.get();
        for (what, last) in [("tickets", tickets), ("entries", entries)] {
            if last > 0 {
                let name = format!("tenant_{}_{what}", self.tenant);
                let sql = format!("SELECT setval('{name}', greatest($1, (SELECT last_value FROM {name})))");
                self.execute(&sql, &values![last])?;
            }
        }
        Ok(())
    }
}

impl RowsMut for Tx<'_> {
    fn expect(&mut self, posts: &[PostKey], people: &[Person]) -> Result<()> {
        self.lock_named(posts, people)
    }

    fn new_ticket_id(&mut self) -> Result<TicketId> {
        self.numbers()
    }

    fn put_ticket(&mut self, ticket: &Ticket) -> Result<()> {
        let outcome = match &ticket.state {
            State::Resolved { outcome, .. } => Some(name(outcome)?),
            _ => None,
        };
        let part_of = match &ticket.state {
            State::Merged { into } => Some(into.0),
            _ => None,
        };
        let aside = ticket.state.is_gone() || ticket.state == State::Held;
        let lane = ticket.is_ready().then(|| ticket.lane().key());
        if let Some(lane) = &lane {
            self.add_lane(lane)?;
        }
        if let Some(person) = &ticket.person {
            self.absent.borrow_mut().people.remove(person);
        }
        self.note(ticket.id.0);
        let values = values![
            ticket.id.0,
            ticket.state.name(),
            ticket.state.holder(),
            ticket.state.until(),
            outcome,
            part_of,
            ticket.person.as_ref().map(|person| &person.platform),
            ticket.person.as_ref().map(|person| &person.author),
            &ticket.thread,
            ticket.labels.bits(),
            ticket.urgency,
            &ticket.lang,
            &ticket.team,
            ticket.rank_at,
            ticket.due_by,
            !ticket.pinned,
            ticket.posts,
            ticket.opened_at,
            ticket.last_post_at,
            ticket.waiting_since,
            ticket.acknowledged_at,
            ticket.since,
            ticket.quiet_until,
            ticket.entry,
            ticket.alarm.as_ref().map(name).transpose()?,
            ticket.alarm_at,
            ticket.raised,
            lane,
            ticket.wakes_at(),
            ticket.waiting_since.filter(|_| !aside),
        ];
        self.pending.borrow_mut().add_ticket(ticket, values.into());
        self.go_if_many()
    }

    fn put_post(&mut self, post: &TicketPost) -> Result<()> {
        let TicketPost { ticket, taken_at, reposts, gone, post } = post;
        let key = post.key();
        self.absent.borrow_mut().posts.remove(&key);
        self.note(ticket.0);
        let values = values![
            &post.platform,
            &post.id,
            ticket.0,
            *taken_at,
            i64::try_from(*reposts).unwrap_or(i64::MAX),
            *gone,
            &post.author,
            &post.text,
            post.created_at,
            post.edited_at,
            &post.reply_to,
            &post.thread,
            &post.lang,
            post.labels.bits(),
            post.urgency,
            post.rank_at,
            post.due_by,
            json(&post.why)?,
            &post.team,
            name(&post.disposition)?,
            &post.record,
            &post.route,
        ];
        self.pending.borrow_mut().add_post(&key, values.into());
        self.go_if_many()
    }

    fn put_reply(&mut self, reply: &TicketReply) -> Result<()> {
        let TicketReply { ticket, thanked_by, reply } = reply;
        self.absent.borrow_mut().replies.remove(&reply.key());
        self.note(ticket.0);
        let values = values![
            &reply.platform,
            &reply.id,
            ticket.0,
            &reply.of,
            &reply.author,
            &reply.text,
            reply.created_at,
            name(&reply.kind)?,
            thanked_by,
        ];
        self.put("reply", REPLY, 2, values.into())
    }

    fn remove_reply(&mut self, key: &PostKey) -> Result<()> {
        let sql = "DELETE FROM reply WHERE tenant = $1 AND platform = $2 AND id = $3 RETURNING ticket";
        let values = values![self.tenant, &key.platform, &key.id];
        let of: Option<i64> = self.one(sql, &values, |row| Ok(row.try_get(0)?))?;
        of.into_iter().for_each(|of| self.note(of));
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<i64> {
        let first = self.pending.borrow_mut().first_entry(entry.ticket.0);
        match first {
            Some(seq) => self.add_entry(seq, entry),
            // IMPORTANT: numbered now that its ticket is held, or the entries of another transaction might come in between.
            None => self.add_next_entry(entry),
        }
    }

    fn put_contact(&mut self, contact: &Contact) -> Result<()> {
        let Contact { entry, person, at, by, grief } = contact;
        let values = values![*entry, &person.platform, &person.author, *at, by, *grief];
        self.put("contact", CONTACT, 1, values.into())
    }

    fn remove_contact(&mut self, entry: i64) -> Result<()> {
        self.execute("DELETE FROM contact WHERE tenant = $1 AND entry = $2", &values![self.tenant, entry])
    }

    fn forget_person(&mut self, person: &Person) -> Result<()> {
        self.lock_person(person)?;
        let sql = "DELETE FROM contact WHERE tenant = $1 AND author = $2 AND platform = $3";
        self.execute(sql, &values![self.tenant, &person.author, &person.platform])
    }

    fn put_load(&mut self, name: &str, load: &Load) -> Result<()> {
        let values = values![name, load.grief_in_a_row, load.last_claim_at];
        self.put("workload", "name, grief_in_a_row, last_claim_at", 1, values.into())
    }

    fn put_view(&mut self, name: &str, filter: &Filter) -> Result<()> {
        self.put("saved_view", "name, filter", 1, values![name, json(filter)?].into())
    }

    fn put_policy(&mut self, policy: &Adopted) -> Result<()> {
        let sql = format!("INSERT INTO policy (tenant, {POLICY}) VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let Adopted { seq, at, by, digest, rules, source } = policy;
        self.execute(&sql, &values![self.tenant, *seq, *at, by, digest, rules, source])
    }

    fn put_sampled(&mut self, sampled: &Sampled) -> Result<()> {
        let columns = "platform, id, day, mark, author, post, grief, urgent, judged_by, judged_at";
        let Sampled { day, mark, post, verdict } = sampled;
        self.absent.borrow_mut().sampled.remove(&post.key());
        let verdict = verdict.as_ref();
        let values = values![
            &post.platform,
            &post.id,
            *day,
            *mark,
            &post.author,
            json(post)?,
            verdict.map(|verdict| verdict.grief),
            verdict.map(|verdict| verdict.urgent),
            verdict.map(|verdict| &verdict.by),
            verdict.map(|verdict| verdict.at),
        ];
        self.put_all("sample", columns, Some(2), vec![values.into()])
    }

    fn put_verdict(&mut self, key: &PostKey, verdict: &Verdict) -> Result<()> {
        let sql = "UPDATE sample SET grief = $4, urgent = $5, judged_by = $6, judged_at = $7
            WHERE tenant = $1 AND platform = $2 AND id = $3";
        let Verdict { by, at, grief, urgent } = verdict;
        self.execute(sql, &values![self.tenant, &key.platform, &key.id, *grief, *urgent, by, *at])
    }

    fn remove_sampled(&mut self, key: &PostKey) -> Result<()> {
        if self.absent.borrow().sampled.contains(key) {
            return Ok(());
        }
        let sql = "DELETE FROM sample WHERE tenant = $1 AND platform = $2 AND id = $3";
        self.run(sql, &values![self.tenant, &key.platform, &key.id]).map(drop)
    }

    fn put_bar(&mut self, day: i64, bar: i64) -> Result<()> {
        self.put_all("bar", "day, bar", Some(1), vec![values![day, bar].into()])
    }

    fn put_correction(&mut self, correction: &Correction) -> Result<()> {
        let Correction { entry, post, by, at, model, truth } = correction;
        let Truth { grief, frustration, advice_seeking, advice_giving, promotion, urgency, urgent } = truth;
        let values = values![
            *entry,
            &post.platform,
            &post.id,
            by,
            *at,
            model,
            *grief,
            *frustration,
            *advice_seeking,
            *advice_giving,
            *promotion,
            *urgency,
            *urgent,
        ];
        self.put("correction", CORRECTION, 1, values.into())
    }

    fn remove_correction(&mut self, entry: i64) -> Result<()> {
        self.execute("DELETE FROM correction WHERE tenant = $1 AND entry = $2", &values![self.tenant, entry])
    }

    fn remove_corrections_of(&mut self, key: &PostKey) -> Result<()> {
        let sql = "DELETE FROM correction WHERE tenant = $1 AND platform = $2 AND id = $3";
        self.execute(sql, &values![self.tenant, &key.platform, &key.id])
    }

    fn restore(&mut self, row: &Row) -> Result<()> {
        self.lock_news()?;
        let (tickets, entries) = self.restored.get();
        match row {
            Row::Entry(entry) => {
                self.restored.set((tickets, entries.max(entry.seq)));
                self.add_entry(entry.seq, entry).map(drop)
            }
            Row::Ticket(ticket) => {
                self.restored.set((tickets.max(ticket.id.0), entries));
                self.put_ticket(ticket)
            }
            Row::Post(post) => self.put_post(post),
            Row::Reply(reply) => self.put_reply(reply),
            Row::Contact(contact) => self.put_contact(contact),
            Row::View { name, filter } => self.put_view(name, filter),
            Row::Sampled(sampled) => self.put_sampled(sampled),
            Row::Correction(correction) => self.put_correction(correction),
            Row::Bar { day, bar } => self.put_bar(*day, *bar),
            Row::Policy(policy) => self.put_policy(policy),
            Row::Message(message) => self.put_message(message),
            Row::Channel(channel) => self.put_channel(channel),
            Row::Opened { label, bucket, tickets } => self.add_opened(*label, *bucket, *tickets),
            Row::Spike(spike) => self.put_spike(spike),
        }
    }
}
