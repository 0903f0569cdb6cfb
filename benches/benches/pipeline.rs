//! End to end: JSONL in, ranked queue or annotated posts out, with one worker and with two.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros; a benchmark may stop where a program must not"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hearken::{Pipeline, WhenFull};
use hearken_benches::{fast, jsonl};

const POSTS: usize = 100_000;

fn end_to_end(criterion: &mut Criterion) {
    let input = jsonl(POSTS);
    let model = fast().unwrap();
    let mut group = criterion.benchmark_group("pipeline");
    group.throughput(Throughput::Elements(POSTS as u64)).sample_size(10);
    for workers in [1, 2] {
        group.bench_function(format!("queue/{workers}"), |bencher| {
            bencher.iter(|| {
                let builder = Pipeline::builder(model.clone()).workers(workers).queue(50, WhenFull::KeepBest);
                let pipeline = builder.start().unwrap();
                pipeline.read(input.as_bytes(), "bench").unwrap();
                let summary = pipeline.finish().unwrap();
                assert_eq!((summary.tally.posts, summary.queue.len()), (POSTS as u64, 50));
            });
        });
        group.bench_function(format!("annotated/{workers}"), |bencher| {
            bencher.iter(|| {
                let lines = Arc::new(AtomicUsize::new(0));
                let count = Arc::clone(&lines);
                let sink = move |bytes: &[u8]| {
                    count.fetch_add(bytes.iter().filter(|byte| **byte == b'\n').count(), Ordering::Relaxed);
                    Ok(())
                };
                let builder = Pipeline::builder(model.clone()).workers(workers).queue(0, WhenFull::KeepBest);
                let pipeline = builder.annotated(Box::new(sink)).start().unwrap();
                pipeline.read(input.as_bytes(), "bench").unwrap();
                pipeline.finish().unwrap();
                assert_eq!(lines.load(Ordering::Relaxed), POSTS);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
