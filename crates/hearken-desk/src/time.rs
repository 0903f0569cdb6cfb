//! Moments in whole milliseconds, which is what stores keep. What is finer is cut off where it comes in, so that a ticket reads
//! the same from every store.

use std::time::Duration;

pub use jiff::Timestamp;
use jiff::{SignedDuration, Span, SpanRelativeTo, SpanRound, Unit};

/// A span of time as people write it: `30m`, `12h`, `7d`, `1d 12h`. A day has 24 hours, a week seven days.
///
/// # Errors
/// It is no such span, it is negative, or it has months.
pub fn span_of(written: &str) -> Result<Duration, jiff::Error> {
    let span: Span = written.parse()?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours())?;
    Duration::try_from(span)
}

/// A span of time as [`span_of`] reads it, in days, hours, minutes and seconds.
pub fn written(span: Duration) -> String {
    let rounded = SignedDuration::try_from(span).and_then(|span| {
        let (largest, days) = (SpanRound::new().largest(Unit::Day), SpanRelativeTo::days_are_24_hours());
        Span::try_from(span)?.round(largest.relative(days))
    });
    rounded.map_or_else(|_| format!("{}s", span.as_secs()), |span| format!("{span:#}"))
}

/// Spans of time in what people write: `#[serde(with = "time::readable")]`.
pub mod readable {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// As [`written`](super::written) writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::written(*span))
    }

    /// As [`span_of`](super::span_of) reads it.
    ///
    /// # Errors
    /// Those of [`span_of`](super::span_of), and of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let written = String::deserialize(deserializer)?;
        let fault =
            |_| D::Error::custom(format_args!("{written:?} is no span of time such as \"30m\", \"12h\" or \"7d\""));
        super::span_of(&written).map_err(fault)
    }
}

/// The same where there may be none.
pub(crate) mod readable_if_any {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    struct Readable(#[serde(with = "super::readable")] Duration);

    pub(crate) fn serialize<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => super::readable::serialize(span, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Readable>::deserialize(deserializer)?.map(|Readable(span)| span))
    }
}

/// The moment of a number of milliseconds since 1970; the nearest that there is, if it is out of range.
pub(crate) fn moment(milliseconds: i64) -> Timestamp {
    let nearest = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(milliseconds).unwrap_or(nearest)
}

pub(crate) fn whole(time: Timestamp) -> Timestamp {
    moment(time.as_millisecond())
}

pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    moment(time.as_millisecond().saturating_add(milliseconds(by)))
}

pub(crate) fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    moment(time.as_millisecond().saturating_sub(milliseconds(by)))
}

/// From one moment to a later one; nothing, if it is not later.
pub(crate) fn since(from: Timestamp, to: Timestamp) -> Duration {
    let passed = to.as_millisecond().saturating_sub(from.as_millisecond());
    Duration::from_millis(u64::try_from(passed).unwrap_or(0))
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
