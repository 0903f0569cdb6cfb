//! What people say of what was heard: it is kept, the ticket follows, and it can be taken back.

use hearken_desk::{
    Deed, Disposition, Error, Feedback, Intake, Label, Labels, NewPost, Origin, Outcome, PostKey, Relabel, Term,
    TicketId, Truth, store::Store,
};

use super::{desk, next_id, on_every_store};
use crate::testing::{at, grief, post, posts};

on_every_store!(
    a_correction_moves_the_ticket_and_is_taken_back,
    the_later_word_counts,
    what_was_held_back_is_opened,
    other_words_need_another_look,
    nonsense_is_refused,
    all_that_people_said_is_handed_over_once,
    corrections_move_with_the_desk,
);

const T1: TicketId = TicketId(1);

fn key(id: &str) -> PostKey {
    PostKey::new("net", id)
}

/// That a post is of this kind, and ranks so many minutes before the start.
fn relabel(id: &str, truth: Truth, minutes: i64) -> Relabel {
    Relabel {
        post: key(id),
        truth,
        model: "tiny@1".to_owned(),
        rank_at: at(-minutes).as_millisecond(),
        why: vec![Term { reason: "urgency".to_owned(), minutes: minutes as f64, ..Term::default() }],
        due_by: Some(at(30)),
        disposition: Disposition::Queued,
    }
}

fn urgent_advice() -> Truth {
    Truth { grief: Some(false), advice_seeking: Some(true), urgency: Some(3), ..Truth::default() }
}

fn said<S: Store>(desk: &hearken_desk::Desk<S>) -> Vec<Feedback> {
    let mut all = Vec::new();
    desk.feedback(|feedback| {
        all.push(feedback);
        Ok(())
    })
    .unwrap();
    all
}

fn a_correction_moves_the_ticket_and_is_taken_back<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0), post("2", "b", -5)]), at(1)).unwrap();
    let before = desk.show(T1, true, at(2)).unwrap();
    let ticket = desk.relabel(T1, "ann", &relabel("1", urgent_advice(), 600), Some("asks for a vet"), at(2)).unwrap();
    assert_eq!((ticket.labels, ticket.urgency), (Labels::from(Label::Advice), 3.0));
    assert_eq!((ticket.rank_at, ticket.due_by), (at(-600).as_millisecond(), Some(at(30))));
    let entry = desk.show(T1, true, at(2)).unwrap().history.pop().unwrap();
    assert_eq!(
        (entry.deed, entry.by.as_str(), entry.why.as_deref()),
        (Deed::Relabelled, "ann", Some("asks for a vet"))
    );
    assert_eq!(said(&desk).len(), 1);
    // A reply that moves the turn, as the model understood the post, changes nothing.
    let moved = Intake::HeadStart { post: key("1"), rank_at: at(-9000).as_millisecond(), why: Vec::new() };
    desk.take_in(&[moved], at(3)).unwrap();
    assert_eq!(desk.show(T1, true, at(3)).unwrap().ticket.rank_at, ticket.rank_at);
    desk.undo("ann", None, at(4)).unwrap();
    let after = desk.show(T1, true, at(4)).unwrap();
    assert_eq!((&after.posts, after.ticket.labels), (&before.posts, before.ticket.labels));
    assert_eq!((after.ticket.urgency, after.ticket.rank_at), (before.ticket.urgency, before.ticket.rank_at));
    assert_eq!(said(&desk), []);
    assert_eq!(desk.check().unwrap(), []);
}

fn the_later_word_counts<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0)]), at(1)).unwrap();
    let calm = Truth { urgency: Some(0), ..Truth::default() };
    desk.relabel(T1, "ann", &relabel("1", urgent_advice(), 600), None, at(2)).unwrap();
    let ticket = desk.relabel(T1, "ben", &relabel("1", calm, 0), None, at(3)).unwrap();
    assert_eq!((ticket.urgency, ticket.labels), (0.0, Labels::from(Label::Advice)), "of labels nothing was said");
    let [feedback] = &said(&desk)[..] else { panic!("one post, one word") };
    assert_eq!((feedback.by.as_str(), feedback.truth), ("ben", Truth { urgency: Some(0), ..urgent_advice() }));
    desk.undo("ben", None, at(4)).unwrap();
    assert_eq!(said(&desk)[0].truth, urgent_advice(), "what was said before counts again");
    assert_eq!(desk.show(T1, true, at(4)).unwrap().ticket.urgency, 3.0);
}

fn what_was_held_back_is_opened<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { disposition: Disposition::Held, ..post("1", "a", 0) }]), at(1)).unwrap();
    assert_eq!(next_id(&desk, "ann", 1), None);
    desk.relabel(T1, "ann", &relabel("1", Truth { grief: Some(true), ..Truth::default() }, 60), None, at(2)).unwrap();
    assert_eq!(desk.show(T1, true, at(2)).unwrap().ticket.waiting_since, Some(at(0)));
    desk.undo("ann", None, at(3)).unwrap();
    assert_eq!(next_id(&desk, "ann", 3), None, "it is held back again");
    desk.relabel(T1, "ann", &relabel("1", Truth { grief: Some(true), ..Truth::default() }, 60), None, at(4)).unwrap();
    assert_eq!(next_id(&desk, "ann", 4), Some(T1));
    assert_eq!(desk.check().unwrap(), []);
}

fn other_words_need_another_look<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0), grief("2", "b", 0)]), at(1)).unwrap();
    let calm = Truth { grief: Some(false), ..Truth::default() };
    desk.relabel(T1, "ann", &relabel("1", calm, 0), None, at(2)).unwrap();
    desk.relabel(TicketId(2), "ann", &relabel("2", calm, 0), None, at(2)).unwrap();
    // The same words again, as when a stream is replayed, and then others.
    desk.take_in(&[Intake::Edit(grief("1", "a", 0))], at(3)).unwrap();
    assert_eq!(said(&desk).len(), 2);
    let edit = NewPost { text: "other words".to_owned(), edited_at: Some(at(4)), ..grief("1", "a", 0) };
    desk.take_in(&[Intake::Edit(edit)], at(4)).unwrap();
    assert_eq!(said(&desk).len(), 1);
    assert!(desk.show(T1, true, at(4)).unwrap().ticket.is_grief());
    desk.take_in(&[Intake::Deletion(key("2"))], at(5)).unwrap();
    assert_eq!(said(&desk), [], "of what was taken back nothing is handed over");
    let mut rows = Vec::new();
    desk.export(|row| {
        rows.push(serde_json::to_string(&row).unwrap());
        Ok(())
    })
    .unwrap();
    assert!(rows.iter().all(|row| !row.contains("\"row\":\"correction\"")), "{rows:?}");
}

fn nonsense_is_refused<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0), grief("2", "b", 0)]), at(1)).unwrap();
    let too_urgent = Truth { urgency: Some(4), ..Truth::default() };
    for (id, truth, by) in [
        ("1", Truth::default(), "ann"),
        ("1", too_urgent, "ann"),
        ("2", urgent_advice(), "ann"),
        ("1", urgent_advice(), ""),
    ] {
        let refused = desk.relabel(T1, by, &relabel(id, truth, 0), None, at(2));
        assert!(matches!(refused, Err(Error::Invalid(_))), "{id} {truth:?} {by}: {refused:?}");
    }
    let nobody = desk.relabel(TicketId(9), "ann", &relabel("1", urgent_advice(), 0), None, at(2));
    assert!(matches!(nobody, Err(Error::NoTicket(_))));
    desk.merge(T1, TicketId(2), "ann", None, at(3)).unwrap();
    let gone = desk.relabel(T1, "ann", &relabel("1", urgent_advice(), 0), None, at(4));
    assert!(matches!(gone, Err(Error::Refused(_))), "{gone:?}");
    assert_eq!(said(&desk), []);
}

fn all_that_people_said_is_handed_over_once<S: Store>(store: S) {
    let desk = desk(store);
    let both = NewPost { labels: Labels::from_bits(3), ..post("4", "d", 0) };
    let first = [grief("1", "a", 0), grief("2", "b", 0), grief("3", "c", 0), both];
    desk.take_in(&posts(first), at(1)).unwrap();
    for ticket in (1..=4).map(TicketId) {
        desk.claim(ticket, "ann", at(2)).unwrap();
        let outcome = if ticket == TicketId(3) { Outcome::Helped } else { Outcome::Misheard };
        desk.resolve(ticket, "ann", outcome, None, at(3)).unwrap();
    }
    desk.relabel(T1, "ben", &relabel("1", urgent_advice(), 0), None, at(4)).unwrap();
    let suppressed = |id: i64| NewPost { disposition: Disposition::Suppressed, ..post(&format!("s{id}"), "s", 0) };
    desk.take_in(&posts((0..10).map(suppressed)), at(5)).unwrap();
    for sampled in desk.draw(at(0), at(0), 4).unwrap() {
        desk.judge(&sampled.post.key(), "cy", false, false, at(6)).unwrap();
    }
    let all = said(&desk);
    let origins: Vec<Origin> = all.iter().map(|feedback| feedback.origin).collect();
    use Origin::{Audited, Misheard, Relabelled};
    assert_eq!(origins, [Relabelled, Misheard, Audited, Audited, Audited, Audited]);
    assert_eq!(
        all[1].truth,
        Truth { grief: Some(false), ..Truth::default() },
        "what was meant with two labels is unknown"
    );
    assert_eq!((all[1].post.id.as_str(), all[1].by.as_str(), all[1].at), ("2", "ann", at(3)));
    let audited = &all[2];
    assert_eq!(audited.truth, Truth { grief: Some(false), urgent: Some(false), ..Truth::default() });
    assert_eq!(audited.stands_for, Some(2.5), "four of ten");
    assert!(!audited.post.text.is_empty() && audited.by == "cy");
}

fn corrections_move_with_the_desk<S: Store>(store: S) {
    let old = desk(store);
    old.take_in(&posts([grief("1", "a", 0)]), at(1)).unwrap();
    old.relabel(T1, "ann", &relabel("1", urgent_advice(), 600), None, at(2)).unwrap();
    let mut rows = Vec::new();
    old.export(|row| {
        let line = serde_json::to_string(&row).unwrap();
        rows.push(Ok(serde_json::from_str(&line).unwrap()));
        Ok(())
    })
    .unwrap();
    let new = desk(hearken_desk::MemoryStore::default());
    new.import(rows).unwrap();
    assert_eq!(said(&new), said(&old));
    assert_eq!(new.undo("ann", None, at(3)).unwrap(), old.undo("ann", None, at(3)).unwrap());
    assert_eq!(said(&new), []);
}
