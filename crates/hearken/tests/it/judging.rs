//! What a record says, and that it says by what.

use std::borrow::Cow;

use hearken::record::Queued;
use hearken::{Builder, Label, Model, ModelFiles, Pipeline, Policy, WhenFull};
use serde_json::{Value, json};

use crate::testing::{Log, by_age, fast, noon, post, tiny, tiny_dir, within};

fn judge(builder: Builder) -> String {
    builder.start().unwrap().judge().to_owned()
}

/// The tiny model with its manifest's text changed.
fn tiny_with(change: impl FnOnce(String) -> String) -> Builder {
    let read = |name: &str| std::fs::read(tiny_dir().join(name)).unwrap();
    let manifest = change(String::from_utf8(read("hearken.json")).unwrap()).into_bytes();
    let (onnx, tokenizer) = (read("model.onnx").into(), read("tokenizer.json").into());
    Pipeline::builder(Model::from_files(ModelFiles { onnx, tokenizer, manifest: Cow::Owned(manifest) }).unwrap())
}

#[test]
fn every_change_of_model_threshold_or_policy_changes_the_fingerprint() {
    let judges = [
        judge(tiny()),
        judge(tiny().threshold(Label::Grief, 0.41)),
        judge(tiny().threshold(Label::Promotion, 0.41)),
        judge(tiny().policy(by_age())),
        judge(tiny().policy(Policy { respond_within: [1, 2, 3], ..Policy::default() })),
        judge(tiny_with(|manifest| manifest + " ")),
        judge(Pipeline::builder(fast())),
    ];
    for (nth, one) in judges.iter().enumerate() {
        let (name, digits) = one.split_once('@').unwrap();
        assert_eq!(name, if nth == 6 { "fast" } else { "tiny" });
        assert!(digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{one}");
        assert!(judges[..nth].iter().all(|other| other != one), "change {nth} doesn't show in {one}");
    }
}

#[test]
fn what_changes_no_judgement_leaves_the_fingerprint() {
    let same = tiny().workers(1).chunk_posts(3).queue(5, WhenFull::Shed).max_line(1 << 20).now(noon());
    assert_eq!(judge(same), judge(tiny()));
    // The model's own threshold, said again.
    assert_eq!(judge(tiny().threshold(Label::Grief, 0.4)), judge(tiny()));
    assert_eq!(judge(tiny_with(|manifest| manifest)), judge(tiny()));
}

/// One clear word each: 8 pushes, less 8, is a probability of one half; none is 0.0003.
fn policy() -> Policy {
    Policy {
        urgency: [10.0, 100.0, 1000.0],
        grief: 200.0,
        frustration: 60.0,
        advice_seeking: 40.0,
        advice_giving: 4.0,
        promotion: -700.0,
        reach: 10.0,
        queue_from: 20.0,
        respond_within: [60, 30, 10],
        ..Policy::default()
    }
}

#[test]
fn the_records_have_the_documented_fields_in_order() {
    within(|| {
        let log = Log::default();
        let pipeline = tiny().policy(policy()).annotated(log.sink()).start().unwrap();
        let line =
            r#"{"id":"7","text":"Grief, urgent!","author":"ann","lang":"en","created_at":"2026-11-20T11:00:00Z"}"#;
        pipeline.read(line.as_bytes(), "one").unwrap();
        let model = pipeline.judge().to_owned();
        let ranked = pipeline.finish().unwrap().queue.remove(0);

        let annotation = format!(
            "\"id\":\"7\",\"labels\":{{\"grief\":0.5,\"frustration\":0.0003,\"advice\":0.0003,\"promotion\":0.0003}},\
             \"advice\":{{\"seeking\":0.0003,\"giving\":0.0003}},\"assigned\":[\"grief\"],\"urgency\":1.5,\
             \"priority\":654.8,\"lang\":\"en\",\"model\":\"{model}\""
        );
        assert_eq!(log.text(), format!("{{{annotation}}}\n"));
        let queued = format!(
            "{{\"rank\":1,{annotation},\"author\":\"ann\",\"text\":\"Grief, urgent!\",\
             \"created_at\":\"2026-11-20T11:00:00Z\",\"due_by\":\"2026-11-20T11:30:00Z\",\
             \"why\":[{{\"reason\":\"urgency\",\"minutes\":555.0}},{{\"reason\":\"grief\",\"minutes\":100.0}},\
             {{\"reason\":\"promotion\",\"minutes\":-0.2}}]}}"
        );
        assert_eq!(serde_json::to_string(&Queued::new(&ranked, Some(1))).unwrap(), queued);
    });
}

/// Minutes as tenths, exactly as printed.
fn tenths(minutes: &Value) -> i64 {
    minutes.to_string().replace('.', "").parse().unwrap()
}

#[test]
fn with_the_model_that_ships_the_printed_terms_add_up_and_can_be_made_from_the_printed_probabilities() {
    within(|| {
        let policy = Policy { queue_from: -500_000.0, ..policy() };
        let pipeline =
            Pipeline::builder(fast()).policy(policy.clone()).threshold(Label::Promotion, 1.0).start().unwrap();
        let file = std::fs::File::open(crate::testing::crate_dir().join("examples/posts.jsonl")).unwrap();
        pipeline.read(file, "posts.jsonl").unwrap();
        let model = pipeline.judge().to_owned();
        let queue = pipeline.finish().unwrap().queue;
        assert!(queue.len() > 50);
        for ranked in &queue {
            let record = serde_json::to_value(Queued::new(ranked, None)).unwrap();
            let why = record["why"].as_array().unwrap();
            assert_eq!(why.iter().map(|term| tenths(&term["minutes"])).sum::<i64>(), tenths(&record["priority"]));
            assert_eq!(record["model"], model);
            let minutes_for = |reason: &str| {
                let term = why.iter().find(|term| term["reason"] == reason);
                term.map_or(0.0, |term| term["minutes"].as_f64().unwrap())
            };
            let terms = [
                ("grief", policy.grief * record["labels"]["grief"].as_f64().unwrap()),
                ("frustration", policy.frustration * record["labels"]["frustration"].as_f64().unwrap()),
                ("advice_seeking", policy.advice_seeking * record["advice"]["seeking"].as_f64().unwrap()),
                ("promotion", policy.promotion * record["labels"]["promotion"].as_f64().unwrap()),
            ];
            for (reason, minutes) in terms {
                assert!((minutes_for(reason) - minutes).abs() <= 0.050_001, "{reason} in {record}");
            }
        }
    });
}

#[test]
fn promotion_is_held_and_listed_but_never_where_it_grieves() {
    within(|| {
        let (held, annotated) = (Log::default(), Log::default());
        let pipeline = tiny().held(held.sink()).annotated(annotated.sink()).start().unwrap();
        for (number, text) in ["promo", "grief promo", "promo angry urgent", "grief", "nothing"].iter().enumerate() {
            pipeline.feeder().submit(post(number as u64, text)).unwrap();
        }
        let model = pipeline.judge().to_owned();
        let summary = pipeline.finish().unwrap();
        assert_eq!(annotated.ids().len(), 5, "what is held is annotated all the same");
        assert_eq!(held.ids(), ["0", "2"]);
        let mut queued: Vec<&str> = summary.queue.iter().map(|ranked| &*ranked.post.id).collect();
        queued.sort_unstable();
        assert_eq!(queued, ["1", "3"]);
        assert_eq!((summary.tally.held, summary.tally.queued, summary.tally.neutral), (2, 2, 1));

        let record = &held.records()[0];
        assert_eq!(record["text"], "promo", "the whole post can be audited");
        assert_eq!(record["assigned"], json!(["promotion"]));
        assert_eq!(record["model"], model);
        assert_eq!(record.get("rank"), None);
        assert_eq!(record["due_by"], Value::Null);
        assert!(record["why"].as_array().unwrap().iter().any(|term| term["reason"] == "promotion"));
    });
}

#[test]
fn every_post_is_counted_once_under_what_became_of_it() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        for (number, text) in ["promo", "grief", "angry seeking", "giving", "", "grief promo"].iter().enumerate() {
            pipeline.feeder().submit(post(number as u64, text)).unwrap();
        }
        let tally = pipeline.finish().unwrap().tally;
        assert_eq!(tally.posts, 6);
        assert_eq!(tally.queued + tally.held + tally.neutral, tally.posts);
        let assigned = tally.assigned;
        assert_eq!((assigned.grief, assigned.frustration, assigned.advice, assigned.promotion), (2, 1, 2, 2));
    });
}

#[test]
fn two_pipelines_may_run_in_one_process() {
    within(|| {
        let pipelines = [tiny().start().unwrap(), tiny().start().unwrap()];
        for pipeline in &pipelines {
            pipeline.feeder().submit(post(1, "grief")).unwrap();
        }
        for pipeline in pipelines {
            assert_eq!(pipeline.finish().unwrap().queue.len(), 1);
        }
    });
}
