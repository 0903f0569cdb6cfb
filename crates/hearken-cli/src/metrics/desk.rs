//! Figures of a desk, as they were read last, and what is written of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;
use hearken::Timestamp;
use hearken_desk::outbox::{Backlog, Channel};
use hearken_desk::{Crowd, Deed, Label, Ledger};
use tracing::warn;

use super::engine::levels;
use super::page::{self, Labels, Page};
use crate::desk::AnyDesk;
use crate::tenants::TenantName;

/// A desk that was asked and has said nothing for so long doesn't answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many teams and hooks are told apart; the rest count as one.
const MOST: usize = 32;

/// The name of that one.
const OTHER: &str = "other";

/// Deeds that are counted: those of people, and those of the clock.
const DEEDS: [Deed; 9] = [
    Deed::Claimed,
    Deed::Answered,
    Deed::Resolved,
    Deed::Snoozed,
    Deed::HandedOff,
    Deed::Released,
    Deed::Reopened,
    Deed::Warned,
    Deed::Breached,
];

/// The figures of a tenant's rows of a desk, or of nobody's in particular.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) tenant: Option<TenantName>,
    now: Option<Timestamp>,
    seen: Mutex<Seen>,
    waiting: Arc<Waiting>,
}

/// Since when the desk has been asked and has said nothing, to whichever tenant.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Option<Instant>>);

/// What was read last.
#[derive(Debug)]
struct Seen {
    read: Option<Read>,
    /// When that was.
    at: Instant,
    /// Whether reading has failed since.
    failed: bool,
    deeds: BTreeMap<&'static str, u64>,
    /// Deeds up to this entry are counted; `None`: it was not looked yet.
    after: Option<i64>,
}

#[derive(Debug)]
struct Read {
    ledger: Ledger,
    census: Vec<Crowd>,
    channels: Vec<(Channel, Backlog)>,
}

impl Waiting {
    pub(super) fn begins(&self) {
        super::lock(&self.0).get_or_insert_with(Instant::now);
    }

    pub(super) fn ends(&self) {
        super::lock(&self.0).take();
    }

    fn is_long(&self) -> bool {
        super::lock(&self.0).is_some_and(|since| since.elapsed() > PATIENCE)
    }
}

impl Figures {
    /// Those that nobody has read yet.
    pub(super) fn new(tenant: Option<TenantName>, now: Option<Timestamp>, waiting: Arc<Waiting>) -> Self {
        let deeds = DEEDS.iter().map(|deed| (deed.name(), 0)).collect();
        let seen = Seen { read: None, at: Instant::now(), failed: false, deeds, after: None };
        Self { tenant, now, seen: Mutex::new(seen), waiting }
    }

    /// Reads them from the tenant's desk.
    pub(super) fn read(&self, desk: &AnyDesk) -> Result<()> {
        let mut after = match super::lock(&self.seen).after {
            Some(after) => after,
            None => desk.deeds_since(i64::MAX, &DEEDS)?.1,
        };
        loop {
            let (entries, last) = desk.deeds_since(after, &DEEDS)?;
            let mut seen = super::lock(&self.seen);
            for entry in &entries {
                *seen.deeds.entry(entry.deed.name()).or_default() += 1;
            }
            after = *seen.after.insert(last);
            if entries.is_empty() {
                break;
            }
        }
        let now = self.now();
        let read = Read { ledger: desk.ledger(now)?, census: desk.census(now)?, channels: desk.channels()? };
        let mut seen = super::lock(&self.seen);
        (seen.read, seen.at, seen.failed) = (Some(read), Instant::now(), false);
        Ok(())
    }

    /// They couldn't be read.
    pub(super) fn fail(&self, error: &anyhow::Error) {
        if !std::mem::replace(&mut super::lock(&self.seen).failed, true) {
            let tenant = self.tenant.as_ref().map(TenantName::as_str);
            let error = format!("{error:#}");
            warn!(tenant, error, "The desk can't be read for its figures; it is tried again.");
        }
    }

    /// Whether the desk answers.
    ///
    /// # Errors
    ///
    /// Says that it doesn't.
    pub(super) fn answers(&self) -> Result<(), String> {
        let seen = super::lock(&self.seen);
        if seen.failed {
            Err("the desk can't be read".to_owned())
        } else if self.waiting.is_long() {
            Err(format!("the desk has not answered for {} s", seen.at.elapsed().as_secs()))
        } else if seen.read.is_none() {
            Err("the desk was not read yet".to_owned())
        } else {
            Ok(())
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        let up = u64::from(self.answers().is_ok());
        page.gauge("hearken_desk_up", "Whether the desk answers, 1 or 0.", [(Vec::new(), up)]);
        let seen = super::lock(&self.seen);
        let Some(read) = &seen.read else { return };
        let age = seen.at.elapsed().as_secs_f64();
        page.gauge("hearken_desk_figures_age_seconds", "How old the figures of the desk are.", [(Vec::new(), age)]);
        page.counter(
            "hearken_desk_deeds",
            "What was done at the desk, by whomever, since this run looks.",
            seen.deeds.iter().map(|(deed, count)| (vec![("deed", (*deed).to_owned())], *count)),
        );
        read.write_people(self.now(), page);
        read.write_tickets(page);
        read.write_outbox(page);
    }

    fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

impl Read {
    fn write_people(&self, now: Timestamp, page: &mut Page) {
        let Self { ledger, .. } = self;
        let standing = |name: &str| vec![("standing", name.to_owned())];
        page.gauge(
            "hearken_desk_people",
            "Who reached out: waiting, assigned to someone and not answered yet, or acknowledged.",
            [
                (standing("waiting"), ledger.waiting),
                (standing("assigned"), ledger.assigned),
                (standing("acknowledged"), ledger.acknowledged),
            ],
        );
        page.gauge(
            "hearken_desk_late_people",
            "People whose service level was missed and who have no answer yet.",
            [(Vec::new(), ledger.late)],
        );
        let waiting = || self.census.iter().filter(|crowd| crowd.state != "claimed" && crowd.unanswered > 0);
        page.gauge(
            "hearken_desk_oldest_waiting_seconds",
            "How long whoever waits longest has waited, by urgency to the nearest level; 0: nobody waits.",
            levels(|level| {
                let oldest = waiting().filter(|crowd| usize::from(crowd.urgency) == level);
                oldest.filter_map(|crowd| crowd.oldest).min().map_or(0.0, |oldest| page::age(oldest, now))
            }),
        );
        page.gauge(
            "hearken_desk_waiting_people",
            "People who wait, by urgency to the nearest level.",
            levels(|level| {
                waiting().filter(|crowd| usize::from(crowd.urgency) == level).map(|crowd| crowd.unanswered).sum::<u64>()
            }),
        );
        let labels = Label::ALL.map(|label| {
            let name = hearken::Label::ALL[label as usize].name().to_owned();
            let people = waiting().filter(|crowd| crowd.labels.contains(label)).map(|crowd| crowd.unanswered);
            (vec![("label", name)], people.sum::<u64>())
        });
        page.gauge("hearken_desk_waiting_people_labelled", "The same by what was heard.", labels);
    }

    fn write_tickets(&self, page: &mut Page) {
        let mut teams: BTreeMap<&str, u64> = BTreeMap::new();
        for crowd in &self.census {
            *teams.entry(crowd.team.as_deref().unwrap_or_default()).or_default() += crowd.tickets;
        }
        let known = largest(teams);
        page.gauge(
            "hearken_desk_tickets",
            "Tickets by state and team.",
            self.census.iter().map(|crowd| {
                let team = crowd.team.as_deref().unwrap_or_default();
                let team = if known.contains(team) { page::plain(team) } else { OTHER.to_owned() };
                (vec![("state", crowd.state.clone()), ("team", team)], crowd.tickets)
            }),
        );
    }

    fn write_outbox(&self, page: &mut Page) {
        let known = largest(self.channels.iter().map(|(channel, _)| (channel.hook.as_str(), channel.delivered)));
        let hook = |channel: &Channel| -> Labels {
            let known = known.contains(channel.hook.as_str());
            vec![("hook", if known { page::plain(&channel.hook) } else { OTHER.to_owned() })]
        };
        page.gauge(
            "hearken_outbox_messages",
            "Messages that were not delivered yet: waiting, or put aside after too many tries.",
            self.channels.iter().flat_map(|(channel, backlog)| {
                [("waiting", backlog.waiting), ("put_aside", backlog.put_aside)].map(|(state, count)| {
                    let mut labels = hook(channel);
                    labels.push(("state", state.to_owned()));
                    (labels, count)
                })
            }),
        );
        page.counter(
            "hearken_outbox_delivered",
            "Messages that were delivered, by whomever.",
            self.channels.iter().map(|(channel, _)| (hook(channel), channel.delivered)),
        );
        page.counter(
            "hearken_outbox_dropped",
            "Messages that were dropped unread, as too many waited.",
            self.channels.iter().map(|(channel, _)| (hook(channel), channel.dropped)),
        );
        page.gauge(
            "hearken_outbox_closed",
            "Whether the receiver wants no more, 1 or 0.",
            self.channels.iter().map(|(channel, _)| (hook(channel), u64::from(channel.closed_at.is_some()))),
        );
    }
}

/// The names with the greatest counts.
fn largest<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> BTreeSet<&'a str> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().take(MOST).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_names_are_told_apart() {
        let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let known = largest(names.iter().zip(0..).map(|(name, count)| (name.as_str(), count)));
        assert_eq!(known.len(), MOST);
        assert!(known.contains("99") && !known.contains("0"));
    }
}
