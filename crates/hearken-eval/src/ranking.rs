//! The figures of a ranking by urgency.
//!
//! Posts with equal scores stand in no order of their own, so each figure is its mean over all their orders.

use crate::binary::ratio;
use crate::measure::{Measure, NDCG_DEPTH, TOP_SHARES};
use crate::question::Truth;

/// Urgency goes from 0 to 3.
const LEVELS: usize = 4;
const URGENT: u8 = 3;

/// 2^urgency − 1.
const GAINS: [f64; LEVELS] = [0.0, 1.0, 3.0, 7.0];

/// The posts whose urgency is known, highest score first. Sorted once; every resample only weighs them anew.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) rows: Vec<Row>,
    /// The sum of the discounts of the first posts, by how many they are.
    discounts: [f64; NDCG_DEPTH + 1],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) post: u32,
    pub(crate) urgency: u8,
    /// Whether the next row has a lower score.
    pub(crate) ends_tie: bool,
}

impl Row {
    pub(crate) fn is_urgent(self) -> bool {
        self.urgency == URGENT
    }
}

impl Ranking {
    /// Ranks posts by `score` of their number.
    pub(crate) fn new(truths: &[Truth], score: impl Fn(usize) -> f64) -> Self {
        let known = truths.iter().zip(0..).filter_map(|(truth, post): (_, u32)| Some((post, truth.urgency?)));
        let mut scored: Vec<(f64, Row)> =
            known.map(|(post, urgency)| (score(post as usize), Row { post, urgency, ends_tie: true })).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        for at in 1..scored.len() {
            scored[at - 1].1.ends_tie = scored[at - 1].0 > scored[at].0;
        }
        let mut discounts = [0.0; NDCG_DEPTH + 1];
        for place in 1..=NDCG_DEPTH {
            discounts[place] = discounts[place - 1] + 1.0 / (place as f64 + 1.0).log2();
        }
        Self { rows: scored.into_iter().map(|(_, row)| row).collect(), discounts }
    }

    pub(crate) fn known(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn urgent(&self) -> usize {
        self.rows.iter().filter(|row| row.is_urgent()).count()
    }

    /// The figures of [`Measure::OF_RANKING`], each post counted as often as its weight says.
    pub(crate) fn figures(&self, weights: &[u32]) -> [Option<f64>; Measure::OF_RANKING.len()] {
        let mut levels = [0_u64; LEVELS];
        for row in &self.rows {
            levels[usize::from(row.urgency)] += u64::from(weights[row.post as usize]);
        }
        let truth = Truths::new(levels);
        let total: u64 = levels.iter().sum();
        let tops = TOP_SHARES.map(|share| ((share * total as f64).round_ties_even() as u64).max(1));

        let (mut dcg, mut found, mut covariance, mut variance) = (0.0, [0.0; TOP_SHARES.len()], 0.0, 0.0);
        let mut start = 0;
        let mut tie = [0; LEVELS];
        for row in &self.rows {
            tie[usize::from(row.urgency)] += u64::from(weights[row.post as usize]);
            if !row.ends_tie {
                continue;
            }
            let end = start + tie.iter().sum::<u64>();
            if end > start {
                let posts = (end - start) as f64;
                dcg += sum(&tie, &GAINS) / posts * self.discount(start, end);
                for (found, top) in found.iter_mut().zip(tops) {
                    *found += tie[usize::from(URGENT)] as f64 * (end.min(top) - start.min(top)) as f64 / posts;
                }
                let rank = centred_rank(start, end, total);
                covariance += rank * sum(&tie, &truth.ranks);
                variance += posts * rank * rank;
            }
            start = end;
            tie = [0; LEVELS];
        }

        let urgent = levels[usize::from(URGENT)] as f64;
        let [top_1, top_5, top_10] = found.map(|found| ratio(found, urgent));
        [ratio(dcg, self.best_dcg(levels)), top_1, top_5, top_10, ratio(covariance, (variance * truth.variance).sqrt())]
    }

    /// The discounts of the places from `start` (the first is 0) to before `end`.
    fn discount(&self, start: u64, end: u64) -> f64 {
        let up_to = |place: u64| self.discounts[place.min(NDCG_DEPTH as u64) as usize];
        up_to(end) - up_to(start)
    }

    /// The gain of the perfect order.
    fn best_dcg(&self, levels: [u64; LEVELS]) -> f64 {
        let mut start = 0;
        let mut best = 0.0;
        for (gain, posts) in GAINS.iter().zip(levels).rev() {
            best += gain * self.discount(start, start + posts);
            start += posts;
        }
        best
    }
}

/// The sum of a value for each post, by urgency.
fn sum(posts: &[u64; LEVELS], of: &[f64; LEVELS]) -> f64 {
    posts.iter().zip(of).map(|(posts, of)| *posts as f64 * of).sum()
}

/// The ranks of the true urgencies, counted from their mean.
struct Truths {
    ranks: [f64; LEVELS],
    variance: f64,
}

impl Truths {
    fn new(levels: [u64; LEVELS]) -> Self {
        let total = levels.iter().sum();
        let (mut ranks, mut variance, mut start) = ([0.0; LEVELS], 0.0, 0);
        for level in (0..LEVELS).rev() {
            let end = start + levels[level];
            ranks[level] = centred_rank(start, end, total);
            variance += levels[level] as f64 * ranks[level] * ranks[level];
            start = end;
        }
        Self { ranks, variance }
    }
}

/// The mean rank of the places from `start` to before `end`, minus the mean rank of all. Of no places, whatever it is
/// counts 0 times.
fn centred_rank(start: u64, end: u64, total: u64) -> f64 {
    (start + end) as f64 / 2.0 - total as f64 / 2.0
}

#[cfg(test)]
mod tests;
