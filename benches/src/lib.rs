//! Posts for benchmarks: those of a file that `HEARKEN_BENCH_POSTS` names, or made-up ones of about the same length.

use std::path::Path;

use hearken::Model;

/// Words that the made-up posts are made of: everyday ones, some that the model listens for, and some that no vocabulary has.
const WORDS: [&str; 40] = [
    "the",
    "my",
    "dog",
    "died",
    "and",
    "I",
    "can't",
    "stop",
    "crying",
    "@northline",
    "flight",
    "cancelled",
    "again",
    "worst",
    "service",
    "ever",
    "anyone",
    "know",
    "how",
    "to",
    "fix",
    "this",
    "laptop",
    "please",
    "try",
    "restarting",
    "it",
    "20%",
    "off",
    "today",
    "https://example.com/a1b2",
    "#monday",
    "soooo",
    "happy",
    "for",
    "you",
    "😭",
    "lovely",
    "weather",
    "!",
];

/// JSONL of the generic format: `posts` lines, from the file in `HEARKEN_BENCH_POSTS` (over and over) or made up.
///
/// Made-up texts have 83 characters on average; those of the feeds that the engine was measured on have 76.
pub fn jsonl(posts: usize) -> String {
    let lines = match std::env::var("HEARKEN_BENCH_POSTS") {
        Ok(path) => std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect(),
        Err(_) => (0..10_000).map(line).collect::<Vec<_>>(),
    };
    lines.iter().cycle().take(posts).flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn line(number: usize) -> String {
    // A linear congruential generator: the same posts every time, without a dependency.
    let mut state = number as u64 + 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let count = 2 + next(13) + next(13);
    let words: Vec<&str> = (0..count).map(|_| WORDS[next(WORDS.len())]).collect();
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        r#"{{"id": "{number}", "author": "u{number}", "created_at": "2026-11-21T00:{minute:02}:{second:02}Z", "text": "{}"}}"#,
        words.join(" ")
    )
}

/// The model that the command carries.
///
/// # Errors
///
/// What [`Model::open`] says.
pub fn fast() -> hearken::Result<Model> {
    Model::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/fast"))
}
