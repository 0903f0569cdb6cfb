#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

/// Grief or not, probability, and whether it is assigned.
fn posts(answers: &[(Option<bool>, f64, bool)]) -> (Vec<Truth>, Vec<Prediction>) {
    let mut truths = vec![Truth::default(); answers.len()];
    let mut posts = vec![Prediction::unjudged(); answers.len()];
    for (post, &(positive, probability, assigned)) in answers.iter().enumerate() {
        truths[post].labels[Question::Grief] = positive;
        posts[post].probabilities[Question::Grief] = probability;
        posts[post].assigned[Question::Grief] = Some(assigned);
    }
    (truths, posts)
}

fn numbers(found: &[Miss]) -> Vec<usize> {
    found.iter().map(|miss| miss.post).collect()
}

#[test]
fn the_most_wrong_come_first() {
    let (truths, posts) = posts(&[
        (Some(true), 0.3, false),
        (Some(true), 0.1, false),
        (Some(true), 0.9, true),
        (Some(false), 0.6, true),
        (Some(false), 0.8, true),
        (Some(false), 0.2, false),
        (None, 0.99, true),
        (None, 0.01, false),
    ]);
    let found = misses(&truths, &posts, 10);
    assert_eq!(numbers(&found.labels[0].missed), [1, 0]);
    assert_eq!(numbers(&found.labels[0].false_alarms), [4, 3]);
    assert_eq!(found.labels[0].missed[0].probability, 0.1);
    assert_eq!(numbers(&misses(&truths, &posts, 1).labels[0].missed), [1]);
    assert!(misses(&truths, &posts, 0).labels[0].missed.is_empty());
}

#[test]
fn urgent_posts_that_come_last_are_found_with_their_ranks() {
    let (mut truths, mut posts) = posts(&[(None, 0.0, false); 6]);
    for (post, (urgency, priority)) in [(3, 90.0), (0, 50.0), (3, 10.0), (3, 10.0), (1, 5.0)].into_iter().enumerate() {
        truths[post].urgency = Some(urgency);
        posts[post].priority = priority;
    }
    let late = |limit| misses(&truths, &posts, limit).late;
    let expected = [Late { post: 2, rank: 3.5 }, Late { post: 3, rank: 3.5 }, Late { post: 0, rank: 1.0 }];
    assert_eq!(late(10), expected);
    assert_eq!(late(1), expected[..1]);
    assert!(late(0).is_empty());
}

#[test]
fn a_post_that_was_left_unjudged_is_last() {
    let (mut truths, mut posts) = posts(&[(Some(true), 0.0, false), (Some(true), 0.2, false)]);
    truths[0].urgency = Some(3);
    truths[1].urgency = Some(3);
    posts[1].priority = -1e9;
    let found = misses(&truths, &posts, 1);
    assert_eq!((found.late[0].post, found.late[0].rank), (0, 2.0));
    assert_eq!(numbers(&found.labels[0].missed), [0]);
}
