//! What people do with tickets.

use hearken_desk::{Claimant, Desk, Intake, NewPost, Outcome, PostKey, ReplyKind, Standing, TicketId, store::Store};

use super::{desk, next, next_id, on_every_store};
use crate::testing::{at, grief, post, posts, reply};

on_every_store!(
    a_promise_is_kept,
    hand_off_to_a_colleague,
    hand_off_to_a_team,
    merge_and_take_it_back,
    split_and_take_it_back,
    undo_goes_back_step_by_step,
    undo_stops_at_what_others_did,
    undo_keeps_what_the_person_wrote,
    notes_and_names_are_checked,
    export_and_import,
);

const T1: TicketId = TicketId(1);
const T2: TicketId = TicketId(2);

fn two_cases<S: Store>(store: S) -> Desk<S> {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0), post("2", "b", 1)]), at(2)).unwrap();
    desk
}

fn state<S: Store>(desk: &Desk<S>, id: TicketId, minutes: i64) -> String {
    desk.show(id, false, at(minutes)).unwrap().ticket.state.name().to_owned()
}

fn a_promise_is_kept<S: Store>(store: S) {
    let desk = two_cases(store);
    assert_eq!(next_id(&desk, "ann", 2), Some(T1));
    desk.snooze(T1, "ann", at(100), Some("she asked for an hour"), at(3)).unwrap();
    assert_eq!(next_id(&desk, "bob", 4), Some(T2));
    desk.resolve(T2, "bob", Outcome::Helped, None, at(5)).unwrap();
    assert_eq!(next(&desk, "bob", 99), None, "not yet");
    assert_eq!(desk.ledger(at(60)).unwrap().oldest, Some(at(0)), "who was promised something still waits");
    assert_eq!(next_id(&desk, "cem", 100), Some(T1));
}

fn hand_off_to_a_colleague<S: Store>(store: S) {
    let desk = two_cases(store);
    next(&desk, "ann", 2).unwrap();
    let ticket = desk.hand_off(T1, "ann", "bob", Some("you speak Polish"), at(3)).unwrap();
    assert_eq!((ticket.state.holder(), ticket.state.until()), (Some("bob"), Some(at(33))));
    assert!(desk.renew(T1, "ann", at(4)).is_err());
    desk.renew(T1, "bob", at(4)).unwrap();
    let why = desk.show(T1, false, at(4)).unwrap().history[2].why.clone();
    assert_eq!(why.as_deref(), Some("you speak Polish"));
}

fn hand_off_to_a_team<S: Store>(store: S) {
    let desk = two_cases(store);
    next(&desk, "ann", 2).unwrap();
    desk.hand_off_to_team(T1, "ann", Some("night"), None, at(3)).unwrap();
    assert_eq!(next_id(&desk, "bob", 4), Some(T2), "the first is the night team's");
    let night = Claimant { team: Some("night".to_owned()), ..Claimant::new("cem") };
    assert!(
        matches!(desk.next(&night, at(5)).unwrap(), hearken_desk::Next::Claimed(claimed) if claimed.ticket.id == T1)
    );
}

fn merge_and_take_it_back<S: Store>(store: S) {
    let desk = two_cases(store);
    desk.take_in(&[reply("r", "2", "c", ReplyKind::Concern, 1)], at(2)).unwrap();
    desk.note(T2, "bob", "the same person, by phone", at(2)).unwrap();
    let merged = desk.merge(T2, T1, "bob", Some("one and the same"), at(3)).unwrap();
    assert_eq!((merged.posts, merged.is_grief()), (2, true));
    let case = desk.show(T1, true, at(3)).unwrap();
    assert_eq!(case.posts.iter().map(|post| post.post.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(case.replies.len(), 1);
    assert!(case.history.iter().any(|entry| entry.ticket == T2 && entry.deed.name() == "noted"), "both histories stay");
    assert_eq!(state(&desk, T2, 3), "merged");
    let gone = desk.claim(T2, "ann", at(3)).unwrap_err();
    assert_eq!(gone.to_string(), "it is part of T1 now");
    // What the second person writes belongs to the one case from now on: theirs is gone.
    assert_eq!(next_id(&desk, "ann", 4), Some(T1));
    assert_eq!(next_id(&desk, "ann", 4), None);
    desk.release(T1, "ann", None, at(5)).unwrap();
    desk.undo("bob", None, at(6)).unwrap();
    assert_eq!((state(&desk, T1, 6), state(&desk, T2, 6)), ("open".to_owned(), "open".to_owned()));
    let second = desk.show(T2, true, at(6)).unwrap();
    assert_eq!((second.posts.len(), second.replies.len(), second.ticket.waiting_since), (1, 1, Some(at(1))));
    assert_eq!(desk.show(T1, true, at(6)).unwrap().ticket.posts, 1);
    assert!(desk.merge(T1, T1, "bob", None, at(7)).is_err());
}

fn split_and_take_it_back<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { urgency: 2.5, ..grief("1", "a", 0) }, post("2", "a", 1)]), at(2)).unwrap();
    let key = PostKey::new("net", "2");
    let split = desk.split(T1, std::slice::from_ref(&key), "ann", Some("another matter"), at(3)).unwrap();
    assert_eq!((split.id, split.posts, split.urgency, split.is_grief()), (T2, 1, 0.0, false));
    let old = desk.show(T1, true, at(3)).unwrap();
    assert_eq!((old.ticket.posts, old.ticket.urgency, old.ticket.waiting_since), (1, 2.5, Some(at(0))));
    assert_eq!(desk.ledger(at(3)).unwrap().waiting, 2);
    assert!(desk.split(T2, std::slice::from_ref(&key), "ann", None, at(4)).is_err(), "one post can't be split");
    desk.undo("ann", None, at(5)).unwrap();
    assert_eq!(desk.show(T1, true, at(5)).unwrap().posts.len(), 2);
    assert_eq!(state(&desk, T2, 5), "merged");
    assert_eq!(desk.ledger(at(5)).unwrap().waiting, 1);
}

fn undo_goes_back_step_by_step<S: Store>(store: S) {
    let desk = two_cases(store);
    next(&desk, "ann", 2).unwrap();
    desk.pin(T1, "ann", true, None, at(3)).unwrap();
    desk.answer(T1, "ann", None, false, at(4)).unwrap();
    desk.resolve(T1, "ann", Outcome::Helped, None, at(5)).unwrap();
    let standing = |minutes| desk.show(T1, false, at(minutes)).unwrap().standing;
    assert_eq!(standing(5), Standing::Acknowledged);
    assert_eq!(desk.undo("ann", Some("wrong one"), at(6)).unwrap().state.name(), "answered");
    assert_eq!(standing(6), Standing::Acknowledged);
    assert_eq!(desk.undo("ann", None, at(7)).unwrap().state.name(), "claimed");
    assert_eq!(standing(7), Standing::Assigned);
    assert!(!desk.undo("ann", None, at(8)).unwrap().pinned);
    assert_eq!(desk.undo("ann", None, at(9)).unwrap().state.name(), "open");
    assert_eq!(standing(9), Standing::Waiting);
    let nothing = desk.undo("ann", None, at(10)).unwrap_err();
    assert_eq!(nothing.to_string(), "ann has done nothing lately that could be undone");
    // The answer was none, so the budget is whole again.
    desk.claim(T1, "bob", at(11)).unwrap();
    assert_eq!(desk.answer(T1, "bob", None, false, at(11)).unwrap().warnings, Vec::<String>::new());
}

fn undo_stops_at_what_others_did<S: Store>(store: S) {
    let desk = two_cases(store);
    next(&desk, "ann", 2).unwrap();
    desk.answer(T1, "ann", None, false, at(3)).unwrap();
    desk.note(T1, "bob", "I know her", at(3)).unwrap();
    desk.reopen(T1, "bob", None, at(4)).unwrap();
    let changed = desk.undo("ann", None, at(5)).unwrap_err();
    assert_eq!(changed.to_string(), "T1 was changed since; nothing was undone");
    assert_eq!(desk.undo("bob", None, at(6)).unwrap().state.name(), "answered");
    assert_eq!(desk.undo("ann", None, at(7)).unwrap().state.name(), "claimed", "a note is no change");
}

fn undo_keeps_what_the_person_wrote<S: Store>(store: S) {
    let desk = two_cases(store);
    next(&desk, "ann", 2).unwrap();
    desk.take_in(&posts([NewPost { urgency: 3.0, ..post("3", "a", 3) }]), at(3)).unwrap();
    let ticket = desk.undo("ann", None, at(4)).unwrap();
    assert_eq!((ticket.state.name(), ticket.posts, ticket.urgency), ("open", 2, 3.0));
    assert_eq!(ticket.waiting_since, Some(at(0)));
    desk.claim(T1, "ann", at(5)).unwrap();
    desk.answer(T1, "ann", None, false, at(5)).unwrap();
    desk.take_in(&posts([post("4", "a", 6)]), at(6)).unwrap();
    assert!(desk.undo("ann", None, at(7)).is_err(), "they wrote back: the answer is part of the story");
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "4"))], at(8)).unwrap();
    assert_eq!(desk.show(T1, false, at(8)).unwrap().ticket.waiting_since, None, "what waited was taken back");
}

fn notes_and_names_are_checked<S: Store>(store: S) {
    let desk = two_cases(store);
    for name in ["", "  ", "desk", "a\nb", &"x".repeat(300)] {
        assert!(desk.next(&Claimant::new(name), at(2)).is_err(), "{name:?}");
        assert!(desk.note(T1, name, "x", at(2)).is_err(), "{name:?}");
    }
    assert!(desk.note(T1, "ann", " ", at(2)).is_err());
    assert!(desk.note(T1, "ann", &"x".repeat(20_000), at(2)).is_err());
    assert_eq!(desk.note(TicketId(9), "ann", "x", at(2)).unwrap_err().to_string(), "T9 is not on this desk");
    assert_eq!(desk.show(T1, false, at(2)).unwrap().history.len(), 1, "nothing was written");
}

fn export_and_import<S: Store>(store: S) {
    let desk = two_cases(store);
    next(&desk, "ann", 2).unwrap();
    desk.answer(T1, "ann", Some("rang her"), false, at(3)).unwrap();
    desk.merge(T2, T1, "ann", None, at(4)).unwrap();
    let mut lines = Vec::new();
    desk.export(|row| {
        lines.push(serde_json::to_string(&row).unwrap());
        Ok(())
    })
    .unwrap();
    let copy = Desk::new(hearken_desk::MemoryStore::default(), desk.rules().unwrap());
    let rows = lines.iter().map(|line| Ok(serde_json::from_str(line).unwrap()));
    assert_eq!(copy.import(rows).unwrap(), lines.len() as u64);
    assert_eq!(copy.show(T1, true, at(5)).unwrap(), desk.show(T1, true, at(5)).unwrap());
    assert_eq!(copy.check().unwrap(), []);
    copy.take_in(&posts([post("9", "z", 5)]), at(5)).unwrap();
    assert_eq!(next_id(&copy, "bob", 5), Some(TicketId(3)), "the numbers go on, and who was answered is left in peace");
    assert!(desk.import(std::iter::empty()).is_err(), "a desk with tickets takes no import");
}
