//! Posts in a language that the model doesn't read: recognised, left unjudged, counted, and given away as the caller wants.

use std::sync::{Arc, Mutex};

use hearken::format::RejectReason;
use hearken::{Builder, Model, ModelFiles, Pipeline, Post, Reject, Summary, UnsupportedLanguage};
use serde_json::{Value, json};

use crate::testing::{Log, noon, tiny, tiny_dir, within};

const SPANISH: &str = "grief: hoy hace un año que murió mi perro y todavía lloro cada noche";
const ENGLISH: &str = "grief: I can't believe that my dog is gone";

/// The tiny model, which says that it reads English alone.
pub(crate) fn english() -> Builder {
    let read = |name: &str| std::fs::read(tiny_dir().join(name)).unwrap();
    let mut manifest: Value = serde_json::from_slice(&read("hearken.json")).unwrap();
    manifest["languages"] = json!(["en"]);
    let manifest = serde_json::to_vec(&manifest).unwrap().into();
    let files = ModelFiles { onnx: read("model.onnx").into(), tokenizer: read("tokenizer.json").into(), manifest };
    Pipeline::builder(Model::from_files(files).unwrap()).workers(2).now(noon())
}

/// What became of a feed.
struct Run {
    annotated: Vec<Value>,
    rejected: Vec<Reject>,
    summary: Summary,
}

fn run(builder: Builder, feed: impl FnOnce(&Pipeline) + Send + 'static) -> Run {
    within(move || {
        let (log, rejected) = (Log::default(), Arc::new(Mutex::new(Vec::new())));
        let keep = Arc::clone(&rejected);
        let builder = builder.annotated(log.sink()).rejected(move |reject| {
            keep.lock().unwrap().push(reject.clone());
            Ok(())
        });
        let pipeline = builder.start().unwrap();
        feed(&pipeline);
        let summary = pipeline.finish().unwrap();
        Run { annotated: log.records(), rejected: Arc::try_unwrap(rejected).unwrap().into_inner().unwrap(), summary }
    })
}

/// Three lines: English, no post, Spanish; then English again.
fn lines() -> String {
    let line = |id: u32, text: &str| json!({"id": id, "text": text}).to_string();
    [line(1, ENGLISH), "no post".to_owned(), line(2, SPANISH), line(3, ENGLISH)].join("\n")
}

#[test]
fn a_skipped_post_keeps_its_place_among_the_annotated_and_is_not_queued() {
    let run = run(english(), |pipeline| pipeline.read(lines().as_bytes(), "feed").unwrap());
    let model = run.annotated[0]["model"].clone();
    let skipped = json!({"id": "2", "labels": null, "advice": null, "assigned": [], "urgency": null, "priority": null,
        "lang": "es", "model": model, "reason": "unsupported language"});
    assert_eq!(run.annotated[1], skipped);
    for (place, id) in [(0, "1"), (2, "3")] {
        let judged = &run.annotated[place];
        assert_eq!(
            (&judged["id"], &judged["lang"], &judged["assigned"]),
            (&json!(id), &json!("en"), &json!(["grief"]))
        );
        assert_eq!(judged.get("reason"), None);
    }
    let mut queued: Vec<&str> = run.summary.queue.iter().map(|ranked| &*ranked.post.id).collect();
    queued.sort_unstable();
    assert_eq!(queued, ["1", "3"]);
    let tally = run.summary.tally;
    assert_eq!((tally.posts, tally.unsupported_language, tally.rejected), (2, 1, 1));
    assert_eq!((tally.queued + tally.held + tally.neutral, tally.assigned.grief), (2, 2));
    assert_eq!(run.rejected.len(), 1, "nothing but the line that is no post");
}

#[test]
fn a_rejected_post_is_given_away_as_it_stood_and_is_not_annotated() {
    let builder = english().unsupported_language(UnsupportedLanguage::Reject);
    let run = run(builder, |pipeline| pipeline.read(lines().as_bytes(), "feed").unwrap());
    let ids: Vec<&Value> = run.annotated.iter().map(|record| &record["id"]).collect();
    assert_eq!(ids, ["1", "3"]);
    let [no_post, foreign] = &run.rejected[..] else { panic!("{} rejects", run.rejected.len()) };
    assert_eq!((no_post.line, no_post.reason.code()), (2, "invalid_json"), "in input order");
    assert_eq!((&*foreign.source, foreign.line), ("feed", 3));
    assert_eq!(foreign.reason, RejectReason::UnsupportedLanguage { lang: "es".to_owned() });
    assert_eq!(
        (foreign.reason.code(), &*foreign.reason.to_string()),
        ("unsupported_language", "unsupported language: es")
    );
    assert_eq!(foreign.record, lines().lines().nth(2).unwrap().as_bytes());
    let tally = run.summary.tally;
    assert_eq!((tally.posts, tally.unsupported_language, tally.rejected), (2, 1, 1), "it is no bad line");
}

#[test]
fn a_submitted_post_is_rejected_as_a_line_that_can_be_read_again() {
    let mut post = Post::new("7", SPANISH);
    post.author = Some("ana".into());
    post.created_at = Some(noon());
    post.lang = Some("es-MX".into());
    post.reach = Some(12);
    let (expected, submitted) = (post.clone(), post);
    let run = run(english().unsupported_language(UnsupportedLanguage::Reject), |pipeline| {
        pipeline.feeder().submit(submitted).unwrap();
        pipeline.feeder().submit(Post::new("8", ENGLISH)).unwrap();
    });
    let [reject] = &run.rejected[..] else { panic!("{} rejects", run.rejected.len()) };
    assert_eq!((&*reject.source, reject.line), ("submitted", 0));
    assert_eq!(reject.reason.to_string(), "unsupported language: es-MX", "as the feed called it");
    assert_eq!(hearken::format::parse(&reject.record).unwrap().post, expected);
    assert_eq!(run.annotated.len(), 1);
    assert_eq!(run.annotated[0]["id"], "8");
}

#[test]
fn a_post_that_is_let_through_is_judged_and_has_its_language() {
    let builder = english().unsupported_language(UnsupportedLanguage::Through);
    let run = run(builder, |pipeline| pipeline.read(lines().as_bytes(), "feed").unwrap());
    assert_eq!(run.annotated[1]["lang"], "es");
    assert_eq!(run.annotated[1]["assigned"], json!(["grief"]));
    let ranked = run.summary.queue.iter().find(|ranked| ranked.post.id == "2").unwrap();
    assert_eq!(ranked.post.lang.as_deref(), Some("es"), "in the queue too");
    assert_eq!((run.summary.tally.posts, run.summary.tally.unsupported_language), (3, 1));
}

#[test]
fn a_model_that_names_no_languages_judges_all_and_looks_at_none() {
    let builder = tiny().unsupported_language(UnsupportedLanguage::Reject);
    let run = run(builder, |pipeline| {
        pipeline.read(lines().as_bytes(), "feed").unwrap();
        let tagged = json!({"id": 4, "text": SPANISH, "lang": "es-AR"}).to_string();
        pipeline.read(tagged.as_bytes(), "feed").unwrap();
    });
    let langs: Vec<&Value> = run.annotated.iter().map(|record| &record["lang"]).collect();
    assert_eq!(langs, [&Value::Null, &Value::Null, &Value::Null, &json!("es-AR")]);
    assert!(run.annotated.iter().all(|record| record["assigned"] == json!(["grief"])));
    assert_eq!(run.summary.tally.unsupported_language, 0);
}

#[test]
fn in_a_stream_of_all_languages_each_post_keeps_its_own_judgement() {
    let texts =
        ["grief: I miss my dog", SPANISH, "promo: buy this and that", "", "mein Hund ist heute gestorben, grief"];
    let run = run(english(), move |pipeline| {
        for number in 0..500u64 {
            let text = texts[(number * number % 7) as usize % texts.len()];
            let text = if text.is_empty() { "lol" } else { text };
            pipeline.feeder().submit(Post::new(number.to_string(), text)).unwrap();
        }
    });
    assert_eq!(run.annotated.len(), 500);
    for (number, record) in run.annotated.iter().enumerate() {
        let expected = match (number * number % 7) % texts.len() {
            0 => (json!(["grief"]), json!("en"), false),
            1 => (json!([]), json!("es"), true),
            2 => (json!(["promotion"]), json!("en"), false),
            3 => (json!([]), Value::Null, false),
            _ => (json!([]), json!("de"), true),
        };
        let found = (record["assigned"].clone(), record["lang"].clone(), record.get("reason").is_some());
        assert_eq!(found, expected, "{record}");
    }
    let tally = run.summary.tally;
    assert_eq!(tally.posts + tally.unsupported_language, 500);
}
