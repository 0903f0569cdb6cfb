#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

/// Grief or not, and its probability; the priority is the probability in minutes.
fn posts(answers: &[(bool, f64)]) -> (Vec<Truth>, Vec<Prediction>) {
    let mut truths = vec![Truth::default(); answers.len()];
    let mut posts = vec![Prediction::unjudged(); answers.len()];
    for (post, &(positive, probability)) in answers.iter().enumerate() {
        truths[post].labels[Question::Grief] = Some(positive);
        truths[post].urgency = Some(if positive { 3 } else { 2 });
        posts[post].probabilities[Question::Grief] = probability;
        posts[post].priority = probability * 60.0;
    }
    (truths, posts)
}

#[test]
fn precision_and_recall_go_from_the_highest_probability_down() {
    let (truths, posts) = posts(&[(true, 0.9), (false, 0.5), (true, 0.5), (false, 0.1)]);
    let curve = precision_recall(Question::Grief, &truths, &posts);
    assert_eq!(curve, [(0.5, 1.0), (1.0, 2.0 / 3.0), (1.0, 0.5)]);
    assert_eq!(precision_recall(Question::Promotion, &truths, &posts), []);
}

#[test]
fn a_bin_is_where_its_posts_are() {
    let (truths, posts) = posts(&[(true, 0.95), (false, 0.01), (false, 0.03), (true, 0.02), (false, 0.0)]);
    let bins = reliability(Question::Grief, &truths, &posts);
    assert_eq!(bins.len(), 2);
    assert_eq!((bins[0].posts, bins[0].positives), (4, 0.25));
    assert!((bins[0].probability - 0.015).abs() < 1e-12);
    assert_eq!(bins[1], Bin { posts: 1, probability: 0.95, positives: 1.0 });
}

#[test]
fn recall_grows_with_the_depth_of_the_queue() {
    let (truths, posts) = posts(&[(true, 0.9), (false, 0.5), (true, 0.5), (false, 0.1)]);
    let expected = [(0.0, 0.0), (0.25, 0.5), (0.75, 1.0), (1.0, 1.0)];
    assert_eq!(recall_by_depth(Question::Grief, &truths, &posts), expected);
    assert_eq!(urgent_by_depth(&truths, &posts), expected);
    assert_eq!(recall_by_depth(Question::Advice, &truths, &posts), []);
}
