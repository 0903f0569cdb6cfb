//! Posts from the embedder's own threads: none is lost, none waits for company, and what isn't taken comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hearken::{Builder, Post, SubmitError, TrySubmitError, WhenFull};

use crate::testing::{Log, PATIENCE, by_age, jsonl, post, tiny, within};

#[test]
fn nothing_is_lost_from_many_threads_and_each_keeps_its_order() {
    const THREADS: u64 = 4;
    const POSTS: u64 = 3_000;
    within(|| {
        let log = Log::default();
        let builder = tiny().workers(3).chunk_posts(64).policy(by_age()).annotated(log.sink());
        let pipeline = builder.queue((THREADS * POSTS) as usize, WhenFull::Block).start().unwrap();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let feeder = pipeline.feeder();
                scope.spawn(move || {
                    for number in thread * POSTS..(thread + 1) * POSTS {
                        // Some wait, some insist.
                        if thread % 2 == 0 {
                            feeder.submit(post(number, "angry")).unwrap();
                        } else {
                            let mut rest = post(number, "angry");
                            while let Err(error) = feeder.try_submit(rest) {
                                let TrySubmitError::Full(back) = error else { panic!("{error}") };
                                rest = *back;
                                thread::yield_now();
                            }
                        }
                    }
                });
            }
        });
        let summary = pipeline.finish().unwrap();
        assert_eq!((summary.tally.posts, summary.tally.queued), (THREADS * POSTS, THREADS * POSTS));
        let queued: Vec<u64> = summary.queue.iter().map(|ranked| ranked.post.id.parse().unwrap()).collect();
        assert!(queued.iter().copied().eq(0..THREADS * POSTS), "posts are lost or out of order");

        let annotated: Vec<u64> = log.ids().iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(annotated.iter().collect::<BTreeSet<_>>().len() as u64, THREADS * POSTS);
        for thread in 0..THREADS {
            assert!(
                annotated.iter().filter(|id| **id / POSTS == thread).is_sorted(),
                "thread {thread} is out of order"
            );
        }
    });
}

#[test]
fn lines_are_dealt_to_chunks_by_their_number() {
    // Each chunk's annotations are written at once.
    let chunks = |builder: Builder| {
        within(move || {
            let written = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&written);
            let builder = builder.annotated(Box::new(move |_| {
                count.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }));
            let pipeline = builder.start().unwrap();
            pipeline.read(jsonl(0..1_000, |_| "angry".to_owned()).as_bytes(), "lines").unwrap();
            assert_eq!(pipeline.finish().unwrap().tally.posts, 1_000);
            written.load(Ordering::SeqCst)
        })
    };
    assert_eq!(chunks(tiny()), 3, "of 384 at the most, for a batch has 128");
    assert_eq!(chunks(tiny().chunk_posts(100)), 10);
}

#[test]
fn a_single_post_comes_through_at_once() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        let (feeder, queue) = (pipeline.feeder(), pipeline.queue());
        let start = Instant::now();
        for number in 0..50 {
            feeder.submit(post(number, "grief")).unwrap();
            let ranked = queue.next(PATIENCE).expect("no more traffic, and the post never comes");
            assert_eq!(*ranked.post.id, *number.to_string());
        }
        assert!(start.elapsed() < Duration::from_secs(20), "50 posts took {:?}", start.elapsed());
        assert!(queue.is_empty());
        pipeline.finish().unwrap();
    });
}

#[test]
fn a_full_pipeline_gives_the_very_post_back() {
    within(|| {
        let pipeline = tiny().chunk_posts(2).queue(3, WhenFull::Block).policy(by_age()).start().unwrap();
        let feeder = pipeline.feeder();
        let mut taken = 0;
        let start = Instant::now();
        loop {
            let mut given = post(taken, "so \u{1f622}");
            // Posts of one person would be one case, for which there is always room.
            given.author = Some(format!("ann{taken}").into());
            given.reach = Some(taken);
            match feeder.try_submit(given.clone()) {
                Ok(()) => taken += 1,
                Err(TrySubmitError::Full(back)) => {
                    assert_eq!(*back, given);
                    // Full for good, and not just until the workers have caught up?
                    if pipeline.queue().len() == 3 && start.elapsed() > Duration::from_secs(1) {
                        break;
                    }
                    thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("{error}"),
            }
            assert!(taken < 1_000, "nothing bounds the pipeline");
        }
        let summary = pipeline.finish().unwrap();
        assert_eq!(summary.queue.len() as u64, taken, "what was taken is there");
        let late = feeder.try_submit(post(1, "grief"));
        assert!(matches!(late, Err(TrySubmitError::Closed(back)) if *back == post(1, "grief")));
        let SubmitError(back) = feeder.submit(post(2, "grief")).unwrap_err();
        assert_eq!(*back, post(2, "grief"));
    });
}

#[test]
fn lines_and_posts_may_come_at_the_same_time() {
    within(|| {
        let log = Log::default();
        let pipeline = tiny().policy(by_age()).annotated(log.sink()).start().unwrap();
        let lines = jsonl(0..5_000, |_| "angry".to_owned());
        thread::scope(|scope| {
            scope.spawn(|| pipeline.read(lines.as_bytes(), "one").unwrap());
            scope.spawn(|| (5_000..8_000).for_each(|number| pipeline.feeder().submit(post(number, "angry")).unwrap()));
        });
        let summary = pipeline.finish().unwrap();
        assert_eq!(summary.tally.posts, 8_000);
        assert_eq!(summary.tally.bytes, lines.len() as u64);
        let ids: BTreeSet<u64> = log.ids().iter().map(|id| id.parse().unwrap()).collect();
        assert!(ids.into_iter().eq(0..8_000));
    });
}

#[test]
fn a_post_may_be_as_bare_as_it_likes() {
    within(|| {
        let log = Log::default();
        let pipeline = tiny().annotated(log.sink()).start().unwrap();
        for text in ["", " ", "\u{200d}", "\0"] {
            pipeline.feeder().submit(Post::new("", text)).unwrap();
        }
        assert_eq!(pipeline.finish().unwrap().tally.posts, 4);
        assert_eq!(log.ids(), ["submitted:1", "submitted:2", "submitted:3", "submitted:4"]);
    });
}

#[test]
fn posts_without_an_id_are_not_taken_for_one_another() {
    within(|| {
        let pipeline = tiny().policy(by_age()).start().unwrap();
        for _ in 0..3 {
            pipeline.feeder().submit(Post::new("", "angry")).unwrap();
        }
        let summary = pipeline.finish().unwrap();
        let ids: BTreeSet<_> = summary.queue.iter().map(|ranked| ranked.post.id.to_string()).collect();
        assert_eq!(ids, ["submitted:1", "submitted:2", "submitted:3"].map(String::from).into());
    });
}
