//! Real objects of the feed formats, where they are at hand (beside the project, or where `HEARKEN_PAYLOADS` says): each gives
//! events, or a stated reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hearken::format::{Skipped, read};
use hearken::{Event, Format};
use serde_json::Value;

use crate::testing::crate_dir;

/// The lines of a file, and of the wrappers in which some objects stand what is in them.
fn lines(file: &Path) -> Vec<String> {
    let unwrap = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        value.get("file").and(value.get("payload")).map_or_else(|| line.to_owned(), Value::to_string)
    };
    fs::read_to_string(file).unwrap().lines().map(unwrap).collect()
}

fn kind(event: &Event<'_>) -> &'static str {
    match event {
        Event::Post(_) => "posts",
        Event::Edit(_) => "edits",
        Event::Repost(_) => "reposts",
        Event::Delete(_) => "deletions",
        Event::Rejected(reason) => reason.code(),
        Event::Skipped(Skipped::NoPost) => "skipped, no post",
        Event::Skipped(Skipped::Account) => "skipped, account",
        Event::Skipped(Skipped::Control) => "skipped, control",
    }
}

/// Reads each line and counts what comes of it.
fn read_all(name: &str, lines: &[String], format: Option<Format>) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        let mut events = Vec::new();
        let outcome = read(line.as_bytes(), format, &mut events);
        *counts.entry("fields ignored".to_owned()).or_default() += *outcome.as_ref().unwrap_or(&0) as usize;
        if let Err(reason) = outcome {
            assert!(events.is_empty());
            *counts.entry(reason.code().to_owned()).or_default() += 1;
        } else {
            assert!(!events.is_empty(), "{name}: a line gave nothing at all");
        }
        for event in &events {
            *counts.entry(kind(event).to_owned()).or_default() += 1;
        }
    }
    eprintln!("{name} as {format:?}: {counts:?} of {} objects", lines.len());
    counts
}

#[test]
fn every_object_gives_events_or_a_reason() {
    let beside = || crate_dir().join("../../../shared/data/payloads");
    let folder = std::env::var_os("HEARKEN_PAYLOADS").map_or_else(beside, PathBuf::from);
    let files = [
        ("mastodon-statuses.jsonl", Format::Mastodon),
        ("reddit-comments.jsonl", Format::Reddit),
        ("reddit-submissions.jsonl", Format::Reddit),
        ("twitter-v1.jsonl", Format::TwitterV1),
    ];
    for (name, format) in files {
        let file = folder.join(name);
        if !file.exists() {
            eprintln!("{name} is not at hand: not read");
            continue;
        }
        let lines = lines(&file);
        let (told, by_shape) = (read_all(name, &lines, Some(format)), read_all(name, &lines, None));
        for kind in ["posts", "edits", "reposts", "deletions"] {
            assert_eq!(by_shape.get(kind), told.get(kind), "{name}: {kind} by shape, or as told");
        }
        // A file may hold some objects of an older API, but no more.
        assert!(told.get("posts") > Some(&(lines.len() * 2 / 5)), "{name}: {told:?}");
    }
}
