//! When people are there: weekly hours in a time zone, and holidays. Time counts only while they are.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

use crate::time::{Timestamp, later, moment, since};

/// Time is counted so many days ahead. Whoever has no open hour until then is never there.
const LOOKED_AHEAD: usize = 20 * 366;

const MINUTES_A_DAY: u16 = 24 * 60;

/// The hours of a week in which people are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Calendar {
    /// Where, as the IANA names it: `Europe/Berlin`.
    #[serde(with = "zone")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub time_zone: TimeZone,
    /// The hours of each day. A day without any is free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monday: Vec<Hours>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[allow(missing_docs, reason = "as monday")]
    pub tuesday: Vec<Hours>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[allow(missing_docs, reason = "as monday")]
    pub wednesday: Vec<Hours>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[allow(missing_docs, reason = "as monday")]
    pub thursday: Vec<Hours>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[allow(missing_docs, reason = "as monday")]
    pub friday: Vec<Hours>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[allow(missing_docs, reason = "as monday")]
    pub saturday: Vec<Hours>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[allow(missing_docs, reason = "as monday")]
    pub sunday: Vec<Hours>,
    /// Days on which no hours begin.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub holidays: BTreeSet<Date>,
}

/// A span of a day on the clock: `09:00-17:30`. One that ends no later than it starts, such as `22:00-06:00`, ends on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
#[serde(into = "String", try_from = "String")]
pub struct Hours {
    /// Minutes after midnight.
    from: u16,
    /// Likewise, and greater.
    to: u16,
}

impl Calendar {
    /// When so much time will have passed in its hours. Of no time that is at once, whatever the hour.
    pub fn due(&self, from: Timestamp, time: Duration) -> Timestamp {
        let mut left = time;
        if left.is_zero() {
            return from;
        }
        for (opens, closes) in self.open(from) {
            let open = since(opens, closes);
            if left <= open {
                return later(opens, left);
            }
            left -= open;
        }
        moment(i64::MAX)
    }

    /// How much time passes in its hours from one moment to another.
    pub fn passed(&self, from: Timestamp, to: Timestamp) -> Duration {
        let until = self.open(from).take_while(|(opens, _)| *opens < to);
        until.map(|(opens, closes)| since(opens, closes.min(to))).sum()
    }

    /// Whether nobody is ever there.
    pub fn is_empty(&self) -> bool {
        Weekday::Monday.cycle_forward().take(7).all(|day| self.hours(day).is_empty())
    }

    /// The hours of a day of the week, as they were written down.
    pub fn hours(&self, day: Weekday) -> &[Hours] {
        match day {
            Weekday::Monday => &self.monday,
            Weekday::Tuesday => &self.tuesday,
            Weekday::Wednesday => &self.wednesday,
            Weekday::Thursday => &self.thursday,
            Weekday::Friday => &self.friday,
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
        }
    }

    /// From when to when people are there from a moment on, in order, no moment twice.
    fn open(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        // What began on the day before may go on past midnight.
        let today = self.time_zone.to_datetime(from).date();
        let days = today.yesterday().unwrap_or(today).series(1.day()).take(LOOKED_AHEAD);
        let spans = days.filter(|day| !self.holidays.contains(day)).flat_map(move |day| {
            let mut hours = self.hours(day.weekday()).to_vec();
            hours.sort_unstable();
            hours.into_iter().filter_map(move |hours| hours.on(day, &self.time_zone))
        });
        spans
            .scan(from, |counted, (opens, closes)| {
                let opens = opens.max(*counted);
                *counted = closes.max(*counted);
                Some((opens, closes))
            })
            .filter(|(opens, closes)| opens < closes)
    }
}

impl Hours {
    /// When they begin and end on a day. Where the clock is put forward they may be shorter, or none; where it is put back, longer.
    fn on(self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let at = |minutes: u16| {
            let clock =
                day.to_datetime(Time::midnight()).checked_add(SignedDuration::from_mins(minutes.into())).ok()?;
            zone.to_timestamp(clock).ok()
        };
        Some((at(self.from)?, at(self.to)?))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = if self.to > MINUTES_A_DAY { self.to - MINUTES_A_DAY } else { self.to };
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, to / 60, to % 60)
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minutes = |clock: &str| -> Option<u16> {
            let (hours, minutes) = clock.trim().split_once(':').filter(|(_, minutes)| minutes.len() == 2)?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            let all = hours.checked_mul(60)?.checked_add(minutes)?;
            (minutes < 60 && all <= MINUTES_A_DAY).then_some(all)
        };
        let span = text.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
        match span.filter(|(from, _)| *from < MINUTES_A_DAY) {
            Some((from, to)) => Ok(Self { from, to: if to <= from { to + MINUTES_A_DAY } else { to } }),
            None => Err(format!("{text:?} is no span of a day, such as 09:00-17:30")),
        }
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

mod zone {
    use jiff::tz::TimeZone;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.iana_name().unwrap_or("UTC"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = |_| D::Error::custom(format!("no time zone is called {name:?}; names are such as Europe/Berlin"));
        TimeZone::get(&name).map_err(unknown)
    }
}

#[cfg(test)]
mod tests;
