//! Promise 5: promotion is held back, never deleted.

use std::fs;

use crate::cli::{fast, posts, stderr, tiny};
use crate::records::{self, Queued, ids, queue};

#[test]
fn what_is_held_back_is_listed_with_the_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("held.jsonl");
    let feed = posts(&["promo promo", "grief promo promo", "grief", "promo promo angry"]);
    let done = tiny().arg("--held").arg(&file).write_stdin(feed).assert().success();
    assert_eq!(ids(&queue(&done)), ["3", "2"], "grief is never held back");

    let held: Vec<Queued> = records::read(&fs::read_to_string(&file).unwrap());
    assert_eq!(ids(&held), ["1", "4"]);
    for post in &held {
        assert_eq!((post.rank, post.due_by.as_deref()), (None, None));
        assert_eq!((post.why[0].reason.as_str(), post.why[0].minutes < 0.0), ("promotion", true));
        assert!(post.annotated.assigned.contains(&"promotion".to_owned()));
    }
}

#[test]
fn every_post_is_queued_held_or_neutral() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("held.jsonl");
    for run in 1..=2 {
        let done = fast().args(["--stats", "json", "posts.jsonl", "--held"]).arg(&file).assert().success();
        let stats = stderr(&done).lines().find(|line| line.starts_with('{')).unwrap();
        let stats: serde_json::Value = serde_json::from_str(stats).unwrap();
        let count = |key: &str| stats[key].as_u64().unwrap();
        assert_eq!(count("queued") + count("held") + count("neutral") + count("unsupported_language"), 252);
        let held: Vec<Queued> = records::read(&fs::read_to_string(&file).unwrap());
        assert_eq!(held.len() as u64, run * count("held"), "each run appends its own");
    }
}
