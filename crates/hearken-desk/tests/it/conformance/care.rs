//! Nobody is pestered, and nobody burns out.

use hearken_desk::{Claimant, Desk, NewPost, Next, Outcome, Rules, TicketId, store::Store};

use super::{desk, next, next_id, on_every_store};
use crate::testing::{at, grief, post, posts};

on_every_store!(
    who_was_contacted_is_left_in_peace,
    who_mourns_is_left_in_peace_for_longer,
    a_crisis_ends_the_quiet,
    too_often_is_too_often,
    grief_takes_turns,
    heavy_texts_are_blurred,
);

const HOUR: i64 = 60;

/// A person was answered at once, and has written again.
fn answered<S: Store>(store: S, first: NewPost, second: NewPost) -> Desk<S> {
    let desk = desk(store);
    desk.take_in(&posts([first]), at(0)).unwrap();
    next(&desk, "ann", 0).unwrap();
    desk.answer(TicketId(1), "ann", None, false, at(0)).unwrap();
    desk.resolve(TicketId(1), "ann", Outcome::Helped, None, at(0)).unwrap();
    desk.take_in(&posts([second]), at(1)).unwrap();
    desk
}

fn who_was_contacted_is_left_in_peace<S: Store>(store: S) {
    let desk = answered(store, post("1", "a", 0), post("2", "a", 1));
    assert_eq!(next(&desk, "bob", 2), None);
    let case = desk.show(TicketId(1), false, at(2)).unwrap();
    assert_eq!(case.ticket.quiet_until, Some(at(12 * HOUR)));
    let last = case.history.last().unwrap();
    assert_eq!(last.deed.name(), "quieted");
    assert!(last.why.as_ref().unwrap().contains("contacted 1 time lately, last by ann"), "{last:?}");
    assert_eq!(desk.ledger(at(2)).unwrap().waiting, 1, "they wait all the same");
    // Whoever takes it all the same is warned, and then refused.
    let claimed = desk.claim(TicketId(1), "bob", at(3)).unwrap();
    assert_eq!(claimed.warnings.len(), 1);
    assert!(desk.answer(TicketId(1), "bob", None, false, at(4)).unwrap_err().to_string().contains("in peace until"));
    assert_eq!(desk.answer(TicketId(1), "bob", Some("they asked"), true, at(4)).unwrap().warnings.len(), 1);
}

fn who_mourns_is_left_in_peace_for_longer<S: Store>(store: S) {
    let desk = answered(store, grief("1", "a", 0), post("2", "a", 1));
    assert_eq!(next(&desk, "bob", 13 * HOUR), None);
    assert_eq!(next_id(&desk, "bob", 24 * HOUR), Some(TicketId(1)));
    // Unless it is urgent: then nobody waits for a rule.
    desk.release(TicketId(1), "bob", None, at(24 * HOUR)).unwrap();
    desk.claim(TicketId(1), "bob", at(24 * HOUR)).unwrap();
    desk.answer(TicketId(1), "bob", None, false, at(24 * HOUR)).unwrap();
    let crisis = NewPost { urgency: 2.9, ..post("3", "a", 24 * HOUR) };
    desk.take_in(&posts([crisis]), at(24 * HOUR + 6)).unwrap();
    let claimed = next(&desk, "cem", 24 * HOUR + 7).unwrap();
    assert_eq!((claimed.ticket.id, claimed.warnings.len()), (TicketId(1), 1));
    desk.answer(TicketId(1), "cem", None, false, at(24 * HOUR + 8)).unwrap();
}

fn a_crisis_ends_the_quiet<S: Store>(store: S) {
    let desk = answered(store, post("1", "a", 0), post("2", "a", 1));
    assert_eq!(next(&desk, "bob", 2), None);
    desk.take_in(&posts([NewPost { urgency: 3.0, ..post("3", "a", 3) }]), at(3)).unwrap();
    let claimed = next(&desk, "bob", 4).unwrap();
    assert_eq!((claimed.ticket.id, claimed.warnings.len()), (TicketId(1), 1));
}

fn too_often_is_too_often<S: Store>(store: S) {
    let desk = desk(store);
    for round in 0..3 {
        let start = round * 13 * HOUR;
        desk.take_in(&posts([post(&round.to_string(), "a", start)]), at(start)).unwrap();
        assert_eq!(next_id(&desk, "ann", start), Some(TicketId(1)));
        desk.answer(TicketId(1), "ann", None, false, at(start)).unwrap();
    }
    desk.take_in(&posts([post("last", "a", 40 * HOUR)]), at(40 * HOUR)).unwrap();
    assert_eq!(next(&desk, "ann", 40 * HOUR), None, "three times in a week");
    assert_eq!(next(&desk, "ann", 7 * 24 * HOUR - 1), None);
    assert_eq!(next_id(&desk, "ann", 7 * 24 * HOUR), Some(TicketId(1)), "a week after the first");
}

fn grief_takes_turns<S: Store>(store: S) {
    let desk = desk(store);
    let authors: Vec<String> = (0..8).map(|author| format!("mourner {author}")).collect();
    desk.take_in(&posts(authors.iter().map(|author| grief(author, author, 0))), at(1)).unwrap();
    desk.take_in(&posts([post("other", "z", 1)]), at(1)).unwrap();
    let griefs: Vec<bool> = (0..6).map(|_| next(&desk, "ann", 2).unwrap().ticket.is_grief()).collect();
    assert_eq!(griefs, [true, true, true, false, true, true], "three, then something else");
    next(&desk, "ann", 2).unwrap();
    assert_eq!(desk.next(&Claimant::new("ann"), at(3)).unwrap(), Next::Rest { grief_in_a_row: 3 });
    assert!(next(&desk, "bob", 3).is_some(), "a colleague goes on");
    desk.take_in(&posts([grief("more", "more", 3)]), at(3)).unwrap();
    let more = Claimant { more_grief: true, ..Claimant::new("ann") };
    assert!(matches!(desk.next(&more, at(3)).unwrap(), Next::Claimed(_)));
    assert!(matches!(desk.next(&Claimant::new("ann"), at(3)).unwrap(), Next::Rest { .. } | Next::Nobody));
    desk.take_in(&posts([grief("later", "later", 200)]), at(200)).unwrap();
    assert!(matches!(desk.next(&Claimant::new("ann"), at(200)).unwrap(), Next::Claimed(_)), "after a break");
}

fn heavy_texts_are_blurred<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { urgency: 2.8, ..grief("1", "a", 0) }, grief("2", "b", 0)]), at(0)).unwrap();
    let blurred = desk.show(TicketId(1), false, at(0)).unwrap();
    assert!(blurred.blurred);
    let shown = serde_json::to_string(&blurred).unwrap();
    assert!(!shown.contains("words of"), "{shown}");
    let asked = desk.show(TicketId(1), true, at(0)).unwrap();
    assert_eq!((asked.blurred, asked.posts[0].post.text.as_str()), (false, "words of 1"));
    assert!(!desk.show(TicketId(2), false, at(0)).unwrap().blurred, "urgency 1");
    assert_eq!(Rules::default().care.blur_from, 2.5);
}
