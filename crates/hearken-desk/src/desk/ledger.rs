//! The acknowledgement ledger: everyone who reached out is waiting, assigned or acknowledged, since when; and who was kind to them
//! is not forgotten either.

use super::contact::{Leave, leave_to_contact};
use super::step::{Act, load};
use super::{Desk, LONGEST_LIST, check_name};
use crate::error::{Error, Result};
use crate::intake::{PostKey, TicketReply};
use crate::state::Refused;
use crate::store::{Crowd, Ledger, Store};
use crate::ticket::{Person, Ticket, TicketId};
use crate::time::{Timestamp, whole};
use crate::trail::{Contact, Deed, Entry};

impl Ledger {
    /// The number that everyone should see: `waiting: 3, oldest 2 h 10 min, 1 late`.
    pub fn headline(&self, now: Timestamp) -> String {
        let minutes = |oldest: Timestamp| (now.as_second() - oldest.as_second()).max(0) / 60;
        let late = if self.late > 0 { format!(", {} late", self.late) } else { String::new() };
        let Some(minutes) = self.oldest.map(minutes) else { return format!("waiting: {}{late}", self.waiting) };
        let (days, hours) = (minutes / (24 * 60), minutes / 60);
        let oldest = match (days, hours) {
            (0, 0) => format!("{minutes} min"),
            (0, _) => format!("{hours} h {} min", minutes % 60),
            _ => format!("{days} d {} h", hours % 24),
        };
        format!("waiting: {}, oldest {oldest}{late}", self.waiting)
    }
}

impl<S: Store> Desk<S> {
    /// How many wait, since when the first of them, and what became of the others.
    ///
    /// # Errors
    /// The store fails.
    pub fn ledger(&self, now: Timestamp) -> Result<Ledger> {
        self.read(|rows| rows.ledger(whole(now)))
    }

    /// How many tickets there are of each kind, in any order. It takes the longer the more there are.
    ///
    /// # Errors
    /// The store fails.
    pub fn census(&self, now: Timestamp) -> Result<Vec<Crowd>> {
        self.read(|rows| rows.census(whole(now)))
    }

    /// What was done of these deeds after an entry of the trail, at most [`LONGEST_LIST`] of them, and the entry after which to go on.
    ///
    /// # Errors
    /// The store fails.
    pub fn deeds_since(&self, after: i64, deeds: &[Deed]) -> Result<(Vec<Entry>, i64)> {
        self.read(|rows| {
            let entries = rows.deeds_after(after, deeds, LONGEST_LIST)?;
            let last = match entries.last().filter(|_| entries.len() == LONGEST_LIST) {
                Some(last) => last.seq,
                None => rows.last_entry()?,
            };
            Ok((entries, last))
        })
    }

    /// Those who wait, whoever waits longest first; at most [`LONGEST_LIST`]. [`Ticket::waiting_since`] and the id of the last go
    /// on from there.
    ///
    /// # Errors
    /// The store fails.
    pub fn waiting(&self, after: Option<(Timestamp, TicketId)>, limit: usize, now: Timestamp) -> Result<Vec<Ticket>> {
        self.read(|rows| rows.waiting(whole(now), after, limit.min(LONGEST_LIST)))
    }

    /// Kind replies to people who mourn, since a time, for which nobody thanked yet.
    ///
    /// # Errors
    /// The store fails.
    pub fn supporters(&self, since: Timestamp, limit: usize) -> Result<Vec<TicketReply>> {
        self.read(|rows| rows.supporters(whole(since), limit.min(LONGEST_LIST)))
    }

    /// Writes down that a human thanked someone for a reply. It is a contact with them like any other.
    ///
    /// # Errors
    /// There is no such reply, they were thanked, or contacted too recently; or the store fails.
    pub fn thank(&self, reply: &PostKey, by: &str, now: Timestamp) -> Result<()> {
        check_name(by)?;
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let known = rows.reply(reply)?;
            let mut known = known.ok_or_else(|| Error::Invalid(format!("reply {} is not on this desk", reply.id)))?;
            if let Some(by) = &known.thanked_by {
                return Err(Error::Invalid(format!("{by} has thanked for it")));
            }
            let author = known.reply.author.clone();
            let person = author.map(|author| Person { platform: reply.platform.clone(), author });
            if let Some(person) = &person
                && let Leave::Denied { why, .. } = leave_to_contact(rows, &rules, person, false, now)?
            {
                return Err(Refused::ContactBudget(why).into());
            }
            let act = Act::by(&rules, by, now).because(Some(&reply.id));
            let ticket = load(rows, known.ticket, act)?;
            let entry = rows.append(&act.entry(&ticket, Deed::Thanked))?;
            if let Some(person) = person {
                rows.put_contact(&Contact { entry, person, at: now, by: by.to_owned(), grief: false })?;
            }
            known.thanked_by = Some(by.to_owned());
            rows.put_reply(&known)
        })
    }
}
