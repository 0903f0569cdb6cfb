#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const TEN: Quota = Quota { posts_per_second: 10.0, burst: 5 };

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn a_burst_goes_through_and_what_follows_waits_its_turn() {
    let mut bucket = Bucket::new(TEN);
    assert_eq!(bucket.take(5, Duration::ZERO), Duration::ZERO);
    assert_eq!(bucket.take(1, Duration::ZERO), seconds(0.1));
    assert_eq!(bucket.take(2, Duration::ZERO), seconds(0.3), "behind the one before");
    assert!(!bucket.try_take(seconds(0.3)) && bucket.try_take(seconds(0.41)));
    assert_eq!(bucket.take(5, seconds(60.0)), Duration::ZERO, "what was not used adds up to a burst");
    assert_eq!(bucket.take(1, seconds(60.0)), seconds(0.1), "and to no more");
}

#[test]
fn quotas_without_sense_are_refused() {
    TEN.check().unwrap();
    for (posts_per_second, burst) in [(0.0, 1), (-1.0, 1), (f64::NAN, 1), (f64::INFINITY, 1), (1.0, 0)] {
        let error = Quota { posts_per_second, burst }.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}

#[test]
fn who_waits_is_let_go_when_the_quota_is_lifted_or_the_pipeline_dies() {
    let slow = Quota { posts_per_second: 1e-9, burst: 1 };
    let (alive, dead) = bounded::<Infallible>(1);
    let gate = Gate::new(slow);
    assert_eq!(gate.pass(1, &dead), Some(false));
    assert!(!gate.try_pass());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| gate.pass(1, &dead));
        gate.lift();
        assert_eq!(waiting.join().unwrap(), Some(true));
    });
    assert!(gate.try_pass());
    let gate = Gate::new(slow);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| gate.pass(9, &dead));
        drop(alive);
        assert_eq!(waiting.join().unwrap(), None);
    });
}

proptest! {
    /// In no span of time more posts come than the burst and what the span is worth.
    #[test]
    fn the_quota_is_kept_over_any_span(takes in prop::collection::vec((0.0..2.0_f64, 1..=5_usize), 1..100)) {
        let mut bucket = Bucket::new(TEN);
        let (mut now, mut came) = (0.0, Vec::new());
        for (pause, posts) in takes {
            now += pause;
            let wait = bucket.take(posts, seconds(now));
            came.push((now + wait.as_secs_f64(), posts));
        }
        for (from, (start, _)) in came.iter().enumerate() {
            let mut posts = 0;
            for (at, more) in &came[from..] {
                posts += more;
                let allowed = 5.0 + 10.0 * (at - start);
                prop_assert!(posts as f64 <= allowed + 1e-6, "{posts} within {}", at - start);
            }
        }
    }
}
