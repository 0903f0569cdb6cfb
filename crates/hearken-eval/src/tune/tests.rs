#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn judged(probability: f64, positive: bool) -> Judged {
    Judged { probability, assigned: probability >= 0.5, positive, weight: 1.0 }
}

/// Forty posts with the label around 0.3, forty without around 0.1: the threshold in force misses them all.
fn low() -> Vec<Judged> {
    let each = (0..40).map(|number| f64::from(number) / 1000.0);
    each.flat_map(|shift| [judged(0.28 + shift, true), judged(0.08 + shift, false)]).collect()
}

fn proposed(judged: &[Judged], goal: Goal) -> Proposal {
    match tune(judged, goal, 200, 1) {
        Tuned::Proposed(proposal) => *proposal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_threshold_that_parts_the_two_is_found_half_way() {
    let proposal = proposed(&low(), Goal::F1);
    assert!((proposal.threshold - 0.1995).abs() < 1e-9, "between 0.119 and 0.28: {}", proposal.threshold);
    assert_eq!(proposal.before.recall.value, Some(0.0));
    // By other posts it would now and then stand a little higher or lower, and miss one.
    assert!(proposal.after.f1.value > Some(0.95) && proposal.after.precision.value == Some(1.0), "{proposal:?}");
    assert!(proposal.change.clear && proposal.change.estimate.value > Some(0.95));
}

#[test]
fn too_few_verdicts_are_told_and_nothing_is_proposed() {
    let some: Vec<Judged> = low().into_iter().take(20).collect();
    assert_eq!(tune(&some, Goal::F1, 200, 1), Tuned::TooFew { with: 20, without: 20 });
    let no_negatives: Vec<Judged> = low().into_iter().filter(|post| post.positive).collect();
    assert_eq!(tune(&no_negatives, Goal::F1, 200, 1), Tuned::TooFew { with: 0, without: 30 });
    assert_eq!(tune(&[], Goal::F1, 200, 1), Tuned::TooFew { with: 30, without: 30 });
}

#[test]
fn recall_may_be_asked_for() {
    let mut mixed = low();
    // Ten with the label are among those without.
    mixed.extend((0..10).map(|number| judged(0.085 + f64::from(number) / 1000.0, true)));
    let all = proposed(&mixed, Goal::Recall(1.0));
    let most = proposed(&mixed, Goal::Recall(0.8));
    assert!(all.threshold < 0.09 && most.threshold > 0.11, "{} {}", all.threshold, most.threshold);
    assert!(most.after.precision.value > all.after.precision.value);
    assert_eq!(tune(&mixed, Goal::Recall(1.1), 200, 1), Tuned::OutOfReach);
}

#[test]
fn a_post_that_stands_for_many_counts_as_often() {
    let mut posts = low();
    // One post without the label at 0.3, drawn from a thousand such.
    posts.push(Judged { weight: 1000.0, ..judged(0.3, false) });
    let proposal = proposed(&posts, Goal::F1);
    assert!(proposal.threshold > 0.3, "precision would be gone below it: {}", proposal.threshold);
}

#[test]
fn noise_is_not_taken_for_a_gain() {
    let mut random = fastrand::Rng::with_seed(3);
    let noise: Vec<Judged> = (0..200).map(|_| judged(random.f64(), random.bool())).collect();
    let proposal = proposed(&noise, Goal::F1);
    assert!(!proposal.change.clear || proposal.change.estimate.value < Some(0.25), "{proposal:?}");
    let apparent = figures(&noise, &vec![1.0; noise.len()], |post| reaches(post, proposal.threshold)).0[2];
    assert!(proposal.after.f1.value <= apparent, "measured on other posts it is no better than on its own");
}

#[test]
fn the_same_verdicts_give_the_same_proposal() {
    assert_eq!(tune(&low(), Goal::F1, 100, 7), tune(&low(), Goal::F1, 100, 7));
}
