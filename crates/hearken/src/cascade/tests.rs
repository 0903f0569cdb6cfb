#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::label::LabelSet;

/// A worker in a made-up world: posts come at a rate, the models cost what they cost.
struct World {
    controller: Controller,
    /// Seconds for a post.
    first: f64,
    careful: f64,
    now: f64,
    /// Seconds in which posts that came were not worked on.
    waited: f64,
    busy_with_care: f64,
    judged: usize,
    with_care: usize,
    /// The longest that a post had to wait for the end of its group.
    longest: f64,
}

impl World {
    fn new(budget: Budget) -> Self {
        let controller = Controller::new(budget);
        let (first, careful) = (7e-6, 1e-3);
        Self {
            controller,
            first,
            careful,
            now: 0.0,
            waited: 0.0,
            busy_with_care: 0.0,
            judged: 0,
            with_care: 0,
            longest: 0.0,
        }
    }

    fn work(&mut self, posts: usize, arrived_within: Option<f64>, age: f64, pressed: bool) {
        let first = posts as f64 * self.first;
        let allowed = self.controller.allow(&Load {
            posts,
            entering: 0,
            arrived_within: arrived_within.map(Duration::from_secs_f64),
            age: Duration::from_secs_f64(age + first),
            pressed,
            room: 1.0,
        });
        assert!(allowed <= posts);
        let careful = allowed as f64 * self.careful;
        self.controller.spent(&Spent {
            posts,
            first: Duration::from_secs_f64(first),
            careful_posts: allowed,
            careful: Duration::from_secs_f64(careful),
        });
        self.now += first + careful;
        self.busy_with_care += careful;
        self.judged += posts;
        self.with_care += allowed;
        self.longest = self.longest.max(age + first + careful);
    }

    /// Posts come evenly for so many seconds; the worker takes all that have come, and waits a moment for more where there
    /// is none or a choice to make.
    fn stream(&mut self, rate: f64, seconds: f64) {
        let (start, mut taken) = (self.now, 0);
        let mut last_arrival = None;
        while self.now < start + seconds {
            if self.controller.is_selective() || ((self.now - start) * rate) as usize <= taken {
                self.now += 20e-3;
                self.waited += 20e-3;
            }
            let come = ((self.now - start) * rate) as usize;
            if come <= taken {
                continue;
            }
            let (oldest, newest) = (start + (taken + 1) as f64 / rate, start + come as f64 / rate);
            let within = last_arrival.map(|last: f64| newest - last);
            last_arrival = Some(newest);
            self.work(come - taken, within, self.now - oldest, false);
            taken = come;
        }
    }

    fn share_with_care(&self) -> f64 {
        self.with_care as f64 / self.judged as f64
    }
}

#[test]
fn an_idle_machine_judges_every_post_with_care() {
    let mut world = World::new(Budget::default());
    world.stream(200.0, 60.0);
    assert_eq!(world.with_care, world.judged);
    assert!(world.judged > 11_000);
}

#[test]
fn a_steady_stream_gets_what_the_first_model_leaves_of_the_time() {
    for rate in [5_000.0, 10_000.0, 50_000.0] {
        let mut world = World::new(Budget::default());
        world.stream(rate, 30.0);
        let (with_care, waited) = (world.busy_with_care / world.now, world.waited / world.now);
        let left = UTILISATION - rate * world.first;
        assert!((with_care - left).abs() < 0.05, "{with_care:.3} of the time is spent with care, {left:.3} was left");
        assert!(waited > 0.05, "at {rate}/s the worker has {waited:.3} of its time to itself");
        assert!(world.longest < 1.0, "a post waited {:.2} s", world.longest);
    }
}

#[test]
fn under_pressure_it_takes_its_share_and_no_more() {
    for share in [0.0, 0.1, 0.25, 0.5, 0.9] {
        let mut world = World::new(Budget { share, ..Budget::default() });
        for _ in 0..2_000 {
            world.work(4_000, Some(0.02), 0.3, true);
        }
        let found = world.busy_with_care / world.now;
        assert!((found - share).abs() < 0.01, "{found:.3} of the time instead of {share}");
    }
}

#[test]
fn with_the_whole_time_it_judges_every_post_whatever_comes() {
    let mut world = World::new(Budget { share: 1.0, delay: Duration::ZERO });
    for pressed in [false, true] {
        world.work(4_000, Some(0.001), 10.0, pressed);
    }
    assert_eq!(world.with_care, world.judged);
}

#[test]
fn a_few_posts_in_a_moment_at_the_start_are_no_firehose() {
    let mut world = World::new(Budget::default());
    world.work(1, None, 0.0, false);
    world.work(39, Some(50e-6), 0.0, false);
    assert_eq!(world.with_care, 40);
}

#[test]
fn after_a_quiet_time_a_burst_is_held_up_no_longer_than_agreed() {
    let delay = Duration::from_millis(300);
    let mut world = World::new(Budget { share: 0.0, delay });
    world.stream(100.0, 5.0);
    world.longest = 0.0;
    for age in [0.0, 0.1, 0.25, 0.31, 5.0] {
        let before = world.with_care;
        world.work(4_000, Some(30.0), age, false);
        let most = (delay.as_secs_f64() - age).max(0.0) / world.careful;
        assert!((world.with_care - before) as f64 <= most, "{} at an age of {age}", world.with_care - before);
    }
    assert!(world.with_care > 500, "the first posts of the burst are worth the wait");
}

#[test]
fn what_a_group_took_too_long_is_taken_off_later_ones() {
    let mut world = World::new(Budget { share: 0.2, ..Budget::default() });
    world.careful = 20e-3;
    for _ in 0..500 {
        world.work(1_000, Some(0.005), 1.0, true);
    }
    let found = world.busy_with_care / world.now;
    assert!((found - 0.2).abs() < 0.02, "{found:.3}: it costs 20 times what was supposed");
}

#[test]
fn it_is_selective_only_where_there_is_not_time_for_all() {
    let mut world = World::new(Budget::default());
    assert!(!world.controller.is_selective(), "it knows nothing yet");
    world.stream(200.0, 5.0);
    assert!(!world.controller.is_selective());
    world.stream(10_000.0, 5.0);
    assert!(world.controller.is_selective());
    assert!(world.share_with_care() < 1.0);
}

#[test]
fn who_gets_into_the_queue_is_judged_on_credit_until_the_debt_is_too_large() {
    let budget = Budget { share: 0.1, delay: Duration::from_millis(500) };
    let mut controller = Controller::new(budget);
    let (mut judged, mut whole) = (0, Duration::ZERO);
    let mut group = |entering| {
        let posts = 4_000;
        let within = Some(Duration::from_millis(20));
        let allowed = controller.allow(&Load {
            posts,
            entering,
            arrived_within: within,
            age: Duration::ZERO,
            pressed: true,
            room: 1.0,
        });
        let (first, careful) = (Duration::from_millis(28), Duration::from_millis(allowed as u64));
        controller.spent(&Spent { posts, first, careful_posts: allowed, careful });
        (judged, whole) = (judged + allowed, whole + first + careful);
        allowed
    };
    assert_eq!([group(300), group(100), group(0)], [300, 100, 0]);
    assert!((90..=120).contains(&group(4_000)), "then the credit is used up");
    for _ in 0..1_000 {
        group(4_000);
    }
    let found = judged as f64 / 1e3 / whole.as_secs_f64();
    assert!((found - 0.1).abs() < 0.02, "{found:.3} of the time, if they never become fewer");
}

#[test]
fn a_part_of_the_worker_is_planned_with_as_a_slower_worker_would_be() {
    // Posts come every millisecond, and the models take 0.1 and 2 ms for one.
    let allowed = |room| {
        let mut controller = Controller::new(Budget { share: 0.0, ..Budget::default() });
        let mut judged = 0;
        for _ in 0..100 {
            let within = Some(Duration::from_millis(1_000));
            let load =
                Load { posts: 1_000, entering: 0, arrived_within: within, age: Duration::ZERO, pressed: false, room };
            judged = controller.allow(&load);
            let [first, careful] = [100, 2_000 * judged as u64 / 1_000].map(Duration::from_millis);
            controller.spent(&Spent { posts: 1_000, first, careful_posts: judged, careful });
        }
        judged
    };
    // No more than half a second at once, by the budget's delay.
    assert!((240..=260).contains(&allowed(1.0)), "{}", allowed(1.0));
    assert!((150..=175).contains(&allowed(0.5)), "{}", allowed(0.5));
    assert_eq!(allowed(0.1), 0, "what the first model takes is its own");
}

proptest! {
    #[test]
    fn no_load_breaks_it(
        share in 0.0..=1.0f64, delay in 0u64..2_000,
        loads in proptest::collection::vec((0usize..10_000, any::<Option<u32>>(), any::<u32>(), any::<bool>(), 0.0..=1.0f64), 1..50),
    ) {
        let mut controller = Controller::new(Budget { share, delay: Duration::from_millis(delay) });
        for (posts, within, age, pressed, room) in loads {
            let arrived_within = within.map(|micros| Duration::from_micros(micros.into()));
            let age = Duration::from_micros(age.into());
            let allowed = controller.allow(&Load { posts, entering: posts / 2, arrived_within, age, pressed, room });
            prop_assert!(allowed <= posts);
            let [first, careful] = [posts, allowed].map(|posts| Duration::from_micros(posts as u64 * 10));
            controller.spent(&Spent { posts, first, careful_posts: allowed, careful });
        }
    }
}

fn judgement(urgency: [f64; 3], grief: f64) -> Judgement {
    Judgement {
        grief: Probability::new(grief),
        urgency_at_least: urgency.map(Probability::new),
        assigned: LabelSet::default(),
        ..Judgement::default()
    }
}

fn stake_of(urgency: [f64; 3], grief: f64, behind: f64) -> f64 {
    let thresholds = PerLabel { grief: 0.4, frustration: 0.4, advice: 0.4, promotion: 0.4 };
    stake(&judgement(urgency, grief), &Policy::default(), &thresholds, behind)
}

#[test]
fn doubt_is_at_stake_and_certainty_is_not() {
    let no = f64::NEG_INFINITY;
    let sure = [([0.0; 3], 0.0), ([1.0; 3], 1.0)].map(|(urgency, grief)| stake_of(urgency, grief, no));
    let perhaps_grief = stake_of([0.0; 3], 0.4, no);
    let perhaps_a_crisis = stake_of([0.9, 0.6, 0.3], 0.4, no);
    assert!(sure.iter().all(|sure| *sure < perhaps_grief / 10.0), "{sure:?} against {perhaps_grief}");
    assert!(perhaps_grief > LABEL_IN_DOUBT && perhaps_grief < perhaps_a_crisis);
}

#[test]
fn who_is_far_behind_the_queue_has_less_to_win() {
    let at = |behind| stake_of([0.5, 0.2, 0.05], 0.2, behind);
    assert_eq!(at(-50_000.0), at(0.0), "ahead of the cut is ahead");
    assert!(at(0.0) > at(500.0) && at(500.0) > at(2_000.0) && at(2_000.0) > 0.0);
    assert_eq!(at(f64::INFINITY), 0.0);
}

#[test]
fn nearness_is_greatest_at_the_threshold() {
    assert_eq!(nearness(0.3, 0.3), 1.0);
    assert!(nearness(0.2, 0.3) > nearness(0.1, 0.3) && nearness(0.5, 0.3) > nearness(0.9, 0.3));
    assert_eq!([nearness(0.0, 0.3), nearness(1.0, 0.3), nearness(0.0, 0.0), nearness(1.0, 1.0)], [0.0; 4]);
}
