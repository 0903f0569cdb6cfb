//! Routes: which team a case is for, and when a later post may change that.

use hearken_desk::{
    Claimant, Deed, Desk, Disposition, Intake, NewPost, Next, Route, Rules, TicketId, Timestamp, store::Store,
};

use super::{next_id, on_every_store};
use crate::testing::{at, grief, post, posts};

on_every_store!(
    the_first_route_gives_the_team_and_the_trail_says_so,
    whose_team_it_is_is_offered_it,
    a_later_post_moves_a_case_to_an_earlier_route,
    a_case_that_a_human_had_stays_where_it_is,
    a_team_that_comes_with_a_post_goes_before_routes,
    who_is_found_in_the_sample_is_routed_by_what_was_found,
);

/// Grief goes to care, whatever speaks of a parcel to shipping; in this order.
fn routed<S: Store>(store: S) -> Desk<S> {
    let route = |name: &str, team: &str| Route { name: name.to_owned(), team: team.to_owned(), ..Route::default() };
    let bereavement = Route { labels: hearken_desk::Label::Grief.into(), ..route("bereavement", "care") };
    let parcels = Route { words: vec!["parcel".to_owned()], ..route("parcels", "shipping") };
    Desk::new(store, Rules { routes: vec![bereavement, parcels], ..Rules::default() })
}

fn parcel(id: &str, author: &str, minutes: i64) -> NewPost {
    NewPost { text: "Where is my parcel?".to_owned(), ..post(id, author, minutes) }
}

fn team<S: Store>(desk: &Desk<S>, ticket: i64, now: Timestamp) -> Option<String> {
    desk.show(TicketId(ticket), true, now).unwrap().ticket.team
}

fn the_first_route_gives_the_team_and_the_trail_says_so<S: Store>(store: S) {
    let desk = routed(store);
    let both = NewPost { text: "parcel".to_owned(), ..grief("1", "a", 0) };
    desk.take_in(&posts([both, parcel("2", "b", 0), post("3", "c", 0)]), at(0)).unwrap();
    for (ticket, team, route) in
        [(1, Some("care"), Some("bereavement")), (2, Some("shipping"), Some("parcels")), (3, None, None)]
    {
        let case = desk.show(TicketId(ticket), true, at(1)).unwrap();
        assert_eq!(case.ticket.team.as_deref(), team);
        assert_eq!(case.posts[0].post.route.as_deref(), route);
        assert_eq!(case.history[0].why, route.map(|route| format!("route {route}")));
    }
    let known = desk.take_in(&posts([parcel("2", "b", 0)]), at(2)).unwrap();
    assert_eq!(known.unchanged, 1, "the same post again is nothing new");
}

fn whose_team_it_is_is_offered_it<S: Store>(store: S) {
    let desk = routed(store);
    desk.take_in(&posts([grief("1", "a", 0), parcel("2", "b", 1)]), at(2)).unwrap();
    let of_shipping = Claimant { team: Some("shipping".to_owned()), ..Claimant::new("ben") };
    let Next::Claimed(claimed) = desk.next(&of_shipping, at(3)).unwrap() else { panic!("nobody") };
    assert_eq!(claimed.ticket.id, TicketId(2));
}

fn a_later_post_moves_a_case_to_an_earlier_route<S: Store>(store: S) {
    let desk = routed(store);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    for (later, expected) in [
        (NewPost { disposition: Disposition::Held, ..parcel("2", "a", 1) }, None),
        (parcel("3", "a", 2), Some("shipping")),
        (grief("4", "a", 3), Some("care")),
        (parcel("5", "a", 4), Some("care")),
        (post("6", "a", 5), Some("care")),
    ] {
        let minutes = 1 + (later.created_at.as_second() - at(0).as_second()) / 60;
        desk.take_in(&posts([later]), at(minutes)).unwrap();
        assert_eq!(team(&desk, 1, at(minutes)).as_deref(), expected, "at {minutes}");
    }
    let whys: Vec<String> =
        desk.show(TicketId(1), true, at(9)).unwrap().history.into_iter().filter_map(|entry| entry.why).collect();
    assert_eq!(whys, ["route parcels", "route bereavement"]);

    // What an edit says now counts likewise.
    desk.take_in(&posts([post("7", "b", 0)]), at(10)).unwrap();
    let edited = NewPost { edited_at: Some(at(11)), ..parcel("7", "b", 0) };
    desk.take_in(&[Intake::Edit(edited)], at(12)).unwrap();
    assert_eq!(team(&desk, 2, at(13)).as_deref(), Some("shipping"));
}

fn a_case_that_a_human_had_stays_where_it_is<S: Store>(store: S) {
    let desk = routed(store);
    desk.take_in(&posts([parcel("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    // One is handed off, the other taken and given back.
    desk.claim(TicketId(1), "ann", at(1)).unwrap();
    desk.hand_off_to_team(TicketId(1), "ann", Some("night"), None, at(2)).unwrap();
    desk.claim(TicketId(2), "ann", at(3)).unwrap();
    desk.release(TicketId(2), "ann", None, at(4)).unwrap();
    desk.take_in(&posts([grief("3", "a", 5), grief("4", "b", 5)]), at(5)).unwrap();
    assert_eq!(team(&desk, 1, at(6)).as_deref(), Some("night"));
    assert_eq!(team(&desk, 2, at(6)), None);
    assert_eq!(next_id(&desk, "ben", 6), Some(TicketId(2)), "it is still everyone's");
    let history = desk.show(TicketId(2), true, at(6)).unwrap().history;
    assert!(history.iter().any(|entry| entry.deed == Deed::Wrote && entry.why.is_none()), "{history:?}");
}

fn a_team_that_comes_with_a_post_goes_before_routes<S: Store>(store: S) {
    let desk = routed(store);
    let given = NewPost { team: Some("theirs".to_owned()), ..grief("1", "a", 0) };
    desk.take_in(&posts([given]), at(0)).unwrap();
    let case = desk.show(TicketId(1), true, at(1)).unwrap();
    assert_eq!((case.ticket.team.as_deref(), case.posts[0].post.route.as_deref()), (Some("theirs"), None));
}

fn who_is_found_in_the_sample_is_routed_by_what_was_found<S: Store>(store: S) {
    let desk = routed(store);
    let missed = NewPost { disposition: Disposition::Suppressed, ..parcel("1", "a", 0) };
    let key = missed.key();
    desk.take_in(&posts([missed]), at(0)).unwrap();
    let found = desk.judge(&key, "ann", true, false, at(1)).unwrap().unwrap();
    assert_eq!(found.team.as_deref(), Some("care"));
}
