//! Spikes: many more people than usual came within minutes, so something has happened.
//!
//! New tickets are counted by label in buckets of ten minutes, by the time at which the person wrote, so that a stream that catches up
//! is no spike. Held ones don't count: a wave of promotion is nobody's emergency. What is usual is the greater of two means: of the
//! three hours before, and of the same half hour on each of the fourteen days before, so that every morning's rise is no news. In both
//! a bucket counts no more than thrice the median and three, so a burst before hardly hides the next.
//!
//! The present bucket, or it and the one before together, is a spike if it has at least [`Spikes::minimum`] tickets, at least
//! [`Spikes::times`] as many as usual, and if by chance alone so many would come less often than [`Spikes::chance`]: the upper tail of
//! a Poisson distribution. That one is no model of people, who come in groups; the second condition is what holds at high rates.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use statrs::distribution::{DiscreteCDF, Poisson};

use crate::label::Label;
use crate::time::{Timestamp, moment};

/// The length of a bucket, milliseconds.
const BUCKET: i64 = 10 * 60 * 1000;

/// Buckets of a day.
const DAY: i64 = 24 * 3600 * 1000 / BUCKET;

/// The hours before: so many buckets.
const RECENT: i64 = 18;

/// Days before.
const DAYS: i64 = 14;

/// Counts are kept for so many buckets.
pub(crate) const KEPT: i64 = (DAYS + 1) * DAY;

/// A desk must have listened for so many buckets before anything is unusual.
const LEARNED: i64 = 6;

/// Nothing is expected less often, tickets a bucket: who has heard nothing so far can't tell what is usual.
const LEAST_EXPECTED: f64 = 0.5;

/// After one spike the same label has no other for so long, milliseconds.
const QUIET: i64 = 3600 * 1000;

/// What makes a spike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Spikes {
    /// At least so many tickets.
    pub minimum: u32,
    /// At least so many times as many as usual.
    pub times: f64,
    /// How sensitive: by chance alone, so many would come in this share of all buckets at the most.
    pub chance: f64,
}

impl Default for Spikes {
    fn default() -> Self {
        Self { minimum: 5, times: 2.0, chance: 1e-5 }
    }
}

/// Many more tickets than usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spike {
    /// Of which label; none: of all tickets together.
    pub label: Option<Label>,
    /// When it was noticed.
    pub at: Timestamp,
    /// Since when so many came, and since then it is
    pub since: Timestamp,
    /// that they were counted for, minutes.
    pub minutes: u32,
    /// So many tickets came,
    pub tickets: u64,
    /// where as many are usual.
    pub expected: f64,
}

impl Spike {
    /// What came: a label's name, or `all`.
    pub fn name(&self) -> &'static str {
        name(self.label)
    }

    /// Whether another one of the same label would be no news.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now.as_millisecond().saturating_sub(self.at.as_millisecond()) < QUIET
    }
}

/// A label's name; `all` for all tickets together.
pub(crate) fn name(label: Option<Label>) -> &'static str {
    match label {
        None => "all",
        Some(Label::Grief) => "grief",
        Some(Label::Frustration) => "frustration",
        Some(Label::Advice) => "advice",
        Some(Label::Promotion) => "promotion",
    }
}

/// The bucket of a moment.
pub(crate) fn bucket_of(time: Timestamp) -> i64 {
    time.as_millisecond().div_euclid(BUCKET)
}

/// The buckets that decide whether what came up to now is a spike, in order: of the days before, and the last ones.
pub(crate) fn decisive(now: Timestamp) -> impl Iterator<Item = Range<i64>> {
    let present = bucket_of(now);
    let daily = (1..=DAYS).rev().map(move |day| present - day * DAY - 1..present - day * DAY + 2);
    daily.chain(std::iter::once(present - 1 - RECENT..present + 1))
}

/// Whether what came up to now is a spike. `counts` are pairs of a bucket and its tickets, in order and without empty ones, of those that
/// are [`decisive`]; `first` is the bucket in which the desk began to listen.
pub(crate) fn spike(
    rules: &Spikes,
    label: Option<Label>,
    counts: &[(i64, u64)],
    first: i64,
    now: Timestamp,
) -> Option<Spike> {
    let present = bucket_of(now);
    if present - first < LEARNED {
        return None;
    }
    let count = |bucket: i64| counts.binary_search_by_key(&bucket, |(bucket, _)| *bucket).map_or(0, |at| counts[at].1);
    // The two that are judged are no measure of what is usual.
    let known = |bucket: &i64| *bucket >= first && *bucket < present - 1;
    let recent: Vec<u64> = (present - 1 - RECENT..present - 1).filter(known).map(count).collect();
    let daily = (1..=DAYS).flat_map(|day| (-1..=1).map(move |near| present - day * DAY + near));
    let daily: Vec<u64> = daily.filter(known).map(count).collect();
    let usual = usual(recent).max(usual(daily)).max(LEAST_EXPECTED);
    (1..=2).find_map(|buckets| {
        let tickets: u64 = (0..buckets).map(|back| count(present - back)).sum();
        let expected = usual * buckets as f64;
        let unlikely =
            || Poisson::new(expected).is_ok_and(|poisson| poisson.sf(tickets.saturating_sub(1)) < rules.chance);
        let many = tickets >= u64::from(rules.minimum.max(1)) && tickets as f64 >= rules.times * expected;
        (many && unlikely()).then(|| Spike {
            label,
            at: now,
            since: moment((present - buckets + 1).saturating_mul(BUCKET)),
            minutes: (buckets * BUCKET / 60_000) as u32,
            tickets,
            expected: (expected * 100.0).round() / 100.0,
        })
    })
}

/// The mean of some counts, each cut down to thrice the median and three.
fn usual(mut counts: Vec<u64>) -> f64 {
    counts.sort_unstable();
    let Some(median) = counts.get(counts.len() / 2).copied() else { return 0.0 };
    let most = 3 * median + 3;
    counts.iter().map(|count| *count.min(&most) as f64).sum::<f64>() / counts.len() as f64
}

#[cfg(test)]
mod tests;
