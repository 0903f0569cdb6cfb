//! Each stage of the engine by itself, on one thread. Each benchmark asserts that it did its work.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros; a benchmark may stop where a program must not"
)]

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hearken::batch::{BatchLimits, Batcher};
use hearken::frame::{Frame, Framer};
use hearken::tokenize::Tokens;
use hearken::{Policy, Post, format, score::Scorer};
use hearken_benches::{fast, jsonl};

const POSTS: usize = 4_096;

fn stages(criterion: &mut Criterion) {
    let input = jsonl(POSTS);
    let posts: Vec<Post<'_>> = input.lines().map(|line| format::parse(line.as_bytes()).unwrap().post).collect();
    let model = fast().unwrap();
    let tokenizer = model.tokenizer();
    let mut tokens = Tokens::default();
    for post in &posts {
        tokenizer.encode(&post.text, &mut tokens).unwrap();
    }
    let scorer = Scorer::new(model.manifest(), model.manifest().thresholds);
    let policy = Policy::default();
    let mut group = criterion.benchmark_group("stage");
    group.throughput(Throughput::Elements(POSTS as u64));

    group.bench_function("frame", |bencher| {
        bencher.iter(|| {
            let mut framer = Framer::new(Cursor::new(input.as_bytes()), 1 << 20);
            let mut frame = Frame::default();
            let mut lines = 0;
            while framer.next_frame(&mut frame).unwrap() {
                lines += frame.lines().count();
            }
            assert_eq!(lines, POSTS);
        });
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            let parsed = input.lines().filter(|line| format::parse(black_box(line.as_bytes())).is_ok()).count();
            assert_eq!(parsed, POSTS);
        });
    });
    group.bench_function("tokenize", |bencher| {
        let mut tokens = Tokens::default();
        bencher.iter(|| {
            tokens.clear();
            for post in &posts {
                tokenizer.encode(black_box(&post.text), &mut tokens).unwrap();
            }
            assert_eq!(tokens.len(), POSTS);
        });
    });
    group.bench_function("batch", |bencher| {
        let mut batcher = Batcher::new(BatchLimits::default());
        bencher.iter(|| {
            batcher.start(&tokens);
            let mut rows = 0;
            while let Some(batch) = batcher.next_batch(&tokens) {
                rows += black_box(batch).rows.len();
            }
            assert_eq!(rows, POSTS);
        });
    });
    group.bench_function("classify", |bencher| {
        let mut classifier = model.classifier().unwrap();
        let mut batcher = Batcher::new(BatchLimits::default());
        bencher.iter(|| {
            batcher.start(&tokens);
            let mut rows = 0;
            while let Some(batch) = batcher.next_batch(&tokens) {
                rows += classifier.classify(&batch).unwrap().nrows();
            }
            assert_eq!(rows, POSTS);
        });
    });
    group.bench_function("score", |bencher| {
        let mut classifier = model.classifier().unwrap();
        let mut batcher = Batcher::new(BatchLimits { rows: POSTS, ids: usize::MAX });
        batcher.start(&tokens);
        let batch = batcher.next_batch(&tokens).unwrap();
        let logits = classifier.classify(&batch).unwrap();
        bencher.iter(|| {
            let mut minutes = 0.0;
            for (logits, post) in logits.rows().into_iter().zip(&posts) {
                minutes += policy.head_start(&scorer.judge(&logits), post).total().value();
            }
            assert!(minutes != 0.0);
        });
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
