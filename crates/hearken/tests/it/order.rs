//! The annotated output is the same, line by line, however many workers make it.

use serde_json::Value;

use hearken::{Pipeline, Summary, UnsupportedLanguage, WhenFull};

use crate::testing::{Log, fast, jsonl, noon, texts::Texts, within};

/// What some workers make of 3,000 posts in many chunks, with the model that ships.
fn run(workers: usize) -> (Log, Log, Summary) {
    let texts: Vec<String> = Texts::new(77).filter(|text| !text.trim().is_empty()).take(3_000).collect();
    let lines = jsonl(0..3_000, |number| texts[number as usize].clone());
    let (annotated, held) = (Log::default(), Log::default());
    let builder = Pipeline::builder(fast()).workers(workers).now(noon()).queue(50, WhenFull::KeepBest);
    let builder = builder.unsupported_language(UnsupportedLanguage::Through);
    let pipeline = builder.annotated(annotated.sink()).held(held.sink()).start().unwrap();
    pipeline.read(lines.as_bytes(), "texts").unwrap();
    let summary = pipeline.finish().unwrap();
    // 384 of them go into a chunk at the most.
    assert!(lines.lines().count() > 5 * 384, "too few chunks to get out of order");
    (annotated, held, summary)
}

/// The same but for probabilities a step of 1/10,000 apart.
fn assert_same(one: &Value, other: &Value) {
    match (one, other) {
        (Value::Object(one_fields), Value::Object(other_fields)) => {
            assert!(one_fields.keys().eq(other_fields.keys()));
            for (name, field) in one_fields {
                match name.as_str() {
                    // Sums of many minutes and probabilities: a step in each of them adds up.
                    "priority" => assert!((field.as_f64().unwrap() - other[name].as_f64().unwrap()).abs() <= 1.0),
                    "urgency" => assert!((field.as_f64().unwrap() - other[name].as_f64().unwrap()).abs() <= 0.000_31),
                    _ => assert_same(field, &other[name]),
                }
            }
        }
        (Value::Number(one), Value::Number(other)) => {
            let apart = (one.as_f64().unwrap() - other.as_f64().unwrap()).abs();
            assert!(apart <= 0.000_11, "{one} and {other} are {apart} apart");
        }
        (one, other) => assert_eq!(one, other),
    }
}

#[test]
fn one_two_and_three_workers_say_the_same_in_the_same_order() {
    within(|| {
        let (annotated, held, summary) = run(1);
        let expected: Vec<String> = (0..3_000).map(|number| number.to_string()).collect();
        assert_eq!(annotated.ids(), expected);
        for workers in [2, 3] {
            let (annotated_by_many, held_by_many, summary_of_many) = run(workers);
            assert_eq!(annotated_by_many.ids(), expected, "{workers} workers");
            assert_eq!(held_by_many.ids(), held.ids());
            assert_eq!(summary_of_many.tally, summary.tally);
            let ids = |summary: &Summary| summary.queue.iter().map(|ranked| ranked.post.id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&summary_of_many), ids(&summary));
            for (one, other) in annotated.records().iter().zip(annotated_by_many.records()) {
                assert_same(one, &other);
            }
        }
    });
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    within(|| {
        let (annotated, held, summary) = run(2);
        let (annotated_again, held_again, summary_again) = run(2);
        assert!(annotated.text() == annotated_again.text() && held.text() == held_again.text());
        assert_eq!(summary.queue, summary_again.queue);
    });
}
