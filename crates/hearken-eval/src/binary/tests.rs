#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::testing::assert_near;

const LABEL: Question = Question::Grief;

/// Answer, probability and decision of each post.
type Answers = Vec<(Option<bool>, f64, bool)>;

fn binary(answers: &Answers) -> Binary {
    let mut truths = vec![Truth::default(); answers.len()];
    let mut posts = vec![Prediction::unjudged(); answers.len()];
    for (post, &(positive, probability, assigned)) in answers.iter().enumerate() {
        truths[post].labels[LABEL] = positive;
        posts[post].probabilities[LABEL] = probability;
        posts[post].assigned[LABEL] = Some(assigned);
    }
    Binary::new(LABEL, &truths, &posts)
}

fn once(answers: &Answers) -> [Option<f64>; 6] {
    binary(answers).figures(&vec![1; answers.len()])
}

/// `+` is positive, `-` negative; probabilities go down from the first to the last, assigned from one half on.
fn ordered(answers: &str) -> Answers {
    let posts = answers.len() as f64;
    let probability = |place: usize| 1.0 - (place as f64 + 1.0) / (posts + 1.0);
    answers.chars().enumerate().map(|(at, c)| (Some(c == '+'), probability(at), probability(at) >= 0.5)).collect()
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    // Probabilities 0.8, 0.6, 0.4, 0.2; the first two are assigned.
    let [precision, recall, f1, area, brier, ece] = once(&ordered("+-+-"));
    assert_near(&[precision, recall, f1], &[Some(0.5), Some(0.5), Some(0.5)]);
    assert_near(&[area], &[Some((1.0 + 2.0 / 3.0) / 2.0)]);
    assert_near(&[brier], &[Some((0.04 + 0.36 + 0.36 + 0.04) / 4.0)]);
    assert_near(&[ece], &[Some((0.2 + 0.6 + 0.6 + 0.2) / 4.0)]);
}

#[test]
fn equal_probabilities_are_one_step_whatever_their_order() {
    let tied = |answers: &str| once(&answers.chars().map(|c| (Some(c == '+'), 0.5, true)).collect())[3];
    assert_near(&[tied("+---"), tied("---+")], &[Some(0.25), Some(0.25)]);
}

#[test]
fn a_bin_holds_its_lower_end_and_the_last_one_holds_1() {
    let bins: Vec<u8> = binary(&vec![(Some(true), 0.0999, true), (Some(true), 0.1, true), (Some(true), 1.0, true)])
        .rows
        .iter()
        .map(|row| row.bin)
        .collect();
    assert_eq!(bins, [9, 1, 0]);
}

#[test]
fn what_is_not_known_counts_nowhere() {
    let mut answers = ordered("+-+-");
    let without = once(&answers);
    answers.insert(2, (None, 0.99, true));
    answers.push((None, 0.01, false));
    assert_near(&once(&answers), &without);
    assert_eq!(binary(&answers).known(), 4);
}

#[test]
fn what_is_not_defined_is_none() {
    let none = [None; 6];
    assert_eq!(once(&vec![(None, 0.5, true)]), none);
    assert_eq!(once(&vec![]), none);
    let [precision, recall, f1, area, brier, ece] = once(&vec![(Some(false), 0.25, false)]);
    assert_eq!([precision, recall, f1, area], [None; 4]);
    assert_near(&[brier, ece], &[Some(0.0625), Some(0.25)]);
    let [precision, recall, ..] = once(&vec![(Some(true), 0.25, false)]);
    assert_eq!((precision, recall), (None, Some(0.0)));
}

#[test]
fn a_question_that_no_model_decides_has_no_decisions_to_measure() {
    let mut truth = Truth::default();
    truth.labels[Question::AdviceSeeking] = Some(true);
    let binary = Binary::new(Question::AdviceSeeking, &[truth], &[Prediction::unjudged()]);
    assert_eq!(binary.figures(&[1])[..3], [None; 3]);
    assert_eq!(binary.confusion(), None);
}

#[test]
fn decisions_are_counted() {
    let counts = binary(&ordered("++-+--")).confusion().unwrap();
    let expected = Confusion { true_positives: 2, false_positives: 1, false_negatives: 1, true_negatives: 2 };
    assert_eq!(counts, expected);
}

/// The figures of posts that really stand there as often as they weigh, each by its definition.
fn naive(answers: &Answers, weights: &[u32]) -> [Option<f64>; 6] {
    let rows: Vec<(f64, f64, bool)> = answers
        .iter()
        .zip(weights)
        .flat_map(|(answer, weight)| vec![*answer; *weight as usize])
        .filter_map(|(positive, probability, assigned)| Some((f64::from(u8::from(positive?)), probability, assigned)))
        .collect();
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let (posts, positives) = (rows.len() as f64, rows.iter().map(|row| row.0).sum::<f64>());
    let assigned = rows.iter().filter(|row| row.2).count() as f64;
    let right = rows.iter().filter(|row| row.2).map(|row| row.0).sum::<f64>();
    let mut thresholds: Vec<f64> = rows.iter().map(|row| row.1).collect();
    thresholds.sort_by(|a, b| b.total_cmp(a));
    thresholds.dedup();
    let (mut area, mut recall_before) = (0.0, 0.0);
    for threshold in thresholds {
        let above: Vec<_> = rows.iter().filter(|row| row.1 >= threshold).collect();
        let found: f64 = above.iter().map(|row| row.0).sum();
        let recall = found / positives.max(1.0);
        area += (recall - recall_before) * found / above.len() as f64;
        recall_before = recall;
    }
    let mut ece = 0.0;
    for bin in 0..10 {
        let inside: Vec<_> = rows.iter().filter(|row| ((row.1 * 10.0) as usize).min(9) == bin).collect();
        let mean = |of: &dyn Fn(&(f64, f64, bool)) -> f64| {
            inside.iter().map(|row| of(row)).sum::<f64>() / inside.len().max(1) as f64
        };
        ece += inside.len() as f64 * (mean(&|row| row.1) - mean(&|row| row.0)).abs();
    }
    [
        share(right, assigned),
        share(right, positives),
        share(2.0 * right, assigned + positives),
        (positives > 0.0).then_some(area),
        share(rows.iter().map(|row| (row.1 - row.0).powi(2)).sum(), posts),
        share(ece, posts),
    ]
}

proptest! {
    #[test]
    fn weights_are_as_good_as_copies(
        posts in prop::collection::vec(
            // Few different probabilities: many ties.
            (prop::option::of(any::<bool>()), (0..=12_u8).prop_map(|step| f64::from(step) / 12.0), any::<bool>(), 0..4_u32),
            0..40,
        )
    ) {
        let answers: Answers = posts.iter().map(|(positive, probability, assigned, _)| (*positive, *probability, *assigned)).collect();
        let weights: Vec<u32> = posts.iter().map(|post| post.3).collect();
        assert_near(&binary(&answers).figures(&weights), &naive(&answers, &weights));
    }
}
