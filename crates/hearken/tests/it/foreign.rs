//! Classifiers that others have made, see `tests/data/make_foreign.py`: `hearken.json` alone makes them work.

use std::path::PathBuf;

use hearken::tokenize::Tokens;
use hearken::{Builder, ErrorKind, Label, Model, ModelFiles, Pipeline, Post, Thresholds};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::testing::{Log, crate_dir, within};

const MODELS: [&str; 3] = ["wordpiece", "bpe", "unigram"];

/// A text, its ids as `tokenizers` 0.23 has them, and its probabilities as numpy has them.
#[derive(Deserialize)]
struct Expected {
    text: String,
    ids: Vec<u32>,
    probabilities: serde_json::Map<String, Value>,
}

fn dir(name: &str) -> PathBuf {
    crate_dir().join("tests/data/foreign").join(name)
}

fn expected(name: &str) -> Vec<Expected> {
    serde_json::from_slice(&std::fs::read(dir(name).join("expected.json")).unwrap()).unwrap()
}

#[test]
fn the_ids_are_those_of_the_tokenizers_that_they_were_trained_with() {
    for name in MODELS {
        let model = Model::open(dir(name)).unwrap();
        let mut tokens = Tokens::default();
        for (row, Expected { text, ids, .. }) in expected(name).iter().enumerate() {
            model.tokenizer().encode(text, &mut tokens).unwrap();
            assert_eq!(tokens.row(row), ids, "{name}: {text:?}");
        }
        assert!(tokens.len() > 10);
    }
}

/// Where the records have what a column stands for.
fn printed<'a>(record: &'a Value, column: &str) -> &'a Value {
    match column {
        "advice_seeking" => &record["advice"]["seeking"],
        "advice_giving" => &record["advice"]["giving"],
        // No other level of urgency is known to these models.
        "urgency_3" => &record["urgency"],
        label => &record["labels"][label],
    }
}

#[test]
fn the_judgements_are_those_of_numpy() {
    for name in MODELS {
        within(move || {
            let log = Log::default();
            let pipeline = Pipeline::builder(Model::open(dir(name)).unwrap()).annotated(log.sink()).start().unwrap();
            let expected = expected(name);
            for (nth, post) in expected.iter().enumerate() {
                // All in one chunk, so that short rows are filled up beside long ones.
                pipeline.feeder().submit(Post::new(nth.to_string(), post.text.clone())).unwrap();
            }
            pipeline.finish().unwrap();
            let records = log.records();
            assert_eq!(records.len(), expected.len());
            for (Expected { text, probabilities, .. }, record) in expected.iter().zip(&records) {
                assert!(!probabilities.is_empty());
                for (column, probability) in probabilities {
                    let (found, expected) = (printed(record, column).as_f64().unwrap(), probability.as_f64().unwrap());
                    assert!(
                        (found - expected).abs() < 0.000_06,
                        "{name}: {column} is {found}, not {expected}: {text:?}"
                    );
                }
                for column in ["grief", "frustration", "promotion", "advice_seeking", "advice_giving"] {
                    let unheard = !probabilities.contains_key(column);
                    assert!(!unheard || printed(record, column) == 0.0, "{name} has no {column}: {record}");
                }
            }
        });
    }
}

#[test]
fn a_batch_is_as_small_as_the_manifest_wants() {
    let model = Model::open(dir("wordpiece")).unwrap();
    let mut tokens = Tokens::default();
    (0..9).for_each(|_| model.tokenizer().encode("my dog died", &mut tokens).unwrap());
    let mut batcher = model.manifest().batcher();
    batcher.start(&tokens);
    let mut rows = Vec::new();
    while let Some(batch) = batcher.next_batch(&tokens) {
        rows.push(batch.rows.len());
    }
    assert_eq!(rows, [4, 4, 1]);
}

#[test]
fn a_text_of_no_tokens_is_judged_too() {
    within(|| {
        let read = |name: &str| std::fs::read(dir("wordpiece").join(name)).unwrap();
        let manifest = String::from_utf8(read("hearken.json")).unwrap();
        let unframed = manifest.replace("\"special_tokens\": true", "\"special_tokens\": false");
        assert_ne!(unframed, manifest);
        let (onnx, tokenizer) = (read("model.onnx").into(), read("tokenizer.json").into());
        let model = Model::from_files(ModelFiles { onnx, tokenizer, manifest: unframed.into_bytes().into() }).unwrap();
        let mut tokens = Tokens::default();
        model.tokenizer().encode("\u{200d}", &mut tokens).unwrap();
        assert!(tokens.row(0).is_empty());

        let pipeline = Pipeline::builder(model).start().unwrap();
        for text in ["\u{200d}", "my dog died today"] {
            pipeline.feeder().submit(Post::new("", text)).unwrap();
        }
        assert_eq!(pipeline.finish().unwrap().tally.posts, 2);
    });
}

fn set(name: &str) -> Thresholds {
    Thresholds { set: Some(name.to_owned()), ..Thresholds::default() }
}

#[test]
fn other_thresholds_of_the_model_are_chosen_by_name() {
    let assigned = |choose: fn(Builder) -> Builder| {
        within(move || {
            let log = Log::default();
            let builder = choose(Pipeline::builder(Model::open(dir("wordpiece")).unwrap())).annotated(log.sink());
            let pipeline = builder.start().unwrap();
            pipeline.feeder().submit(Post::new("1", "how do i fix this, please?")).unwrap();
            let judge = pipeline.judge().to_owned();
            pipeline.finish().unwrap();
            (log.records()[0]["assigned"].clone(), judge)
        })
    };
    // Grief 0.23, frustration 0.66; the sets say 0.5 and 0.5, or 0.2 and 0.3.
    let own = assigned(|builder| builder);
    assert_eq!(own.0, json!(["frustration"]));
    assert_eq!(assigned(|builder| builder.thresholds(set("best-f1"))), own);
    let sensitive = assigned(|builder| builder.thresholds(set("high_recall")));
    assert_eq!(sensitive.0, json!(["grief", "frustration"]));
    assert_ne!(sensitive.1, own.1, "it shows in the name of the judge");
    assert_eq!(assigned(|builder| builder.thresholds(set("high-recall"))), sensitive);
    let overridden = assigned(|builder| builder.thresholds(set("high_recall")).threshold(Label::Frustration, 0.9));
    assert_eq!(overridden.0, json!(["grief"]));

    let unknown = Pipeline::builder(Model::open(dir("wordpiece")).unwrap()).thresholds(set("low_recall")).start();
    let error = unknown.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "the model wordpiece has no thresholds called \"low_recall\"; it has best_f1, high_recall"
    );
}
