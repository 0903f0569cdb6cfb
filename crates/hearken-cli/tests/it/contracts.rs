//! The records of both outputs, on the sample feed and the model that ships.

use std::collections::HashSet;

use serde_json::Value;

use crate::cli::{NOW, fast, hearken, sample, stderr, stdout, tiny, tiny_dir};
use crate::records::{Annotated, Queued, all_ids, annotated, queue};

/// The ids of the sample feed's posts, in input order.
fn sample_ids() -> Vec<String> {
    let id = |(line, number): (&str, usize)| {
        let post: Value = serde_json::from_str(line).ok()?;
        post.get("text")?.as_str().filter(|text| !text.trim().is_empty())?;
        Some(match &post["id"] {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => format!("posts.jsonl:{number}"),
        })
    };
    sample().lines().zip(1..).filter_map(id).collect()
}

fn assert_annotation_in_range(post: &Annotated) {
    let Annotated { labels, advice, .. } = post;
    let probabilities =
        [labels.grief, labels.frustration, labels.advice, labels.promotion, advice.seeking, advice.giving];
    assert!(probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)), "{post:?}");
    assert!((0.0..=3.0).contains(&post.urgency), "{post:?}");
    assert_eq!(labels.advice, advice.seeking.max(advice.giving), "{post:?}");
    let known = ["grief", "frustration", "advice", "promotion"];
    assert!(post.assigned.iter().all(|label| known.contains(&label.as_str())), "{post:?}");
    let (name, digest) = post.model.split_once('@').unwrap();
    assert_eq!(name, "fast");
    assert!(digest.len() == 12 && digest.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{digest}");
}

#[test]
fn every_post_is_annotated_in_input_order_with_the_fields_of_the_contract() {
    let all = ["--output", "annotated", "posts.jsonl", "--unsupported-language", "through"];
    let posts = annotated(&fast().args(all).assert().success());
    assert_eq!(posts.len(), 252);
    assert_eq!(posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>(), sample_ids());
    posts.iter().for_each(assert_annotation_in_range);
}

#[test]
fn the_queue_has_the_fields_of_the_contract_and_each_rank_is_explained() {
    let posts = queue(&fast().arg("posts.jsonl").assert().success());
    assert_eq!(posts.len(), 50, "the default");
    for (before, post) in posts.iter().enumerate() {
        assert_annotation_in_range(&post.annotated);
        assert_eq!(post.rank, Some(before + 1));
        let minutes: f64 = post.why.iter().map(|term| term.minutes).sum();
        assert!((minutes - post.annotated.priority).abs() < 0.01, "{post:?}");
        assert!(post.why.iter().all(|term| term.minutes != 0.0), "{post:?}");
    }
    assert!(posts.iter().any(|post| post.due_by.is_some()));
}

#[test]
fn the_queue_is_ordered_by_time_minus_head_start() {
    let posts = queue(&fast().args(["--top", "1000", "posts.jsonl"]).assert().success());
    let order: Vec<(i64, &str, &str)> =
        posts.iter().map(|post| (post.key(), post.created_at.as_str(), post.annotated.id.as_str())).collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_post_that_comes_twice_is_queued_once() {
    // Whatever the model makes of it: what counts as grief is never held back.
    let everything = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&everything, "[head-start]\nqueue-from = -500000").unwrap();
    let done = fast()
        .args([
            "--top",
            "1000",
            "--threshold",
            "grief=0",
            "posts.jsonl",
            "--unsupported-language",
            "through",
            "--stats",
            "json",
            "--policy",
        ])
        .arg(everything.path())
        .assert()
        .success();
    let cases = queue(&done);
    let posts = all_ids(&cases);
    let unique: HashSet<&str> = posts.iter().copied().collect();
    assert_eq!(posts.len(), unique.len());
    let counts = stderr(&done).lines().find(|line| line.starts_with('{')).unwrap();
    let counts: Value = serde_json::from_str(counts).unwrap();
    // Some only reply to someone else.
    assert_eq!(
        (posts.len() as u64 + counts["replies_only"].as_u64().unwrap(), &counts["duplicates"]),
        (251, &1.into())
    );
    assert!(unique.contains("t1185"));
}

#[test]
fn top_is_the_head_of_the_same_queue() {
    let all = queue(&fast().arg("posts.jsonl").assert().success());
    let top = queue(&fast().args(["--top", "5", "posts.jsonl"]).assert().success());
    assert_eq!(top, all[..5]);
}

#[test]
fn what_was_heard_gives_the_labels_and_the_minutes() {
    let text =
        r#"{"id": 7, "text": "grief grief urgent urgent", "author": "ada", "lang": "en", "created_at": 1795168800}"#;
    let done = tiny().write_stdin(text).assert().success();
    let [post]: [Queued; 1] = queue(&done).try_into().unwrap();
    assert_eq!(post.annotated.id, "7");
    assert_eq!(post.annotated.assigned, ["grief"]);
    assert!(post.annotated.labels.grief > 0.9 && post.annotated.labels.promotion < 0.1);
    assert!(post.annotated.urgency > 2.9);
    assert_eq!((post.author.as_deref(), post.annotated.lang.as_deref()), (Some("ada"), Some("en")));
    assert_eq!(post.created_at, "2026-11-20T10:00:00Z");
    assert_eq!(post.due_by.as_deref(), Some("2026-11-20T10:30:00Z"));
    assert_eq!(post.why[0].reason, "urgency");
    assert_eq!(post.why[1].reason, "grief");
}

#[test]
fn a_post_without_id_and_time_is_named_by_its_line_and_dated_by_its_arrival() {
    let done = tiny().write_stdin("\n{\"text\":\"grief\"}").assert().success();
    let [post]: [Queued; 1] = queue(&done).try_into().unwrap();
    assert_eq!((post.annotated.id.as_str(), post.created_at.as_str()), ("stdin:2", NOW));
}

#[test]
fn the_command_run_does_what_no_command_does() {
    let bare = tiny().arg("posts.jsonl").assert().success();
    let run = hearken().args(["run", "--now", NOW, "posts.jsonl", "--model"]).arg(tiny_dir()).assert().success();
    assert_eq!(stdout(&run), stdout(&bare));
}
