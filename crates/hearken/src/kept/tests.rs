#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::evidence::Evidence;
use crate::label::LabelSet;
use crate::likeness::Marker;
use crate::policy::Policy;

fn ranked(post: Post<'static>, judgement: Judgement) -> Ranked {
    let created_at = Timestamp::UNIX_EPOCH;
    Ranked {
        marks: Marker::default().marks(&post),
        created_at,
        judgement,
        model: Arc::from("fast@0123456789ab"),
        head_start: Policy::default().head_start(&judgement, &post),
        due_by: None,
        evidence: Evidence::default(),
        also: Vec::new(),
        receipt: None,
        post,
    }
}

proptest! {
    #[test]
    fn what_is_kept_weighs_as_much_as_the_post(
        steps in proptest::array::uniform8(0..=10_000u16),
        assigned in proptest::sample::subsequence(Label::ALL.to_vec(), 0..=4),
        reach in proptest::option::of(0..10_000_000u64),
        minutes in -500.0..500.0f64,
    ) {
        let [grief, frustration, advice_seeking, advice_giving, promotion, one, two, three] =
            steps.map(|step| Probability::new(f64::from(step) / 10_000.0));
        let assigned: LabelSet = assigned.into_iter().collect();
        let judgement = Judgement {
            grief, frustration, advice_seeking, advice_giving, promotion, urgency_at_least: [one, two, three], assigned,
        };
        let post = Post { reach, ..Post::new("1", "words") };
        let ranked = ranked(post, judgement);
        let kept = Kept::from_json(&serde_json::to_string(&Keep::new(&ranked)).unwrap()).unwrap();
        prop_assert_eq!(kept.judgement, judgement);
        let other = Policy { urgency: [minutes; 3], grief: minutes, advice_giving: 7.0, reach: 99.0, ..Policy::default() };
        prop_assert_eq!(other.head_start(&kept.judgement, &kept.post()), other.head_start(&judgement, &ranked.post));
    }
}

#[test]
fn a_record_is_the_annotated_one_and_more() {
    let ranked = ranked(Post { reach: Some(5), ..Post::new("1", "words") }, Judgement::default());
    let kept = serde_json::to_value(Keep::new(&ranked)).unwrap();
    let annotated = Annotated::new("1", None, &ranked.judgement, &ranked.head_start, &ranked.model);
    for (name, value) in serde_json::to_value(annotated).unwrap().as_object().unwrap() {
        assert_eq!(kept[name], *value, "{name}");
    }
    assert_eq!((&kept["urgency_at_least"], &kept["reach"]), (&serde_json::json!([0.0, 0.0, 0.0]), &5.into()));
    assert_eq!(Kept::from_json(&kept.to_string()).unwrap().model(), "fast");
}

#[test]
fn a_post_that_nobody_judged_can_not_be_weighed() {
    let record = serde_json::to_string(&Annotated::unsupported_language("1", None, "fast@0")).unwrap();
    for record in [&*record, "{}", ""] {
        assert_eq!(Kept::from_json(record).unwrap_err().kind(), ErrorKind::Input, "{record}");
    }
}
