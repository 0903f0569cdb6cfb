//! Two models, of which the second looks where it matters.

use std::time::Duration;

use hearken::record::Queued;
use hearken::{Budget, ErrorKind, Label, Model, ModelFiles, Pipeline, UnsupportedLanguage, WhenFull};
use serde_json::Value;

use crate::testing::{Log, accurate, crate_dir, fast, jsonl, noon, tiny_dir, within};

fn sample() -> String {
    std::fs::read_to_string(crate_dir().join("examples/posts.jsonl")).unwrap()
}

/// What there is time for when posts never let up: this share, and no idle moment before the first.
fn share(share: f64) -> Budget {
    Budget { share, delay: Duration::ZERO }
}

fn cascade(budget: Budget) -> hearken::Builder {
    Pipeline::builder(fast()).careful(accurate(), budget).workers(2).now(noon())
}

/// The annotations of the sample day.
fn records(builder: hearken::Builder) -> (Vec<Value>, hearken::Summary) {
    records_of(builder, &sample())
}

fn records_of(builder: hearken::Builder, input: &str) -> (Vec<Value>, hearken::Summary) {
    let log = Log::default();
    let pipeline = builder.queue(0, WhenFull::KeepBest).annotated(log.sink()).start().unwrap();
    pipeline.read(input.as_bytes(), "sample").unwrap();
    let summary = pipeline.finish().unwrap();
    (log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect(), summary)
}

/// A record without its id, which of some posts is the number of the line.
fn nameless(record: &Value) -> Value {
    let mut record = record.clone();
    record["id"].take();
    record
}

fn alone(model: Model) -> Vec<Value> {
    records(Pipeline::builder(model).workers(2).now(noon())).0
}

#[test]
fn with_time_for_all_every_record_is_that_of_the_careful_model() {
    within(|| {
        let (together, summary) = records(cascade(share(1.0)));
        // Posts in a language that neither reads are nobody's.
        let judged = |records: &[Value]| records.iter().filter(|record| !record["labels"].is_null()).count();
        assert!(together.len() > 200);
        assert_eq!(summary.tally.with_care, judged(&together) as u64);
        for (record, alone) in together.iter().zip(alone(accurate())).filter(|(record, _)| !record["labels"].is_null())
        {
            assert_eq!(*record, alone);
        }
    });
}

#[test]
fn without_time_every_record_is_that_of_the_first_model() {
    within(|| {
        let (together, summary) = records(cascade(share(0.0)));
        assert_eq!(together, alone(fast()));
        assert_eq!((summary.tally.with_care, summary.tally.posts > 200), (0, true));
    });
}

#[test]
fn each_record_is_that_of_the_model_which_it_names_and_the_order_is_that_of_the_input() {
    within(|| {
        // More than there is time for within a second.
        let day = sample() + "\n";
        let budget = Budget { share: 0.0, delay: Duration::from_secs(1) };
        let (together, summary) = records_of(cascade(budget), &day.repeat(20));
        let [first, careful] = [fast(), accurate()].map(|model| alone(model).iter().map(nameless).collect::<Vec<_>>());
        let mut with_care = 0;
        for (nth, record) in together.iter().map(nameless).enumerate() {
            let (first, careful) = (&first[nth % first.len()], &careful[nth % careful.len()]);
            if record == *first {
                continue;
            }
            assert_eq!(record, *careful, "neither the one nor the other");
            with_care += 1;
        }
        assert_eq!(with_care, summary.tally.with_care);
        assert_eq!(together.len(), 20 * first.len());
        assert!(with_care > 0 && with_care < summary.tally.posts, "{with_care} of {}", summary.tally.posts);
    });
}

#[test]
fn the_queue_says_which_model_judged() {
    within(|| {
        let pipeline = cascade(share(1.0)).queue(5, WhenFull::KeepBest).start().unwrap();
        pipeline.read(sample().as_bytes(), "sample").unwrap();
        let (first, careful) = (pipeline.judge().to_owned(), pipeline.careful_judge().unwrap().to_owned());
        assert!(first.starts_with("fast@") && careful.starts_with("accurate@"));
        let queue = pipeline.finish().unwrap().queue;
        assert_eq!(queue.len(), 5);
        for ranked in &queue {
            assert_eq!(serde_json::to_value(Queued::new(ranked, Some(1))).unwrap()["model"], careful);
        }
    });
}

#[test]
fn submitted_posts_are_judged_with_care_while_nothing_presses() {
    within(|| {
        let pipeline = cascade(Budget { share: 0.0, delay: Duration::from_secs(30) }).start().unwrap();
        let feeder = pipeline.feeder();
        for number in 0..40 {
            feeder
                .submit(hearken::Post::new(number.to_string(), "My dog died at the front door this morning."))
                .unwrap();
        }
        let tally = pipeline.finish().unwrap().tally;
        assert_eq!((tally.posts, tally.with_care), (40, 40));
    });
}

#[test]
fn thresholds_of_the_caller_hold_for_both_models() {
    within(|| {
        let (records, _) = records(cascade(share(1.0)).threshold(Label::Grief, 0.0));
        let judged = records.iter().filter(|record| !record["labels"].is_null());
        assert!(judged.clone().count() > 200);
        for record in judged {
            assert!(record["assigned"].as_array().unwrap().iter().any(|label| label == "grief"), "{record}");
        }
    });
}

#[test]
fn a_broken_line_costs_a_cascade_no_post() {
    within(|| {
        let mut input = jsonl(0..3_000, |number| format!("my dog died, says number {number}"));
        input.insert_str(0, "no post\n\n");
        let log = Log::default();
        let pipeline = cascade(Budget { share: 0.0, delay: Duration::from_millis(5) })
            .unsupported_language(UnsupportedLanguage::Through)
            .annotated(log.sink())
            .queue(0, WhenFull::KeepBest)
            .start()
            .unwrap();
        pipeline.read(input.as_bytes(), "input").unwrap();
        let tally = pipeline.finish().unwrap().tally;
        assert_eq!((tally.posts, tally.rejected, tally.blank), (3_000, 1, 1));
        let ids = log.text();
        let ids: Vec<u64> = ids
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().parse().unwrap())
            .collect();
        assert_eq!(ids, (0..3_000).collect::<Vec<_>>());
    });
}

/// The tiny model, which reads all languages, with another name.
fn another_tiny() -> Model {
    let read = |name: &str| std::fs::read(tiny_dir().join(name)).unwrap();
    let mut manifest: Value = serde_json::from_slice(&read("hearken.json")).unwrap();
    manifest["name"] = "other".into();
    let files = ModelFiles {
        onnx: read("model.onnx").into(),
        tokenizer: read("tokenizer.json").into(),
        manifest: serde_json::to_vec(&manifest).unwrap().into(),
    };
    Model::from_files(files).unwrap()
}

#[test]
fn any_two_models_that_read_the_same_languages_make_a_cascade() {
    let tiny = || Model::open(tiny_dir()).unwrap();
    let pipeline = Pipeline::builder(tiny()).careful(another_tiny(), Budget::default()).start().unwrap();
    assert!(pipeline.careful_judge().unwrap().starts_with("other@"));

    let error = Pipeline::builder(fast()).careful(tiny(), Budget::default()).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("fast and tiny"), "{error}");
    for wrong in [-0.1, 1.1, f64::NAN] {
        let error = cascade(share(wrong)).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{wrong}: {error}");
    }
}
