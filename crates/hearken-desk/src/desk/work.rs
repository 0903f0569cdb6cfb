//! What people do with a ticket.

use super::contact::{Leave, leave_for};
use super::next::Claimed;
use super::step::{Act, enter, load, step};
use super::{Desk, check_name, check_note};
use crate::error::{Error, Result};
use crate::state::{Action, Outcome, Refused, State, transition};
use crate::store::{RowsMut, Store};
use crate::ticket::{Ticket, TicketId};
use crate::time::{Timestamp, later, whole};
use crate::trail::{Contact, Deed, Entry};

impl<S: Store> Desk<S> {
    /// Keeps a claimed ticket for another lease.
    ///
    /// # Errors
    /// It is not theirs, or not any more; or the store fails.
    pub fn renew(&self, id: TicketId, by: &str, now: Timestamp) -> Result<Ticket> {
        self.act(id, &Action::Renew(later(whole(now), self.rules()?.lease)), by, None, now)
    }

    /// Gives a claimed ticket back, or a snoozed one that they put off.
    ///
    /// # Errors
    /// It is not theirs; or the store fails.
    pub fn release(&self, id: TicketId, by: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        self.act(id, &Action::Release, by, why, now)
    }

    /// Gives a claimed ticket to a colleague, who has it for one lease. If they do nothing, it is open again.
    ///
    /// # Errors
    /// It is not theirs, or the colleague has no usable name; or the store fails.
    pub fn hand_off(&self, id: TicketId, by: &str, to: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        check_name(to)?;
        self.act(id, &Action::HandOff(to.to_owned(), later(whole(now), self.rules()?.lease)), by, why, now)
    }

    /// Gives a claimed ticket to a team, any of whom may claim it then; without a name to everyone.
    ///
    /// # Errors
    /// It is not theirs, or the team has no usable name; or the store fails.
    pub fn hand_off_to_team(
        &self,
        id: TicketId,
        by: &str,
        team: Option<&str>,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Ticket> {
        check_name(by)?;
        team.map_or(Ok(()), check_name)?;
        why.map_or(Ok(()), check_note)?;
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let mut ticket = load(rows, id, act)?;
            let to = transition(&ticket.state, &Action::Release, by, now)?;
            let entry = act.entry(&ticket, Deed::HandedOff);
            let entry = Entry { to: to.clone(), ..entry };
            enter(rows, &rules, &mut ticket, to, &entry, |ticket| ticket.team = team.map(str::to_owned))?;
            Ok(ticket)
        })
    }

    /// Writes down that a human replied. Nothing is sent. Counts against the contact budget, and is refused when that is used up,
    /// unless the ticket is urgent or the answer was given `despite` it.
    ///
    /// # Errors
    /// It is not theirs, the budget refuses, or the store fails.
    pub fn answer(&self, id: TicketId, by: &str, why: Option<&str>, despite: bool, now: Timestamp) -> Result<Claimed> {
        check_name(by)?;
        why.map_or(Ok(()), check_note)?;
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let mut ticket = load(rows, id, act)?;
            // Whose it is comes first: a budget is no reason to look elsewhere.
            transition(&ticket.state, &Action::Answer, by, now)?;
            let warnings = match leave_for(rows, &rules, &ticket, now)? {
                Leave::Granted => Vec::new(),
                Leave::Warned(why) => vec![why],
                Leave::Denied { why, .. } if despite => vec![why],
                Leave::Denied { why, .. } => return Err(Refused::ContactBudget(why).into()),
            };
            let entry = step(rows, &mut ticket, &Action::Answer, act)?;
            if let Some(person) = ticket.person.clone() {
                rows.put_contact(&Contact { entry, person, at: now, by: by.to_owned(), grief: ticket.is_grief() })?;
            }
            Ok(Claimed { ticket, warnings })
        })
    }

    /// Says that nothing more is to be done, and how it ended.
    ///
    /// # Errors
    /// It is not theirs; or the store fails.
    pub fn resolve(
        &self,
        id: TicketId,
        by: &str,
        outcome: Outcome,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Ticket> {
        self.act(id, &Action::Resolve(outcome), by, why, now)
    }

    /// Promises to come back to it. At that time it is open again, for everyone.
    ///
    /// # Errors
    /// It is not theirs, the time is over; or the store fails.
    pub fn snooze(
        &self,
        id: TicketId,
        by: &str,
        until: Timestamp,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Ticket> {
        self.act(id, &Action::Snooze(whole(until)), by, why, now)
    }

    /// Opens a ticket again that was answered, resolved, put off or held back.
    ///
    /// # Errors
    /// It is open, or gone; or the store fails.
    pub fn reopen(&self, id: TicketId, by: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        self.act(id, &Action::Reopen, by, why, now)
    }

    /// Puts a ticket with the promotion.
    ///
    /// # Errors
    /// Someone else has it, or it is gone; or the store fails.
    pub fn hold(&self, id: TicketId, by: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        self.act(id, &Action::Hold, by, why, now)
    }

    /// Puts a ticket before all that are not pinned, or takes the pin out.
    ///
    /// # Errors
    /// It is gone; or the store fails.
    pub fn pin(&self, id: TicketId, by: &str, pinned: bool, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        check_name(by)?;
        why.map_or(Ok(()), check_note)?;
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let mut ticket = load(rows, id, act)?;
            refuse_gone(&ticket.state)?;
            if ticket.pinned != pinned {
                let deed = if pinned { Deed::Pinned } else { Deed::Unpinned };
                let (entry, state) = (act.entry(&ticket, deed), ticket.state.clone());
                enter(rows, &rules, &mut ticket, state, &entry, |ticket| ticket.pinned = pinned)?;
            }
            Ok(ticket)
        })
    }

    /// Writes something down about a ticket, for colleagues to read.
    ///
    /// # Errors
    /// The note is empty or too long, there is no such ticket; or the store fails.
    pub fn note(&self, id: TicketId, by: &str, note: &str, now: Timestamp) -> Result<()> {
        check_name(by)?;
        check_note(note)?;
        if note.trim().is_empty() {
            return Err(Error::Invalid("a note needs some words".to_owned()));
        }
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(Some(note));
            let ticket = load(rows, id, act)?;
            rows.append(&act.entry(&ticket, Deed::Noted))?;
            Ok(())
        })
    }

    fn act(&self, id: TicketId, action: &Action, by: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        check_name(by)?;
        why.map_or(Ok(()), check_note)?;
        let now = whole(now);
        let work = |rows: &mut dyn RowsMut| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let mut ticket = load(rows, id, act)?;
            step(rows, &mut ticket, action, act)?;
            Ok(ticket)
        };
        match action {
            Action::Renew(_) | Action::Release => self.write_lightly(work),
            _ => self.write(work),
        }
    }
}

pub(super) fn refuse_gone(state: &State) -> Result<(), Refused> {
    match state {
        State::Merged { into } => Err(Refused::Merged { into: *into }),
        State::Deleted => Err(Refused::Deleted),
        _ => Ok(()),
    }
}
