//! Which threshold a label should have, by posts that people have judged.
//!
//! A threshold that is chosen by some posts looks better on them than it is. What a proposal would bring is therefore measured on
//! posts that it was not chosen by: in each resample a threshold is chosen by the posts that were drawn, and measured on the others.

use serde::Serialize;

use crate::binary::ratio;
use crate::bootstrap::Resampler;
use crate::figure::{Difference, Estimate};

/// So many posts with the label, and so many without it, are the least that a threshold is chosen by.
pub const LEAST: usize = 30;

/// Probabilities are told apart in steps of one part in so many.
const STEPS: f64 = 10_000.0;

/// A post that someone has judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What the model said, 0 to 1.
    pub probability: f64,
    /// Whether the model assigned the label, by the threshold that it had then.
    pub assigned: bool,
    /// Whether the label is there.
    pub positive: bool,
    /// For how many posts it stands.
    pub weight: f64,
}

/// What a threshold is chosen for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The highest F1.
    F1,
    /// The highest precision with at least this recall.
    Recall(f64),
}

/// How well a label is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Of those that are assigned, the share that is right.
    pub precision: Estimate,
    /// Of those that should be, the share that is assigned.
    pub recall: Estimate,
    /// The harmonic mean of both.
    pub f1: Estimate,
}

/// A threshold, with what it would bring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// Assign the label from this probability on.
    pub threshold: f64,
    /// As it was decided.
    pub before: Quality,
    /// As it would be decided, on posts that the threshold was not chosen by.
    pub after: Quality,
    /// F1 after minus before, on the same posts.
    pub change: Difference,
}

/// What follows from some verdicts for one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tuned {
    /// A threshold.
    Proposed(Box<Proposal>),
    /// There are too few verdicts; so many more are needed.
    TooFew {
        /// Of posts with the label.
        with: usize,
        /// Of posts without it.
        without: usize,
    },
    /// No threshold reaches the recall that is asked for.
    OutOfReach,
}

/// Proposes a threshold, or says what is missing. `resamples` draws, each a function of `seed` and its number.
pub fn tune(judged: &[Judged], goal: Goal, resamples: u32, seed: u64) -> Tuned {
    let positives = judged.iter().filter(|post| post.positive).count();
    let (with, without) = (LEAST.saturating_sub(positives), LEAST.saturating_sub(judged.len() - positives));
    if with + without > 0 {
        return Tuned::TooFew { with, without };
    }
    let mut posts = judged.to_vec();
    posts.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    let all: Vec<f64> = posts.iter().map(|post| post.weight).collect();
    let Some(threshold) = choose(&posts, &all, goal) else { return Tuned::OutOfReach };

    let resampler = Resampler { posts: u32::try_from(posts.len()).unwrap_or(u32::MAX), seed };
    let draws: Vec<[Option<Figures>; 3]> =
        (0..resamples).map(|number| draw(&posts, &resampler, number, goal)).collect();
    let value = figures(&posts, &all, |post| post.assigned);
    let before = Quality::new(Some(value), &draws.iter().map(|[before, ..]| *before).collect::<Vec<_>>());
    let after = Quality::new(mean(&draws, 2), &draws.iter().map(|[.., after]| *after).collect::<Vec<_>>());
    let f1 = |figures: Option<Figures>| figures.and_then(|figures| figures.0[2]);
    let differences: Vec<Option<f64>> = draws.iter().map(|[_, left, after]| Some(f1(*after)? - f1(*left)?)).collect();
    let change = Estimate::new(average(differences.iter().copied()), differences.iter().copied());
    Tuned::Proposed(Box::new(Proposal { threshold, before, after, change: Difference::new(change) }))
}

/// Precision, recall and F1.
#[derive(Clone, Copy)]
struct Figures([Option<f64>; 3]);

impl Quality {
    fn new(value: Option<Figures>, draws: &[Option<Figures>]) -> Self {
        let of = |place: usize| {
            let figure = |figures: Option<Figures>| figures.and_then(|figures| figures.0[place]);
            Estimate::new(figure(value), draws.iter().copied().map(figure))
        };
        Self { precision: of(0), recall: of(1), f1: of(2) }
    }
}

/// One resample: as it was decided on the posts that were drawn, the same on those left out, and on these by a threshold that was
/// chosen by the drawn ones.
fn draw(posts: &[Judged], resampler: &Resampler, number: u32, goal: Goal) -> [Option<Figures>; 3] {
    let mut times = Vec::new();
    resampler.draw(number, &mut times);
    let drawn: Vec<f64> = posts.iter().zip(&times).map(|(post, times)| post.weight * f64::from(*times)).collect();
    let left: Vec<f64> =
        posts.iter().zip(&times).map(|(post, times)| if *times == 0 { post.weight } else { 0.0 }).collect();
    let after = choose(posts, &drawn, goal).map(|threshold| figures(posts, &left, |post| reaches(post, threshold)));
    [Some(figures(posts, &drawn, |post| post.assigned)), Some(figures(posts, &left, |post| post.assigned)), after]
}

fn reaches(post: &Judged, threshold: f64) -> bool {
    (post.probability * STEPS).round() >= (threshold * STEPS).round()
}

fn figures(posts: &[Judged], weights: &[f64], assigns: impl Fn(&Judged) -> bool) -> Figures {
    let (mut assigned, mut right, mut positives) = (0.0, 0.0, 0.0);
    for (post, weight) in posts.iter().zip(weights) {
        let is_assigned = assigns(post);
        assigned += weight * f64::from(u8::from(is_assigned));
        positives += weight * f64::from(u8::from(post.positive));
        right += weight * f64::from(u8::from(is_assigned && post.positive));
    }
    Figures([ratio(right, assigned), ratio(right, positives), ratio(2.0 * right, assigned + positives)])
}

/// The best threshold for posts that are sorted by falling probability: half-way between the last that gets the label and the first
/// that doesn't.
fn choose(posts: &[Judged], weights: &[f64], goal: Goal) -> Option<f64> {
    let positives: f64 = posts.iter().zip(weights).filter(|(post, _)| post.positive).map(|(_, weight)| weight).sum();
    if positives <= 0.0 {
        return None;
    }
    let step = |place: usize| posts.get(place).map_or(0.0, |post| (post.probability * STEPS).round());
    let (mut assigned, mut right) = (0.0, 0.0);
    let mut best: Option<(f64, f64)> = None;
    for (place, (post, weight)) in posts.iter().zip(weights).enumerate() {
        assigned += weight;
        right += if post.positive { *weight } else { 0.0 };
        if step(place) == step(place + 1) && place + 1 < posts.len() || assigned <= 0.0 {
            continue;
        }
        let merit = match goal {
            Goal::F1 => Some(2.0 * right / (assigned + positives)),
            Goal::Recall(least) => (right >= least * positives).then(|| right / assigned),
        };
        if let Some(merit) = merit.filter(|merit| best.is_none_or(|(known, _)| *merit > known)) {
            best = Some((merit, ((step(place) + step(place + 1)) / 2.0).ceil() / STEPS));
        }
    }
    best.map(|(_, threshold)| threshold)
}

fn mean(draws: &[[Option<Figures>; 3]], which: usize) -> Option<Figures> {
    let of = |place: usize| average(draws.iter().map(|draw| draw[which].and_then(|figures| figures.0[place])));
    Some(Figures([of(0), of(1), of(2)]))
}

fn average(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, count) = figures.flatten().fold((0.0, 0.0), |(sum, count), figure| (sum + figure, count + 1.0));
    ratio(sum, count)
}

#[cfg(test)]
mod tests;
