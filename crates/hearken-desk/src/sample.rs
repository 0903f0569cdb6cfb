//! What the queue misses, estimated: of the posts that were suppressed or held back an even sample is kept, people judge it, and
//! from their verdicts follows how much grief and urgency was passed over, with an interval.
//!
//! Each post has a mark, a hash of its id as a fraction of all hashes. Of each day those with the smallest marks are kept, up to the budget; so
//! the same post twice changes nothing, all posts of a day have the same chance, and a mark beyond the day's *bar* can be
//! dropped unseen. As the bar is the share of posts that is kept, it also tells how many there were.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hasher;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;
use statrs::distribution::{Beta, ContinuousCDF, DiscreteCDF, Hypergeometric};

use crate::intake::NewPost;
use crate::time::Timestamp;

/// Marks are below this.
pub(crate) const MARKS: i64 = i64::MAX;

/// A post counts as urgent from this urgency on.
pub const URGENT_FROM: f64 = 2.0;

/// What an interval covers.
const COVERAGE: f64 = 0.95;

/// Half the width of an interval that covers as much of a normal distribution, in standard deviations.
const DEVIATIONS: f64 = 1.96;

const MILLISECONDS_A_DAY: i64 = 24 * 3600 * 1000;

/// The keys of the hash that makes marks. IMPORTANT: with others, a day's sample would not be the smallest marks of that day any
/// more, and what was dropped is gone.
const MARK_KEYS: (u64, u64) = (0x6865_6172_6b65_6e21, 0x7361_6d70_6c65_2121);

/// A suppressed post that is kept to be checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The day on which it was written: days since 1970, UTC.
    pub day: i64,
    /// Its mark.
    pub mark: i64,
    /// The post.
    pub post: NewPost,
    /// What a human made of it.
    pub verdict: Option<Verdict>,
}

/// What a human made of a suppressed post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether someone mourns in it.
    pub grief: bool,
    /// Whether it should have been urgent.
    pub urgent: bool,
}

/// Which suppressed posts the desk would keep. Lets a caller drop the others before they are copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate(pub(crate) BTreeMap<i64, i64>);

impl Gate {
    /// Whether the desk may keep a suppressed post. Once it doesn't, it never will.
    pub fn admits(&self, platform: &str, id: &str, created_at: Timestamp) -> bool {
        self.0.get(&day_of(created_at)).is_none_or(|bar| mark_of(platform, id) < *bar)
    }
}

/// The day of a moment: days since 1970, UTC.
pub fn day_of(time: Timestamp) -> i64 {
    time.as_millisecond().div_euclid(MILLISECONDS_A_DAY)
}

/// A number that is evenly distributed over the ids of posts and always the same for one: SipHash-1-3 of the platform, a zero byte
/// and the id, without its last bit. It takes some ten nanoseconds, as it is asked of every post that nobody needs.
pub(crate) fn mark_of(platform: &str, id: &str) -> i64 {
    let mut hasher = SipHasher13::new_with_keys(MARK_KEYS.0, MARK_KEYS.1);
    hasher.write(platform.as_bytes());
    hasher.write(&[0]);
    hasher.write(id.as_bytes());
    (hasher.finish() >> 1) as i64
}

/// What was kept of some days, and what people made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The bar that all days have in common: marks below it were kept on each.
    pub bar: i64,
    /// Kept posts below it,
    pub kept: u64,
    /// those of them that someone judged,
    pub judged: u64,
    /// and those of them that should have been heard.
    pub missed: u64,
    /// Posts of the same days that were heard: in the queue, and not resolved as misheard.
    pub heard: u64,
}

/// How much of what should have been heard was heard, by the sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Posts that were heard.
    pub heard: u64,
    /// Suppressed posts in all: as many as were kept, or an estimate where not all were.
    pub suppressed: u64,
    /// Suppressed posts that someone judged,
    pub judged: u64,
    /// and those of them that should have been heard.
    pub missed: u64,
    /// The share of what should have been heard that was, and the interval that it lies in, 95 %. None before anyone judged,
    /// or where nothing was heard and nothing missed.
    pub recall: Option<(f64, [f64; 2])>,
}

impl Estimate {
    /// The estimate that follows from the counts. Where all suppressed posts were kept, the interval is the exact one for so many
    /// drawn of so many; else that of Clopper and Pearson for the share that was missed, widened by what is uncertain about the
    /// number of suppressed posts: rather too wide than too narrow.
    pub fn new(counts: Counts) -> Self {
        let Counts { bar, kept, judged, missed, heard } = counts;
        let share_kept = bar as f64 / MARKS as f64;
        let suppressed = if share_kept > 0.0 { kept as f64 / share_kept } else { 0.0 };
        let unsure = if bar == MARKS || kept == 0 { 0.0 } else { DEVIATIONS / (kept as f64).sqrt() };
        let recall_at = |missed_share: f64, suppressed: f64| heard as f64 / (heard as f64 + missed_share * suppressed);
        let recall = (judged > 0 && heard + missed > 0).then(|| {
            let [fewest, most] =
                if bar == MARKS { of_a_few(missed, judged, kept) } else { clopper_pearson(missed, judged) };
            let likely = recall_at(missed as f64 / judged as f64, suppressed);
            let lowest = recall_at(most, suppressed * (1.0 + unsure));
            let highest = recall_at(fewest, suppressed * (1.0 - unsure).max(0.0));
            // With nothing heard and perhaps nothing missed either the upper end is 0/0: it could be anything.
            (likely, [lowest, if highest.is_nan() { 1.0 } else { highest }])
        });
        Self { heard, suppressed: suppressed.round() as u64, judged, missed, recall }
    }
}

/// `0.94 [0.89, 0.97]`, or that nothing can be said yet.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.recall {
            Some((recall, [lowest, highest])) => write!(f, "{recall:.2} [{lowest:.2}, {highest:.2}]"),
            None => f.write_str("unknown until more suppressed posts are judged"),
        }
    }
}

/// The interval of a share of which `hits` in `drawn` of `all` were seen: exact. Once all are drawn it is the share itself.
fn of_a_few(hits: u64, drawn: u64, all: u64) -> [f64; 2] {
    let tail = (1.0 - COVERAGE) / 2.0;
    let at_most = |those: u64, hits: u64| Hypergeometric::new(all, those, drawn).map_or(1.0, |law| law.cdf(hits));
    let at_least = |those: u64| hits.checked_sub(1).map_or(1.0, |fewer| 1.0 - at_most(those, fewer));
    let possible = hits..=all - (drawn - hits);
    let fewest = first(possible.clone(), |those| at_least(those) > tail);
    let first_too_many = first(possible.clone(), |those| at_most(those, hits) <= tail);
    let most = first_too_many.map_or(*possible.end(), |too_many| too_many - 1);
    [fewest.unwrap_or(hits), most.max(hits)].map(|those| those as f64 / all as f64)
}

/// The first of some numbers for which something holds that holds for all later ones too.
fn first(mut among: RangeInclusive<u64>, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(*among.end()) {
        return None;
    }
    while among.start() < among.end() {
        let middle = among.start() + (among.end() - among.start()) / 2;
        among = if holds(middle) { *among.start()..=middle } else { middle + 1..=*among.end() };
    }
    Some(*among.start())
}

/// The interval of a share of which `hits` in `trials` were seen: exact, and so never too narrow.
fn clopper_pearson(hits: u64, trials: u64) -> [f64; 2] {
    let tail = (1.0 - COVERAGE) / 2.0;
    let quantile = |a: u64, b: u64, at: f64| Beta::new(a as f64, b as f64).map(|beta| beta.inverse_cdf(at));
    let lowest = if hits == 0 { Ok(0.0) } else { quantile(hits, trials - hits + 1, tail) };
    let highest = if hits == trials { Ok(1.0) } else { quantile(hits + 1, trials - hits, 1.0 - tail) };
    [lowest.unwrap_or(0.0), highest.unwrap_or(1.0)]
}

#[cfg(test)]
mod tests;
