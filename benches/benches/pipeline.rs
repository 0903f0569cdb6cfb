//! End to end: JSONL in, ranked queue or annotated posts out, with one worker and with two.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros; a benchmark may stop where a program must not"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hearken::pipeline::Sink;
use hearken::{Builder, Model, Pipeline, Tally, WhenFull};
use hearken_benches::posts::jsonl;
use hearken_benches::{accurate, fast};

/// Posts for each model; without optimisation fewer, so that a test takes little time.
const POSTS: [usize; 2] = if cfg!(debug_assertions) { [4_000, 32] } else { [100_000, 1_024] };

fn end_to_end(criterion: &mut Criterion) {
    for (name, model, posts) in [("fast", fast(), POSTS[0]), ("accurate", accurate(), POSTS[1])] {
        let (model, input) = (model.unwrap(), jsonl(posts).unwrap());
        let mut group = criterion.benchmark_group(format!("pipeline/{name}"));
        group.throughput(Throughput::Elements(posts as u64)).sample_size(10);
        for workers in [1, 2] {
            group.bench_function(format!("queue/{workers}"), |bencher| {
                bencher.iter(|| queue(&model, workers, &input, posts));
            });
            group.bench_function(format!("annotated/{workers}"), |bencher| {
                bencher.iter(|| annotated(&model, workers, &input, posts));
            });
        }
        group.finish();
    }
}

fn queue(model: &Model, workers: usize, input: &str, posts: usize) {
    const CAPACITY: usize = 50;
    let builder = Pipeline::builder(model.clone()).workers(workers).queue(CAPACITY, WhenFull::KeepBest);
    let (tally, waiting) = run(builder, input);
    assert_eq!(read(&tally), posts as u64);
    assert!(
        tally.queued > 0 && waiting as u64 == CAPACITY.min(tally.queued as usize) as u64,
        "{waiting} wait: {tally:?}"
    );
}

fn annotated(model: &Model, workers: usize, input: &str, posts: usize) {
    let lines = Arc::new(AtomicUsize::new(0));
    let builder = Pipeline::builder(model.clone()).workers(workers).queue(0, WhenFull::KeepBest);
    let (tally, waiting) = run(builder.annotated(counting(&lines)), input);
    assert_eq!((read(&tally), waiting, lines.load(Ordering::Relaxed)), (posts as u64, 0, posts));
}

/// Start, work and end of a pipeline: its counts, and how many posts wait.
fn run(builder: Builder, input: &str) -> (Tally, usize) {
    let pipeline = builder.start().unwrap();
    pipeline.read(input.as_bytes(), "bench").unwrap();
    let summary = pipeline.finish().unwrap();
    (summary.tally, summary.queue.len())
}

fn read(tally: &Tally) -> u64 {
    tally.posts + tally.unsupported_language
}

fn counting(lines: &Arc<AtomicUsize>) -> Sink {
    let lines = Arc::clone(lines);
    Box::new(move |bytes: &[u8]| {
        lines.fetch_add(bytes.iter().filter(|byte| **byte == b'\n').count(), Ordering::Relaxed);
        Ok(())
    })
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
