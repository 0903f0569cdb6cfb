//! Each stage of the engine by itself, on one thread. Each benchmark asserts that it did its work.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros; a benchmark may stop where a program must not"
)]

use std::hint::black_box;
use std::io::Cursor;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use hearken::frame::{Frame, Framer};
use hearken::likeness::Marks;
use hearken::rank::{Ranked, Ranker};
use hearken::score::Scorer;
use hearken::tokenize::Tokens;
use hearken::{Event, Evidence, Model, Policy, Post, Timestamp, WhenFull, format};
use hearken_benches::posts::{jsonl, posts};
use hearken_benches::{accurate, fast, feeds};

const POSTS: usize = 4_096;

/// How many posts the slow model gets; without optimisation fewer, so that a test takes little time.
const POSTS_FOR_ACCURATE: usize = if cfg!(debug_assertions) { 32 } else { 256 };

fn stages(criterion: &mut Criterion) {
    let (input, posts) = (jsonl(POSTS).unwrap(), posts(POSTS).unwrap());
    let model = fast().unwrap();
    let mut group = criterion.benchmark_group("stage");
    group.throughput(Throughput::Elements(POSTS as u64));
    frame(&mut group, &input);
    parse(&mut group, &input);
    language(&mut group, &model, &posts);
    tokenize(&mut group, &model, &posts);
    batch(&mut group, &model, &posts);
    classify(&mut group, "classify/fast", &model, &posts);
    let judged = score(&mut group, &model, &posts);
    rank(&mut group, &judged);
    group.throughput(Throughput::Elements(POSTS_FOR_ACCURATE as u64)).sample_size(10);
    classify(&mut group, "classify/accurate", &accurate().unwrap(), &posts[..POSTS_FOR_ACCURATE]);
    group.finish();
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn frame(group: &mut Group<'_>, input: &str) {
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
}

fn parse(group: &mut Group<'_>, input: &str) {
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            let parsed = input.lines().filter(|line| format::parse(black_box(line.as_bytes())).is_ok()).count();
            assert_eq!(parsed, POSTS);
        });
    });
}

/// The same texts as each feed writes them, each line told by its shape.
fn formats(criterion: &mut Criterion) {
    let posts = posts(POSTS).unwrap();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(POSTS as u64));
    for (name, format) in feeds::FORMATS {
        let input = feeds::jsonl(&posts, format).unwrap();
        group.bench_function(name, |bencher| {
            let mut events = Vec::new();
            bencher.iter(|| {
                let mut read = 0;
                for line in input.lines() {
                    format::read(black_box(line.as_bytes()), None, &mut events).unwrap();
                    read += events.drain(..).filter(|event| matches!(event, Event::Post(_))).count();
                }
                assert_eq!(read, POSTS);
            });
        });
    }
    group.finish();
}

fn language(group: &mut Group<'_>, model: &Model, posts: &[Post<'static>]) {
    let languages = model.manifest().languages().unwrap();
    let mut posts = posts.to_vec();
    let mut admitted = || {
        let mut count = 0;
        for post in &mut posts {
            // Else the next round would believe what this one found.
            post.lang = None;
            count += usize::from(languages.admit(black_box(post)));
        }
        count
    };
    let expected = admitted();
    assert!(expected > POSTS * 9 / 10, "{expected} posts are in a language that the model reads");
    group.bench_function("language", |bencher| bencher.iter(|| assert_eq!(admitted(), expected)));
}

fn tokenized(model: &Model, posts: &[Post<'_>]) -> Tokens {
    let mut tokens = Tokens::default();
    for post in posts {
        model.tokenizer().encode(&post.text, &mut tokens).unwrap();
    }
    tokens
}

fn tokenize(group: &mut Group<'_>, model: &Model, posts: &[Post<'_>]) {
    group.bench_function("tokenize", |bencher| {
        let mut tokens = Tokens::default();
        bencher.iter(|| {
            tokens.clear();
            for post in posts {
                model.tokenizer().encode(black_box(&post.text), &mut tokens).unwrap();
            }
            assert_eq!(tokens.len(), POSTS);
        });
    });
}

fn batch(group: &mut Group<'_>, model: &Model, posts: &[Post<'_>]) {
    let (tokens, mut batcher) = (tokenized(model, posts), model.manifest().batcher());
    group.bench_function("batch", |bencher| {
        bencher.iter(|| {
            batcher.start(&tokens);
            let mut rows = 0;
            while let Some(batch) = batcher.next_batch(&tokens) {
                rows += black_box(batch).rows.len();
            }
            assert_eq!(rows, POSTS);
        });
    });
}

fn classify(group: &mut Group<'_>, name: &str, model: &Model, posts: &[Post<'_>]) {
    let (tokens, mut batcher) = (tokenized(model, posts), model.manifest().batcher());
    let mut classifier = model.classifier().unwrap();
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            batcher.start(&tokens);
            let mut rows = 0;
            while let Some(batch) = batcher.next_batch(&tokens) {
                rows += classifier.classify(&batch).unwrap().nrows();
            }
            assert_eq!(rows, posts.len());
        });
    });
}

/// Measures scoring together with the policy; gives the posts as the queue would get them.
fn score(group: &mut Group<'_>, model: &Model, posts: &[Post<'static>]) -> Vec<Ranked> {
    let scorer = Scorer::new(model.manifest(), model.manifest().thresholds);
    let policy = Policy::default();
    let (tokens, mut batcher) = (tokenized(model, posts), model.manifest().batcher());
    let mut classifier = model.classifier().unwrap();
    let mut logits = vec![Vec::new(); posts.len()];
    batcher.start(&tokens);
    while let Some(batch) = batcher.next_batch(&tokens) {
        for (&row, found) in batch.rows.iter().zip(classifier.classify(&batch).unwrap().rows()) {
            logits[row] = found.to_vec();
        }
    }
    group.bench_function("score", |bencher| {
        bencher.iter(|| {
            let mut minutes = 0.0;
            for (logits, post) in logits.iter().zip(posts) {
                let judgement = scorer.judge(&black_box(logits.as_slice()).into());
                minutes += policy.head_start(&judgement, post).total().value();
            }
            assert!(minutes != 0.0);
        });
    });
    let ranked = |(post, logits): (&Post<'static>, &Vec<f32>)| {
        let judgement = scorer.judge(&logits.as_slice().into());
        let created_at = post.created_at.unwrap_or(Timestamp::UNIX_EPOCH);
        let head_start = policy.head_start(&judgement, post);
        Ranked {
            post: post.clone(),
            created_at,
            judgement,
            model: "fast".into(),
            head_start,
            due_by: policy.due_by(&judgement, created_at),
            evidence: Evidence::default(),
            also: Vec::new(),
            marks: Marks::default(),
            receipt: None,
        }
    };
    posts.iter().zip(&logits).map(ranked).collect()
}

/// A queue that takes all, and one that keeps the best: half of the posts, so that the other half displaces or is refused.
fn rank(group: &mut Group<'_>, posts: &[Ranked]) {
    for (name, capacity) in [("rank/all", POSTS), ("rank/best", POSTS / 2)] {
        group.bench_function(name, |bencher| {
            let empty = || (posts.to_vec(), Ranker::new(capacity, WhenFull::KeepBest));
            let fill = |(posts, mut ranker): (Vec<Ranked>, Ranker)| {
                for post in posts {
                    black_box(ranker.offer(post));
                }
                assert!((1..=capacity).contains(&ranker.len()));
                ranker
            };
            bencher.iter_batched(empty, fill, BatchSize::LargeInput);
        });
    }
}

criterion_group!(benches, stages, formats);
criterion_main!(benches);
