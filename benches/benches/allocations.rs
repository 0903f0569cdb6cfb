//! Allocations for each post that nobody needs to see, once all buffers have their size: a promise that is asserted.
//!
//! Counted is what Rust code allocates, in all threads. What ONNX Runtime allocates goes to the C++ runtime's own `malloc`,
//! past the allocator of this process's Rust code.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may stop where a program must not, and prints its result"
)]

use clap::Parser;
use hearken::{Builder, Model, Pipeline, Policy, WhenFull};
use hearken_benches::harness::Harness;
use hearken_benches::{fast, posts};

/// Also counts, and remembers where.
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The most for a post, whether it is in English, says so and has no escapes, or comes as posts come. A text whose language
/// is told neither by its words nor by its letters is shown to the second language detector, which makes some 24 allocations:
/// two in ten thousand of a stream in English.
const MOST: f64 = 0.05;

/// Counts allocations of `fast` with one worker.
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    harness: Harness,
    /// Writes where allocations come from to this file, for DHAT's viewer, and asserts nothing
    #[arg(long, value_name = "FILE")]
    places: Option<std::path::PathBuf>,
}

fn main() {
    let args = Args::parse();
    if args.harness.skips("allocations") {
        return;
    }
    let count = if args.harness.is_test() { 5_000 } else { 50_000 };
    let model = fast().unwrap();
    let builder = || Pipeline::builder(model.clone()).workers(1).policy(nobody()).queue(0, WhenFull::KeepBest);
    let as_they_come = posts::jsonl(count).unwrap();
    let plain = plain(&model, count);
    let _profiler = match &args.places {
        Some(path) => dhat::Profiler::builder().file_name(path).build(),
        None => dhat::Profiler::builder().testing().build(),
    };
    for (name, input) in [("plain", plain), ("as they come", as_they_come)] {
        // Twice the same posts: what differs is what comes with posts, and not with threads, sessions and buffers.
        let (once, twice) = (allocations(builder(), &input), allocations(builder(), &input.repeat(2)));
        let posts = input.lines().count();
        let each = (twice as f64 - once as f64) / posts as f64;
        println!(
            "allocations, {name}: {each:.4} a post, at most {MOST} ({once} for {posts} posts, {twice} for twice as many)"
        );
        assert!(args.places.is_some() || each <= MOST, "{name}: {each} allocations a post");
    }
}

/// Posts in English whose feed says so, and whose texts need no escapes in JSON.
fn plain(model: &Model, count: usize) -> String {
    let languages = model.manifest().languages().unwrap();
    let mut lines = String::new();
    for mut post in posts::posts(count).unwrap() {
        let escapes = post.text.contains(|c: char| c == '"' || c == '\\' || c.is_control());
        if languages.admit(&mut post) && !escapes {
            post.lang = Some("en".into());
            lines += &(serde_json::to_string(&post).unwrap() + "\n");
        }
    }
    lines
}

/// A policy for which no head start is enough.
fn nobody() -> Policy {
    Policy { queue_from: 525_600.0, ..Policy::default() }
}

fn allocations(builder: Builder, input: &str) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    let pipeline = builder.start().unwrap();
    pipeline.read(input.as_bytes(), "bench").unwrap();
    let summary = pipeline.finish().unwrap();
    let tally = summary.tally;
    assert_eq!((tally.posts + tally.unsupported_language) as usize, input.lines().count());
    assert_eq!(summary.queue.len(), 0);
    dhat::HeapStats::get().total_blocks - before
}
