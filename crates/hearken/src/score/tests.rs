#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use ndarray::aview1;
use proptest::prelude::*;

use super::*;
use crate::testing::tiny_dir;

/// The tiny model's manifest, changed.
fn manifest(change: impl FnOnce(&mut serde_json::Value)) -> Manifest {
    let mut json = serde_json::from_slice(&std::fs::read(tiny_dir().join("hearken.json")).unwrap()).unwrap();
    change(&mut json);
    Manifest::from_json(&serde_json::to_vec(&json).unwrap()).unwrap()
}

fn scorer(columns: &[&str], calibration: serde_json::Value) -> Scorer {
    let manifest = manifest(|json| {
        json["columns"] = columns.into();
        json["calibration"] = calibration;
    });
    Scorer::new(&manifest, manifest.thresholds)
}

#[test]
fn columns_mean_what_the_manifest_says_in_any_order() {
    let scorer = scorer(&["urgency_3", "promotion", "grief"], serde_json::json!({}));
    let judgement = scorer.judge(&aview1(&[0.0, 100.0, -100.0]));
    let expected = Judgement {
        urgency_at_least: [Probability::new(0.0), Probability::new(0.0), Probability::new(0.5)],
        promotion: Probability::new(1.0),
        ..Judgement::default()
    };
    assert_eq!(judgement.urgency_at_least, expected.urgency_at_least);
    assert_eq!((judgement.promotion, judgement.grief), (expected.promotion, expected.grief));
    assert_eq!(judgement.frustration, Probability::default(), "a head that the model doesn't have hears nothing");
}

/// A scorer of columns with names of their own: "loss" and "sorrow" are grief, "rage" is frustration, "joy" is nothing.
fn mapped(activation: &str, calibration: serde_json::Value) -> Scorer {
    let manifest = manifest(|json| {
        json["columns"] = serde_json::json!(["loss", "joy", "rage", "sorrow"]);
        json["label_map"] = serde_json::json!({"loss": "grief", "sorrow": "grief", "rage": "frustration"});
        json["activation"] = activation.into();
        json["calibration"] = calibration;
    });
    Scorer::new(&manifest, manifest.thresholds)
}

#[test]
fn of_independent_columns_with_one_meaning_the_largest_counts() {
    let scorer = mapped("sigmoid", serde_json::json!({}));
    for logits in [[2.0, 9.0, -1.0, -5.0], [-5.0, 9.0, -1.0, 2.0]] {
        let judgement = scorer.judge(&aview1(&logits));
        assert_eq!((judgement.grief.value(), judgement.frustration.value()), (0.8808, 0.2689));
        assert_eq!(judgement.promotion, Probability::default());
    }
}

#[test]
fn shared_probabilities_with_one_meaning_add_up_and_ignored_columns_take_their_share() {
    // exp: 1, 2, 3, 4 of 10.
    let logits = [1.0f32, 2.0, 3.0, 4.0].map(f32::ln);
    let judgement = mapped("softmax", serde_json::json!({})).judge(&aview1(&logits));
    assert_eq!((judgement.grief.value(), judgement.frustration.value()), (0.5, 0.3));
    // The odds of 5 to 5 and 3 to 7, squared and doubled: 2 to 1 and 18 to 49.
    let calibration = serde_json::json!({"grief": {"scale": 2.0, "bias": 2f64.ln()}, "frustration": {"scale": 2.0, "bias": 2f64.ln()}});
    let judgement = mapped("softmax", calibration).judge(&aview1(&logits));
    assert_eq!((judgement.grief.value(), judgement.frustration.value()), (0.6667, 0.2687));
}

#[test]
fn calibration_scales_and_shifts_the_logit() {
    let calibration = serde_json::json!({"grief": {"scale": 2.0, "bias": -1.0}});
    let scorer = scorer(&["grief", "frustration"], calibration);
    let judgement = scorer.judge(&aview1(&[1.5, 1.5]));
    assert_eq!(judgement.grief.value(), 0.8808, "sigmoid(2 x 1.5 - 1)");
    assert_eq!(judgement.frustration.value(), 0.8176, "sigmoid(1.5)");
}

#[test]
fn advice_is_the_greater_of_seeking_and_giving() {
    let scorer = scorer(&["advice_seeking", "advice_giving"], serde_json::json!({}));
    for logits in [[-3.0, 2.0], [2.0, -3.0]] {
        let judgement = scorer.judge(&aview1(&logits));
        assert_eq!(judgement.probability(Label::Advice).value(), 0.8808);
        assert_eq!(judgement.assigned.iter().collect::<Vec<_>>(), [Label::Advice]);
    }
}

#[test]
fn a_label_is_assigned_from_its_threshold_on() {
    let manifest = manifest(|json| json["calibration"] = serde_json::json!({}));
    let assigned = |threshold: f64| {
        let thresholds = PerLabel { grief: threshold, frustration: 1.0, advice: 1.0, promotion: 1.0 };
        // sigmoid(0) is 0.5.
        Scorer::new(&manifest, thresholds).judge(&aview1(&[0.0; 8])).assigned.contains(Label::Grief)
    };
    assert!(assigned(0.0) && assigned(0.4999) && assigned(0.5));
    assert!(!assigned(0.5001) && !assigned(1.0));
}

#[test]
fn the_urgency_is_the_sum_of_its_levels() {
    let urgency_at_least = [0.9, 0.25, 0.1].map(Probability::new);
    assert_eq!(Judgement { urgency_at_least, ..Judgement::default() }.urgency(), 1.25);
}

proptest! {
    #[test]
    fn a_probability_is_printed_in_steps_and_read_back_the_same(value in -0.5..1.5f64) {
        let probability = Probability::new(value);
        let printed = serde_json::to_string(&probability).unwrap();
        prop_assert!(printed.len() <= "0.1234".len(), "{}", printed);
        prop_assert_eq!(Probability::new(printed.parse().unwrap()), probability);
        prop_assert!((probability.value() - value.clamp(0.0, 1.0)).abs() <= 0.000_050_1);
    }

    #[test]
    fn any_logits_share_one_probability(logits in proptest::array::uniform4(any::<f32>())) {
        prop_assume!(logits.iter().all(|logit| !logit.is_nan()));
        let judgement = mapped("softmax", serde_json::json!({})).judge(&aview1(&logits));
        let (grief, frustration) = (judgement.grief.value(), judgement.frustration.value());
        prop_assert!(grief + frustration <= 1.000_11, "{grief} + {frustration}");
        let greatest = logits.into_iter().fold(f32::MIN, f32::max);
        let alone = |own: f32| logits.into_iter().filter(|other| *other > own - 20.0).count() == 1;
        for (place, probability) in [(0, grief), (2, frustration), (3, grief)] {
            prop_assert!(!(logits[place] == greatest && alone(greatest)) || probability == 1.0, "{logits:?}");
        }
    }

    #[test]
    fn any_finite_logit_gives_a_probability(logit in any::<f32>().prop_filter("NaN is an error", |logit| !logit.is_nan())) {
        let judgement = scorer(&["grief"], serde_json::json!({})).judge(&aview1(&[logit]));
        prop_assert!((0.0..=1.0).contains(&judgement.grief.value()));
        prop_assert_eq!(judgement.grief >= Probability::new(0.5), logit >= -0.000_2);
    }
}
