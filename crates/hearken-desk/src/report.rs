//! How long people wait: the time to a first answer and to the end of a case, by what was heard, from the audit trail.
//!
//! A case is a ticket someone waited for. Its *first response* is the first answer of a human, or its resolution where nobody needed
//! to answer; it counts from the first post that was then unanswered. It is *resolved* as long as it stands so. What was taken back
//! with an undo never was. Tickets that became part of another count there; what was held back counts nowhere.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::label::{Label, Labels};
use crate::service::{About, Due, ServiceLevels};
use crate::state::State;
use crate::ticket::Ticket;
use crate::time::{Timestamp, since};
use crate::trail::{Deed, Entry};

/// The deeds that a report is made of.
pub const DEEDS: [Deed; 3] = [Deed::Answered, Deed::Resolved, Deed::Undone];

/// Percentiles are right to three digits.
const DIGITS: u8 = 3;

/// Whatever took longer counts as that: a hundred years, seconds.
const LONGEST: u64 = 100 * 366 * 24 * 3600;

/// What the lines of a report are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A line for each label; a case with two counts in both.
    #[default]
    Label,
    /// A line for each whole urgency, to the nearest.
    Urgency,
    /// A line for each team.
    Team,
    /// A line for each week in which cases came to the desk, by UTC, as ISO 8601 numbers them.
    Week,
}

/// How long people waited, of the cases that came to the desk in some time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Of cases from this moment on,
    pub since: Timestamp,
    /// up to this one.
    pub until: Timestamp,
    /// What the lines are about.
    pub by: By,
    /// All cases.
    pub all: Line,
    /// The same by group.
    pub groups: Vec<Line>,
}

/// The figures of a group of cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Line {
    /// Which; `all` for all of them.
    pub group: String,
    /// How many.
    pub cases: u64,
    /// Of these a human answered or closed so many,
    pub answered: u64,
    /// and so many wait for the first answer.
    pub waiting: u64,
    /// So many are resolved.
    pub resolved: u64,
    /// How long a first response took.
    pub first_response: Times,
    /// The same in the hours of each case's target.
    pub first_response_in_hours: Times,
    /// How many first responses came in time.
    pub first_response_in_time: Share,
    /// How long it took until all was done.
    pub resolution: Times,
    /// The same in the hours of each case's target.
    pub resolution_in_hours: Times,
    /// How many resolutions came in time.
    pub resolution_in_time: Share,
}

/// Percentiles, whole seconds: so many percent took no longer. Right to three digits, of any number of cases. None of no case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// 50 %.
    pub median: Option<u64>,
    /// 90 %.
    pub p90: Option<u64>,
    /// 95 %.
    pub p95: Option<u64>,
}

/// How many of those for whom there was a target met it. Who still waits counts once it is late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Met it.
    pub met: u64,
    /// Were to.
    pub of: u64,
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq)]
struct Case {
    labels: Labels,
    urgency: f64,
    opened_at: Timestamp,
    team: Option<String>,
    lang: Option<String>,
    /// When the person began to wait.
    since: Timestamp,
    answered_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
}

impl Case {
    /// What a ticket and its [`DEEDS`] tell; nothing where nobody waited for it, or it is part of another.
    fn new(ticket: &Ticket, entries: &[Entry]) -> Option<Self> {
        if matches!(ticket.state, State::Held | State::Merged { .. }) {
            return None;
        }
        let is_undone = |entry: &Entry| entries.iter().any(|later| later.undoes == Some(entry.seq));
        let mut steps = entries.iter().filter(|entry| entry.deed != Deed::Undone && !is_undone(entry));
        let first = steps.clone().find_map(|entry| {
            let before = entry.before.as_ref()?;
            Some((entry, before, before.waiting_since?))
        });
        let is_resolved = matches!(ticket.state, State::Resolved { .. });
        let resolved_at = steps.rfind(|entry| entry.deed == Deed::Resolved).filter(|_| is_resolved);
        let (since, before) = match first {
            Some((_, before, since)) => (since, Some(before)),
            None => (ticket.waiting_since?, None),
        };
        Some(Self {
            // As it was then: what the person wrote later, or took back, is another matter.
            labels: before.and_then(|before| before.labels).unwrap_or(ticket.labels),
            urgency: before.and_then(|before| before.urgency).unwrap_or(ticket.urgency),
            opened_at: ticket.opened_at,
            team: before.map_or(&ticket.team, |before| &before.team).clone(),
            lang: ticket.lang.clone(),
            since,
            answered_at: first.map(|(entry, ..)| entry.at),
            resolved_at: first.and(resolved_at).map(|entry| entry.at),
        })
    }

    fn due<'a>(&self, levels: &'a ServiceLevels) -> Option<Due<'a>> {
        let (lang, team) = (self.lang.as_deref(), self.team.as_deref());
        levels.due(About { labels: self.labels, urgency: self.urgency, lang, team }, self.since)
    }

    fn groups(&self, by: By) -> Vec<String> {
        match by {
            By::Label if self.labels.is_empty() => vec!["none".to_owned()],
            By::Label => self.labels.iter().map(|label| label_name(label).to_owned()).collect(),
            By::Urgency => vec![format!("{:.0}", self.urgency.round().clamp(0.0, 3.0))],
            By::Team => vec![self.team.clone().unwrap_or_else(|| "none".to_owned())],
            By::Week => {
                let week = TimeZone::UTC.to_datetime(self.opened_at).date().iso_week_date();
                vec![format!("{}-W{:02}", week.year(), week.week())]
            }
        }
    }
}

fn label_name(label: Label) -> &'static str {
    match label {
        Label::Grief => "grief",
        Label::Frustration => "frustration",
        Label::Advice => "advice",
        Label::Promotion => "promotion",
    }
}

/// Takes cases in one after the other and holds none of them: some hundred kilobytes for each group, however many there are.
#[derive(Debug)]
pub(crate) struct Reporter<'a> {
    levels: &'a ServiceLevels,
    by: By,
    now: Timestamp,
    all: Tally,
    groups: BTreeMap<String, Tally>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(levels: &'a ServiceLevels, by: By, now: Timestamp) -> Self {
        Self { levels, by, now, all: Tally::default(), groups: BTreeMap::new() }
    }

    /// Counts a ticket, with its [`DEEDS`] in order.
    pub(crate) fn add(&mut self, ticket: &Ticket, entries: &[Entry]) {
        let Some(case) = Case::new(ticket, entries) else { return };
        let due = case.due(self.levels);
        self.all.add(&case, due, self.now);
        for group in case.groups(self.by) {
            self.groups.entry(group).or_default().add(&case, due, self.now);
        }
    }

    pub(crate) fn end(self, since: Timestamp, until: Timestamp) -> Report {
        let groups = self.groups.into_iter().map(|(group, tally)| tally.line(group)).collect();
        Report { since, until, by: self.by, all: self.all.line("all".to_owned()), groups }
    }
}

#[derive(Debug, Default)]
struct Tally {
    cases: u64,
    waiting: u64,
    first_response: Measure,
    resolution: Measure,
}

impl Tally {
    fn add(&mut self, case: &Case, due: Option<Due<'_>>, now: Timestamp) {
        self.cases += 1;
        self.waiting += u64::from(case.answered_at.is_none());
        self.first_response.add(case.since, case.answered_at, due, due.map(|due| due.due_by), now);
        self.resolution.add(case.since, case.resolved_at, due, due.and_then(|due| due.resolve_by), now);
    }

    fn line(self, group: String) -> Line {
        let Self { cases, waiting, first_response, resolution } = self;
        Line {
            group,
            cases,
            answered: first_response.clock.count(),
            waiting,
            resolved: resolution.clock.count(),
            first_response: first_response.clock.times(),
            first_response_in_hours: first_response.hours.times(),
            first_response_in_time: first_response.share,
            resolution: resolution.clock.times(),
            resolution_in_hours: resolution.hours.times(),
            resolution_in_time: resolution.share,
        }
    }
}

/// How long something took, by the clock and in hours, and whether that was in time.
#[derive(Debug, Default)]
struct Measure {
    clock: Seconds,
    hours: Seconds,
    share: Share,
}

impl Measure {
    fn add(
        &mut self,
        from: Timestamp,
        done: Option<Timestamp>,
        due: Option<Due<'_>>,
        by: Option<Timestamp>,
        now: Timestamp,
    ) {
        if let Some(done) = done {
            let clock = since(from, done);
            let calendar = due.and_then(|due| due.calendar);
            self.clock.add(clock);
            self.hours.add(calendar.map_or(clock, |calendar| calendar.passed(from, done)));
        }
        match (by, done) {
            (Some(by), Some(done)) => {
                self.share.of += 1;
                self.share.met += u64::from(done <= by);
            }
            // Not to be done in time any more.
            (Some(by), None) => self.share.of += u64::from(by <= now),
            (None, _) => {}
        }
    }
}

/// A histogram of whole seconds, made when there is something to count.
#[derive(Debug, Default)]
struct Seconds(Option<Histogram<u64>>);

impl Seconds {
    fn add(&mut self, time: Duration) {
        if self.0.is_none() {
            self.0 = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.0 {
            // It grows with what it counts, and has room for that.
            let _ = histogram.record(time.as_secs().min(LONGEST));
        }
    }

    fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    fn times(&self) -> Times {
        let at = |quantile| {
            let histogram = self.0.as_ref()?;
            Some(histogram.lowest_equivalent(histogram.value_at_quantile(quantile)))
        };
        Times { median: at(0.5), p90: at(0.9), p95: at(0.95) }
    }
}

#[cfg(test)]
mod tests;
