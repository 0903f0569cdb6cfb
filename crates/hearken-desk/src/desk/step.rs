//! One step of one ticket: asked for, written to the trail, and then made.

use super::watch::set_alarm;
use crate::error::{Error, Result};
use crate::rules::Rules;
use crate::state::{Action, State, transition};
use crate::store::RowsMut;
use crate::ticket::{Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::{Before, DESK, Deed, Entry};

/// Who acts, by which rules, when, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act<'a> {
    pub(super) rules: &'a Rules,
    pub(super) by: &'a str,
    pub(super) now: Timestamp,
    pub(super) why: Option<&'a str>,
}

impl<'a> Act<'a> {
    pub(super) fn by(rules: &'a Rules, by: &'a str, now: Timestamp) -> Self {
        Self { rules, by, now, why: None }
    }

    pub(super) fn by_desk(rules: &'a Rules, now: Timestamp) -> Self {
        Self::by(rules, DESK, now)
    }

    pub(super) fn because(self, why: Option<&'a str>) -> Self {
        Self { why, ..self }
    }

    /// The entry that says so: nothing changes the state but what the caller sets.
    pub(super) fn entry(self, ticket: &Ticket, deed: Deed) -> Entry {
        Entry {
            seq: 0,
            ticket: ticket.id,
            at: self.now,
            by: self.by.to_owned(),
            deed,
            from: Some(ticket.state.clone()),
            to: ticket.state.clone(),
            why: self.why.map(str::to_owned),
            other: None,
            undoes: None,
            before: deed.can_be_undone().then(|| Before::from(ticket)),
        }
    }
}

/// A ticket as it stands now: what has ended has ended.
pub(super) fn load(rows: &mut dyn RowsMut, id: TicketId, act: Act<'_>) -> Result<Ticket> {
    let mut ticket = rows.ticket(id)?.ok_or(Error::NoTicket(id))?;
    settle(rows, &mut ticket, act)?;
    Ok(ticket)
}

/// Lets a lease, a snooze or a quiet period end that has ended.
pub(super) fn settle(rows: &mut dyn RowsMut, ticket: &mut Ticket, act: Act<'_>) -> Result<()> {
    let act = Act::by_desk(act.rules, act.now);
    if ticket.state.at(act.now) != &ticket.state {
        step(rows, ticket, &Action::Expire, act)?;
    }
    if ticket.quiet_until.is_some_and(|until| until <= act.now) {
        rows.append(&act.entry(ticket, Deed::Returned))?;
        ticket.quiet_until = None;
        rows.put_ticket(ticket)?;
    }
    Ok(())
}

/// Takes a step. Returns the number of its entry.
pub(super) fn step(rows: &mut dyn RowsMut, ticket: &mut Ticket, action: &Action, act: Act<'_>) -> Result<i64> {
    let to = transition(&ticket.state, action, act.by, act.now)?;
    let entry = Entry { to: to.clone(), other: other(action), ..act.entry(ticket, deed(action)) };
    enter(rows, act.rules, ticket, to, &entry, |ticket| match action {
        Action::Answer | Action::Resolve(_) => {
            ticket.waiting_since = None;
            ticket.acknowledged_at = Some(act.now);
        }
        Action::Reopen => {
            ticket.waiting_since.get_or_insert(act.now);
            ticket.quiet_until = None;
        }
        Action::Claim(_) => ticket.quiet_until = None,
        _ => {}
    })
}

/// Writes an entry and makes its change: the only place where a ticket gets a state.
pub(super) fn enter(
    rows: &mut dyn RowsMut,
    rules: &Rules,
    ticket: &mut Ticket,
    to: State,
    entry: &Entry,
    change: impl FnOnce(&mut Ticket),
) -> Result<i64> {
    // IMPORTANT: the entry comes first. A store that fails half-way may lose a change, but never what explains one.
    let seq = rows.append(entry)?;
    if ticket.state != to {
        ticket.state = to;
        ticket.since = entry.at;
    }
    ticket.entry = seq;
    change(ticket);
    set_alarm(rules, ticket);
    rows.put_ticket(ticket)?;
    Ok(seq)
}

fn deed(action: &Action) -> Deed {
    match action {
        Action::Claim(_) => Deed::Claimed,
        Action::Renew(_) => Deed::Renewed,
        Action::Release => Deed::Released,
        Action::HandOff(..) => Deed::HandedOff,
        Action::Answer => Deed::Answered,
        Action::Resolve(_) => Deed::Resolved,
        Action::Snooze(_) => Deed::Snoozed,
        Action::Reopen => Deed::Reopened,
        Action::Hold => Deed::Held,
        Action::Merge(_) => Deed::Merged,
        Action::Write => Deed::Wrote,
        Action::Expire => Deed::Returned,
        Action::Delete => Deed::Deleted,
        Action::Restore(_) => Deed::Undone,
    }
}

fn other(action: &Action) -> Option<TicketId> {
    match action {
        Action::Merge(into) => Some(*into),
        _ => None,
    }
}
