//! Moments in whole milliseconds, which is what stores keep. What is finer is cut off where it comes in, so that a ticket reads
//! the same from every store.

use std::time::Duration;

pub use jiff::Timestamp;

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
