//! The contact budget: nobody is written to too often or too soon, whoever of the staff would do it.

use crate::error::Result;
use crate::rules::Rules;
use crate::store::Rows;
use crate::ticket::{Person, Ticket};
use crate::time::{Timestamp, earlier, later};

/// What the budget says of another contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Granted,
    /// Granted all the same, for it is urgent.
    Warned(String),
    Denied {
        until: Timestamp,
        why: String,
    },
}

pub(super) fn leave_for(rows: &dyn Rows, rules: &Rules, ticket: &Ticket, now: Timestamp) -> Result<Leave> {
    let Some(person) = &ticket.person else { return Ok(Leave::Granted) };
    let leave = leave_to_contact(rows, rules, person, ticket.is_grief(), now)?;
    Ok(match leave {
        Leave::Denied { why, .. } if ticket.urgency >= rules.always_from => Leave::Warned(why),
        leave => leave,
    })
}

pub(super) fn leave_to_contact(
    rows: &dyn Rows,
    rules: &Rules,
    person: &Person,
    grief: bool,
    now: Timestamp,
) -> Result<Leave> {
    let budget = rules.budget(grief);
    let since = earlier(now, budget.within.max(budget.quiet));
    let contacts = rows.contacts_with(person, since, super::LONGEST_LIST)?;
    let times = budget.times.max(1) as usize;
    let often = contacts.len().checked_sub(times).and_then(|first| contacts.get(first));
    let free_at = often.map(|contact| later(contact.at, budget.within));
    let quiet_until = contacts.last().map(|contact| later(contact.at, budget.quiet));
    let Some(until) = free_at.max(quiet_until).filter(|until| *until > now) else { return Ok(Leave::Granted) };
    let last = contacts.last().map_or("", |contact| &contact.by);
    let times = contacts.len();
    let why = format!(
        "this person was contacted {times} time{} lately, last by {last}; leave them in peace until {until}",
        if times == 1 { "" } else { "s" }
    );
    Ok(Leave::Denied { until, why })
}
