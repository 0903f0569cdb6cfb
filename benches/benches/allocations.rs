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
use hearken::{Builder, Pipeline, Policy, WhenFull};
use hearken_benches::harness::Harness;
use hearken_benches::{fast, posts};

/// Also counts, and remembers where.
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Allocations a post.
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
    let posts = if args.harness.is_test() { 10_000 } else { 50_000 };
    // Twice the same posts: what differs is what comes with posts, and not with threads, sessions and buffers.
    let once = posts::jsonl(posts).unwrap();
    let twice = once.repeat(2);
    let model = fast().unwrap();
    let builder = || Pipeline::builder(model.clone()).workers(1).policy(nobody()).queue(0, WhenFull::KeepBest);
    let _profiler = match &args.places {
        Some(path) => dhat::Profiler::builder().file_name(path).build(),
        None => dhat::Profiler::builder().testing().build(),
    };
    let (few, many) = (allocations(builder(), &once), allocations(builder(), &twice));
    let each = (many as f64 - few as f64) / posts as f64;
    println!("allocations: {each:.4} a post ({few} for {posts} posts, {many} for {})", 2 * posts);
    assert!(args.places.is_some() || each <= MOST, "{each} allocations a post, which must be at most {MOST}");
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
