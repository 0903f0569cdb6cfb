//! Many tenants in one process: pipelines that share a pool know nothing of each other and hold each other up by no more than a chunk.

use std::thread;
use std::time::{Duration, Instant};

use hearken::{Builder, ErrorKind, Model, Pipeline, Pool, Quota, TrySubmitError, WhenFull};

use crate::testing::{Gate, Log, by_age, jsonl, noon, post, settled, tiny_dir, until, within};

fn pool(workers: usize) -> Pool {
    Pool::new(Model::open(tiny_dir()).unwrap(), None, workers).unwrap()
}

fn tenant(pool: &Pool) -> Builder {
    Pipeline::builder_in(pool).now(noon())
}

#[test]
fn nothing_of_one_tenant_is_in_the_queue_of_another() {
    within(|| {
        let pool = pool(2);
        // Forty people who say the same are a campaign at the tenant that hears them.
        let copies: String = (0..40)
            .map(|id| {
                let text = "grief: they took our home away and nobody at all has come to help us here";
                format!("{}\n", serde_json::json!({"id": id, "author": format!("a{id}"), "text": text}))
            })
            .collect();
        let same = r#"{"id":"same","author":"ann","text":"grief, my dog died at the front door"}"#;
        let logs = [Log::default(), Log::default()];
        let [one, other] = logs.each_ref().map(|log| tenant(&pool).annotated(log.sink()).start().unwrap());
        one.read(copies.as_bytes(), "copies").unwrap();
        one.read(same.as_bytes(), "one").unwrap();
        other.read(same.as_bytes(), "other").unwrap();
        let (one, other) = (one.finish().unwrap(), other.finish().unwrap());
        assert_eq!((one.tally.posts, other.tally.posts), (41, 1));
        assert_eq!((one.tally.campaigns, other.tally.campaigns), (1, 0));
        assert_eq!((one.tally.duplicates, other.tally.duplicates), (0, 0));
        let ids = |queue: &[hearken::Ranked]| queue.iter().map(|it| it.post.id.to_string()).collect::<Vec<_>>();
        assert!(ids(&one.queue).contains(&"same".to_owned()));
        assert_eq!(ids(&other.queue), ["same"]);
        assert_eq!(logs[1].ids(), ["same"]);
    });
}

#[test]
fn each_tenant_has_its_own_thresholds_and_policy_on_the_same_sessions() {
    within(|| {
        let pool = pool(1);
        let names =
            [tenant(&pool), tenant(&pool).threshold(hearken::Label::Grief, 1.0), tenant(&pool).policy(by_age())].map(
                |builder| {
                    let pipeline = builder.start().unwrap();
                    pipeline.feeder().submit(post(1, "grief")).unwrap();
                    pipeline.feeder().submit(post(2, "nothing")).unwrap();
                    let judge = pipeline.judge().to_owned();
                    let summary = pipeline.finish().unwrap();
                    (judge, summary.tally.assigned.grief, summary.tally.queued)
                },
            );
        assert_eq!(names.each_ref().map(|(_, grief, queued)| (*grief, *queued)), [(1, 1), (0, 1), (1, 2)]);
        assert!(names[0].0 != names[1].0 && names[1].0 != names[2].0, "{names:?}");
    });
}

#[test]
fn a_tenant_whose_queue_nobody_empties_holds_nobody_else_up() {
    within(|| {
        let pool = pool(2);
        let stuck = tenant(&pool).queue(1, WhenFull::Block).policy(by_age()).chunk_posts(10).start().unwrap();
        let sink = Gate::default();
        let held = sink.clone();
        let slow = tenant(&pool).annotated(Box::new(move |_| {
            held.wait();
            Ok(())
        }));
        let slow = slow.chunk_posts(10).start().unwrap();
        let lines = jsonl(0..5_000, |_| "angry".to_owned());
        thread::scope(|scope| {
            let waiting = [&stuck, &slow].map(|pipeline| scope.spawn(|| pipeline.read(lines.as_bytes(), "lines")));
            until("the queue is full", || stuck.queue().len() == 1);
            settled(|| stuck.tally().posts);
            let free = tenant(&pool).policy(by_age()).start().unwrap();
            free.read(jsonl(0..5_000, |_| "angry".to_owned()).as_bytes(), "lines").unwrap();
            assert_eq!(free.finish().unwrap().tally.posts, 5_000);
            assert!(waiting.iter().all(|thread| !thread.is_finished()), "nothing was held up at all");
            sink.open();
            while stuck.tally().posts < 5_000 {
                stuck.queue().take(1);
                thread::yield_now();
            }
            waiting.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
        });
        assert_eq!(stuck.finish().unwrap().tally.posts, 5_000);
        assert_eq!(slow.finish().unwrap().tally.posts, 5_000);
    });
}

#[test]
fn a_quota_is_kept_and_nothing_is_lost() {
    const QUOTA: Quota = Quota { posts_per_second: 100.0, burst: 10 };
    within(|| {
        let pool = pool(1);
        let start = Instant::now();
        let limited = tenant(&pool).policy(by_age()).quota(QUOTA).start().unwrap();
        let free = tenant(&pool).policy(by_age()).start().unwrap();
        let lines = jsonl(0..50, |_| "angry".to_owned());
        thread::scope(|scope| {
            let reading = scope.spawn(|| limited.read(lines.as_bytes(), "lines"));
            free.read(jsonl(0..5_000, |_| "angry".to_owned()).as_bytes(), "lines").unwrap();
            until("the burst has come", || limited.tally().posts >= 10);
            reading.join().unwrap().unwrap();
        });
        let lasted = start.elapsed();
        assert!(lasted >= Duration::from_millis(390), "50 posts within {lasted:?}");
        let (limited, free) = (limited.finish().unwrap(), free.finish().unwrap());
        assert_eq!((limited.tally.posts, limited.queue.len()), (50, 50));
        assert_eq!((limited.tally.waited_for_quota, free.tally.waited_for_quota), (40, 0));
        assert_eq!(free.tally.posts, 5_000);
    });
}

#[test]
fn what_is_no_post_costs_no_quota() {
    within(|| {
        // At this rate a second post would take a year.
        let quota = Quota { posts_per_second: 1e-8, burst: 2 };
        let pipeline = tenant(&pool(1)).quota(quota).start().unwrap();
        for _ in 0..20 {
            pipeline.read(&b"\n\n"[..], "blank").unwrap();
            let read = pipeline.tally().blank;
            until("it is seen that these were none", || pipeline.tally().blank > read || read == 40);
        }
        pipeline.read(&b"{\"text\":\"grief\"}\n{\"text\":\"grief\"}\n"[..], "posts").unwrap();
        until("both are read", || pipeline.tally().posts == 2);
        let feeder = pipeline.feeder();
        assert!(matches!(feeder.try_submit(post(1, "grief")), Err(TrySubmitError::Full(_))));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| feeder.submit(post(2, "grief")));
            thread::sleep(Duration::from_millis(50));
            assert!(!waiting.is_finished());
            pipeline.lift_quota();
            waiting.join().unwrap().unwrap();
        });
        assert_eq!(pipeline.finish().unwrap().tally.posts, 3);
    });
}

#[test]
fn settings_that_contradict_the_pool_are_refused() {
    let pool = pool(1);
    for builder in [tenant(&pool).workers(2), tenant(&pool).share(0), tenant(&pool).share(1001)] {
        assert_eq!(builder.start().unwrap_err().kind(), ErrorKind::Config);
    }
    let quota = Quota { posts_per_second: 1.0, burst: 0 };
    assert_eq!(tenant(&pool).quota(quota).start().unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(Pool::new(pool.model().clone(), None, 0).unwrap_err().kind(), ErrorKind::Config);
    drop(tenant(&pool).start().unwrap());
}
