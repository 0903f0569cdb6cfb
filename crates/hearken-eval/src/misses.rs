//! Where a model was most wrong.

use crate::binary::Binary;
use crate::question::{Prediction, Question, Truth};
use crate::ranking::Ranking;

/// The worst misses of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Misses {
    /// Those of each label.
    pub labels: Vec<LabelMisses>,
    /// The posts of urgency 3 that come last in the order of priority, the last first.
    pub late: Vec<Late>,
}

/// The worst misses of one label.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMisses {
    /// The label.
    pub label: Question,
    /// Positives that were not assigned, the least probable first.
    pub missed: Vec<Miss>,
    /// Negatives that were assigned, the most probable first.
    pub false_alarms: Vec<Miss>,
}

/// A post that was misjudged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Miss {
    /// Its number, from 0.
    pub post: usize,
    /// What the model gave it.
    pub probability: f64,
}

/// A post that comes late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Late {
    /// Its number, from 0.
    pub post: usize,
    /// Its place from 1 among the posts of known urgency; the mean place of those with the same priority.
    pub rank: f64,
}

/// Finds the worst misses, at most `limit` of a kind.
pub fn misses(truths: &[Truth], posts: &[Prediction], limit: usize) -> Misses {
    let labels = Question::LABELS.into_iter().map(|label| of_label(label, truths, posts, limit)).collect();
    Misses { labels, late: late(truths, posts, limit) }
}

fn of_label(label: Question, truths: &[Truth], posts: &[Prediction], limit: usize) -> LabelMisses {
    let rows = Binary::new(label, truths, posts).rows;
    let miss = |row: &crate::binary::Row| Miss { post: row.post as usize, probability: row.probability };
    LabelMisses {
        label,
        missed: rows.iter().rev().filter(|row| row.positive && !row.assigned).take(limit).map(miss).collect(),
        false_alarms: rows.iter().filter(|row| !row.positive && row.assigned).take(limit).map(miss).collect(),
    }
}

fn late(truths: &[Truth], posts: &[Prediction], limit: usize) -> Vec<Late> {
    let rows = Ranking::new(truths, |post| posts[post].priority).rows;
    let mut late = Vec::new();
    let mut end = rows.len();
    while end > 0 && late.len() < limit {
        let start = rows[..end - 1].iter().rposition(|row| row.ends_tie).map_or(0, |before| before + 1);
        let rank = (start + 1 + end) as f64 / 2.0;
        let urgent = rows[start..end].iter().filter(|row| row.is_urgent());
        late.extend(urgent.map(|row| Late { post: row.post as usize, rank }));
        end = start;
    }
    late.truncate(limit);
    late
}

#[cfg(test)]
mod tests;
