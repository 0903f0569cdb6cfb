//! Curves to draw. Empty where nothing is known or nothing is positive.

use crate::binary::{BINS, Binary};
use crate::question::{Prediction, Question, Truth};
use crate::ranking::Ranking;

/// Recall and precision from each distinct probability on, highest first. Average precision is the area under the steps
/// that go back from each point to the recall of the one before.
pub fn precision_recall(question: Question, truths: &[Truth], posts: &[Prediction]) -> Vec<(f64, f64)> {
    let binary = Binary::new(question, truths, posts);
    let positives = binary.positives() as f64;
    let mut found = 0.0;
    let mut points = Vec::new();
    for (before, row) in binary.rows.iter().enumerate() {
        found += f64::from(u8::from(row.positive));
        if row.ends_tie && positives > 0.0 {
            points.push((found / positives, found / (before + 1) as f64));
        }
    }
    points
}

/// A bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// How many posts.
    pub posts: usize,
    /// Their mean probability.
    pub probability: f64,
    /// The share of positives among them.
    pub positives: f64,
}

/// The bins of the calibration error that have posts in them, lowest probability first.
pub fn reliability(question: Question, truths: &[Truth], posts: &[Prediction]) -> Vec<Bin> {
    let mut bins = [(0, 0.0, 0); BINS];
    for row in Binary::new(question, truths, posts).rows {
        let bin = &mut bins[usize::from(row.bin)];
        *bin = (bin.0 + 1, bin.1 + row.probability, bin.2 + usize::from(row.positive));
    }
    let bin = |(posts, probability, positives): (usize, f64, usize)| Bin {
        posts,
        probability: probability / posts as f64,
        positives: positives as f64 / posts as f64,
    };
    bins.into_iter().filter(|(posts, ..)| *posts > 0).map(bin).collect()
}

/// The share of the positives that were found, by the share of the posts that were read in the order of priority. Straight
/// between two points, as posts of the same priority come in any order.
pub fn recall_by_depth(question: Question, truths: &[Truth], posts: &[Prediction]) -> Vec<(f64, f64)> {
    let known = truths.iter().zip(posts);
    let known = known.filter_map(|(truth, post)| Some((post.priority, truth.labels[question]?)));
    found_by_depth(known.collect())
}

/// The same for the posts of urgency 3.
pub fn urgent_by_depth(truths: &[Truth], posts: &[Prediction]) -> Vec<(f64, f64)> {
    let rows = Ranking::new(truths, |post| posts[post].priority).rows;
    found_by_depth(rows.iter().map(|row| (posts[row.post as usize].priority, row.is_urgent())).collect())
}

fn found_by_depth(mut posts: Vec<(f64, bool)>) -> Vec<(f64, f64)> {
    posts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = posts.iter().filter(|(_, positive)| *positive).count() as f64;
    if positives == 0.0 {
        return Vec::new();
    }
    let mut points = vec![(0.0, 0.0)];
    let mut found = 0.0;
    for (before, (priority, positive)) in posts.iter().enumerate() {
        found += f64::from(u8::from(*positive));
        if posts.get(before + 1).is_none_or(|(next, _)| next < priority) {
            points.push(((before + 1) as f64 / posts.len() as f64, found / positives));
        }
    }
    points
}

#[cfg(test)]
mod tests;
