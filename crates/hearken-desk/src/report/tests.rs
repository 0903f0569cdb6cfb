#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

#[test]
fn percentiles_are_right_to_three_digits_and_take_little_room() {
    let mut seconds = Seconds::default();
    assert_eq!(seconds.times(), Times::default());
    for second in 1..=1_000_000 {
        seconds.add(Duration::from_secs(second));
    }
    let Times { median, p90, p95 } = seconds.times();
    for (got, exact) in [(median, 500_000.0), (p90, 900_000.0), (p95, 950_000.0)] {
        let error = (got.unwrap() as f64 - exact).abs() / exact;
        assert!(error < 0.001, "{got:?} for {exact}");
    }
    let buckets = seconds.0.as_ref().unwrap().distinct_values();
    assert!(buckets < 20_000, "{buckets}");
    // What no case can be does no harm.
    seconds.add(Duration::MAX);
    assert_eq!(seconds.count(), 1_000_001);
}
