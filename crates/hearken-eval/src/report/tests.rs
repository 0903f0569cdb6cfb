#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

/// A number from 0 to 1 that looks random and is always the same for the same `of`.
fn scatter(of: usize) -> f64 {
    (of as f64 * 0.618_033_988_749_895 + (of * of) as f64 * 0.414_213_562_373_095).fract()
}

/// Posts of which 30 % are grief and 20 % urgent, and a model that hears them through noise.
fn posts(count: usize, noise: f64, salt: usize) -> (Vec<Truth>, Predictions) {
    let mut truths = vec![Truth::default(); count];
    let mut posts = vec![Prediction::unjudged(); count];
    for (post, (truth, prediction)) in truths.iter_mut().zip(&mut posts).enumerate() {
        let (grief, level) = (scatter(post + 7) < 0.3, (scatter(post + 1007) * 4.0) as u8);
        truth.labels[Question::Grief] = Some(grief);
        truth.urgency = Some(level);
        let heard = scatter(post * 3 + salt);
        let probability = (1.0 - noise) * f64::from(u8::from(grief)) + noise * heard;
        prediction.probabilities[Question::Grief] = probability;
        prediction.assigned[Question::Grief] = Some(probability >= 0.5);
        prediction.urgency = f64::from(level) * (1.0 - noise) + noise * 3.0 * heard;
        prediction.priority = prediction.urgency * 60.0;
        prediction.judged = true;
    }
    (truths, Predictions { model: format!("noise {noise}"), posts })
}

fn figure(figures: &Figures, measure: Measure) -> &Figure {
    figures.0.iter().find(|figure| figure.measure == measure).unwrap()
}

fn json(report: &Report) -> String {
    serde_json::to_string(report).unwrap()
}

const FEW: Options = Options { resamples: 100, seed: 1 };

#[test]
fn the_same_seed_gives_the_same_report() {
    let (truths, model) = posts(200, 0.7, 0);
    let report = |seed| json(&evaluate(&truths, &model, None, &Options { resamples: 50, seed }).unwrap());
    assert_eq!(report(1), report(1));
    assert_ne!(report(1), report(2));
}

#[test]
fn an_interval_holds_its_value_and_shrinks_with_more_posts() {
    let width = |count| {
        let (truths, model) = posts(count, 0.7, 0);
        let report = evaluate(&truths, &model, None, &FEW).unwrap();
        let Estimate { value, low, high } = figure(&report.labels[0].figures, Measure::Recall).models[0];
        let (value, low, high) = (value.unwrap(), low.unwrap(), high.unwrap());
        assert!(low <= value && value <= high, "{low} {value} {high}");
        high - low
    };
    let (few, many) = (width(100), width(1600));
    // Sixteen times the posts: a quarter of the width.
    assert!((2.5..6.0).contains(&(few / many)), "{few} and {many}");
}

#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    // A model that assigns grief whatever the text: its precision is the share of grief, which is 0.3 in the long run.
    let covered = (0..200).filter(|start| {
        let truths: Vec<Truth> = (0..150)
            .map(|post| {
                let mut truth = Truth::default();
                truth.labels[Question::Grief] = Some(scatter(start * 150 + post) < 0.3);
                truth
            })
            .collect();
        let mut prediction = Prediction::unjudged();
        prediction.assigned[Question::Grief] = Some(true);
        let model = Predictions { model: "always".to_owned(), posts: vec![prediction; truths.len()] };
        let report = evaluate(&truths, &model, None, &FEW).unwrap();
        let Estimate { low, high, .. } = figure(&report.labels[0].figures, Measure::Precision).models[0];
        low.unwrap() <= 0.3 && 0.3 <= high.unwrap()
    });
    let covered = covered.count();
    assert!((176..=200).contains(&covered), "{covered} of 200");
}

#[test]
fn two_models_are_compared_on_the_same_draws() {
    let (truths, good) = posts(300, 0.6, 0);
    let (_, bad) = posts(300, 0.95, 0);
    let report = evaluate(&truths, &good, Some(&bad), &FEW).unwrap();
    let area = figure(&report.labels[0].figures, Measure::AveragePrecision);
    let difference = area.difference.unwrap();
    let value = |model: usize| area.models[model].value.unwrap();
    assert!((difference.estimate.value.unwrap() - (value(1) - value(0))).abs() < 1e-12);
    assert!(difference.clear && value(0) > value(1), "{difference:?}");

    let itself = evaluate(&truths, &good, Some(&good), &FEW).unwrap();
    let all = itself.labels.iter().flat_map(|label| &label.figures.0);
    for figure in
        all.chain(&itself.urgency.as_ref().unwrap().by_priority.0).filter(|figure| figure.models[0].value.is_some())
    {
        let Difference { estimate, clear } = figure.difference.unwrap();
        assert_eq!((estimate.value, clear), (Some(0.0), false), "{:?}", figure.measure);
        // Paired: a model differs from itself in no draw. Draws of its own would leave an interval round 0.
        assert!([estimate.low, estimate.high].iter().flatten().all(|end| *end == 0.0));
    }
    assert_eq!(json(&evaluate(&truths, &good, None, &FEW).unwrap()).matches("difference").count(), 0);
}

#[test]
fn a_report_holds_each_measure_in_its_place() {
    let (truths, model) = posts(60, 0.0, 0);
    let report = evaluate(&truths, &model, None, &FEW).unwrap();
    let names: Vec<&str> = report.labels.iter().map(|label| label.label.name()).collect();
    assert_eq!(names, ["grief", "frustration", "advice", "promotion"], "the halves of advice are not known");
    let value = |figures: &Figures, measure| figure(figures, measure).models[0].value;
    let grief = &report.labels[0];
    for (measure, perfect) in Measure::OF_LABEL.into_iter().zip([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]) {
        assert_eq!(value(&grief.figures, measure), Some(perfect), "{measure:?}");
        assert_eq!(value(&report.labels[1].figures, measure), None, "{measure:?}");
        assert_eq!(value(&report.macro_average.figures, measure), Some(perfect), "{measure:?}");
    }
    assert_eq!(report.macro_average.labels, [Question::Grief]);
    let urgency = report.urgency.unwrap();
    for measure in Measure::OF_RANKING {
        let (found, share) = (value(&urgency.by_urgency, measure).unwrap(), urgency.urgent as f64);
        let most = match measure {
            Measure::UrgentInTop1 => 1.0 / share,
            Measure::UrgentInTop5 => 3.0 / share,
            Measure::UrgentInTop10 => 6.0 / share,
            _ => 1.0,
        };
        assert!((found - most).abs() < 1e-9, "{measure:?}: {found}");
        assert_eq!(value(&urgency.by_priority, measure), Some(found));
    }
}

#[test]
fn the_macro_average_is_the_mean_over_labels_with_positives() {
    let mut truths = vec![Truth::default(); 4];
    let mut posts = vec![Prediction::unjudged(); 4];
    for (post, positive) in [true, true, false, false].into_iter().enumerate() {
        truths[post].labels[Question::Grief] = Some(positive);
        truths[post].labels[Question::Advice] = Some(positive);
        truths[post].labels[Question::Promotion] = Some(false);
        posts[post].assigned[Question::Grief] = Some(positive);
        posts[post].assigned[Question::Advice] = Some(post == 0 || post == 2 || post == 3);
        posts[post].assigned[Question::Promotion] = Some(true);
    }
    let model = Predictions { model: "m".to_owned(), posts };
    let report = evaluate(&truths, &model, None, &FEW).unwrap();
    assert_eq!(report.macro_average.labels, [Question::Grief, Question::Advice]);
    let value = |measure| figure(&report.macro_average.figures, measure).models[0].value.unwrap();
    assert!((value(Measure::Precision) - (1.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12);
    assert!((value(Measure::Recall) - 0.75).abs() < 1e-12);
}

#[test]
fn without_resamples_there_are_no_intervals() {
    let (truths, model) = posts(20, 0.5, 0);
    let report = evaluate(&truths, &model, Some(&model), &Options { resamples: 0, seed: 1 }).unwrap();
    let recall = figure(&report.labels[0].figures, Measure::Recall);
    assert!(recall.models[0].value.is_some());
    assert_eq!((recall.models[0].low, recall.models[0].high), (None, None));
    assert!(!recall.difference.unwrap().clear);
}

#[test]
fn nothing_is_ever_a_number_that_is_none() {
    let mut truths = vec![Truth::default(); 3];
    truths[0].labels[Question::AdviceGiving] = Some(false);
    let model = Predictions { model: "m".to_owned(), posts: vec![Prediction::unjudged(); 3] };
    let report = evaluate(&truths, &model, Some(&model), &FEW).unwrap();
    // serde_json writes null for NaN too, so the values themselves are looked at.
    let estimates = report.labels.iter().flat_map(|label| &label.figures.0).flat_map(|figure| &figure.models);
    assert!(estimates.flat_map(|of| [of.value, of.low, of.high]).flatten().all(f64::is_finite));
    assert_eq!(report.models[0].unjudged, 3);
    assert!(report.urgency.is_none());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let (truths, model) = posts(3, 0.5, 0);
    let refused = |truths: &[Truth], model: &Predictions| evaluate(truths, model, None, &FEW).unwrap_err();
    assert_eq!(refused(&[Truth::default(); 3], &model), Error::NothingKnown);
    assert_eq!(refused(&[], &model), Error::NothingKnown);
    assert_eq!(refused(&truths[..2], &model).to_string(), "noise 0.5 has 3 predictions for 2 posts");
    let mut broken = model.clone();
    broken.posts[1].probabilities[Question::Promotion] = f64::NAN;
    assert_eq!(refused(&truths, &broken), Error::OutOfRange { model: "noise 0.5".to_owned(), post: 1 });
    let mut wild = truths.clone();
    wild[2].urgency = Some(4);
    assert_eq!(refused(&wild, &model), Error::Urgency { post: 2, urgency: 4 });
}

#[test]
fn json_has_the_measures_for_keys_and_six_digits() {
    let (truths, model) = posts(30, 0.7, 0);
    let report = evaluate(&truths, &model, None, &FEW).unwrap();
    let report: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
    let keys: Vec<&String> = report["labels"][0]["figures"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 6);
    let area = &report["labels"][0]["figures"]["average_precision"]["models"][0]["value"];
    assert!(area.to_string().len() <= 8, "{area}");
    assert!(report["urgency"]["by_priority"]["urgent_in_top_5_percent"]["models"][0]["value"].is_number());
    assert!(report["macro"]["figures"]["calibration_error"].is_object());
}
