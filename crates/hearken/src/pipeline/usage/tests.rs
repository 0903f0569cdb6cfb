use super::*;

/// After ten seconds in which each lane used this part of each tenth of a second.
fn after(parts: &[(LaneId, u32, f64)]) -> (Usage, Duration) {
    let mut usage = Usage::default();
    let mut now = Duration::ZERO;
    for _ in 0..100 {
        now += Duration::from_millis(100);
        for (lane, share, part) in parts {
            usage.spent(*lane, *share, Duration::from_millis(100).mul_f64(*part), now);
        }
    }
    (usage, now)
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.06, "{found}, not {expected}");
}

#[test]
fn who_is_alone_has_all_of_it() {
    assert!((Usage::default().room(0, 1, Duration::ZERO) - 1.0).abs() < f64::EPSILON);
    let (usage, now) = after(&[(0, 1, 0.9)]);
    assert!((usage.room(0, 1, now) - 1.0).abs() < f64::EPSILON);
}

#[test]
fn beside_a_flood_one_has_its_share_and_the_flood_what_is_left() {
    let (usage, now) = after(&[(0, 1, 0.9), (1, 1, 0.05)]);
    assert_near(usage.room(1, 1, now), 0.5);
    assert_near(usage.room(0, 1, now), 0.95);
    assert_near(usage.room(1, 3, now), 0.75);
}

#[test]
fn who_wants_less_than_its_share_leaves_the_rest_to_all_others() {
    let (usage, now) = after(&[(0, 1, 0.6), (1, 1, 0.1), (2, 1, 0.3)]);
    // 0.9 are left by lane 1, for two: half of it each.
    assert_near(usage.room(0, 1, now), 0.6);
    assert_near(usage.room(2, 1, now), 0.45);
}

#[test]
fn what_was_used_is_forgotten() {
    let (mut usage, now) = after(&[(0, 1, 1.0)]);
    assert_near(usage.room(1, 1, now), 0.5);
    assert_near(usage.room(1, 1, now + Duration::from_secs(5)), 1.0);
    usage.spent(1, 1, Duration::from_millis(1), now + Duration::from_secs(20));
    assert_eq!(usage.lanes.len(), 1, "one that is gone is not remembered");
}

#[test]
fn nobody_is_ever_left_without_room() {
    let many: Vec<(LaneId, u32, f64)> = (0..100).map(|lane| (lane, 1, 0.01)).collect();
    let (usage, now) = after(&many);
    for lane in 0..=100 {
        let room = usage.room(lane, 1, now);
        assert!(room > 0.005 && room <= 1.0, "{room}");
    }
}
