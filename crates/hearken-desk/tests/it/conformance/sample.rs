//! Suppressed posts are sampled evenly, judged, and tell what the queue misses.

use hearken_desk::{
    Disposition, Intake, NewPost, Outcome, PostKey, Question, Rules, TicketId, Timestamp, store::Store,
};

use super::{next, next_id, on_every_store};
use crate::testing::{at, grief, post, posts};

on_every_store!(
    a_sample_is_small_and_the_same_in_any_order,
    what_was_missed_is_estimated_and_found,
    suppressed_posts_that_are_queued_after_all,
    what_is_held_back_is_checked_too,
    a_verdict_outlives_its_place_in_the_sample,
);

fn small<S: Store>(store: S) -> hearken_desk::Desk<S> {
    hearken_desk::Desk::new(store, Rules { sample_per_day: 50, ..Rules::default() })
}

fn suppressed(number: i64) -> NewPost {
    NewPost { disposition: Disposition::Suppressed, ..post(&number.to_string(), &number.to_string(), 0) }
}

const DAY: fn() -> (Timestamp, Timestamp) = || (at(0), at(60));

fn a_sample_is_small_and_the_same_in_any_order<S: Store>(store: S) {
    let forwards = small(store);
    let backwards = small(hearken_desk::MemoryStore::default());
    let (mut one, mut other): (Vec<i64>, Vec<i64>) = ((0..1000).collect(), (0..1000).rev().collect());
    one.extend(0..100);
    other.extend(500..600);
    for (desk, numbers) in [(&one, 0), (&other, 1)].map(|(numbers, which)| (which, numbers)) {
        for part in numbers.chunks(100) {
            let batch = posts(part.iter().map(|number| suppressed(*number)));
            if desk == 0 {
                forwards.take_in(&batch, at(1)).unwrap()
            } else {
                backwards.take_in(&batch, at(1)).unwrap()
            };
        }
    }
    let (from, to) = DAY();
    let drawn = forwards.draw(from, to, 1000).unwrap();
    assert_eq!(drawn.len(), 50);
    assert_eq!(drawn, backwards.draw(from, to, 1000).unwrap());
    let gate = forwards.sample_gate().unwrap();
    let admitted = (0..1000).filter(|number: &i64| gate.admits("net", &number.to_string(), at(0))).count();
    assert_eq!(admitted, 50, "the gate lets those in that are kept, and no others");
    assert!(gate.admits("net", "1", at(24 * 60)), "another day has its own bar");
    let estimate = forwards.estimate(Question::Grief, from, to).unwrap();
    assert!((750..1400).contains(&estimate.suppressed), "about 1,000: {estimate:?}");
    assert_eq!(estimate.recall, None);
}

fn what_was_missed_is_estimated_and_found<S: Store>(store: S) {
    let desk = small(store);
    desk.take_in(&posts((0..40).map(suppressed)), at(1)).unwrap();
    desk.take_in(&posts((0..9).map(|number| grief(&format!("g{number}"), &format!("g{number}"), 0))), at(1)).unwrap();
    let misheard = TicketId(9);
    desk.claim(misheard, "ann", at(2)).unwrap();
    desk.resolve(misheard, "ann", Outcome::Misheard, None, at(2)).unwrap();
    let (from, to) = DAY();
    let drawn = desk.draw(from, to, 20).unwrap();
    for (place, sampled) in drawn.iter().enumerate() {
        let found = desk.judge(&sampled.post.key(), "ann", place == 0, false, at(3)).unwrap();
        assert_eq!(found.is_some(), place == 0);
    }
    let estimate = desk.estimate(Question::Grief, from, to).unwrap();
    assert_eq!((estimate.heard, estimate.suppressed, estimate.judged, estimate.missed), (8, 40, 20, 1));
    let (recall, [lowest, highest]) = estimate.recall.unwrap();
    assert!((recall - 0.8).abs() < 1e-9, "1 of 20 is 2 of 40: {recall}");
    assert!((0.4..0.6).contains(&lowest), "{lowest}");
    assert!((highest - 8.0 / 9.0).abs() < 1e-9, "one is missed for certain: {highest}");
    let urgency = desk.estimate(Question::Urgency, from, to).unwrap();
    assert_eq!((urgency.heard, urgency.missed), (0, 0));
    // Whoever was missed comes first now.
    let found = next(&desk, "bob", 4).unwrap().ticket;
    assert!(found.pinned && found.is_grief());
    assert_eq!(desk.draw(from, to, 100).unwrap().len(), 20, "the rest is not judged yet");
    desk.judge(&drawn[0].post.key(), "bob", false, false, at(5)).unwrap();
    assert_eq!(desk.estimate(Question::Grief, from, to).unwrap().missed, 0, "the later word counts");
    assert!(desk.judge(&PostKey::new("net", "none"), "ann", true, true, at(5)).is_err());
}

fn suppressed_posts_that_are_queued_after_all<S: Store>(store: S) {
    let desk = small(store);
    desk.take_in(&posts([suppressed(1), suppressed(2)]), at(1)).unwrap();
    let queued = NewPost { disposition: Disposition::Queued, ..suppressed(1) };
    assert_eq!(desk.take_in(&posts([queued]), at(2)).unwrap().opened, 1);
    let (from, to) = DAY();
    let edited = NewPost { text: "other words".to_owned(), edited_at: Some(at(2)), ..suppressed(2) };
    desk.take_in(&[Intake::Edit(edited)], at(2)).unwrap();
    assert_eq!(desk.draw(from, to, 10).unwrap()[0].post.text, "other words");
    assert_eq!(desk.take_in(&[Intake::Deletion(suppressed(2).key())], at(2)).unwrap().deleted, 1);
    assert_eq!(desk.draw(from, to, 10).unwrap(), []);
    assert_eq!(next_id(&desk, "ann", 3), Some(TicketId(1)));
}

fn what_is_held_back_is_checked_too<S: Store>(store: S) {
    let desk = small(store);
    let held = |id: &str, author: &str| NewPost { disposition: Disposition::Held, ..post(id, author, 0) };
    assert_eq!(desk.take_in(&posts([held("h1", "a"), held("h2", "b")]), at(1)).unwrap().sampled, 2);
    // With an open case it is in front of people anyway.
    desk.take_in(&posts([grief("g", "c", 0), held("h3", "c")]), at(1)).unwrap();
    let (from, to) = DAY();
    let drawn: Vec<String> = desk.draw(from, to, 10).unwrap().into_iter().map(|sampled| sampled.post.id).collect();
    assert_eq!(drawn.len(), 2, "{drawn:?}");
    let key = PostKey::new("net", "h1");
    let found = desk.judge(&key, "ann", true, true, at(2)).unwrap().unwrap();
    assert_eq!((found.id, found.state.name(), found.pinned), (TicketId(1), "reopened", true));
    assert!(found.is_grief() && found.urgency >= 2.0 && found.waiting_since == Some(at(0)), "{found:?}");
    assert_eq!(desk.judge(&key, "ben", true, false, at(3)).unwrap(), None, "it is open as it is");
    let estimate = desk.estimate(Question::Grief, from, to).unwrap();
    assert_eq!((estimate.heard, estimate.judged, estimate.missed), (1, 1, 1), "that it was found changes nothing");
    let queued = NewPost { disposition: Disposition::Queued, edited_at: Some(at(4)), ..post("h2", "b", 0) };
    desk.take_in(&[Intake::Edit(queued)], at(4)).unwrap();
    assert_eq!(desk.draw(from, to, 10).unwrap(), [], "the queue heard it after all");
}

fn a_verdict_outlives_its_place_in_the_sample<S: Store>(store: S) {
    let desk = small(store);
    desk.take_in(&posts((0..50).map(suppressed)), at(1)).unwrap();
    let (from, to) = DAY();
    let last = desk.draw(from, to, 50).unwrap().pop().unwrap().post.key();
    desk.judge(&last, "ann", false, false, at(2)).unwrap();
    desk.take_in(&posts((50..500).map(suppressed)), at(3)).unwrap();
    assert_eq!(desk.draw(from, to, 1000).unwrap().len(), 50);
    assert_eq!(desk.estimate(Question::Grief, from, to).unwrap().judged, 0, "it is no part of the even sample");
    assert_eq!(desk.judge(&last, "ann", false, false, at(4)).unwrap(), None, "but it is still there");
}
