//! The clock of those who wait: a warning before their service level is missed, and when it is, a turn that comes sooner.
//!
//! ```text
//! the person begins to wait ──► warn_at: Warned ──► due_by: Breached, and raised ──► answered, resolved, put aside: no alarm
//! ```
//!
//! Each is written to the trail once for each time that the person waits. A lease, a snooze or a quiet period stops no clock: they
//! wait all the same. Who watches does not matter: a run with this desk, a command, or whoever asks for the next ticket.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::step::Act;
use super::take_in::weigh;
use super::{Desk, LONGEST_LIST};
use crate::error::Result;
use crate::rules::Rules;
use crate::service::{ALWAYS, Due};
use crate::state::State;
use crate::store::{RowsMut, Store};
use crate::ticket::{Alarm, Standing, Ticket};
use crate::time::{Timestamp, whole};
use crate::trail::{Deed, Entry};

/// So many alarms pass in one transaction.
const AT_ONCE: usize = 256;

/// What was promised to someone who waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Promise {
    /// The name of the target.
    pub target: String,
    /// The calendar in whose hours time counts, or `always`.
    pub hours: String,
    /// The time zone of that calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Within what time of those hours a human answers, seconds.
    #[serde(serialize_with = "seconds")]
    pub first_human: Duration,
    /// When the desk warns.
    pub warn_at: Timestamp,
    /// When a human should have answered.
    pub due_by: Timestamp,
    /// When all should be done, where that was promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
}

impl From<Due<'_>> for Promise {
    fn from(due: Due<'_>) -> Self {
        let Due { target, calendar, warn_at, due_by, resolve_by } = due;
        Self {
            target: target.name.clone(),
            hours: calendar.map_or(ALWAYS, |_| &target.hours).to_owned(),
            time_zone: calendar.and_then(|calendar| calendar.time_zone.iana_name()).map(str::to_owned),
            first_human: target.first_human,
            warn_at,
            due_by,
            resolve_by,
        }
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

/// An alarm that was written to the trail.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alarmed {
    /// When that was written, and why.
    pub entry: Entry,
    /// The ticket as it stands now.
    pub ticket: Ticket,
}

impl<S: Store> Desk<S> {
    /// Lets every alarm pass that has come: warns of tickets that will soon be late, and raises those that are. Costs nothing but
    /// a look where there is none. Returns how many have passed; a transaction for each 256 of them.
    ///
    /// # Errors
    /// The store fails.
    pub fn watch(&self, now: Timestamp) -> Result<u64> {
        let now = whole(now);
        let mut passed = 0;
        loop {
            // A reader never holds up anyone who works, so a look comes first.
            if self.read(|rows| rows.alarming(now, 1))?.is_empty() {
                return Ok(passed);
            }
            passed += self.write_lightly(|rows| {
                let rules = self.rules_in(rows)?;
                pass_alarms(rows, &rules, now, AT_ONCE)
            })? as u64;
        }
    }

    /// Sets the clocks of all who wait anew, as is due after a change of the rules. Returns how many wait; a transaction for each 256
    /// of them. Who was warned of or found late by the old rules stays so.
    ///
    /// # Errors
    /// The store fails.
    pub fn reset_clocks(&self) -> Result<u64> {
        let (mut reset, mut after) = (0, None);
        loop {
            let waiting = self.write(|rows| {
                let rules = self.rules_in(rows)?;
                // Whoever has them: by then every lease has ended.
                let waiting = rows.waiting(Timestamp::MAX, after, AT_ONCE)?;
                for ticket in &waiting {
                    weigh(rows, &rules, &mut ticket.clone())?;
                }
                Ok(waiting)
            })?;
            reset += waiting.len() as u64;
            match waiting.last() {
                Some(last) => after = last.waiting_since.map(|since| (since, last.id)),
                None => return Ok(reset),
            }
        }
    }

    /// The number of the last entry of the trail, for [`Desk::alarms_since`].
    ///
    /// # Errors
    /// The store fails.
    pub fn last_entry(&self) -> Result<i64> {
        self.read(|rows| rows.last_entry())
    }

    /// The alarms that were written to the trail after an entry, by whomever, at most [`LONGEST_LIST`]; and the entry to go on from.
    ///
    /// # Errors
    /// The store fails.
    pub fn alarms_since(&self, after: i64) -> Result<(Vec<Alarmed>, i64)> {
        self.read(|rows| {
            let entries = rows.deeds_after(after, &[Deed::Warned, Deed::Breached], LONGEST_LIST)?;
            let last = match entries.last().filter(|_| entries.len() == LONGEST_LIST) {
                Some(last) => last.seq,
                None => rows.last_entry()?,
            };
            let mut alarms = Vec::new();
            for entry in entries {
                if let Some(ticket) = rows.ticket(entry.ticket)? {
                    alarms.push(Alarmed { entry, ticket });
                }
            }
            Ok((alarms, last))
        })
    }
}

/// What was promised to the one who waits; nothing where nobody does, or no target goes for them.
pub(super) fn promise(rules: &Rules, ticket: &Ticket, now: Timestamp) -> Option<Promise> {
    let waits = matches!(ticket.standing(now), Standing::Waiting | Standing::Assigned);
    let since = ticket.waiting_since.filter(|_| waits)?;
    rules.service.due(ticket.into(), since).map(Promise::from)
}

/// Sets the clock of a ticket by what is known of it: the one place that does.
pub(super) fn set_alarm(rules: &Rules, ticket: &mut Ticket) {
    ticket.lower();
    let aside = matches!(ticket.state, State::Held | State::Merged { .. } | State::Deleted);
    let Some(since) = ticket.waiting_since.filter(|_| !aside) else {
        (ticket.alarm, ticket.alarm_at) = (None, None);
        return;
    };
    let due = rules.service.due((&*ticket).into(), since).map(|due| (due.warn_at, due.due_by));
    if let Some((_, due_by)) = due {
        ticket.due_by = Some(due_by);
    }
    ticket.alarm_at = due.and_then(|(warn_at, due_by)| match ticket.alarm {
        None => Some(warn_at),
        Some(Alarm::Warned) => Some(due_by),
        Some(Alarm::Breached) => None,
    });
    if ticket.alarm == Some(Alarm::Breached) {
        ticket.raise(i64::try_from(rules.service.breach.as_millis()).unwrap_or(i64::MAX));
    }
}

/// Lets alarms pass that have come, the first first. Returns how many.
pub(super) fn pass_alarms(rows: &mut dyn RowsMut, rules: &Rules, now: Timestamp, limit: usize) -> Result<usize> {
    let mut passed = 0;
    for mut ticket in rows.alarming(now, limit)? {
        // The rules may have been changed since its clock was set.
        set_alarm(rules, &mut ticket);
        if ticket.alarm_at.is_some_and(|at| at <= now) {
            let alarm = ticket.alarm_by(now);
            let deed = if alarm == Some(Alarm::Breached) { Deed::Breached } else { Deed::Warned };
            let why = why(rules, &ticket);
            // What colleagues do with it is not disturbed, and may be undone: it still stands by their entry.
            rows.append(&Act::by_desk(rules, now).because(why.as_deref()).entry(&ticket, deed))?;
            ticket.alarm = alarm;
            set_alarm(rules, &mut ticket);
            passed += 1;
        }
        rows.put_ticket(&ticket)?;
    }
    Ok(passed)
}

/// Which target it is about, for the history.
fn why(rules: &Rules, ticket: &Ticket) -> Option<String> {
    let due = rules.service.due(ticket.into(), ticket.waiting_since?)?;
    Some(format!("{}, due {}", due.target.name, due.due_by))
}
