#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

#[test]
fn the_interval_is_that_of_the_tables() {
    // By the F distribution in the usual tables: 10 of 100, 0 of 30, 5 of 5, 1 of 200.
    for (hits, trials, expected) in
        [(10, 100, [0.0490, 0.1762]), (0, 30, [0.0, 0.1157]), (5, 5, [0.4782, 1.0]), (1, 200, [0.000127, 0.02754])]
    {
        let interval = clopper_pearson(hits, trials);
        for (got, expected) in interval.into_iter().zip(expected) {
            assert!((got - expected).abs() < 1e-4, "{hits} of {trials}: {interval:?}");
        }
    }
}

#[test]
fn of_a_few_the_interval_is_exact() {
    assert_eq!(of_a_few(3, 31, 31), [3.0 / 31.0; 2], "all were looked at");
    // By counting: of 10, 5 were drawn and none was it. With 4 among the 10 that has a chance of 6 in 252, with 3 of 21 in 252.
    assert_eq!(of_a_few(0, 5, 10), [0.0, 0.3]);
    assert_eq!(of_a_few(5, 5, 10), [0.7, 1.0]);
    let [fewest, most] = of_a_few(10, 100, 1_000_000);
    let [lowest, highest] = clopper_pearson(10, 100);
    assert!((fewest - lowest).abs() < 1e-4 && (most - highest).abs() < 1e-4, "of very many it is the other one");
}

#[test]
fn recall_is_what_was_heard_of_what_should_have_been() {
    let counts = Counts { bar: MARKS, kept: 1000, judged: 100, missed: 2, heard: 180 };
    let estimate = Estimate::new(counts);
    let (recall, [lowest, _]) = estimate.recall.unwrap();
    assert!((recall - 0.9).abs() < 1e-9, "20 of 1,000 suppressed ones are missed");
    assert_eq!(estimate.to_string(), "0.90 [0.73, 0.98]");
    let half = Estimate::new(Counts { bar: MARKS / 2, ..counts });
    assert_eq!(half.suppressed, 2000);
    assert!((half.recall.unwrap().0 - 180.0 / 220.0).abs() < 1e-9);
    assert!(half.recall.unwrap().1[0] < lowest, "not to know how many there were makes it wider");
}

#[test]
fn without_verdicts_nothing_is_claimed() {
    let nobody_judged = Counts { bar: MARKS, kept: 10, judged: 0, missed: 0, heard: 5 };
    assert_eq!(Estimate::new(nobody_judged).to_string(), "unknown until more suppressed posts are judged");
    let nothing_there = Counts { bar: MARKS, kept: 10, judged: 10, missed: 0, heard: 0 };
    assert_eq!(Estimate::new(nothing_there).recall, None);
    let nothing_heard = Counts { missed: 1, ..nothing_there };
    assert_eq!(Estimate::new(nothing_heard).recall.unwrap().0, 0.0);
}

#[test]
fn marks_are_even() {
    let below_a_tenth = (0..10_000).filter(|id| mark_of("x", &id.to_string()) < MARKS / 10).count();
    assert!((900..1100).contains(&below_a_tenth), "{below_a_tenth}");
    assert_ne!(mark_of("a", "b"), mark_of("", "ab"));
}

#[test]
fn marks_are_the_same_in_every_release() {
    assert_eq!(
        [mark_of("", ""), mark_of("net", "1"), mark_of("bluesky", "at://did:plc:x/app.bsky.feed.post/3k")],
        [5_041_167_711_846_819_167, 3_093_187_925_636_628_741, 4_386_221_887_633_595_542]
    );
}
