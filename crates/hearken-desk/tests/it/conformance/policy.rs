//! What a desk goes by: adopted once for everyone, and never forgotten.

use std::time::Duration;

use hearken_desk::{Claimant, Desk, MemoryStore, Next, Route, Rules, State, store::Store};

use super::{desk, on_every_store};
use crate::testing::{at, post, posts};

on_every_store!(
    a_policy_goes_from_the_next_step_on,
    a_desk_that_is_open_goes_by_what_another_adopted,
    every_policy_is_kept_and_the_same_twice_is_one,
    rules_that_make_no_sense_are_refused,
);

fn with_lease(minutes: u64) -> Rules {
    Rules { lease: Duration::from_secs(minutes * 60), ..Rules::default() }
}

/// When the claim of whoever is next ends, in minutes.
fn lease_of<S: Store>(desk: &Desk<S>, name: &str, minutes: i64) -> i64 {
    let Next::Claimed(claimed) = desk.next(&Claimant::new(name), at(minutes)).unwrap() else { panic!("nobody") };
    let State::Claimed { until, .. } = claimed.ticket.state else { panic!("not claimed") };
    (until.as_second() - at(minutes).as_second()) / 60
}

fn a_policy_goes_from_the_next_step_on<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0), post("3", "c", 0)]), at(0)).unwrap();
    assert_eq!((desk.policy().unwrap(), lease_of(&desk, "ann", 1)), (None, 30));
    let adopted = desk.adopt(&with_lease(7), "lease = \"7m\"", "ann", at(2)).unwrap().unwrap();
    assert_eq!(desk.policy().unwrap(), Some(adopted));
    assert_eq!(desk.rules().unwrap(), with_lease(7));
    assert_eq!(lease_of(&desk, "ben", 3), 7);
}

fn a_desk_that_is_open_goes_by_what_another_adopted<S: Store>(store: S) {
    // Two desks of one store, as two processes have them: what the second was made with counts no more.
    let first = desk(store);
    first.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    first.adopt(&with_lease(7), "", "ann", at(1)).unwrap();
    let second = Desk::new(first.into_store(), with_lease(99));
    assert_eq!(lease_of(&second, "ben", 2), 7);
}

fn every_policy_is_kept_and_the_same_twice_is_one<S: Store>(store: S) {
    let desk = desk(store);
    for (minutes, source, is_new) in [(1, "a", true), (2, "a", false), (3, "b", true), (4, "a", true)] {
        let adopted = desk.adopt(&Rules::default(), source, "ann", at(minutes)).unwrap();
        assert_eq!(adopted.is_some(), is_new, "{source} at {minutes}");
    }
    let told = |policies: Vec<hearken_desk::Adopted>| -> Vec<(i64, String)> {
        policies.into_iter().map(|policy| (policy.seq, policy.source)).collect()
    };
    let all = [(3, "a".to_owned()), (2, "b".to_owned()), (1, "a".to_owned())];
    assert_eq!(told(desk.policies(None, 10).unwrap()), all);
    assert_eq!(told(desk.policies(Some(3), 1).unwrap()), all[1..2]);
    let [last, before, first] = &desk.policies(None, 3).unwrap()[..] else { panic!("three were adopted") };
    assert!(last.digest == first.digest && last.digest != before.digest && last.digest.len() == 64);

    // And it moves with the desk.
    let mut rows = Vec::new();
    desk.export(|row| {
        rows.push(row);
        Ok(())
    })
    .unwrap();
    let other = Desk::new(MemoryStore::default(), with_lease(99));
    other.import(rows.clone().into_iter().map(Ok)).unwrap();
    assert_eq!(other.policies(None, 10).unwrap(), desk.policies(None, 10).unwrap());
    assert_eq!(other.rules().unwrap(), Rules::default());
    let twice = other.import(rows.into_iter().map(Ok)).unwrap_err();
    assert!(twice.to_string().contains("into an empty one only"), "{twice}");
}

fn rules_that_make_no_sense_are_refused<S: Store>(store: S) {
    let desk = desk(store);
    let route = |name: &str, team: &str| Route { name: name.to_owned(), team: team.to_owned(), ..Route::default() };
    let with = |routes| Rules { routes, ..Rules::default() };
    let cases = [
        (with_lease(0), "lease is nothing"),
        (Rules { always_from: f64::NAN, ..Rules::default() }, "always-from is NaN"),
        (with(vec![route("a", "")]), "route 1: its name and its team"),
        (with(vec![route("a", "x"), route("b\n", "x")]), "route 2: its name and its team"),
        (with(vec![route("a", "x"), route("a", "y")]), "two routes are called \"a\""),
    ];
    for (rules, told) in cases {
        let error = desk.adopt(&rules, "", "ann", at(0)).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    assert!(desk.adopt(&Rules::default(), &"x".repeat(1024 * 1024 + 1), "ann", at(0)).is_err());
    assert!(desk.adopt(&Rules::default(), "", "desk", at(0)).is_err());
    assert_eq!(desk.policy().unwrap(), None);
}
