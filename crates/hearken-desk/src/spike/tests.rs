#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// The present bucket of the series below: more than two weeks after bucket 0.
const NOW: i64 = 20 * DAY + 50;

fn now() -> Timestamp {
    moment(NOW * BUCKET + BUCKET / 2)
}

/// What is found where `rate` tickets come in each bucket, drawn by chance, and other numbers in some.
fn found(seed: u64, rate: impl Fn(i64) -> f64, others: &[(i64, u64)]) -> Option<Spike> {
    let counts = series(seed, NOW - KEPT..=NOW, rate, others);
    spike(&Spikes::default(), None, &counts, 0, now())
}

fn series(
    seed: u64,
    buckets: std::ops::RangeInclusive<i64>,
    rate: impl Fn(i64) -> f64,
    others: &[(i64, u64)],
) -> Vec<(i64, u64)> {
    let mut random = fastrand::Rng::with_seed(seed);
    let drawn = buckets.map(|bucket| {
        let other = others.iter().find(|(other, _)| NOW - other == bucket).map(|(_, tickets)| *tickets);
        (bucket, other.unwrap_or_else(|| draw(&mut random, rate(bucket))))
    });
    drawn.filter(|(_, tickets)| *tickets > 0).collect()
}

/// A number of a Poisson distribution, as Knuth draws it.
fn draw(random: &mut fastrand::Rng, rate: f64) -> u64 {
    let (limit, mut product, mut drawn) = ((-rate).exp(), random.f64(), 0);
    while product > limit {
        product *= random.f64();
        drawn += 1;
    }
    drawn
}

/// Quiet at night, busy by day: tickets a bucket.
fn rhythm(bucket: i64) -> f64 {
    let hour = bucket.rem_euclid(DAY) as f64 / DAY as f64 * std::f64::consts::TAU;
    10.0 * (1.0 - hour.cos()).powi(2) + 0.2
}

#[test]
fn a_steady_stream_has_none() {
    for rate in [0.0, 0.1, 0.6, 1.5, 5.0, 40.0] {
        let false_alarms = (0..400).filter(|seed| found(*seed, |_| rate, &[]).is_some()).count();
        assert!(false_alarms <= 1, "{false_alarms} of 400 at {rate} a bucket");
    }
}

#[test]
fn a_burst_is_one_at_any_rate() {
    for (rate, burst) in [(0.0, 7), (0.1, 7), (1.5, 12), (5.0, 22), (40.0, 90)] {
        let noticed = (0..100).filter(|seed| found(*seed, |_| rate, &[(0, burst)]).is_some()).count();
        assert!(noticed >= 95, "{noticed} of 100 with {burst} where {rate} are usual");
    }
}

#[test]
fn a_burst_on_both_sides_of_a_boundary_is_one() {
    let spike = found(1, |_| 0.1, &[(1, 5), (0, 5)]).unwrap();
    assert_eq!((spike.tickets, spike.minutes), (10, 20));
    assert_eq!(spike.since, moment((NOW - 1) * BUCKET));
    let alone = found(1, |_| 0.1, &[(0, 9)]).unwrap();
    assert_eq!((alone.tickets, alone.minutes, alone.since), (9, 10, moment(NOW * BUCKET)));
}

#[test]
fn few_are_none_however_quiet_it_was() {
    assert_eq!(found(1, |_| 0.0, &[(0, 4)]), None);
}

#[test]
fn every_mornings_rise_is_none_but_a_burst_in_it_is() {
    let steepest = (0..DAY).max_by_key(|bucket| ((rhythm(bucket + 3) - rhythm(*bucket)) * 1e6) as i64).unwrap();
    let shifted = |bucket: i64| rhythm(bucket - NOW + steepest + 3);
    let false_alarms = (0..200).filter(|seed| found(*seed, shifted, &[]).is_some()).count();
    assert!(false_alarms <= 1, "{false_alarms} of 200");
    let burst = 3 * shifted(NOW) as u64;
    assert!((0..50).all(|seed| found(seed, shifted, &[(0, burst)]).is_some()));
}

#[test]
fn a_burst_hides_no_other() {
    let earlier = [(12, 60), (11, 80), (10, 30)];
    let spike = found(3, |_| 1.0, &[&earlier[..], &[(0, 15)]].concat()).unwrap();
    assert!(spike.expected < 3.0, "{spike:?}");
}

#[test]
fn who_has_listened_for_less_than_an_hour_knows_nothing_unusual() {
    let after = |buckets: i64| {
        let counts = series(1, NOW - buckets..=NOW, |_| 0.3, &[(0, 30)]);
        spike(&Spikes::default(), Some(Label::Grief), &counts, NOW - buckets, now())
    };
    assert_eq!(after(0), None, "all that there is");
    assert_eq!(after(LEARNED - 1), None);
    assert_eq!(after(LEARNED).unwrap().label, Some(Label::Grief));
}

#[test]
fn the_rules_decide() {
    let counts = series(1, NOW - KEPT..=NOW, |_| 2.0, &[(0, 14), (1, 2)]);
    let of = |rules: Spikes| spike(&rules, None, &counts, 0, now()).is_some();
    assert!(of(Spikes::default()));
    assert!(!of(Spikes { minimum: 17, ..Spikes::default() }));
    assert!(!of(Spikes { times: 9.0, ..Spikes::default() }));
    assert!(!of(Spikes { chance: 1e-12, ..Spikes::default() }));
}

#[test]
fn an_hour_after_one_there_may_be_another() {
    let spike = found(1, |_| 0.1, &[(0, 30)]).unwrap();
    let later = |minutes: i64| moment(now().as_millisecond() + minutes * 60_000);
    assert!(spike.is_recent(later(0)) && spike.is_recent(later(59)));
    assert!(!spike.is_recent(later(60)));
}
