//! The bootstrap: posts drawn anew with replacement, and the interval that the figures of all draws fall into.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What an interval is meant to cover.
const COVERAGE: f64 = 0.95;

/// An interval needs a figure in at least this share of the resamples. Where many a draw has nothing to measure, the rest
/// would tell of a certainty that isn't there.
const DEFINED: f64 = 0.95;

/// Draws resamples. Each depends on the seed and its own number only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resampler {
    pub(crate) posts: u32,
    pub(crate) seed: u64,
}

impl Resampler {
    /// Fills `weights` with how often each post was drawn; as many draws as posts.
    pub(crate) fn draw(&self, resample: u32, weights: &mut Vec<u32>) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(u64::from(resample));
        weights.clear();
        weights.resize(self.posts as usize, 0);
        for _ in 0..self.posts {
            weights[random.random_range(0..self.posts) as usize] += 1;
        }
    }
}

/// The middle 95 % of a figure over all resamples, where it was defined in nearly all.
pub(crate) fn interval(figures: impl ExactSizeIterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let resamples = figures.len();
    let mut defined: Vec<f64> = figures.flatten().collect();
    if defined.is_empty() || (defined.len() as f64) < DEFINED * resamples as f64 {
        return None;
    }
    defined.sort_by(f64::total_cmp);
    let tail = (1.0 - COVERAGE) / 2.0;
    Some((quantile(&defined, tail), quantile(&defined, 1.0 - tail)))
}

/// Linear between the two nearest of the `sorted` values.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests;
