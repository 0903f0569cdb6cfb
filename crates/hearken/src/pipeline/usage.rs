//! What part of a worker's time a pipeline may plan with. Pure: times come in as values.
//!
//! A pipeline that is alone may plan with all of it. One of several may plan with what the others leave, and at least with its fair
//! share: that of max-min fairness, where those who want less than their share leave the rest to those who want more. So a flood at one
//! tenant takes no more of the careful model's time than its share, and one that is quiet costs the others nothing.

use std::time::Duration;

use super::fair::LaneId;

/// Who used how much is remembered for about so long, seconds.
const MEMORY: f64 = 1.0;

/// Whoever used less than this part of the time is forgotten.
const FORGOTTEN: f64 = 1e-4;

/// How much of one worker's time each pipeline used of late.
#[derive(Debug, Default)]
pub(super) struct Usage {
    lanes: Vec<Used>,
    /// When it was last brought up to date.
    at: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Used {
    lane: LaneId,
    share: f64,
    /// Part of the time.
    part: f64,
}

impl Usage {
    /// The worker was busy for a lane for so long, until `now`.
    pub(super) fn spent(&mut self, lane: LaneId, share: u32, time: Duration, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        let kept = (-passed / MEMORY).exp();
        self.lanes.iter_mut().for_each(|used| used.part *= kept);
        let part = time.as_secs_f64().min(passed.max(MEMORY)) / MEMORY;
        match self.lanes.iter_mut().find(|used| used.lane == lane) {
            Some(used) => used.part = (used.part + part).min(1.0),
            None => self.lanes.push(Used { lane, share: f64::from(share), part: part.min(1.0) }),
        }
        self.lanes.retain(|used| used.part >= FORGOTTEN);
    }

    /// The part of the time from `now` on that a lane may plan with, more than 0 and at the most 1.
    pub(super) fn room(&self, lane: LaneId, share: u32, now: Duration) -> f64 {
        let kept = (-now.saturating_sub(self.at).as_secs_f64() / MEMORY).exp();
        let mut others: Vec<Used> = self.lanes.iter().filter(|used| used.lane != lane).copied().collect();
        // Those who want least for their share come first: they get all that they want, and leave the rest.
        others.sort_by(|one, other| (one.part / one.share).total_cmp(&(other.part / other.share)));
        let mut shares = f64::from(share) + others.iter().map(|used| used.share).sum::<f64>();
        let mut left = 1.0;
        for used in others {
            if used.part * kept >= left * used.share / shares {
                break;
            }
            left -= used.part * kept;
            shares -= used.share;
        }
        left * f64::from(share) / shares
    }
}

#[cfg(test)]
mod tests;
