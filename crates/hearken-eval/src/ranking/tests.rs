#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::testing::assert_near;

/// Urgency and score of each post.
type Scored = Vec<(Option<u8>, f64)>;

fn ranking(posts: &Scored) -> Ranking {
    let truths: Vec<Truth> = posts.iter().map(|(urgency, _)| Truth { urgency: *urgency, ..Truth::default() }).collect();
    Ranking::new(&truths, |post| posts[post].1)
}

fn once(posts: &Scored) -> [Option<f64>; 5] {
    ranking(posts).figures(&vec![1; posts.len()])
}

/// Urgencies in the order of their ranks.
fn ordered(urgencies: &[u8]) -> Scored {
    urgencies.iter().zip(0..).map(|(urgency, place)| (Some(*urgency), -f64::from(place))).collect()
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    let [ndcg, top_1, top_5, top_10, spearman] = once(&ordered(&[1, 3, 0]));
    let log3 = 3_f64.log2();
    assert_near(&[ndcg], &[Some((1.0 + 7.0 / log3) / (7.0 + 1.0 / log3))]);
    // One post is looked at, however small the share.
    assert_near(&[top_1, top_5, top_10], &[Some(0.0); 3]);
    // Ranks 1, 2, 3 against 2, 1, 3: 1 − 6 × 2 / (3 × 8).
    assert_near(&[spearman], &[Some(0.5)]);
}

#[test]
fn the_perfect_order_is_1_and_its_reverse_minus_1() {
    let best = once(&ordered(&[3, 2, 1, 0]));
    assert_near(&best, &[Some(1.0); 5]);
    assert_near(&once(&ordered(&[0, 1, 2, 3]))[4..], &[Some(-1.0)]);
}

#[test]
fn the_top_is_rounded_to_whole_posts() {
    let mut urgencies = [0; 130];
    // The top 1, 5 and 10 % of 130 are 1, 6 (of 6.5, to the even number) and 13 posts.
    for place in [0, 5, 6, 12, 13] {
        urgencies[place] = 3;
    }
    assert_near(&once(&ordered(&urgencies))[1..4], &[Some(0.2), Some(0.4), Some(0.8)]);
}

#[test]
fn posts_beyond_the_fiftieth_bring_no_gain() {
    let mut urgencies = [0; 60];
    urgencies[49] = 3;
    assert_near(&once(&ordered(&urgencies))[..1], &[Some(1.0 / 51_f64.log2())]);
    urgencies.swap(49, 50);
    assert_near(&once(&ordered(&urgencies))[..1], &[Some(0.0)]);
}

#[test]
fn equal_scores_flatter_nobody() {
    let tied = |urgent: usize| {
        let mut posts = vec![(Some(0), 1.0); 100];
        posts[urgent].0 = Some(3);
        once(&posts)
    };
    let discounts: f64 = (1..=50).map(|place| 1.0 / (f64::from(place) + 1.0).log2()).sum();
    let expected = [Some(discounts / 100.0), Some(0.01), Some(0.05), Some(0.1), None];
    assert_near(&tied(0), &expected);
    assert_near(&tied(99), &expected);
}

#[test]
fn zero_is_zero_with_either_sign() {
    let posts = vec![(Some(3), 0.0), (Some(0), -0.0), (Some(0), -0.0), (Some(0), 0.0)];
    assert_near(&once(&posts)[1..2], &[Some(0.25)]);
}

#[test]
fn what_is_not_defined_is_none() {
    assert_eq!(once(&vec![]), [None; 5]);
    assert_eq!(once(&vec![(None, 1.0)]), [None; 5]);
    assert_eq!(once(&ordered(&[0, 0])), [None; 5]);
    let [ndcg, top_1, _, _, spearman] = once(&ordered(&[2, 1]));
    assert_eq!((ndcg, top_1, spearman), (Some(1.0), None, Some(1.0)));
}

#[test]
fn what_is_not_known_counts_nowhere() {
    let mut posts = ordered(&[1, 3, 0]);
    let without = once(&posts);
    posts.insert(0, (None, 9.0));
    assert_near(&once(&posts), &without);
}

/// The figures of every order that the scores allow, averaged; rank correlation by its definition.
fn naive(posts: &Scored, weights: &[u32]) -> [Option<f64>; 5] {
    let rows: Vec<(u8, f64)> = posts
        .iter()
        .zip(weights)
        .flat_map(|(post, weight)| vec![*post; *weight as usize])
        .filter_map(|(urgency, score)| Some((urgency?, score)))
        .collect();
    let dcg = |order: &[u8]| -> f64 {
        order
            .iter()
            .zip(1..)
            .map(|(urgency, place)| GAINS[usize::from(*urgency)] / (f64::from(place) + 1.0).log2())
            .sum()
    };
    let mut best: Vec<u8> = rows.iter().map(|row| row.0).collect();
    best.sort_by(|a, b| b.cmp(a));
    let urgent = best.iter().filter(|urgency| **urgency == 3).count() as f64;
    let (mut orders, mut ndcg, mut first) = (0.0, 0.0, 0.0);
    for order in permutations(&rows) {
        if order.windows(2).all(|pair| pair[0].1 >= pair[1].1) {
            let order: Vec<u8> = order.iter().map(|row| row.0).collect();
            orders += 1.0;
            ndcg += dcg(&order) / dcg(&best);
            first += order.first().map_or(0.0, |urgency| f64::from(u8::from(*urgency == 3))) / urgent;
        }
    }
    let mean = |sum: f64| (sum / orders).is_finite().then(|| sum / orders);
    let truth: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
    let score: Vec<f64> = rows.iter().map(|row| row.1).collect();
    [mean(ndcg), mean(first), mean(first), mean(first), correlation(&mid_ranks(&truth), &mid_ranks(&score))]
}

fn permutations(rows: &[(u8, f64)]) -> Vec<Vec<(u8, f64)>> {
    if rows.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..rows.len() {
        let mut rest = rows.to_vec();
        let row = rest.remove(first);
        all.extend(permutations(&rest).into_iter().map(|rest| [vec![row], rest].concat()));
    }
    all
}

fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|other| **other < value).count() as f64;
    let equal = |value: f64| values.iter().filter(|other| **other == value).count() as f64;
    values.iter().map(|value| below(*value) + (equal(*value) + 1.0) / 2.0).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a_mean, b_mean) = (mean(a), mean(b));
    let covariance: f64 = a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum();
    let variance = |values: &[f64], mean: f64| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let whole = (variance(a, a_mean) * variance(b, b_mean)).sqrt();
    (whole > 1e-9).then(|| covariance / whole)
}

proptest! {
    #[test]
    fn weights_are_as_good_as_copies_in_every_order_that_ties_allow(
        posts in prop::collection::vec(
            (prop::option::weighted(0.9, 0..=3_u8), (0..=2_u8).prop_map(f64::from), 0..3_u32),
            0..5,
        ).prop_filter("few enough to try all orders", |posts| posts.iter().map(|post| post.2).sum::<u32>() <= 6)
    ) {
        let scored: Scored = posts.iter().map(|(urgency, score, _)| (*urgency, *score)).collect();
        let weights: Vec<u32> = posts.iter().map(|post| post.2).collect();
        assert_near(&ranking(&scored).figures(&weights), &naive(&scored, &weights));
    }

    #[test]
    fn rank_correlation_is_that_of_mid_ranks(
        posts in prop::collection::vec((0..=3_u8, (0..=9_u8).prop_map(f64::from), 0..4_u32), 0..40)
    ) {
        let scored: Scored = posts.iter().map(|(urgency, score, _)| (Some(*urgency), *score)).collect();
        let weights: Vec<u32> = posts.iter().map(|post| post.2).collect();
        let copies = |of: &dyn Fn(&(u8, f64, u32)) -> f64| -> Vec<f64> {
            posts.iter().flat_map(|post| vec![of(post); post.2 as usize]).collect()
        };
        let (truth, score) = (copies(&|post| f64::from(post.0)), copies(&|post| post.1));
        let expected = correlation(&mid_ranks(&truth), &mid_ranks(&score));
        assert_near(&ranking(&scored).figures(&weights)[4..], &[expected]);
    }
}
