//! What a pipeline says of itself while it runs.

use std::io;

use hearken::pipeline::{Reading, Stage};
use hearken::{Budget, Meter, Origin, Tally, WhenFull};

use crate::testing::{after_noon, by_age, jsonl, post, tiny, tiny_dir, until, within};

fn of<'a>(reading: &'a Reading, source: &str) -> &'a Tally {
    &reading.sources.iter().find(|(name, _)| **name == *source).unwrap().1
}

fn times(reading: &Reading, stage: Stage) -> u64 {
    reading.stages.iter().find(|(named, _)| *named == stage).unwrap().1.count()
}

fn posts(meter: &Meter) -> u64 {
    meter.read().sources.iter().map(|(_, tally)| tally.posts).sum()
}

#[test]
fn posts_are_counted_by_the_source_that_they_came_from() {
    let pipeline = tiny().chunk_posts(4).start().unwrap();
    let meter = pipeline.meter();
    assert!(meter.read().sources.is_empty());
    pipeline.read(jsonl(0..6, |_| "grief".to_owned()).as_bytes(), "a.jsonl").unwrap();
    pipeline.read(&b"no post\n"[..], "b.jsonl").unwrap();
    for day in ["monday", "tuesday"] {
        let origin = Origin { name: day, counted_as: Some("days"), format: None, first_line: 1 };
        pipeline.read(&b"{\"text\":\"nothing\"}\n"[..], origin).unwrap();
    }
    pipeline.feeder().submit(post(7, "promo")).unwrap();
    let tally = pipeline.finish().unwrap().tally;
    let reading = meter.read();
    assert_eq!((of(&reading, "a.jsonl").queued, of(&reading, "a.jsonl").assigned.grief), (6, 6));
    assert_eq!((of(&reading, "b.jsonl").rejected, of(&reading, "b.jsonl").posts), (1, 0));
    assert_eq!(of(&reading, "days").neutral, 2);
    assert_eq!(of(&reading, "submitted").held, 1);
    let sum = reading.sources.iter().fold(Tally::default(), |mut sum, (_, tally)| {
        sum += tally;
        sum
    });
    assert_eq!((reading.sources.len(), sum), (4, tally));
}

#[test]
fn every_chunk_passes_every_stage_once() {
    const POSTS: u64 = 40;
    let pipeline = tiny().chunk_posts(8).start().unwrap();
    let meter = pipeline.meter();
    pipeline.read(jsonl(0..POSTS, |_| "angry".to_owned()).as_bytes(), "posts").unwrap();
    until("all are told", || posts(&meter) == POSTS);
    let reading = meter.read();
    let chunks = times(&reading, Stage::Wait);
    assert!(chunks >= POSTS / 8);
    for stage in Stage::ALL {
        assert_eq!(times(&reading, stage), if stage == Stage::Careful { 0 } else { chunks }, "{stage:?}");
    }
    assert_eq!(reading.latency.count(), POSTS);
    assert!(reading.latency.sum > 0.0);
    pipeline.finish().unwrap();
}

#[test]
fn a_second_look_is_timed() {
    let careful = hearken::Model::open(tiny_dir()).unwrap();
    let all = Budget { share: 1.0, ..Budget::default() };
    let pipeline = tiny().careful(careful, all).start().unwrap();
    let meter = pipeline.meter();
    pipeline.read(jsonl(0..9, |_| "angry".to_owned()).as_bytes(), "posts").unwrap();
    pipeline.finish().unwrap();
    assert!(times(&meter.read(), Stage::Careful) >= 1);
    assert_eq!(of(&meter.read(), "posts").with_care, 9);
}

#[test]
fn who_waits_is_told_by_urgency_with_the_oldest() {
    let pipeline = tiny().policy(by_age()).queue(10, WhenFull::KeepBest).start().unwrap();
    let meter = pipeline.meter();
    for (number, text) in [(5, "angry"), (3, "angry"), (9, "urgent")] {
        pipeline.feeder().submit(post(number, text)).unwrap();
    }
    until("all wait", || meter.read().waiting.cases.iter().sum::<u64>() == 3);
    let waiting = meter.read().waiting;
    let levels: Vec<usize> = (0..4).filter(|level| waiting.cases[*level] > 0).collect();
    assert_eq!(waiting.cases[levels[0]], 2);
    assert_eq!(waiting.oldest[levels[0]], Some(after_noon(3)));
    assert_eq!((levels.len(), waiting.oldest[levels[1]]), (2, Some(after_noon(9))), "{waiting:?}");
    pipeline.queue().take(3);
    assert_eq!(meter.read().waiting, hearken::pipeline::Waiting::default());
    pipeline.finish().unwrap();
}

#[test]
fn waiting_for_room_shows_while_it_lasts() {
    within(|| {
        let pipeline = tiny().chunk_posts(1).queue(1, WhenFull::Block).policy(by_age()).start().unwrap();
        let meter = pipeline.meter();
        assert_eq!(meter.read().busy_chunks, 0);
        let mut number = 0;
        until("all chunks are under way", || {
            number += 1;
            let _ = pipeline.feeder().try_submit(post(number, "angry"));
            meter.read().busy_chunks == meter.read().chunks
        });
        let (feeder, queue) = (pipeline.feeder(), pipeline.queue());
        let waits = std::thread::spawn(move || feeder.submit(post(0, "angry")));
        std::thread::sleep(std::time::Duration::from_millis(50));
        until("there is room", || {
            queue.take(1);
            waits.is_finished()
        });
        waits.join().unwrap().unwrap();
        assert!(!meter.read().held_up.is_zero());
        pipeline.finish().unwrap();
    });
}

#[test]
fn a_pipeline_that_has_failed_says_so() {
    let sink = |_: &[u8]| Err(io::Error::other("the disk is full"));
    let pipeline = tiny().annotated(Box::new(sink)).start().unwrap();
    let meter = pipeline.meter();
    assert!(!meter.has_failed());
    let _ = pipeline.read(jsonl(0..1, |_| "angry".to_owned()).as_bytes(), "posts");
    until("it has failed", || meter.has_failed());
    pipeline.finish().unwrap_err();
}
