#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use hearken::Timestamp;
use proptest::prelude::*;

use super::*;

fn stand(minutes: i64) -> Stand {
    let why = vec![Term { reason: "grief".to_owned(), minutes: minutes as f64, ..Term::default() }];
    Stand { disposition: Disposition::Queued, rank_at: -minutes * 60_000, labels: Labels::default(), why, team: None }
}

fn suppressed() -> Stand {
    Stand { disposition: Disposition::Suppressed, ..stand(0) }
}

fn post(id: &str) -> NewPost {
    NewPost::new("net", id, "", Timestamp::UNIX_EPOCH)
}

fn changes(cases: &[(Option<i64>, &str, Stand, Stand)]) -> Vec<Change> {
    let mut all = Cases::default();
    for (ticket, id, before, after) in cases {
        all.add(ticket.map(TicketId), &post(id), before.clone(), after.clone());
    }
    all.changes()
}

#[test]
fn who_enters_comes_first_then_who_leaves_then_who_moves_furthest() {
    let all = changes(&[
        (Some(1), "a", stand(90), stand(90)),
        (Some(2), "b", stand(80), stand(95)),
        (Some(3), "c", stand(70), suppressed()),
        (Some(4), "d", stand(60), stand(99)),
        (None, "e", suppressed(), stand(97)),
        (None, "f", suppressed(), suppressed()),
    ]);
    let told: Vec<_> = all.iter().map(|it| (&*it.posts[0], it.course, it.before.place, it.after.place)).collect();
    let expected = [
        ("e", Course::Enters, None, Some(2)),
        ("c", Course::Leaves, Some(3), None),
        ("d", Course::Up(3), Some(4), Some(1)),
        ("a", Course::Down(3), Some(1), Some(4)),
        ("b", Course::Down(1), Some(2), Some(3)),
        ("f", Course::Stays, None, None),
    ];
    assert_eq!(told, expected);
    assert_eq!(all[2].terms, [Difference { reason: "grief".to_owned(), before: 60.0, after: 99.0 }]);
    assert!(all[2].is_its_own() && !all[3].is_its_own(), "who only makes room hasn't changed");
}

#[test]
fn a_case_has_the_turn_of_its_best_post_and_the_team_of_the_first_route() {
    let with_team = |minutes, place, team: &str| Stand { team: Some((place, team.to_owned())), ..stand(minutes) };
    let all = changes(&[
        (Some(1), "a", stand(10), with_team(30, 2, "late")),
        (Some(1), "b", stand(20), with_team(15, 1, "early")),
        (Some(2), "c", stand(15), stand(15)),
    ]);
    let case = all.iter().find(|change| change.ticket == Some(TicketId(1))).unwrap();
    assert_eq!((case.before.priority, case.after.priority), (20.0, 30.0));
    assert_eq!((case.before.place, case.after.place), (Some(1), Some(1)));
    assert_eq!(case.after.team.as_deref(), Some("early"));
    assert!(case.moves_team());
}

proptest! {
    #[test]
    fn places_are_those_of_the_queues_before_and_after(
        posts in proptest::collection::vec((0..6i64, 0..5i64, 0..5i64, any::<bool>(), any::<bool>()), 0..40),
    ) {
        let mut all = Cases::default();
        for (number, (ticket, before, after, was, is)) in posts.iter().enumerate() {
            let on = |queued: bool, minutes| if queued { stand(minutes) } else { suppressed() };
            all.add(Some(TicketId(*ticket)), &post(&number.to_string()), on(*was, *before), on(*is, *after));
        }
        let (count, changes) = (all.count(), all.changes());
        prop_assert_eq!(changes.len(), count);
        for spot in [|change: &Change| change.before.place, |change: &Change| change.after.place] {
            let mut places: Vec<usize> = changes.iter().filter_map(spot).collect();
            places.sort_unstable();
            prop_assert!(places.iter().copied().eq(1..=places.len()), "{:?}", places);
        }
        let entered = changes.iter().filter(|change| change.course == Course::Enters).count();
        let left = changes.iter().filter(|change| change.course == Course::Leaves).count();
        let queued = |place: fn(&Change) -> Option<usize>| changes.iter().filter(|change| place(change).is_some()).count();
        prop_assert_eq!(queued(|it| it.before.place) + entered, queued(|it| it.after.place) + left);
    }
}
