//! What becomes of posts that are worth a human's time: when the queue is full, when it ends, when a run fails.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hearken::{ErrorKind, Label, Ranked, WhenFull};

use crate::testing::{PATIENCE, by_age, jsonl, post, settled, tiny, watched, within};

fn ids(queue: &[Ranked]) -> Vec<&str> {
    queue.iter().map(|ranked| &*ranked.post.id).collect()
}

#[test]
fn a_queue_that_blocks_hands_every_post_to_a_slow_taker() {
    const POSTS: u64 = 500;
    within(|| {
        let pipeline = tiny().chunk_posts(8).queue(2, WhenFull::Block).policy(by_age()).start().unwrap();
        let queue = pipeline.queue();
        let taker = thread::spawn(move || {
            let mut taken = Vec::new();
            while taken.len() < POSTS as usize {
                assert!(queue.len() <= 2, "the queue is over its bound");
                taken.extend(queue.take(1));
                thread::sleep(Duration::from_micros(200));
            }
            taken
        });
        for number in 0..POSTS {
            pipeline.feeder().submit(post(number, "angry")).unwrap();
        }
        let taken = taker.join().unwrap();
        let expected: Vec<String> = (0..POSTS).map(|number| number.to_string()).collect();
        assert_eq!(ids(&taken), expected);
        assert!(pipeline.finish().unwrap().queue.is_empty());
    });
}

#[test]
fn finish_returns_what_a_full_queue_held_up() {
    within(|| {
        let pipeline = tiny().chunk_posts(1).queue(1, WhenFull::Block).policy(by_age()).start().unwrap();
        let mut submitted = 0;
        settled(|| {
            submitted += u64::from(pipeline.feeder().try_submit(post(submitted, "angry")).is_ok());
            submitted
        });
        assert_eq!(pipeline.queue().len(), 1);
        assert!(submitted > 2, "nothing is held up");
        let summary = pipeline.finish().unwrap();
        let expected: Vec<String> = (0..submitted).map(|number| number.to_string()).collect();
        assert_eq!(ids(&summary.queue), expected);
    });
}

#[test]
fn a_taker_that_waits_is_told_the_end() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        let queue = pipeline.queue();
        let taker = thread::spawn(move || queue.next(100 * PATIENCE).is_none());
        thread::sleep(Duration::from_millis(50));
        pipeline.finish().unwrap();
        assert!(taker.join().unwrap());
    });
}

#[test]
fn nobody_waits_longer_than_asked() {
    let pipeline = tiny().start().unwrap();
    let start = Instant::now();
    assert!(pipeline.queue().next(Duration::from_millis(30)).is_none());
    assert!(start.elapsed() >= Duration::from_millis(30));
}

#[test]
fn shedding_is_counted_by_label_and_never_takes_grief() {
    const POSTS: u64 = 5_000;
    within(|| {
        let text = |number: u64| match number {
            // Later than most, so that they come upon a full queue.
            number if number % 600 == 599 => "grief".to_owned(),
            number if number % 3 == 0 => "seeking".to_owned(),
            _ => "angry".to_owned(),
        };
        let pipeline = tiny().workers(3).queue(10, WhenFull::Shed).policy(by_age()).start().unwrap();
        for number in 0..POSTS {
            pipeline.feeder().submit(post(number, &text(number))).unwrap();
        }
        let summary = pipeline.finish().unwrap();
        assert_eq!(ids(&summary.queue), ["0", "1", "599", "1199", "1799", "2399", "2999", "3599", "4199", "4799"]);
        let tally = summary.tally;
        assert_eq!((tally.queued, tally.shed_posts), (POSTS, POSTS - 10));
        assert_eq!(tally.shed.grief, 0);
        let count = |shed: &str| (0..POSTS).filter(|number| text(*number) == shed).count() as u64;
        // 0 and 1 were kept.
        assert_eq!((tally.shed.advice, tally.shed.frustration), (count("seeking") - 1, count("angry") - 1));
        assert_eq!((tally.shed.promotion, tally.below_cut, tally.duplicates), (0, 0, 0));
    });
}

#[test]
fn grief_that_finds_nothing_but_grief_waits() {
    within(|| {
        let pipeline = tiny().chunk_posts(1).queue(3, WhenFull::Shed).start().unwrap();
        let mut submitted = 0;
        settled(|| {
            submitted += u64::from(pipeline.feeder().try_submit(post(submitted, "grief")).is_ok());
            submitted
        });
        assert!(submitted > 3);
        assert_eq!(pipeline.queue().len(), 3);
        let summary = pipeline.finish().unwrap();
        assert_eq!((summary.queue.len() as u64, summary.tally.shed_posts), (submitted, 0));
    });
}

#[test]
fn the_best_of_all_are_those_that_sorting_all_would_put_first() {
    const POSTS: u64 = 4_000;
    within(|| {
        let words = ["", "grief ", "angry ", "seeking ", "urgent ", "giving "];
        let text = |number: u64| (1..4).map(|place: u64| words[(number * 7 / place % 6) as usize]).collect::<String>();
        let lines = jsonl(0..POSTS, |number| format!("{}x", text(number)));
        let run = |capacity, when_full| {
            let pipeline = tiny().workers(3).queue(capacity, when_full).start().unwrap();
            pipeline.read(lines.as_bytes(), "file").unwrap();
            pipeline.finish().unwrap()
        };
        let all = run(POSTS as usize, WhenFull::Block);
        let mut sorted = all.queue.clone();
        sorted.sort_by_key(|ranked| {
            let rank_at = hearken::rank::rank_at(ranked.created_at, &ranked.head_start);
            (rank_at, ranked.created_at, ranked.post.id.clone())
        });
        assert!(sorted.len() > 1_000);
        assert_eq!(all.queue, sorted);
        for capacity in [0, 1, 100] {
            let best = run(capacity, WhenFull::KeepBest);
            assert_eq!(best.queue, sorted[..capacity]);
            assert_eq!(best.tally.queued, sorted.len() as u64);
            assert_eq!(best.tally.below_cut, (sorted.len() - capacity) as u64);
        }
    });
}

#[test]
fn a_sink_that_fails_ends_the_run_with_its_error() {
    within(|| {
        for which in ["annotated", "held", "rejected"] {
            let calls = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&calls);
            let breaks = move || {
                // The second call finds the pipe broken.
                let before = count.fetch_add(1, Ordering::SeqCst);
                if before == 0 { Ok(()) } else { Err(io::Error::from(io::ErrorKind::BrokenPipe)) }
            };
            let builder = match which {
                "annotated" => tiny().annotated(Box::new(move |_| breaks())),
                "held" => tiny().held(Box::new(move |_| breaks())),
                _ => tiny().rejected(move |_| breaks()),
            };
            let pipeline = builder.start().unwrap();
            // Endless, unless the failure reaches the reader.
            let endless = std::iter::repeat_with(|| &b"{\"text\":\"promo\"}\n{}\n"[..]);
            let mut outcome = Ok(());
            for lines in endless {
                outcome = pipeline.read(lines, "endless");
                if outcome.is_err() {
                    break;
                }
            }
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed);
            let error = pipeline.finish().unwrap_err();
            assert_eq!(calls.load(Ordering::SeqCst), 2, "{which}: called again after its failure, or never");
            assert_eq!(error.kind(), ErrorKind::Output);
            assert!(error.to_string().contains(which), "{error}");
            let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
            assert_eq!(cause.kind(), io::ErrorKind::BrokenPipe);
        }
    });
}

#[test]
fn a_sink_that_panics_ends_the_run_with_its_cause() {
    within(|| {
        let pipeline = tiny().annotated(Box::new(|_| panic!("the sink is a sieve"))).start().unwrap();
        pipeline.feeder().submit(post(1, "grief")).unwrap();
        let error = pipeline.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Worker);
        assert_eq!(error.to_string(), "the thread hearken-collector died: the sink is a sieve");
    });
}

#[test]
fn a_model_that_fails_ends_the_run_with_its_cause() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        pipeline.feeder().submit(post(1, "grief")).unwrap();
        assert!(pipeline.queue().next(PATIENCE).is_some(), "it works until then");
        // This word is not in the table of the tiny model's graph.
        pipeline.feeder().submit(post(2, "poison")).unwrap();
        while pipeline.feeder().submit(post(3, "grief")).is_ok() {}
        let error = pipeline.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Inference);
        assert!(error.to_string().starts_with("the model failed on a batch of ("), "{error}");
        assert!(error.source().is_some());
    });
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = [
        ("0 workers", tiny().workers(0)),
        ("chunk", tiny().chunk_posts(0)),
        ("queue", tiny().queue(0, WhenFull::Block)),
        ("queue", tiny().queue(0, WhenFull::Shed)),
        ("threshold of grief is 1.5", tiny().threshold(Label::Grief, 1.5)),
        ("threshold of advice is NaN", tiny().threshold(Label::Advice, f64::NAN)),
        ("grief", tiny().policy(hearken::Policy { grief: f64::NAN, ..by_age() })),
    ];
    for (words, builder) in refused {
        let error = builder.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(words), "{words} is not in: {error}");
    }
}

#[test]
fn a_batch_is_settled_when_its_last_post_is() {
    let pipeline = tiny().start().unwrap();
    let (receipt, settled) = watched();
    pipeline
        .read_batch(b"{\"id\":1,\"text\":\"grief\"}\n{\"id\":2,\"text\":\"hello\"}\nno post\n", "feed", receipt)
        .unwrap();
    let (neutral, neutral_settled) = watched();
    pipeline.read_batch(b"{\"id\":3,\"text\":\"hello\"}\n", "feed", neutral).unwrap();
    let (held, held_settled) = watched();
    pipeline.read_batch(b"{\"id\":4,\"text\":\"promotion\"}\n", "feed", held).unwrap();
    let queue = pipeline.queue();
    let mut first = queue.next(PATIENCE).unwrap();
    assert!(queue.is_empty() && !settled.load(Ordering::SeqCst), "someone has the post, and has not said it is safe");
    first.settle();
    pipeline.finish().unwrap();
    assert!(settled.load(Ordering::SeqCst));
    assert!(held_settled.load(Ordering::SeqCst), "it is held back, and nobody wants a list");
    assert!(neutral_settled.load(Ordering::SeqCst), "nothing of the batch was worth a human's time");
}

#[test]
fn a_batch_of_a_pipeline_that_fails_is_never_settled() {
    let failing = Box::new(|_: &[u8]| Err(io::Error::other("disk full")));
    let pipeline = tiny().annotated(failing).start().unwrap();
    let (receipt, settled) = watched();
    // Read or not, depending on when the failure is noticed.
    let _ = pipeline.read_batch(b"{\"id\":1,\"text\":\"hello\"}\n", "feed", receipt);
    assert!(pipeline.finish().is_err());
    assert!(!settled.load(Ordering::SeqCst));
}
