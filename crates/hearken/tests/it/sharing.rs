//! A stream that several processes share: parts of it, lines with numbers of their own, and keys for results that come again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use hearken::{Event, Pipeline, Post, Receipt, Tally};

use crate::testing::{Log, noon, post, tiny, watched, within};

fn line(id: u64, author: &str, text: &str) -> String {
    format!("{{\"id\":\"{id}\",\"author\":\"{author}\",\"text\":\"{text}\"}}\n")
}

#[test]
fn shards_share_the_posts_and_count_what_they_leave_to_others() {
    within(|| {
        let mut lines: String = (0..300).map(|id| line(id, &format!("@{}", id % 50), "grief")).collect();
        lines += "no post\n{\"id\":\"gone\",\"deleted\":true}\n";
        let mut seen = BTreeSet::new();
        let mut all = Tally::default();
        let mut deletions = 0;
        for shard in ["1/3", "2/3", "3/3"] {
            let log = Log::default();
            let pipeline = tiny().shard(shard.parse().unwrap()).annotated(log.sink()).start().unwrap();
            pipeline.read(lines.as_bytes(), "file").unwrap();
            let tally = pipeline.finish().unwrap().tally;
            let posts = log.records().iter().filter(|record| record.get("labels").is_some()).count() as u64;
            assert!(posts > 50 && posts == tally.posts, "{posts} of {shard}");
            deletions += log.records().len() as u64 - posts;
            seen.extend(
                log.records().into_iter().filter(|record| record.get("labels").is_some()).map(|r| r["id"].to_string()),
            );
            all += &tally;
        }
        assert_eq!((all.posts, seen.len(), all.rejected), (300, 300, 1));
        assert_eq!(deletions, 3, "whose post it was isn't known");
        assert_eq!(all.other_shards, 2 * 301, "each post and the line that is none");
    });
}

#[test]
fn a_post_that_another_shard_takes_is_not_judged() {
    within(|| {
        let of = |shard: &str| {
            let pipeline = tiny().shard(shard.parse().unwrap()).start().unwrap();
            for event in [Event::Post(post(1, "grief")), Event::Edit(post(1, "angry"))] {
                pipeline.feeder().submit_event(event).unwrap();
            }
            let tally = pipeline.finish().unwrap().tally;
            (tally.posts, tally.edits, tally.other_shards)
        };
        let mut both = [of("1/2"), of("2/2")];
        both.sort_unstable();
        assert_eq!(both, [(0, 0, 2), (2, 1, 0)]);
    });
}

#[test]
fn lines_have_the_numbers_that_they_are_given() {
    within(|| {
        let (log, rejected) = (Log::default(), Arc::new(Mutex::new(Vec::new())));
        let place = Arc::clone(&rejected);
        let pipeline = tiny().annotated(log.sink()).rejected(move |reject| {
            place.lock().unwrap().push((reject.source.to_string(), reject.line));
            Ok(())
        });
        let pipeline = pipeline.start().unwrap();
        let (receipt, settled) = watched();
        let batch = b"{\"text\":\"hello\"}\nno post\n{\"text\":\"grief\"}\n";
        pipeline.read_numbered_batch(batch, &[7, 90, 91], "posts", receipt).unwrap();
        let (receipt, _) = watched();
        pipeline.read_batch(b"{\"text\":\"hello\"}\n", "posts", receipt).unwrap();
        pipeline.finish().unwrap();
        assert_eq!(log.ids(), ["posts:7", "posts:91", "posts:1"]);
        assert_eq!(*rejected.lock().unwrap(), [("posts".to_owned(), 90)]);
        assert!(!settled.load(std::sync::atomic::Ordering::SeqCst), "the post in the queue was not handed out");
    });
}

#[test]
fn numbers_hold_over_frames() {
    within(|| {
        let log = Log::default();
        let pipeline = tiny().annotated(log.sink()).start().unwrap();
        // Several frames of 64 KiB.
        let text = "hello ".repeat(100);
        let lines: String = (0..400).map(|_| format!("{{\"text\":\"{text}\"}}\n")).collect();
        let numbers: Vec<u64> = (0..400).map(|place| 10_000 + 3 * place).collect();
        pipeline.read_numbered_batch(lines.as_bytes(), &numbers, "posts", Receipt::new(|| {})).unwrap();
        pipeline.finish().unwrap();
        assert_eq!(log.ids(), numbers.iter().map(|number| format!("posts:{number}")).collect::<Vec<_>>());
    });
}

/// The keys of some lines, in their order, as another run with other workers sees them.
fn keys(lines: &str, workers: usize) -> Vec<(String, u64)> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let builder = tiny().workers(workers).now(noon()).keyed(move |lines, keys| {
        let lines = std::str::from_utf8(lines).unwrap().lines().map(str::to_owned);
        let mut seen = sink.lock().unwrap();
        let before = seen.len();
        seen.extend(lines.zip(keys.iter().map(|key| key.record)));
        assert_eq!(seen.len() - before, keys.len(), "a key for each line");
        Ok(())
    });
    let pipeline: Pipeline = builder.start().unwrap();
    pipeline.read(lines.as_bytes(), "file").unwrap();
    pipeline.finish().unwrap();
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn a_post_that_comes_again_has_its_key_and_an_edited_one_another() {
    within(|| {
        let lines: String = (0..2000).map(|id| line(id, "@ann", "grief")).collect();
        let first = keys(&lines, 1);
        assert_eq!(first, keys(&lines, 3));
        let once: BTreeSet<u64> = first.iter().map(|(_, key)| *key).collect();
        assert_eq!(once.len(), 2000);
        assert_eq!(first[7].1, hearken::key::of_post(&Post::new("7", "grief")).record);
        assert_ne!(keys(&line(7, "@ann", "hello"), 1)[0].1, first[7].1);
    });
}
