//! Who is next: the best ticket for a colleague, claimed in the same transaction.

use serde::{Deserialize, Serialize};

use super::contact::{Leave, leave_for};
use super::step::{Act, load, settle, step};
use super::watch::pass_alarms;
use super::{Desk, check_name};
use crate::error::Result;
use crate::label::{Label, Labels};
use crate::rules::{Care, Rules};
use crate::state::Action;
use crate::store::{Load, RowsMut, Store};
use crate::ticket::{Lane, Ticket, TicketId};
use crate::time::{Timestamp, later, whole};
use crate::trail::{Deed, Entry};

/// So many ended leases are looked at in one go.
const AWAKE_AT_ONCE: usize = 256;

/// So many alarms pass on the way to a ticket, for each is a write and someone waits. After hours in which nobody watched the rest passes with
/// the next ones.
const ALARMS_AT_ONCE: usize = 4;

/// Someone who takes tickets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Claimant {
    /// Their name.
    pub name: String,
    /// What they can deal with; everything, if nothing is named. Grief goes only to those who name it or nothing.
    pub skills: Labels,
    /// Primary subtags of the languages that they read; all, if none is named.
    pub languages: Vec<String>,
    /// Their team. Tickets of other teams are not theirs.
    pub team: Option<String>,
    /// Whether they want grief although they had much of it.
    pub more_grief: bool,
}

impl Claimant {
    /// Someone who can deal with everything.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    fn is_fit_for(&self, lane: &Lane) -> bool {
        let team = lane.team.is_none() || lane.team == self.team;
        let reads = |lang: &String| self.languages.iter().any(|language| language.eq_ignore_ascii_case(lang));
        let language = self.languages.is_empty() || lane.lang.as_ref().is_none_or(reads);
        let grief = !lane.labels.contains(Label::Grief) || self.skills.contains(Label::Grief);
        let skill = self.skills.is_empty() || lane.labels.is_empty() || (grief && self.skills.overlaps(lane.labels));
        team && language && skill
    }
}

/// What [`Desk::next`] found.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This one. It is claimed.
    Claimed(Box<Claimed>),
    /// Nobody waits whom the colleague could help.
    Nobody,
    /// Only grief waits, and the colleague had much of it: time for a break, or for [`Claimant::more_grief`].
    Rest {
        /// How many tickets of grief they had one after the other.
        grief_in_a_row: u32,
    },
}

/// A ticket that was claimed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claimed {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// What to mind before an answer.
    pub warnings: Vec<String>,
}

impl<S: Store> Desk<S> {
    /// Claims the best ticket for someone. Tickets of people who were contacted too recently wait until that is over.
    ///
    /// # Errors
    /// The name is unusable, or the store fails.
    pub fn next(&self, claimant: &Claimant, now: Timestamp) -> Result<Next> {
        check_name(&claimant.name)?;
        let now = whole(now);
        self.write_lightly(|rows| {
            let rules = self.rules_in(rows)?;
            wake(rows, &rules, now)?;
            pass_alarms(rows, &rules, now, ALARMS_AT_ONCE)?;
            let load = rows.load(&claimant.name)?;
            let tired = !claimant.more_grief && rules.care.is_tired(&load, now);
            let lanes: Vec<Lane> = rows.lanes()?.into_iter().filter(|lane| claimant.is_fit_for(lane)).collect();
            let (grief, rest): (Vec<Lane>, Vec<Lane>) =
                lanes.into_iter().partition(|lane| tired && lane.labels.contains(Label::Grief));
            if let Some((ticket, warnings)) = first_of(rows, &rules, &rest, now)? {
                return Ok(Next::Claimed(Box::new(claim_in(rows, &rules, ticket, &claimant.name, warnings, now)?)));
            }
            Ok(match first_of(rows, &rules, &grief, now)? {
                Some(_) => Next::Rest { grief_in_a_row: load.grief_in_a_row },
                None => Next::Nobody,
            })
        })
    }

    /// Claims this ticket, whosever turn it is. One's own is claimed for longer.
    ///
    /// # Errors
    /// Someone else has it, it is over or gone; or the store fails.
    pub fn claim(&self, id: TicketId, by: &str, now: Timestamp) -> Result<Claimed> {
        check_name(by)?;
        let now = whole(now);
        self.write_lightly(|rows| {
            let rules = self.rules_in(rows)?;
            let ticket = load(rows, id, Act::by(&rules, by, now))?;
            let warnings = match leave_for(rows, &rules, &ticket, now)? {
                Leave::Granted => Vec::new(),
                Leave::Warned(why) | Leave::Denied { why, .. } => vec![why],
            };
            claim_in(rows, &rules, ticket, by, warnings, now)
        })
    }
}

fn claim_in(
    rows: &mut dyn RowsMut,
    rules: &Rules,
    mut ticket: Ticket,
    by: &str,
    warnings: Vec<String>,
    now: Timestamp,
) -> Result<Claimed> {
    let mine = ticket.state.holder() == Some(by);
    step(rows, &mut ticket, &Action::Claim(later(now, rules.lease)), Act::by(rules, by, now))?;
    if !mine {
        let load = rules.care.after_claim(&rows.load(by)?, ticket.is_grief(), now);
        rows.put_load(by, &load)?;
    }
    Ok(Claimed { ticket, warnings })
}

impl Care {
    /// The tickets of grief in a row that still count: a break ends the row.
    fn in_a_row(&self, load: &Load, now: Timestamp) -> u32 {
        let rested = load.last_claim_at.is_none_or(|last| later(last, self.rest) <= now);
        if rested { 0 } else { load.grief_in_a_row }
    }

    fn is_tired(&self, load: &Load, now: Timestamp) -> bool {
        self.in_a_row(load, now) >= self.grief_in_a_row.max(1)
    }

    fn after_claim(&self, load: &Load, grief: bool, now: Timestamp) -> Load {
        let grief_in_a_row = if grief { self.in_a_row(load, now).saturating_add(1) } else { 0 };
        Load { grief_in_a_row, last_claim_at: Some(now) }
    }
}

/// Lets everything end that has ended, so that it takes its turn.
fn wake(rows: &mut dyn RowsMut, rules: &Rules, now: Timestamp) -> Result<()> {
    loop {
        let awake = rows.awake(now, AWAKE_AT_ONCE)?;
        for mut ticket in awake.iter().cloned() {
            settle(rows, &mut ticket, Act::by_desk(rules, now))?;
        }
        if awake.len() < AWAKE_AT_ONCE {
            return Ok(());
        }
    }
}

/// The first ticket of some lanes that may be answered now, with what to mind. Those on the way to it that may not are put off.
fn first_of(
    rows: &mut dyn RowsMut,
    rules: &Rules,
    lanes: &[Lane],
    now: Timestamp,
) -> Result<Option<(Ticket, Vec<String>)>> {
    while let Some(mut ticket) = rows.first_ready(lanes)? {
        match leave_for(rows, rules, &ticket, now)? {
            Leave::Granted => return Ok(Some((ticket, Vec::new()))),
            Leave::Warned(why) => return Ok(Some((ticket, vec![why]))),
            Leave::Denied { until, why } => {
                let entry = Entry { why: Some(why), ..Act::by_desk(rules, now).entry(&ticket, Deed::Quieted) };
                rows.append(&entry)?;
                ticket.quiet_until = Some(until);
                rows.put_ticket(&ticket)?;
            }
        }
    }
    Ok(None)
}
