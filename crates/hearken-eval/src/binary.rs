//! The figures of one yes-or-no question.

use serde::Serialize;

use crate::measure::Measure;
use crate::question::{Prediction, Question, Truth};

/// Bins of the calibration error, of equal width.
pub(crate) const BINS: usize = 10;

/// The posts whose answer is known, highest probability first. Sorted once; every resample only weighs them anew.
#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) rows: Vec<Row>,
    /// Whether the model decides the question.
    decided: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) post: u32,
    pub(crate) positive: bool,
    pub(crate) assigned: bool,
    /// Whether the next row has a lower probability.
    pub(crate) ends_tie: bool,
    pub(crate) bin: u8,
    pub(crate) probability: f64,
}

/// How decisions and answers fall together, posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the definition")]
pub struct Confusion {
    pub true_positives: usize,
    pub false_positives: usize,
    pub false_negatives: usize,
    pub true_negatives: usize,
}

impl Binary {
    pub(crate) fn new(question: Question, truths: &[Truth], predictions: &[Prediction]) -> Self {
        let answered = truths.iter().zip(predictions).zip(0..);
        let mut rows: Vec<Row> = answered
            .filter_map(|((truth, prediction), post)| {
                let positive = truth.labels[question]?;
                let probability = prediction.probabilities[question];
                let bin = ((probability * BINS as f64) as usize).min(BINS - 1) as u8;
                let assigned = prediction.assigned[question] == Some(true);
                Some(Row { post, positive, assigned, ends_tie: true, bin, probability })
            })
            .collect();
        rows.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        for at in 1..rows.len() {
            rows[at - 1].ends_tie = rows[at - 1].probability > rows[at].probability;
        }
        Self { rows, decided: predictions.iter().any(|prediction| prediction.assigned[question].is_some()) }
    }

    pub(crate) fn known(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn positives(&self) -> usize {
        self.rows.iter().filter(|row| row.positive).count()
    }

    /// Counts of decisions, where the model decides.
    pub(crate) fn confusion(&self) -> Option<Confusion> {
        let mut counts = Confusion::default();
        for row in &self.rows {
            *match (row.positive, row.assigned) {
                (true, true) => &mut counts.true_positives,
                (false, true) => &mut counts.false_positives,
                (true, false) => &mut counts.false_negatives,
                (false, false) => &mut counts.true_negatives,
            } += 1;
        }
        self.decided.then_some(counts)
    }

    /// The figures of [`Measure::OF_LABEL`], each post counted as often as its weight says.
    pub(crate) fn figures(&self, weights: &[u32]) -> [Option<f64>; Measure::OF_LABEL.len()] {
        let (mut all, mut tie) = (Counts::default(), Counts::default());
        let (mut squares, mut area, mut bins) = (0.0, 0.0, [0.0; BINS]);
        for row in &self.rows {
            let weight = u64::from(weights[row.post as usize]);
            let positive = u64::from(row.positive) * weight;
            tie.posts += weight;
            tie.positives += positive;
            tie.assigned += u64::from(row.assigned) * weight;
            tie.right += u64::from(row.assigned) * positive;
            if !row.ends_tie {
                continue;
            }
            let (posts, positives) = (tie.posts as f64, tie.positives as f64);
            squares += positives * (1.0 - row.probability).powi(2) + (posts - positives) * row.probability.powi(2);
            bins[usize::from(row.bin)] += posts * row.probability - positives;
            all.add(&tie);
            if tie.positives > 0 {
                area += positives * all.positives as f64 / all.posts as f64;
            }
            tie = Counts::default();
        }
        // Within a bin, the distance of the means times the share of posts is the distance of the sums over all posts.
        let distance: f64 = bins.iter().map(|bin| bin.abs()).sum();
        let decided = |figure: Option<f64>| figure.filter(|_| self.decided);
        let [posts, positives, assigned, right] =
            [all.posts, all.positives, all.assigned, all.right].map(|count| count as f64);
        [
            decided(ratio(right, assigned)),
            decided(ratio(right, positives)),
            decided(ratio(2.0 * right, assigned + positives)),
            ratio(area, positives),
            ratio(squares, posts),
            ratio(distance, posts),
        ]
    }
}

/// Posts, each as often as it weighs.
#[derive(Default)]
struct Counts {
    posts: u64,
    positives: u64,
    assigned: u64,
    /// Positives that are assigned.
    right: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.posts += other.posts;
        self.positives += other.positives;
        self.assigned += other.assigned;
        self.right += other.right;
    }
}

/// `None` where there is nothing to divide by.
pub(crate) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests;
