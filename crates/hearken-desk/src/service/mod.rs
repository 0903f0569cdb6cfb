//! Service levels: within what time a human is with someone, by what was heard and how urgent it is.
//!
//! A target counts time in the hours of a calendar, or around the clock. Of the targets that go for a case the first counts.
//! Everything here is pure: the desk passes in what it knows, and does what follows.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::label::{Label, Labels};
use crate::ticket::Ticket;
use crate::time::{Timestamp, later, readable, readable_if_any};

mod calendar;

pub use calendar::{Calendar, Hours};

/// What a target names instead of a calendar where time never stops.
pub const ALWAYS: &str = "always";

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// Within what time a human is with whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct ServiceLevels {
    /// In order: the first that goes for a case counts.
    #[serde(rename = "target")]
    pub targets: Vec<Target>,
    /// By name.
    #[serde(rename = "calendar")]
    pub calendars: BTreeMap<String, Calendar>,
    /// So far ahead moves the turn of a case that is late.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub breach: Duration,
}

/// What was promised to some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    /// What it is called.
    pub name: String,
    /// For cases with at least one of these labels; any, if none is named.
    #[serde(default)]
    pub labels: Labels,
    /// For cases at least so urgent, 0 to 3.
    #[serde(default)]
    pub urgency_from: f64,
    /// For cases in these languages, primary subtags; any, if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// For cases of this team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Within this time a human answers.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub first_human: Duration,
    /// Within this time all is done.
    #[serde(default, with = "readable_if_any", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub resolution: Option<Duration>,
    /// The calendar in whose hours time counts, or [`ALWAYS`].
    #[serde(default = "always")]
    pub hours: String,
    /// When so little of the time is left, the desk warns.
    #[serde(default, with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub warn_before: Duration,
}

fn always() -> String {
    ALWAYS.to_owned()
}

/// What a target is chosen by.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// See [`Ticket::labels`].
    pub labels: Labels,
    /// See [`Ticket::urgency`].
    pub urgency: f64,
    /// See [`Ticket::lang`].
    pub lang: Option<&'a str>,
    /// See [`Ticket::team`].
    pub team: Option<&'a str>,
}

impl<'a> From<&'a Ticket> for About<'a> {
    fn from(ticket: &'a Ticket) -> Self {
        let Ticket { labels, urgency, lang, team, .. } = ticket;
        Self { labels: *labels, urgency: *urgency, lang: lang.as_deref(), team: team.as_deref() }
    }
}

/// What follows from a target for someone who waits since some moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due<'a> {
    /// Which target.
    pub target: &'a Target,
    /// In whose hours time counts; none where it never stops.
    pub calendar: Option<&'a Calendar>,
    /// When the desk warns.
    pub warn_at: Timestamp,
    /// When a human should have answered.
    pub due_by: Timestamp,
    /// When all should be done.
    pub resolve_by: Option<Timestamp>,
}

impl ServiceLevels {
    /// What follows for someone who waits since a moment, if there is a target for them.
    pub fn due(&self, about: About<'_>, since: Timestamp) -> Option<Due<'_>> {
        let target = self.target(about)?;
        let calendar = self.calendars.get(&target.hours);
        let after = |time: Duration| calendar.map_or_else(|| later(since, time), |calendar| calendar.due(since, time));
        Some(Due {
            target,
            calendar,
            // In hours as well: who could still do something about it is warned while they are there.
            warn_at: after(target.first_human.saturating_sub(target.warn_before)),
            due_by: after(target.first_human),
            resolve_by: target.resolution.map(after),
        })
    }

    /// The target that goes for a case.
    pub fn target(&self, about: About<'_>) -> Option<&Target> {
        self.targets.iter().find(|target| target.goes_for(about))
    }

    /// What is wrong with them, a sentence each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = Vec::new();
        for (name, calendar) in &self.calendars {
            if name == ALWAYS {
                faults.push(format!(
                    "calendar {ALWAYS}: a target that names it counts around the clock; take another name"
                ));
            }
            if calendar.is_empty() {
                faults.push(format!("calendar {name}: it has no hours, so that time would never pass"));
            }
        }
        for (place, target) in self.targets.iter().enumerate() {
            let earlier = self.targets.iter().take(place);
            faults.extend(target.fault(self, earlier).map(|fault| format!("target {}: {fault}", target.name)));
        }
        if self.breach > YEAR {
            faults.push("breach: a year is the most".to_owned());
        }
        faults
    }
}

impl Target {
    fn goes_for(&self, about: About<'_>) -> bool {
        let language = |lang: &str| self.languages.iter().any(|language| language.eq_ignore_ascii_case(lang));
        (self.labels.is_empty() || self.labels.overlaps(about.labels))
            && about.urgency >= self.urgency_from
            && (self.languages.is_empty() || about.lang.is_some_and(language))
            && (self.team.is_none() || self.team.as_deref() == about.team)
    }

    fn fault<'a>(&self, levels: &ServiceLevels, mut earlier: impl Iterator<Item = &'a Self>) -> Option<String> {
        let too_long = |time: Duration| time.is_zero() || time > YEAR;
        if self.name.trim().is_empty() {
            Some("it needs a name".to_owned())
        } else if earlier.any(|other| other.name == self.name) {
            Some("another one has that name".to_owned())
        } else if self.hours != ALWAYS && !levels.calendars.contains_key(&self.hours) {
            Some(format!("no calendar is called {}", self.hours))
        } else if !(0.0..=3.0).contains(&self.urgency_from) {
            Some(format!("urgency-from is {}, it must be 0 to 3", self.urgency_from))
        } else if too_long(self.first_human) || self.resolution.is_some_and(too_long) {
            Some("its times must be more than nothing, and at most a year".to_owned())
        } else if self.warn_before > self.first_human {
            Some("it would warn before anyone waits".to_owned())
        } else {
            None
        }
    }
}

impl Default for ServiceLevels {
    /// A crisis has half an hour and grief eight hours, what is urgent the times that the engine gives it, all around the clock.
    fn default() -> Self {
        let target = |name: &str, labels, urgency_from, first_human, warn_before| Target {
            name: name.to_owned(),
            labels,
            urgency_from,
            languages: Vec::new(),
            team: None,
            first_human,
            resolution: None,
            hours: always(),
            warn_before,
        };
        let any = Labels::default();
        Self {
            targets: vec![
                target("crisis", any, 2.5, HOUR / 2, 10 * MINUTE),
                target("grief", Label::Grief.into(), 0.0, 8 * HOUR, HOUR),
                target("problem", any, 1.5, 8 * HOUR, HOUR),
                target("question", any, 0.5, 48 * HOUR, 4 * HOUR),
            ],
            calendars: BTreeMap::new(),
            // A day: before all that is not late and as urgent, and still behind whoever is in a crisis and mourns.
            breach: 24 * HOUR,
        }
    }
}

#[cfg(test)]
mod tests;
