//! To take a step back: the last thing that someone did, as a step of its own, written to the trail like any other.

use std::collections::HashSet;

use super::join::{absorb, keys_of, move_back, move_posts};
use super::relabel::unsay;
use super::step::{Act, enter, load};
use super::{Desk, check_name};
use crate::error::{Error, Result};
use crate::state::{Action, Refused, State, transition};
use crate::store::{Rows, RowsMut, Store};
use crate::ticket::Ticket;
use crate::time::{Timestamp, whole};
use crate::trail::{Deed, Entry};

/// So far back in what someone did something to undo is looked for.
const LOOKED_BACK: usize = 1000;

impl<S: Store> Desk<S> {
    /// Takes back the last thing that someone did and has not taken back yet. An answer that was sent can't be unsent: this
    /// is for one that was recorded by mistake.
    ///
    /// # Errors
    /// They did nothing, or the ticket was changed since; or the store fails.
    pub fn undo(&self, by: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        check_name(by)?;
        let now = whole(now);
        self.write(|rows| {
            let entry = last_of(rows, by)?;
            let mut ticket = rows.ticket(entry.ticket)?.ok_or(Error::NoTicket(entry.ticket))?;
            if entry.deed != Deed::Noted && ticket.entry != entry.seq {
                return Err(Refused::Undo(format!("{} was changed since; nothing was undone", ticket.id)).into());
            }
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            match entry.deed {
                Deed::Noted => {
                    rows.append(&Entry { undoes: Some(entry.seq), ..act.entry(&ticket, Deed::Undone) })?;
                }
                Deed::Merged => move_back(rows, &entry, &mut ticket, act)?,
                Deed::Relabelled => unsay(rows, &entry, &mut ticket, act)?,
                Deed::SplitOff => rejoin(rows, &entry, &mut ticket, act)?,
                _ => restore(rows, &entry, &mut ticket, act)?,
            }
            load(rows, ticket.id, act)
        })
    }
}

/// The last thing that someone did, that can be undone and is not.
fn last_of(rows: &dyn Rows, by: &str) -> Result<Entry> {
    let mut undone = HashSet::new();
    for entry in rows.entries_by(by, i64::MAX, LOOKED_BACK)? {
        undone.extend(entry.undoes);
        if entry.deed.can_be_undone() && !undone.contains(&entry.seq) {
            return Ok(entry);
        }
    }
    Err(Refused::Undo(format!("{by} has done nothing lately that could be undone")).into())
}

fn restore(rows: &mut dyn RowsMut, entry: &Entry, ticket: &mut Ticket, act: Act<'_>) -> Result<()> {
    let (Some(from), Some(before)) = (&entry.from, &entry.before) else {
        return Err(Refused::Undo(format!("entry {} can't be undone", entry.seq)).into());
    };
    let to = transition(&ticket.state, &Action::Restore(from.clone()), act.by, act.now)?;
    let undone = Entry { to: to.clone(), undoes: Some(entry.seq), ..act.entry(ticket, Deed::Undone) };
    enter(rows, act.rules, ticket, to, &undone, |ticket| {
        let before = before.clone();
        ticket.entry = before.entry;
        // Only what the step changed: the person may have written since.
        match entry.deed {
            Deed::Pinned | Deed::Unpinned => ticket.pinned = before.pinned,
            Deed::HandedOff => ticket.team = before.team,
            Deed::Claimed => ticket.quiet_until = before.quiet_until,
            Deed::Answered | Deed::Resolved | Deed::Reopened => {
                (ticket.waiting_since, ticket.acknowledged_at) = (before.waiting_since, before.acknowledged_at);
                (ticket.quiet_until, ticket.alarm) = (before.quiet_until, before.alarm);
            }
            // It waits as it did before, and nobody is told twice that it is late.
            Deed::Held => ticket.alarm = before.alarm,
            _ => {}
        }
    })?;
    if entry.deed == Deed::Answered {
        rows.remove_contact(entry.seq)?;
    }
    Ok(())
}

/// Undoes a split: what was taken out goes back.
fn rejoin(rows: &mut dyn RowsMut, entry: &Entry, ticket: &mut Ticket, act: Act<'_>) -> Result<()> {
    let Some(old) = entry.other else {
        return Err(Refused::Undo(format!("entry {} can't be undone", entry.seq)).into());
    };
    let mut kept = load(rows, old, act)?;
    let moved = keys_of(rows, ticket.id)?;
    let waits = ticket.waiting_since.is_some();
    absorb(rows, &mut kept, ticket, waits, act)?;
    let to = State::Merged { into: old };
    let undone = Entry { to: to.clone(), other: Some(old), undoes: Some(entry.seq), ..act.entry(ticket, Deed::Undone) };
    enter(rows, act.rules, ticket, to, &undone, |_| {})?;
    move_posts(rows, ticket.id, old, &moved)
}
