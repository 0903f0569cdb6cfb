//! The operations on the tables.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::tables::Tables;
use crate::error::Result;
use crate::feedback::Correction;
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::label::Label;
use crate::policy::Adopted;
use crate::sample::{Counts, Sampled, URGENT_FROM, Verdict, day_of};
use crate::state::{Outcome, State};
use crate::store::{Crowd, Filter, Ledger, Load, Row, Rows, RowsMut};
use crate::ticket::{Alarm, Lane, Person, Place, Standing, Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::{Contact, Deed, Entry};

const NO_TICKET: TicketId = TicketId(i64::MIN);

impl Rows for Tables {
    fn ticket(&self, id: TicketId) -> Result<Option<Ticket>> {
        Ok(self.tickets.get(&id).cloned())
    }

    fn ticket_of(&self, person: &Person, thread: Option<&str>) -> Result<Option<Ticket>> {
        let ids = self.of_person.range((person.clone(), NO_TICKET)..).take_while(|(other, _)| other == person);
        let tickets = ids.filter_map(|(_, id)| self.tickets.get(id));
        let live = tickets.filter(|ticket| !ticket.state.is_gone());
        let of_thread = live.filter(|ticket| thread.is_none() || ticket.thread.as_deref() == thread);
        Ok(of_thread.max_by_key(|ticket| (ticket.last_post_at, ticket.id)).cloned())
    }

    fn lanes(&self) -> Result<Vec<Lane>> {
        Ok(self.lanes.iter().cloned().collect())
    }

    fn first_ready(&self, lanes: &[Lane]) -> Result<Option<Ticket>> {
        let first_of = |lane: &Lane| {
            let first = (lane.clone(), Place { unpinned: false, rank_at: i64::MIN, id: NO_TICKET });
            self.ready.range(first..).next().filter(|(other, _)| other == lane).map(|(_, place)| *place)
        };
        let first = lanes.iter().filter_map(first_of).min();
        Ok(first.and_then(|place| self.tickets.get(&place.id)).cloned())
    }

    fn awake(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>> {
        let over = self.wakes.iter().take_while(|(at, _)| *at <= now).take(limit);
        Ok(over.filter_map(|(_, id)| self.tickets.get(id)).cloned().collect())
    }

    fn alarming(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>> {
        let come = self.alarms.iter().take_while(|(at, _)| *at <= now).take(limit);
        Ok(come.filter_map(|(_, id)| self.tickets.get(id)).cloned().collect())
    }

    fn list(&self, filter: &Filter, now: Timestamp, after: Option<Place>, limit: usize) -> Result<Vec<Ticket>> {
        let start = Place { unpinned: false, rank_at: i64::MIN, id: NO_TICKET };
        let places = self.places.range(after.unwrap_or(start)..).filter(|place| Some(**place) != after);
        let tickets = places.filter_map(|place| self.tickets.get(&place.id));
        Ok(tickets.filter(|ticket| filter.matches(ticket, now)).take(limit).cloned().collect())
    }

    fn waiting(&self, now: Timestamp, after: Option<(Timestamp, TicketId)>, limit: usize) -> Result<Vec<Ticket>> {
        let waits = self.waits.range(after.unwrap_or((Timestamp::MIN, NO_TICKET))..);
        let tickets = waits.filter(|wait| Some(**wait) != after).filter_map(|(_, id)| self.tickets.get(id));
        Ok(tickets.filter(|ticket| ticket.standing(now) == Standing::Waiting).take(limit).cloned().collect())
    }

    fn ledger(&self, now: Timestamp) -> Result<Ledger> {
        let mut ledger = Ledger::default();
        for ticket in self.tickets.values() {
            match ticket.standing(now) {
                Standing::Waiting => {
                    ledger.waiting += 1;
                    ledger.oldest = [ledger.oldest, ticket.waiting_since].into_iter().flatten().min();
                }
                Standing::Assigned => ledger.assigned += 1,
                Standing::Acknowledged => ledger.acknowledged += 1,
                Standing::Aside => {}
            }
            ledger.late += u64::from(ticket.alarm_by(now) == Some(Alarm::Breached));
        }
        Ok(ledger)
    }

    fn census(&self, now: Timestamp) -> Result<Vec<Crowd>> {
        let mut crowds = BTreeMap::new();
        for ticket in self.tickets.values() {
            let Ticket { labels, team, .. } = ticket;
            let (state, urgency) = (ticket.state.at(now).name().to_owned(), (ticket.urgency + 0.5) as u8);
            let crowd = crowds.entry((state.clone(), team, *labels, urgency)).or_insert_with(|| Crowd {
                state,
                team: team.clone(),
                labels: *labels,
                urgency,
                tickets: 0,
                unanswered: 0,
                oldest: None,
            });
            crowd.tickets += 1;
            if matches!(ticket.standing(now), Standing::Waiting | Standing::Assigned) {
                crowd.unanswered += 1;
                crowd.oldest = [crowd.oldest, ticket.waiting_since].into_iter().flatten().min();
            }
        }
        Ok(crowds.into_values().collect())
    }

    fn post(&self, key: &PostKey) -> Result<Option<TicketPost>> {
        Ok(self.posts.get(key).cloned())
    }

    fn posts_of(&self, ticket: TicketId, after: Option<(Timestamp, PostKey)>, limit: usize) -> Result<Vec<TicketPost>> {
        let (at, key) = after.clone().unwrap_or((Timestamp::MIN, PostKey::new("", "")));
        let of_ticket = self.of_ticket.range((ticket, at, key)..).take_while(|(other, _, _)| *other == ticket);
        let later =
            of_ticket.filter(|(_, at, key)| after.as_ref().is_none_or(|after| (*at, key) != (after.0, &after.1)));
        Ok(later.filter_map(|(_, _, key)| self.posts.get(key)).take(limit).cloned().collect())
    }

    fn posts_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketPost>> {
        let by = self.posts.values().filter(|post| !post.gone && post.post.person().as_ref() == Some(person));
        Ok(by.take(limit).cloned().collect())
    }

    fn reply(&self, key: &PostKey) -> Result<Option<TicketReply>> {
        Ok(self.replies.get(key).cloned())
    }

    fn replies_of(&self, ticket: TicketId, limit: usize) -> Result<Vec<TicketReply>> {
        let mut replies: Vec<_> = self.replies.values().filter(|reply| reply.ticket == ticket).cloned().collect();
        replies.sort_by_key(|reply| (reply.reply.created_at, reply.reply.key()));
        replies.truncate(limit);
        Ok(replies)
    }

    fn replies_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketReply>> {
        let by = self.replies.values().filter(|TicketReply { reply, .. }| {
            reply.platform == person.platform && reply.author.as_ref() == Some(&person.author)
        });
        Ok(by.take(limit).cloned().collect())
    }

    fn supporters(&self, since: Timestamp, limit: usize) -> Result<Vec<TicketReply>> {
        let kind = self.replies.values().filter(|reply| {
            let to_grief = || self.tickets.get(&reply.ticket).is_some_and(Ticket::is_grief);
            let is_kind = reply.reply.kind.is_support() && reply.thanked_by.is_none();
            is_kind && reply.reply.created_at >= since && to_grief()
        });
        let mut kind: Vec<TicketReply> = kind.cloned().collect();
        kind.sort_by_key(|reply| (reply.reply.created_at, reply.reply.key()));
        kind.truncate(limit);
        Ok(kind)
    }

    fn entry(&self, seq: i64) -> Result<Option<Entry>> {
        Ok(self.entries.get(&seq).cloned())
    }

    fn entries_of(&self, ticket: TicketId, after: i64, limit: usize) -> Result<Vec<Entry>> {
        let of_ticket = self.entries.range(after.saturating_add(1)..).map(|(_, entry)| entry);
        Ok(of_ticket.filter(|entry| entry.ticket == ticket).take(limit).cloned().collect())
    }

    fn deeds_after(&self, after: i64, deeds: &[Deed], limit: usize) -> Result<Vec<Entry>> {
        let later = self.entries.range(after.saturating_add(1)..).map(|(_, entry)| entry);
        Ok(later.filter(|entry| deeds.contains(&entry.deed)).take(limit).cloned().collect())
    }

    fn last_entry(&self) -> Result<i64> {
        Ok(self.last_entry)
    }

    fn histories(
        &self,
        opened: Range<Timestamp>,
        deeds: &[Deed],
        sink: &mut dyn FnMut(Ticket, Vec<Entry>) -> Result<()>,
    ) -> Result<()> {
        let mut histories: HashMap<TicketId, Vec<Entry>> = HashMap::new();
        for entry in self.entries.values().filter(|entry| deeds.contains(&entry.deed)) {
            histories.entry(entry.ticket).or_default().push(entry.clone());
        }
        for ticket in self.tickets.values().filter(|ticket| opened.contains(&ticket.opened_at)) {
            sink(ticket.clone(), histories.remove(&ticket.id).unwrap_or_default())?;
        }
        Ok(())
    }

    fn entries_by(&self, by: &str, before: i64, limit: usize) -> Result<Vec<Entry>> {
        let earlier = self.entries.range(..before).rev().map(|(_, entry)| entry);
        Ok(earlier.filter(|entry| entry.by == by).take(limit).cloned().collect())
    }

    fn contacts_with(&self, person: &Person, since: Timestamp, limit: usize) -> Result<Vec<Contact>> {
        let with = self.contacts.values().filter(|contact| contact.person == *person && contact.at >= since);
        let mut with: Vec<_> = with.cloned().collect();
        with.sort_by_key(|contact| (contact.at, contact.entry));
        with.truncate(limit);
        Ok(with)
    }

    fn load(&self, name: &str) -> Result<Load> {
        Ok(self.loads.get(name).cloned().unwrap_or_default())
    }

    fn view(&self, name: &str) -> Result<Option<Filter>> {
        Ok(self.views.get(name).cloned())
    }

    fn views(&self) -> Result<Vec<String>> {
        Ok(self.views.keys().cloned().collect())
    }

    fn policy(&self) -> Result<Option<Adopted>> {
        Ok(self.policies.get_max().map(|(_, policy)| policy.clone()))
    }

    fn policies(&self, before: i64, limit: usize) -> Result<Vec<Adopted>> {
        Ok(self.policies.range(..before).rev().map(|(_, policy)| policy).take(limit).cloned().collect())
    }

    fn sampled(&self, key: &PostKey) -> Result<Option<Sampled>> {
        Ok(self.sample.get(key).cloned())
    }

    fn sampled_by(&self, person: &Person, limit: usize) -> Result<Vec<Sampled>> {
        let by = self.sample.values().filter(|sampled| sampled.post.person().as_ref() == Some(person));
        Ok(by.take(limit).cloned().collect())
    }

    fn last_sampled(&self, day: i64, bar: i64) -> Result<(u32, Option<Sampled>)> {
        let of_day = self.sample.values().filter(|sampled| sampled.day == day && sampled.mark < bar);
        let of_day: Vec<&Sampled> = of_day.collect();
        let last = of_day.iter().max_by_key(|sampled| sampled.mark);
        Ok((of_day.len() as u32, last.copied().cloned()))
    }

    fn bars(&self, days: Range<i64>) -> Result<Vec<(i64, i64)>> {
        Ok(self.bars.range(days).map(|(day, bar)| (*day, *bar)).collect())
    }

    fn unjudged(&self, days: Range<i64>, bar: i64, limit: usize) -> Result<Vec<Sampled>> {
        let of_days = self.sample.values().filter(|sampled| days.contains(&sampled.day) && sampled.mark < bar);
        let mut unjudged: Vec<_> = of_days.filter(|sampled| sampled.verdict.is_none()).cloned().collect();
        unjudged.sort_by_key(|sampled| (sampled.mark, sampled.post.key()));
        unjudged.truncate(limit);
        Ok(unjudged)
    }

    fn counts(&self, days: Range<i64>, bar: i64, grief: bool) -> Result<Counts> {
        let mut counts = Counts { bar, ..Counts::default() };
        for sampled in self.sample.values().filter(|sampled| days.contains(&sampled.day) && sampled.mark < bar) {
            counts.kept += 1;
            if let Some(verdict) = &sampled.verdict {
                counts.judged += 1;
                counts.missed += u64::from(if grief { verdict.grief } else { verdict.urgent });
            }
        }
        let misheard =
            |state: &State| matches!(state, State::Resolved { outcome: Outcome::Misheard, .. } | State::Held);
        for TicketPost { post, ticket, gone, .. } in self.posts.values() {
            let is_it = if grief { post.labels.contains(Label::Grief) } else { post.urgency >= URGENT_FROM };
            let heard = self.tickets.get(ticket).is_some_and(|ticket| !misheard(&ticket.state))
                && !self.sample.contains_key(&post.key());
            counts.heard += u64::from(!gone && is_it && heard && days.contains(&day_of(post.created_at)));
        }
        Ok(counts)
    }

    fn judged(&self, after: Option<&PostKey>, limit: usize) -> Result<Vec<Sampled>> {
        let later = self.sample.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
        let judged = later.filter(|(_, sampled)| sampled.verdict.is_some()).map(|(_, sampled)| sampled);
        Ok(judged.take(limit).cloned().collect())
    }

    fn correction(&self, key: &PostKey) -> Result<Option<Correction>> {
        Ok(self.corrections.values().rev().find(|correction| correction.post == *key).cloned())
    }

    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>> {
        let later = self.corrections.range(after.saturating_add(1)..).map(|(_, correction)| correction);
        Ok(later.take(limit).cloned().collect())
    }

    fn export(&self, sink: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let tickets = self.tickets.values().cloned().map(Row::Ticket);
        let posts = self.posts.values().cloned().map(Row::Post);
        let replies = self.replies.values().cloned().map(Row::Reply);
        let entries = self.entries.values().cloned().map(Row::Entry);
        let contacts = self.contacts.values().cloned().map(Row::Contact);
        let views = self.views.iter().map(|(name, filter)| Row::View { name: name.clone(), filter: filter.clone() });
        let policies = self.policies.values().cloned().map(Row::Policy);
        let sample = self.sample.values().cloned().map(Row::Sampled);
        let bars = self.bars.iter().map(|(day, bar)| Row::Bar { day: *day, bar: *bar });
        let trail = entries.chain(tickets).chain(posts).chain(replies).chain(contacts);
        let corrections = self.corrections.values().cloned().map(Row::Correction);
        let rows = trail.chain(views).chain(policies).chain(sample).chain(bars);
        let rows = rows.chain(corrections).chain(self.told());
        for row in rows {
            sink(row)?;
        }
        Ok(())
    }
}

impl RowsMut for Tables {
    fn new_ticket_id(&mut self) -> Result<TicketId> {
        self.last_ticket += 1;
        Ok(TicketId(self.last_ticket))
    }

    fn put_ticket(&mut self, ticket: &Ticket) -> Result<()> {
        self.set_ticket(ticket);
        Ok(())
    }

    fn put_post(&mut self, post: &TicketPost) -> Result<()> {
        self.set_post(post);
        Ok(())
    }

    fn put_reply(&mut self, reply: &TicketReply) -> Result<()> {
        self.replies.insert(reply.reply.key(), reply.clone());
        Ok(())
    }

    fn remove_reply(&mut self, key: &PostKey) -> Result<()> {
        self.replies.remove(key);
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<i64> {
        self.last_entry += 1;
        self.entries.insert(self.last_entry, Entry { seq: self.last_entry, ..entry.clone() });
        Ok(self.last_entry)
    }

    fn put_contact(&mut self, contact: &Contact) -> Result<()> {
        self.contacts.insert(contact.entry, contact.clone());
        Ok(())
    }

    fn remove_contact(&mut self, entry: i64) -> Result<()> {
        self.contacts.remove(&entry);
        Ok(())
    }

    fn forget_person(&mut self, person: &Person) -> Result<()> {
        let others = self.contacts.iter().filter(|(_, contact)| contact.person != *person);
        self.contacts = others.map(|(entry, contact)| (*entry, contact.clone())).collect();
        Ok(())
    }

    fn put_load(&mut self, name: &str, load: &Load) -> Result<()> {
        self.loads.insert(name.to_owned(), load.clone());
        Ok(())
    }

    fn put_view(&mut self, name: &str, filter: &Filter) -> Result<()> {
        self.views.insert(name.to_owned(), filter.clone());
        Ok(())
    }

    fn put_policy(&mut self, policy: &Adopted) -> Result<()> {
        self.policies.insert(policy.seq, policy.clone());
        Ok(())
    }

    fn put_sampled(&mut self, sampled: &Sampled) -> Result<()> {
        self.sample.insert(sampled.post.key(), sampled.clone());
        Ok(())
    }

    fn put_verdict(&mut self, key: &PostKey, verdict: &Verdict) -> Result<()> {
        if let Some(sampled) = self.sample.get_mut(key) {
            sampled.verdict = Some(verdict.clone());
        }
        Ok(())
    }

    fn remove_sampled(&mut self, key: &PostKey) -> Result<()> {
        self.sample.remove(key);
        Ok(())
    }

    fn put_bar(&mut self, day: i64, bar: i64) -> Result<()> {
        self.bars.insert(day, bar);
        Ok(())
    }

    fn put_correction(&mut self, correction: &Correction) -> Result<()> {
        self.corrections.insert(correction.entry, correction.clone());
        Ok(())
    }

    fn remove_correction(&mut self, entry: i64) -> Result<()> {
        self.corrections.remove(&entry);
        Ok(())
    }

    fn remove_corrections_of(&mut self, key: &PostKey) -> Result<()> {
        let others = self.corrections.iter().filter(|(_, correction)| correction.post != *key);
        self.corrections = others.map(|(entry, correction)| (*entry, correction.clone())).collect();
        Ok(())
    }

    fn restore(&mut self, row: &Row) -> Result<()> {
        self.set_row(row);
        Ok(())
    }
}
