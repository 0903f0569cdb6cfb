#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn a_time_falls_into_the_first_bucket_that_holds_it() {
    let histogram = Histogram::default();
    histogram.observe(Duration::ZERO, 1);
    histogram.observe(Duration::from_micros(100), 2);
    histogram.observe(Duration::from_micros(101), 3);
    histogram.observe(Duration::from_secs(10), 4);
    histogram.observe(Duration::from_secs(11), 5);
    let read = histogram.read();
    assert_eq!((read.buckets[0], read.buckets[1], read.buckets[15], read.buckets[16]), (3, 3, 4, 5));
    assert_eq!(read.count(), 15);
    assert!((read.sum - 95.000_503).abs() < 1e-9, "{}", read.sum);
}

#[test]
fn bounds_rise() {
    assert!(BOUNDS.is_sorted_by(|one, next| one < next));
}

#[test]
fn sources_beyond_the_first_few_are_counted_together() {
    let gauges = Gauges::new();
    let one = Tally { posts: 1, ..Tally::default() };
    for number in 0..1000 {
        gauges.count(gauges.place(&number.to_string()), &one);
    }
    gauges.count(gauges.place("3"), &one);
    let sources = gauges.sources();
    assert_eq!(sources.len(), MOST_SOURCES + 1);
    assert_eq!((&*sources[3].0, sources[3].1.posts), ("3", 2));
    assert_eq!((&*sources[MOST_SOURCES].0, sources[MOST_SOURCES].1.posts), (OTHER_SOURCES, 936));
    assert_eq!(gauges.tally().posts, 1001);
}
