//! The tables of one tenant: persistent maps, so a copy costs nothing and a change that fails is one that is thrown away.

use imbl::{OrdMap, OrdSet};

use crate::feedback::Correction;
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::label::Label;
use crate::outbox::{Channel, Message};
use crate::policy::Adopted;
use crate::sample::Sampled;
use crate::spike::Spike;
use crate::store::{Filter, Load, Row};
use crate::ticket::{Lane, Person, Place, Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::{Contact, Entry};

#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) last_ticket: i64,
    pub(super) last_entry: i64,
    pub(super) tickets: OrdMap<TicketId, Ticket>,
    pub(super) places: OrdSet<Place>,
    pub(super) lanes: OrdSet<Lane>,
    pub(super) ready: OrdSet<(Lane, Place)>,
    pub(super) wakes: OrdSet<(Timestamp, TicketId)>,
    pub(super) waits: OrdSet<(Timestamp, TicketId)>,
    pub(super) alarms: OrdSet<(Timestamp, TicketId)>,
    pub(super) of_person: OrdSet<(Person, TicketId)>,
    pub(super) posts: OrdMap<PostKey, TicketPost>,
    pub(super) of_ticket: OrdSet<(TicketId, Timestamp, PostKey)>,
    pub(super) replies: OrdMap<PostKey, TicketReply>,
    pub(super) entries: OrdMap<i64, Entry>,
    pub(super) contacts: OrdMap<i64, Contact>,
    pub(super) loads: OrdMap<String, Load>,
    pub(super) views: OrdMap<String, Filter>,
    pub(super) policies: OrdMap<i64, Adopted>,
    pub(super) sample: OrdMap<PostKey, Sampled>,
    pub(super) bars: OrdMap<i64, i64>,
    pub(super) corrections: OrdMap<i64, Correction>,
    pub(super) messages: OrdMap<String, Message>,
    pub(super) channels: OrdMap<String, Channel>,
    pub(super) opened: OrdMap<(Option<Label>, i64), u64>,
    pub(super) spikes: OrdMap<(Option<Label>, Timestamp), Spike>,
}

impl Tables {
    pub(super) fn set_ticket(&mut self, ticket: &Ticket) {
        if let Some(old) = self.tickets.insert(ticket.id, ticket.clone()) {
            self.places.remove(&old.place());
            self.ready.remove(&(old.lane(), old.place()));
            old.wakes_at().map(|at| self.wakes.remove(&(at, old.id)));
            old.waiting_since.map(|at| self.waits.remove(&(at, old.id)));
            old.alarm_at.map(|at| self.alarms.remove(&(at, old.id)));
            old.person.map(|person| self.of_person.remove(&(person, old.id)));
        }
        self.places.insert(ticket.place());
        self.lanes.insert(ticket.lane());
        if ticket.is_ready() {
            self.ready.insert((ticket.lane(), ticket.place()));
        }
        ticket.wakes_at().map(|at| self.wakes.insert((at, ticket.id)));
        ticket.waiting_since.map(|at| self.waits.insert((at, ticket.id)));
        ticket.alarm_at.map(|at| self.alarms.insert((at, ticket.id)));
        ticket.person.clone().map(|person| self.of_person.insert((person, ticket.id)));
    }

    pub(super) fn set_post(&mut self, post: &TicketPost) {
        let key = post.post.key();
        if let Some(old) = self.posts.insert(key.clone(), post.clone()) {
            self.of_ticket.remove(&(old.ticket, old.post.created_at, key.clone()));
        }
        self.of_ticket.insert((post.ticket, post.post.created_at, key));
    }

    pub(super) fn set_row(&mut self, row: &Row) {
        match row {
            Row::Ticket(ticket) => {
                self.last_ticket = self.last_ticket.max(ticket.id.0);
                self.set_ticket(ticket);
            }
            Row::Post(post) => self.set_post(post),
            Row::Reply(reply) => {
                self.replies.insert(reply.reply.key(), reply.clone());
            }
            Row::Entry(entry) => {
                self.last_entry = self.last_entry.max(entry.seq);
                self.entries.insert(entry.seq, entry.clone());
            }
            Row::Contact(contact) => {
                self.contacts.insert(contact.entry, contact.clone());
            }
            Row::View { name, filter } => {
                self.views.insert(name.clone(), filter.clone());
            }
            Row::Policy(policy) => {
                self.policies.insert(policy.seq, policy.clone());
            }
            Row::Sampled(sampled) => {
                self.sample.insert(sampled.post.key(), sampled.clone());
            }
            Row::Correction(correction) => {
                self.corrections.insert(correction.entry, correction.clone());
            }
            Row::Bar { day, bar } => {
                self.bars.insert(*day, *bar);
            }
            Row::Message(message) => {
                self.messages.insert(message.id.clone(), message.clone());
            }
            Row::Channel(channel) => {
                self.channels.insert(channel.hook.clone(), channel.clone());
            }
            Row::Opened { label, bucket, tickets } => {
                self.opened.insert((*label, *bucket), *tickets);
            }
            Row::Spike(spike) => {
                self.spikes.insert((spike.label, spike.at), spike.clone());
            }
        }
    }
}
