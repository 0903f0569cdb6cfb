#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::policy::Policy;
use crate::score::Probability;
use crate::testing::{after_noon, by_age};

/// All that ranking looks at. Few ids, times and head starts, so that ties and duplicates abound.
#[derive(Clone, Debug)]
struct Given {
    id: u8,
    platform: Option<&'static str>,
    seconds: i64,
    minutes: i8,
    grief: bool,
}

impl Given {
    fn ranked(&self) -> Ranked {
        let mut post = Post::new(format!("id{}", self.id), "text");
        post.platform = self.platform.map(Into::into);
        let mut judgement = Judgement { frustration: Probability::new(1.0), ..Judgement::default() };
        if self.grief {
            judgement.assigned.insert(Label::Grief);
        }
        let policy = Policy { frustration: f64::from(self.minutes) / 10.0, ..by_age() };
        let head_start = policy.head_start(&judgement, &post);
        Ranked {
            post,
            created_at: after_noon(self.seconds),
            judgement,
            model: "tiny".into(),
            head_start,
            due_by: None,
            evidence: Evidence::default(),
            also: Vec::new(),
            marks: Marks::default(),
            receipt: None,
        }
    }
}

/// The order that the documentation promises.
type NaiveKey = (i64, i64, String, String);

fn naive_key(ranked: &Ranked) -> NaiveKey {
    let created_at = ranked.created_at.as_millisecond();
    let head_start = (ranked.head_start.total().value() * 60_000.0).round() as i64;
    let (id, platform) = naive_id(ranked);
    (created_at - head_start, created_at, id, platform)
}

fn naive_id(ranked: &Ranked) -> (String, String) {
    (ranked.post.id.to_string(), ranked.post.platform.as_deref().unwrap_or_default().to_owned())
}

fn given() -> impl Strategy<Value = Given> {
    let platform = proptest::sample::select(vec![None, Some("bluesky"), Some("reddit")]);
    (0..12u8, platform, 0..20i64, -20..20i8).prop_map(|(id, platform, seconds, minutes)| {
        // A post that comes again is the same post, so its label is as well.
        Given { id, platform, seconds: 6 * seconds, minutes, grief: id % 3 == 0 }
    })
}

fn givens() -> impl Strategy<Value = Vec<Given>> {
    proptest::collection::vec(given(), 0..60)
}

#[derive(Clone, Debug)]
enum Act {
    Offer(Given),
    Pop,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    proptest::collection::vec(prop_oneof![4 => given().prop_map(Act::Offer), 1 => Just(Act::Pop)], 0..100)
}

fn drained(ranker: &mut Ranker) -> Vec<NaiveKey> {
    std::iter::from_fn(|| ranker.pop()).map(|ranked| naive_key(&ranked)).collect()
}

/// What waits in a ranker, as a plain list.
#[derive(Default)]
struct Waiting(Vec<Ranked>);

impl Waiting {
    fn twin(&self, ranked: &Ranked) -> Option<usize> {
        self.0.iter().position(|waiting| naive_id(waiting) == naive_id(ranked))
    }

    /// Keeps the better of two twins.
    fn settle_twin(&mut self, twin: usize, ranked: Ranked) {
        if naive_key(&ranked) < naive_key(&self.0[twin]) {
            self.0[twin] = ranked;
        }
    }

    fn pop(&mut self) -> Option<Ranked> {
        let first = (0..self.0.len()).min_by_key(|&place| naive_key(&self.0[place]))?;
        Some(self.0.swap_remove(first))
    }

    fn last_but_grief(&self) -> Option<usize> {
        let others = (0..self.0.len()).filter(|&place| !self.0[place].is_grief());
        others.max_by_key(|&place| naive_key(&self.0[place]))
    }
}

proptest! {
    #[test]
    fn keep_best_is_the_top_of_all_that_came_whatever_the_order(
        (givens, shuffled) in givens().prop_flat_map(|givens| (Just(givens.clone()), Just(givens).prop_shuffle())),
        capacity in 0..15usize,
    ) {
        let mut best: HashMap<_, NaiveKey> = HashMap::new();
        for ranked in givens.iter().map(Given::ranked) {
            let key = naive_key(&ranked);
            let present = best.entry(naive_id(&ranked)).or_insert_with(|| key.clone());
            *present = key.min(present.clone());
        }
        let mut expected: Vec<NaiveKey> = best.into_values().collect();
        expected.sort();
        expected.truncate(capacity);

        for arrival in [givens, shuffled] {
            let mut ranker = Ranker::new(capacity, WhenFull::KeepBest);
            for given in &arrival {
                let ranked = given.ranked();
                let cut = ranker.cut();
                let hopeless = rank_at(ranked.created_at, &ranked.head_start) > cut;
                let (id, before) = (ranked.id(), ranker.len());
                let offer = ranker.offer(ranked);
                prop_assert!(!hopeless || offer == Offer::Duplicate || matches!(&offer, Offer::Displaced(gone) if gone.id() == id));
                prop_assert!(!matches!(offer, Offer::Full(_)));
                prop_assert!(ranker.len() <= capacity && ranker.len() >= before && ranker.cut() <= cut);
            }
            prop_assert_eq!(drained(&mut ranker), expected.clone());
        }
    }

    #[test]
    fn block_loses_nothing_and_gives_the_very_post_back_when_full(acts in acts(), capacity in 1..8usize) {
        let mut ranker = Ranker::new(capacity, WhenFull::Block);
        let mut waiting = Waiting::default();
        for act in acts {
            match act {
                Act::Pop => prop_assert_eq!(ranker.pop(), waiting.pop()),
                Act::Offer(given) => {
                    let ranked = given.ranked();
                    let offer = ranker.offer(ranked.clone());
                    if let Some(twin) = waiting.twin(&ranked) {
                        prop_assert_eq!(offer, Offer::Duplicate);
                        waiting.settle_twin(twin, ranked);
                    } else if waiting.0.len() < capacity {
                        prop_assert_eq!(offer, Offer::Kept);
                        waiting.0.push(ranked);
                    } else {
                        prop_assert_eq!(offer, Offer::Full(Box::new(ranked)));
                    }
                }
            }
            prop_assert_eq!(ranker.len(), waiting.0.len());
            prop_assert_eq!(ranker.cut(), i64::MAX);
        }
    }

    #[test]
    fn shed_gives_up_the_last_that_is_not_grief(acts in acts(), capacity in 1..8usize) {
        let mut ranker = Ranker::new(capacity, WhenFull::Shed);
        let mut waiting = Waiting::default();
        for act in acts {
            match act {
                Act::Pop => prop_assert_eq!(ranker.pop(), waiting.pop()),
                Act::Offer(given) => {
                    let ranked = given.ranked();
                    let hopeless = rank_at(ranked.created_at, &ranked.head_start) > ranker.cut();
                    let offer = ranker.offer(ranked.clone());
                    if let Offer::Displaced(gone) = &offer {
                        prop_assert!(!gone.is_grief(), "grief was shed");
                    }
                    if let Some(twin) = waiting.twin(&ranked) {
                        prop_assert_eq!(offer, Offer::Duplicate);
                        waiting.settle_twin(twin, ranked);
                    } else if waiting.0.len() < capacity {
                        prop_assert_eq!(offer, Offer::Kept);
                        waiting.0.push(ranked);
                    } else {
                        match (waiting.last_but_grief(), ranked.is_grief()) {
                            (None, true) => prop_assert_eq!(offer, Offer::Full(Box::new(ranked))),
                            (Some(last), grief) if grief || naive_key(&ranked) < naive_key(&waiting.0[last]) => {
                                let gone = std::mem::replace(&mut waiting.0[last], ranked);
                                prop_assert!(grief || !hopeless);
                                prop_assert_eq!(offer, Offer::Displaced(Box::new(gone)));
                            }
                            _ => prop_assert_eq!(offer, Offer::Displaced(Box::new(ranked))),
                        }
                    }
                }
            }
            prop_assert!(ranker.len() <= capacity);
            prop_assert_eq!(ranker.len(), waiting.0.len());
        }
    }
}

fn plain(id: u8, seconds: i64, minutes: i8) -> Given {
    Given { id, platform: None, seconds, minutes, grief: false }
}

#[test]
fn the_order_is_age_and_head_start_then_age_then_id() {
    let mut ranker = Ranker::new(10, WhenFull::Block);
    // Tenths of a minute: 10 are 60 seconds.
    for given in [plain(5, 0, 0), plain(4, 60, 10), plain(3, 0, 0), plain(2, 60, 20), plain(1, 1, 0)] {
        assert_eq!(ranker.offer(given.ranked()), Offer::Kept);
    }
    let order: Vec<String> = std::iter::from_fn(|| ranker.pop()).map(|ranked| ranked.post.id.to_string()).collect();
    assert_eq!(order, ["id2", "id3", "id5", "id4", "id1"]);
}

#[test]
fn the_same_id_on_another_platform_is_another_post() {
    let mut ranker = Ranker::new(10, WhenFull::Block);
    for platform in [None, Some("bluesky"), Some("reddit")] {
        assert_eq!(ranker.offer(Given { platform, ..plain(1, 0, 0) }.ranked()), Offer::Kept);
    }
    assert_eq!(ranker.offer(plain(1, 0, 0).ranked()), Offer::Duplicate);
    assert_eq!(ranker.len(), 3);
}

#[test]
fn a_post_that_was_taken_may_come_again() {
    let mut ranker = Ranker::new(10, WhenFull::Block);
    assert_eq!(ranker.offer(plain(1, 0, 0).ranked()), Offer::Kept);
    assert!(ranker.pop().is_some() && ranker.is_empty());
    assert_eq!(ranker.offer(plain(1, 0, 0).ranked()), Offer::Kept);
}

#[test]
fn a_lifted_bound_makes_room_for_what_would_have_to_wait_and_nothing_else() {
    let ids_left = |when_full| {
        let mut ranker = Ranker::new(2, when_full);
        ranker.lift_bound();
        for id in 0..7 {
            let offer = ranker.offer(Given { grief: id % 2 == 1, ..plain(id, 0, 0) }.ranked());
            assert!(!matches!(offer, Offer::Full(_)), "{when_full:?}");
        }
        std::iter::from_fn(|| ranker.pop()).map(|ranked| ranked.post.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids_left(WhenFull::Block), ["id0", "id1", "id2", "id3", "id4", "id5", "id6"]);
    assert_eq!(ids_left(WhenFull::Shed), ["id1", "id3", "id5"]);
    assert_eq!(ids_left(WhenFull::KeepBest), ["id0", "id1"]);
}
