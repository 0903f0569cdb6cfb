#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::score::Probability;
use crate::testing::{after_noon, by_age, noon};

fn probability() -> impl Strategy<Value = Probability> {
    (0.0..=1.0f64).prop_map(Probability::new)
}

prop_compose! {
    fn judgement()(
        grief in probability(),
        frustration in probability(),
        advice_seeking in probability(),
        advice_giving in probability(),
        promotion in probability(),
        urgency_at_least in [probability(), probability(), probability()],
    ) -> Judgement {
        Judgement {
            grief, frustration, advice_seeking, advice_giving, promotion, urgency_at_least, ..Judgement::default()
        }
    }
}

prop_compose! {
    fn policy()(
        urgency in [-2e3..2e3, -2e3..2e3, -2e3..2e3],
        terms in [-2e3..2e3, -2e3..2e3, -2e3..2e3, -2e3..2e3, -2e3..2e3],
        reach in -MOST_MINUTES..=MOST_MINUTES,
    ) -> Policy {
        let [grief, frustration, advice_seeking, advice_giving, promotion] = terms;
        Policy { urgency, grief, frustration, advice_seeking, advice_giving, promotion, reach, ..Policy::default() }
    }
}

fn with_reach(reach: Option<u64>) -> Post<'static> {
    let mut post = Post::new("1", "hi");
    post.reach = reach;
    post
}

/// A number as it is printed, in tenths.
fn printed_tenths(minutes: Minutes) -> i64 {
    let printed = serde_json::to_string(&minutes).unwrap();
    let (whole, tenths) = printed.split_once('.').unwrap();
    assert_eq!(tenths.len(), 1, "{printed}");
    format!("{whole}{tenths}").parse().unwrap()
}

proptest! {
    #[test]
    fn the_printed_terms_add_up_to_the_printed_total(
        policy in policy(), judgement in judgement(), reach in any::<Option<u64>>(),
    ) {
        let head_start = policy.head_start(&judgement, &with_reach(reach));
        let why = head_start.why();
        let sum: i64 = why.iter().map(|term| printed_tenths(term.minutes)).sum();
        prop_assert_eq!(sum, printed_tenths(head_start.total()));
        prop_assert_eq!(i64::from(head_start.total().0) * 6_000, head_start.total().as_millis());
        prop_assert!(why.iter().all(|term| term.minutes != Minutes::default()));
        prop_assert!(why.is_sorted_by_key(|term| -term.minutes.value().abs()));
    }

    #[test]
    fn each_term_is_its_minutes_times_the_printed_probability(policy in policy(), judgement in judgement()) {
        let head_start = policy.head_start(&judgement, &with_reach(None));
        let expected = [
            (Reason::Grief, policy.grief * judgement.grief.value()),
            (Reason::Frustration, policy.frustration * judgement.frustration.value()),
            (Reason::AdviceSeeking, policy.advice_seeking * judgement.advice_seeking.value()),
            (Reason::AdviceGiving, policy.advice_giving * judgement.advice_giving.value()),
            (Reason::Promotion, policy.promotion * judgement.promotion.value()),
            (Reason::Urgency, (0..3).map(|n| policy.urgency[n] * judgement.urgency_at_least[n].value()).sum()),
            (Reason::Reach, 0.0),
        ];
        for (reason, minutes) in expected {
            let term = head_start.terms.iter().find(|term| term.reason == reason).unwrap();
            prop_assert!((term.minutes.value() - minutes).abs() <= 0.050_001, "{:?}: {} for {}", reason, term.minutes.value(), minutes);
        }
    }

    #[test]
    fn reach_is_capped(reach in any::<u64>(), more in any::<u64>()) {
        let policy = Policy { reach: 10.0, ..by_age() };
        let minutes = |reach| policy.head_start(&Judgement::default(), &with_reach(Some(reach))).total();
        prop_assert!(minutes(reach).value() <= 10.0);
        prop_assert!(minutes(reach) <= minutes(reach.saturating_add(more)));
    }
}

#[test]
fn a_million_followers_and_more_count_the_same() {
    let minutes = |reach| Policy::default().head_start(&Judgement::default(), &with_reach(reach)).total().value();
    assert_eq!(minutes(None), 0.0);
    assert_eq!(minutes(Some(0)), 0.0);
    assert_eq!(minutes(Some(999)), 5.0);
    assert_eq!(minutes(Some(1_000_000)), 10.0);
    assert_eq!(minutes(Some(u64::MAX)), 10.0);
}

#[test]
fn the_widest_reach_never_outweighs_a_clear_label() {
    let policy = Policy::default();
    for minutes in [policy.grief, policy.frustration, policy.advice_seeking, policy.urgency[0]] {
        assert!(policy.reach < minutes);
    }
}

#[test]
fn due_times_follow_the_urgency_to_the_nearest_level() {
    let policy = Policy { respond_within: [60, 10, 1], ..by_age() };
    let due = |levels: [f64; 3]| {
        let judgement = Judgement { urgency_at_least: levels.map(Probability::new), ..Judgement::default() };
        policy.due_by(&judgement, noon())
    };
    assert_eq!(due([0.0, 0.0, 0.0]), None);
    assert_eq!(due([0.4999, 0.0, 0.0]), None);
    assert_eq!(due([0.5, 0.0, 0.0]), Some(after_noon(3600)));
    assert_eq!(due([1.0, 0.49, 0.0]), Some(after_noon(3600)));
    assert_eq!(due([1.0, 0.5, 0.0]), Some(after_noon(600)));
    assert_eq!(due([1.0, 1.0, 1.0]), Some(after_noon(60)));
    assert_eq!(
        policy.due_by(
            &Judgement { urgency_at_least: [Probability::new(1.0); 3], ..Judgement::default() },
            Timestamp::MAX
        ),
        None
    );
}

fn assigned(labels: &[Label]) -> Judgement {
    let mut judgement = Judgement::default();
    labels.iter().for_each(|label| judgement.assigned.insert(*label));
    judgement
}

#[test]
fn promotion_is_held_unless_it_grieves() {
    let policy = Policy { queue_from: 20.0, ..Policy::default() };
    let none = policy.head_start(&Judgement::default(), &with_reach(None));
    let disposition = |labels: &[Label]| policy.disposition(&assigned(labels), &none);
    assert_eq!(disposition(&[]), Disposition::Neutral);
    assert_eq!(disposition(&[Label::Frustration, Label::Advice]), Disposition::Neutral, "minutes decide");
    assert_eq!(disposition(&[Label::Promotion]), Disposition::Held);
    assert_eq!(disposition(&[Label::Promotion, Label::Frustration, Label::Advice]), Disposition::Held);
    assert_eq!(disposition(&[Label::Grief, Label::Promotion]), Disposition::Queued);
    assert_eq!(disposition(&[Label::Grief]), Disposition::Queued, "grief needs no minutes");
}

#[test]
fn a_post_is_queued_from_its_minutes_on() {
    let judgement = Judgement { frustration: Probability::new(1.0), ..Judgement::default() };
    let disposition = |frustration| {
        let policy = Policy { frustration, queue_from: 20.0, ..by_age() };
        policy.disposition(&judgement, &policy.head_start(&judgement, &with_reach(None)))
    };
    assert_eq!(disposition(20.0), Disposition::Queued);
    assert_eq!(disposition(19.9), Disposition::Neutral);
}

#[test]
fn minutes_out_of_range_are_refused_by_name() {
    assert!(Policy::default().check().is_ok());
    assert!(Policy { grief: MOST_MINUTES, promotion: -MOST_MINUTES, ..Policy::default() }.check().is_ok());
    let refused = [
        ("grief", Policy { grief: f64::NAN, ..Policy::default() }),
        ("reach", Policy { reach: f64::INFINITY, ..Policy::default() }),
        ("urgency", Policy { urgency: [0.0, 0.0, MOST_MINUTES + 1.0], ..Policy::default() }),
        ("queue_from", Policy { queue_from: -1e9, ..Policy::default() }),
    ];
    for (name, policy) in refused {
        let error = policy.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn the_heaviest_policy_stays_within_a_timestamp() {
    let most = MOST_MINUTES;
    let heaviest = Policy {
        urgency: [most; 3],
        grief: most,
        frustration: most,
        advice_seeking: most,
        advice_giving: most,
        promotion: most,
        reach: most,
        ..Policy::default()
    };
    let one = Probability::new(1.0);
    let judgement = Judgement {
        grief: one,
        frustration: one,
        advice_seeking: one,
        advice_giving: one,
        promotion: one,
        urgency_at_least: [one; 3],
        ..Judgement::default()
    };
    let total = heaviest.head_start(&judgement, &with_reach(Some(u64::MAX))).total();
    assert_eq!(total.value(), 9.0 * most);
}

#[test]
fn a_post_misses_the_queue_narrowly_where_something_speaks_for_it() {
    let policy = Policy::default();
    let is_near = |urgency: f64, grief: f64, policy: &Policy| {
        let mut judgement = Judgement { grief: Probability::new(grief), ..Judgement::default() };
        judgement.urgency_at_least[0] = Probability::new(urgency);
        policy.is_near_miss(&judgement, &policy.head_start(&judgement, &with_reach(None)))
    };
    assert!(is_near(0.3, 0.0, &policy) && is_near(0.0, 0.1, &policy));
    assert!(!is_near(0.29, 0.09, &policy), "nothing speaks for it");
    assert!(!is_near(0.9, 0.2, &policy), "it is in the queue as it is");
    assert!(!is_near(0.3, 0.0, &Policy { queue_from: 250.0, ..policy }), "no number of replies is enough");
}
