//! What takes a broken worker to show; all that shows from outside is in `tests/it`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::*;
use crate::rank::WhenFull;
use crate::testing::{Gate, Log, PATIENCE, by_age, jsonl, post, settled, tiny, until, within};

/// Counts how often something happened.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl Counter {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Makes the worker that gets this chunk wait at the gate, and die behind it.
fn dies_at(mut builder: Builder, chunk: u64, gate: &Gate) -> (Builder, Counter) {
    let (gate, fired) = (gate.clone(), Counter::default());
    let count = fired.clone();
    builder.fault = Some(Arc::new(move |number| {
        if number == chunk {
            gate.wait();
            count.add();
            panic!("chunk {number} was poisonous");
        }
    }));
    (builder, fired)
}

fn assert_died(outcome: Result<Summary>, fired: &Counter) {
    assert_eq!(fired.get(), 1, "the fault never happened");
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Worker);
    let message = error.to_string();
    assert!(message.contains("hearken-worker-"), "which thread? {message}");
    assert!(message.contains("chunk 0 was poisonous") || message.contains("chunk 3 was poisonous"), "why? {message}");
}

/// Endless posts, a line at each read, so that each becomes a chunk of its own.
struct Endless {
    read: Counter,
}

impl Read for Endless {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.read.add();
        let line = b"{\"text\":\"grief\"}\n";
        room[..line.len()].copy_from_slice(line);
        Ok(line.len())
    }
}

#[test]
fn a_worker_that_dies_frees_a_reader_that_waits() {
    within(|| {
        let gate = Gate::default();
        let (builder, fired) = dies_at(tiny().workers(1), 0, &gate);
        let pipeline = builder.start().unwrap();
        let read = Counter::default();
        let reader = Endless { read: read.clone() };
        let error = thread::scope(|scope| {
            let reading = scope.spawn(|| pipeline.read(reader, "endless").unwrap_err());
            let lines = settled(|| read.get());
            assert!(!reading.is_finished() && lines > 0, "the reader doesn't wait");
            gate.open();
            reading.join().unwrap()
        });
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert_died(pipeline.finish(), &fired);
    });
}

#[test]
fn a_worker_that_dies_frees_feeders_that_wait_and_gives_their_posts_back() {
    within(|| {
        let gate = Gate::default();
        let (builder, fired) = dies_at(tiny().workers(1).chunk_posts(1), 0, &gate);
        let pipeline = builder.start().unwrap();
        let submitted = Counter::default();
        let feeders: Vec<_> = (0..4)
            .map(|_| {
                let (feeder, submitted) = (pipeline.feeder(), submitted.clone());
                thread::spawn(move || {
                    loop {
                        match feeder.submit(post(7, "grief")) {
                            Ok(()) => submitted.add(),
                            Err(SubmitError(back)) => return *back,
                        }
                    }
                })
            })
            .collect();
        let taken = settled(|| submitted.get());
        assert!(taken > 0 && feeders.iter().all(|feeder| !feeder.is_finished()), "the feeders don't wait");
        assert!(matches!(pipeline.feeder().try_submit(post(8, "grief")), Err(TrySubmitError::Full(_))));
        gate.open();
        for feeder in feeders {
            assert_eq!(feeder.join().unwrap(), post(7, "grief"));
        }
        // The failure may still be on its way through the locks.
        until("the pipeline is closed", || {
            let late = pipeline.feeder().try_submit(post(9, "grief"));
            matches!(late, Err(TrySubmitError::Closed(back)) if *back == post(9, "grief"))
        });
        assert_died(pipeline.finish(), &fired);
    });
}

#[test]
fn a_worker_that_dies_frees_a_collector_that_waits_for_room_and_a_taker_that_waits_for_posts() {
    within(|| {
        let gate = Gate::default();
        let (builder, fired) = dies_at(tiny().workers(2).queue(1, WhenFull::Block).policy(by_age()), 3, &gate);
        let pipeline = builder.start().unwrap();
        let reader = Endless { read: Counter::default() };
        let outcome = thread::scope(|scope| {
            let reading = scope.spawn(|| pipeline.read(reader, "endless"));
            until("the queue is full", || pipeline.queue().len() == 1);
            let counted = settled(|| pipeline.tally().posts);
            assert_eq!(counted, 1, "the collector doesn't wait");
            gate.open();
            reading.join().unwrap()
        });
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed);
        // What was in the queue, and then, without a wait, nothing.
        while pipeline.queue().next(10 * PATIENCE).is_some() {}
        assert_died(pipeline.finish(), &fired);
    });
}

#[test]
fn the_first_failure_counts_and_is_announced_once() {
    within(|| {
        let (announced, fired, after) = (Counter::default(), Counter::default(), Gate::default());
        let (count, open) = (announced.clone(), after.clone());
        let mut builder = tiny().workers(2).on_failure(move || {
            count.add();
            open.open();
        });
        let (count, both_at_work) = (fired.clone(), Gate::default());
        builder.fault = Some(Arc::new(move |number| {
            if number == 0 {
                both_at_work.wait();
            } else {
                both_at_work.open();
                after.wait();
            }
            count.add();
            panic!("chunk {number} was poisonous");
        }));
        let pipeline = builder.start().unwrap();
        let _ = pipeline.read(Endless { read: Counter::default() }, "endless");
        let error = pipeline.finish().unwrap_err();
        assert_eq!(fired.get(), 2, "there was no second failure");
        assert!(error.to_string().contains("chunk 0 was poisonous"), "{error}");
        assert_eq!(announced.get(), 1);
    });
}

#[test]
fn an_orderly_end_is_no_failure() {
    within(|| {
        let announced = Counter::default();
        let count = announced.clone();
        let pipeline = tiny().on_failure(move || count.add()).start().unwrap();
        pipeline.read(&b"{\"text\":\"grief\"}\n"[..], "file").unwrap();
        pipeline.finish().unwrap();
        assert_eq!(announced.get(), 0);
    });
}

#[test]
fn the_input_order_is_restored_when_workers_overtake_each_other() {
    within(|| {
        let (gate, overtaken, log) = (Gate::default(), Counter::default(), Log::default());
        let (held, count) = (gate.clone(), overtaken.clone());
        let mut builder = tiny().workers(3).annotated(log.sink());
        builder.fault = Some(Arc::new(move |number| match number {
            // The first chunk waits for the others to be worked on.
            0 => held.wait(),
            5 => held.open(),
            _ => count.add(),
        }));
        let pipeline = builder.start().unwrap();
        let lines = jsonl(0..40, |number| format!("grief {number}"));
        struct ByLine<'a>(std::str::Split<'a, char>);
        impl Read for ByLine<'_> {
            fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
                let line = self.0.next().filter(|line| !line.is_empty()).map(|line| format!("{line}\n"));
                line.unwrap_or_default().as_bytes().read(room)
            }
        }
        pipeline.read(ByLine(lines.split('\n')), "file").unwrap();
        pipeline.finish().unwrap();
        assert!(overtaken.get() >= 4, "nobody overtook the first chunk");
        let expected: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        assert_eq!(log.ids(), expected);
    });
}

#[test]
fn feeders_that_wait_together_wear_no_chunks_out() {
    within(|| {
        let (sink, worker) = (Gate::default(), Gate::default());
        let (held_sink, held_worker) = (sink.clone(), worker.clone());
        let mut builder = tiny().workers(1).chunk_posts(2).annotated(Box::new(move |_| {
            held_sink.wait();
            Ok(())
        }));
        builder.fault = Some(Arc::new(move |number| {
            if number == 2 {
                held_worker.wait();
            }
        }));
        let pipeline = builder.start().unwrap();
        let feeder = pipeline.feeder();
        let mut submitted = 0;
        settled(|| {
            submitted += u64::from(feeder.try_submit(post(submitted, "x")).is_ok());
            submitted
        });
        // All four chunks are in use: one at the sink, one behind it, one at the worker, one behind that.
        thread::scope(|scope| {
            let feeding = [(); 2].map(|()| scope.spawn(|| feeder.submit(post(7, "x")).unwrap()));
            thread::sleep(Duration::from_millis(200));
            assert!(feeding.iter().all(|feeding| !feeding.is_finished()), "the feeders don't wait");
            // Two chunks come free at once, one for each feeder, but both posts go into the first.
            sink.open();
        });
        until("the second chunk is there for others", || feeder.try_submit(post(8, "x")).is_ok());
        worker.open();
        assert_eq!(pipeline.finish().unwrap().tally.posts, submitted + 3);
    });
}

#[test]
fn every_thread_has_a_name() {
    within(|| {
        let names = Arc::new(Mutex::new(BTreeSet::new()));
        let named = |names: &Arc<Mutex<BTreeSet<String>>>| {
            let names = Arc::clone(names);
            move || {
                let name = thread::current().name().unwrap_or("nameless").to_owned();
                names.lock().unwrap().insert(name);
            }
        };
        let (worker, collector) = (named(&names), named(&names));
        let mut builder = tiny().workers(1).annotated(Box::new(move |_| {
            collector();
            Ok(())
        }));
        builder.fault = Some(Arc::new(move |_| worker()));
        let pipeline = builder.start().unwrap();
        pipeline.feeder().submit(post(1, "grief")).unwrap();
        pipeline.finish().unwrap();
        let names: Vec<String> = names.lock().unwrap().iter().cloned().collect();
        assert_eq!(names, ["hearken-collector", "hearken-worker-0"]);
    });
}

#[test]
fn dropping_a_pipeline_stops_its_threads_and_frees_who_waits() {
    within(|| {
        // Each thread holds one of these until it ends.
        let (held_by_workers, held_by_collector) = (Counter::default(), Counter::default());
        let (worker, collector) = (held_by_workers.clone(), held_by_collector.clone());
        let mut builder = tiny().chunk_posts(1).queue(1, WhenFull::Block).annotated(Box::new(move |_| {
            collector.add();
            Ok(())
        }));
        builder.fault = Some(Arc::new(move |_| worker.add()));
        let pipeline = builder.start().unwrap();
        let feeder = pipeline.feeder();
        let submitted = Counter::default();
        let count = submitted.clone();
        let feeding = thread::spawn(move || {
            while feeder.submit(post(count.get(), "grief")).is_ok() {
                count.add();
            }
        });
        settled(|| submitted.get());
        assert!(!feeding.is_finished() && held_by_workers.get() > 0 && held_by_collector.get() > 0);
        drop(pipeline);
        assert_eq!(Arc::strong_count(&held_by_workers.0), 1, "a worker is still there");
        assert_eq!(Arc::strong_count(&held_by_collector.0), 1, "the collector is still there");
        feeding.join().unwrap();
    });
}

/// Pipelines that share a pool of one worker, and the pool.
fn shared<const N: usize>(settings: [impl FnOnce(Builder) -> Builder; N]) -> ([Pipeline; N], Pool) {
    let pool = Pool::new(Model::open(crate::testing::tiny_dir()).unwrap(), None, 1).unwrap();
    (settings.map(|set| set(Pipeline::builder_in(&pool).chunk_posts(1)).start().unwrap()), pool)
}

/// Reads endless posts into each pipeline while `body` runs, and drops them.
fn flooded<T>(pipelines: &[&Pipeline], body: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        for pipeline in pipelines {
            scope.spawn(|| pipeline.read(Endless { read: Counter::default() }, "endless").unwrap_err());
        }
        let outcome = body();
        for pipeline in pipelines {
            pipeline.shared.fail(closed());
        }
        outcome
    })
}

#[test]
fn tenants_get_their_shares_of_a_busy_pool() {
    const CHUNKS: u64 = 700;
    within(|| {
        let work: Arc<Mutex<Option<Arc<work::Work>>>> = Arc::default();
        let served: [Counter; 3] = Default::default();
        let (end, at_end) = (Gate::default(), Arc::new(Mutex::new([0; 3])));
        let watched = |tenant: usize, share| {
            let (work, served, end) = (Arc::clone(&work), served.clone(), end.clone());
            let at_end = Arc::clone(&at_end);
            move |mut builder: Builder| {
                builder.fault = Some(Arc::new(move |_| {
                    // Nobody's turn comes before all have brought something: one that has nothing to do has no share.
                    until("every tenant has work", || {
                        let waiting = work.lock().unwrap().as_ref().map(|work| work.waiting());
                        // At the end the lanes are gone.
                        waiting.is_some_and(|waiting| waiting.len() < 3 || waiting.iter().all(|chunks| *chunks > 0))
                    });
                    served[tenant].add();
                    let counts = served.each_ref().map(Counter::get);
                    if counts.iter().sum::<u64>() == CHUNKS {
                        *at_end.lock().unwrap() = counts;
                        end.open();
                    }
                }));
                builder.share(share)
            }
        };
        let (pipelines, pool) = shared([watched(0, 1), watched(1, 2), watched(2, 4)]);
        *work.lock().unwrap() = Some(Arc::clone(pool.work()));
        flooded(&pipelines.each_ref(), || end.wait());
        let counts = at_end.lock().unwrap().map(|count| count as f64);
        for (count, share) in counts.iter().zip([1.0, 2.0, 4.0]) {
            let fair = CHUNKS as f64 * share / 7.0;
            assert!((count - fair).abs() < 0.1 * fair, "{counts:?}");
        }
    });
}

#[test]
fn a_quiet_tenant_waits_for_no_more_than_the_chunk_in_hand() {
    const POSTS: u64 = 20;
    within(|| {
        let (of_noisy, of_quiet) = (Counter::default(), Counter::default());
        let (noisy_too, quiet_too, waits) = (of_noisy.clone(), of_quiet.clone(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&waits);
        // While a post is submitted the worker stays at the chunk in hand, or others would begin before it is there.
        let (hold, held) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (hold_too, held_too) = (Arc::clone(&hold), Arc::clone(&held));
        let count = move |_: u64, quiet: bool| {
            if quiet {
                seen.lock().unwrap().push(noisy_too.get());
                quiet_too.add();
            } else {
                noisy_too.add();
                while hold_too.load(Ordering::SeqCst) {
                    held_too.store(true, Ordering::SeqCst);
                    thread::yield_now();
                }
            }
        };
        let with = |quiet| {
            let count = count.clone();
            move |mut builder: Builder| {
                builder.fault = Some(Arc::new(move |number| count(number, quiet)));
                builder
            }
        };
        let ([noisy, quiet], _pool) = shared([with(false), with(true)]);
        let mut submitted = Vec::new();
        flooded(&[&noisy], || {
            for number in 0..POSTS {
                // A hundred times as many come from the other.
                let from = of_noisy.get();
                until("the flood goes on", || of_noisy.get() >= from + 100);
                held.store(false, Ordering::SeqCst);
                hold.store(true, Ordering::SeqCst);
                until("a chunk is in hand", || held.load(Ordering::SeqCst));
                submitted.push(of_noisy.get());
                quiet.feeder().submit(post(number, "grief")).unwrap();
                hold.store(false, Ordering::SeqCst);
                until("it is served", || of_quiet.get() == number + 1);
            }
        });
        assert_eq!(quiet.finish().unwrap().tally.posts, POSTS);
        let waits = waits.lock().unwrap();
        let longest = submitted.iter().zip(&*waits).map(|(before, after)| after - before).max().unwrap();
        assert_eq!(longest, 0, "chunks of the flood began first");
    });
}

#[test]
fn a_pipeline_that_fails_takes_no_other_down() {
    within(|| {
        let fired = Counter::default();
        let count = fired.clone();
        let poisonous = move |mut builder: Builder| {
            builder.fault = Some(Arc::new(move |number| {
                count.add();
                panic!("chunk {number} was poisonous");
            }));
            builder
        };
        let (pipelines, pool) = shared([Some(poisonous), None].map(|fault| {
            move |builder: Builder| match fault {
                Some(fault) => fault(builder),
                None => builder,
            }
        }));
        let [poisoned, well] = pipelines;
        well.feeder().submit(post(1, "grief")).unwrap();
        poisoned.feeder().submit(post(1, "grief")).unwrap();
        until("the fault has happened", || poisoned.meter().has_failed());
        well.feeder().submit(post(2, "grief")).unwrap();
        assert_died(poisoned.finish(), &fired);
        let late = Pipeline::builder_in(&pool).start().unwrap();
        late.feeder().submit(post(3, "grief")).unwrap();
        assert_eq!(late.finish().unwrap().tally.posts, 1);
        drop(pool);
        well.feeder().submit(post(4, "grief")).unwrap();
        assert_eq!(well.finish().unwrap().tally.posts, 3);
    });
}

#[test]
fn when_the_pool_dies_all_say_why() {
    within(|| {
        let (pipelines, pool) = shared([|builder| builder, |builder| builder]);
        let taking = thread::spawn({
            let queue = pipelines[0].queue();
            move || queue.next(10 * PATIENCE)
        });
        pool.work().broken.store(true, Ordering::SeqCst);
        pipelines[1].feeder().submit(post(1, "grief")).unwrap();
        until("nobody takes posts", || {
            pipelines.iter().all(|pipeline| {
                matches!(pipeline.feeder().try_submit(post(2, "grief")), Err(TrySubmitError::Closed(_)))
            })
        });
        assert!(taking.join().unwrap().is_none());
        for pipeline in pipelines {
            let error = pipeline.finish().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Worker);
            assert!(error.to_string().contains("hearken-worker-0 died: the work is broken"), "{error}");
        }
        let error = Pipeline::builder_in(&pool).start().unwrap_err();
        assert!(error.to_string().contains("the work is broken"), "{error}");
    });
}
