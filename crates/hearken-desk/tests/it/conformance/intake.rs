//! How posts become tickets, and what becomes of what was taken back.

use hearken_desk::{
    Disposition, Filter, Intake, NewPost, Outcome, Person, PostKey, ReplyKind, TakenIn, Term, TicketId, store::Store,
};

use super::{desk, next, next_id, on_every_store};
use crate::testing::{at, grief, post, posts, reply};

on_every_store!(
    posts_of_one_person_are_one_case,
    the_same_batch_twice_changes_nothing,
    a_new_post_reopens,
    a_new_post_disturbs_nobody_at_work,
    an_edit_weighs_anew,
    an_edit_that_needs_nobody_leaves_the_queue,
    an_edit_that_nobody_can_read_takes_the_judgement_off,
    what_others_say_brings_a_turn_forward,
    a_deletion_wipes,
    an_account_goes_whole,
    held_posts_are_in_nobodys_way,
    misfits_do_not_cost_the_batch,
);

fn posts_of_one_person_are_one_case<S: Store>(store: S) {
    let desk = desk(store);
    let thread = |thread: &str, post: NewPost| NewPost { thread: Some(thread.to_owned()), ..post };
    let anonymous = NewPost { author: None, ..post("7", "", 0) };
    let elsewhere = NewPost { platform: "other".to_owned(), ..post("8", "a", 1) };
    let taken = desk
        .take_in(
            &posts([
                thread("t", post("1", "a", 0)),
                post("2", "a", 60),
                post("3", "b", 0),
                thread("u", post("4", "a", 3 * 24 * 60)),
                thread("t", post("5", "a", 9 * 24 * 60)),
                anonymous.clone(),
                NewPost { id: "9".to_owned(), ..anonymous },
                elsewhere,
            ]),
            at(10),
        )
        .unwrap();
    assert_eq!((taken.opened, taken.joined), (6, 2));
    let posts_of = |id| -> Vec<String> {
        desk.show(TicketId(id), false, at(10)).unwrap().posts.into_iter().map(|post| post.post.id).collect()
    };
    assert_eq!(posts_of(1), ["1", "2", "5"], "near in time, or in one conversation");
    assert_eq!(posts_of(3), ["4"], "days later, elsewhere");
    assert_eq!(posts_of(4), ["7"], "nobody knows whether two without names are one");
}

fn the_same_batch_twice_changes_nothing<S: Store>(store: S) {
    let desk = desk(store);
    let edited = NewPost { edited_at: Some(at(3)), text: "other words".to_owned(), ..post("1", "a", 0) };
    let again = NewPost { edited_at: Some(at(4)), text: "yet others".to_owned(), ..post("1", "a", 0) };
    let key = PostKey::new("net", "1");
    let mut batch = posts([post("1", "a", 0), grief("2", "b", 1), post("3", "a", 2)]);
    batch.extend([Intake::Edit(edited), Intake::Edit(again)]);
    batch.push(reply("r", "2", "c", ReplyKind::Condolence, 2));
    batch.push(Intake::Reposts { post: key.clone(), total: 7 });
    batch.push(Intake::Deletion(PostKey::new("net", "3")));
    batch.extend(posts([NewPost { disposition: Disposition::Suppressed, ..post("4", "d", 0) }]));
    let taken = desk.take_in(&batch, at(10)).unwrap();
    let expected =
        TakenIn { opened: 2, joined: 1, replies: 1, sampled: 1, changed: 3, deleted: 1, ..TakenIn::default() };
    assert_eq!(taken, expected);
    let before = rows(&desk);
    let taken = desk.take_in(&batch, at(20)).unwrap();
    assert_eq!(taken, TakenIn { unchanged: 9, ..TakenIn::default() });
    assert_eq!(rows(&desk), before);
    assert_eq!(desk.show(TicketId(1), false, at(20)).unwrap().posts[0].post.text, "yet others");
}

fn rows<S: Store>(desk: &hearken_desk::Desk<S>) -> Vec<hearken_desk::Row> {
    let mut rows = Vec::new();
    desk.export(|row| {
        rows.push(row);
        Ok(())
    })
    .unwrap();
    rows
}

fn a_new_post_reopens<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { urgency: 2.0, ..grief("1", "a", 0) }]), at(0)).unwrap();
    next(&desk, "ann", 1).unwrap();
    desk.answer(TicketId(1), "ann", None, false, at(2)).unwrap();
    desk.resolve(TicketId(1), "ann", Outcome::Helped, None, at(3)).unwrap();
    assert_eq!(next(&desk, "ann", 4), None);
    desk.take_in(&posts([post("2", "a", 5)]), at(5)).unwrap();
    let ticket = desk.show(TicketId(1), false, at(5)).unwrap().ticket;
    assert_eq!(ticket.state.name(), "reopened");
    assert_eq!((ticket.waiting_since, ticket.urgency), (Some(at(5)), 0.0), "what was answered doesn't count again");
    assert!(ticket.is_grief(), "whom they mourn for is not forgotten");
}

fn a_new_post_disturbs_nobody_at_work<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    next(&desk, "ann", 1).unwrap();
    let urgent = NewPost { urgency: 3.0, rank_at: at(-999).as_millisecond(), ..post("2", "a", 2) };
    desk.take_in(&posts([urgent]), at(2)).unwrap();
    let ticket = desk.show(TicketId(1), false, at(2)).unwrap().ticket;
    assert_eq!((ticket.state.holder(), ticket.urgency, ticket.posts), (Some("ann"), 3.0, 2));
    assert_eq!((ticket.waiting_since, ticket.rank_at), (Some(at(0)), at(-999).as_millisecond()));
}

fn an_edit_weighs_anew<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { urgency: 3.0, ..grief("1", "a", 0) }, post("2", "a", 1)]), at(2)).unwrap();
    let calmer = NewPost { edited_at: Some(at(3)), urgency: 0.5, ..post("1", "a", 0) };
    desk.take_in(&[Intake::Edit(calmer)], at(3)).unwrap();
    let ticket = desk.show(TicketId(1), false, at(3)).unwrap().ticket;
    assert_eq!((ticket.urgency, ticket.is_grief(), ticket.posts), (0.5, false, 2));
    let older = NewPost { edited_at: Some(at(2)), ..grief("1", "a", 0) };
    assert_eq!(desk.take_in(&[Intake::Edit(older)], at(4)).unwrap().unchanged, 1);
    let unknown = NewPost { edited_at: Some(at(2)), ..post("9", "z", 0) };
    assert_eq!(desk.take_in(&[Intake::Edit(unknown)], at(4)).unwrap().opened, 1);
}

fn an_edit_that_needs_nobody_leaves_the_queue<S: Store>(store: S) {
    let desk = desk(store);
    let calm = |id: &str, author: &str| NewPost {
        disposition: Disposition::Suppressed,
        text: "all is well".to_owned(),
        ..post(id, author, 0)
    };
    desk.take_in(&posts([grief("1", "a", 0), post("2", "b", 0), post("3", "c", 0), post("4", "c", 1)]), at(2)).unwrap();
    desk.claim(TicketId(2), "ann", at(2)).unwrap();
    let edits = [calm("1", "a"), calm("2", "b"), calm("3", "c")].map(Intake::Edit);
    assert_eq!(desk.take_in(&edits, at(3)).unwrap().changed, 3);
    let ticket = |id| desk.show(TicketId(id), true, at(3)).unwrap().ticket;
    assert_eq!((ticket(1).state.name(), ticket(1).is_grief()), ("held", false), "kept, and in nobody's way");
    assert_eq!(ticket(2).state.name(), "claimed", "whoever has it sees what it says now");
    assert_eq!((ticket(3).state.name(), ticket(3).waiting_since), ("open", Some(at(1))), "the other post waits");
    assert_eq!(desk.ledger(at(3)).unwrap().waiting, 1);
    // Others reply, and it comes into the queue after all.
    let lifted = NewPost { disposition: Disposition::Queued, ..calm("1", "a") };
    let other = NewPost { text: "words of before".to_owned(), ..lifted.clone() };
    assert_eq!(desk.take_in(&posts([other, lifted]), at(4)).unwrap().unchanged, 1, "the older version stays away");
    assert_eq!(ticket(1).state.name(), "open");
}

fn an_edit_that_nobody_can_read_takes_the_judgement_off<S: Store>(store: S) {
    let desk = desk(store);
    let urgent = NewPost { urgency: 3.0, rank_at: at(-999).as_millisecond(), ..grief("1", "a", 0) };
    desk.take_in(&posts([urgent, NewPost { disposition: Disposition::Held, ..post("2", "b", 0) }]), at(2)).unwrap();
    let foreign = |id: &str, author: &str| NewPost { text: "ya no".to_owned(), ..post(id, author, 0) };
    let unjudged = [foreign("1", "a"), foreign("2", "b"), foreign("3", "c")].map(Intake::Unjudged);
    let taken = desk.take_in(&unjudged, at(3)).unwrap();
    assert_eq!((taken.changed, taken.unchanged), (2, 1));
    let case = |id| desk.show(TicketId(id), true, at(3)).unwrap();
    let ticket = case(1).ticket;
    assert_eq!((ticket.urgency, ticket.is_grief(), ticket.rank_at), (0.0, false, at(0).as_millisecond()));
    assert_eq!((&*case(1).posts[0].post.text, ticket.state.name()), ("ya no", "open"), "a colleague may read it");
    assert_eq!(case(2).ticket.state.name(), "held", "what was held back stays so");
    assert_eq!(desk.take_in(&unjudged, at(4)).unwrap().unchanged, 3);
}

fn what_others_say_brings_a_turn_forward<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(2)).unwrap();
    let head_start = |minutes: i64| Intake::HeadStart {
        post: PostKey::new("net", "2"),
        rank_at: at(minutes).as_millisecond(),
        why: vec![Term { reason: "replies".to_owned(), minutes: -minutes as f64, ..Term::default() }],
    };
    assert_eq!(desk.take_in(&[head_start(-30), head_start(-20), head_start(-30)], at(3)).unwrap().changed, 1);
    let claimed = next(&desk, "ann", 3).unwrap().ticket;
    assert_eq!((claimed.id, claimed.rank_at), (TicketId(2), at(-30).as_millisecond()));
    assert_eq!(desk.show(TicketId(2), false, at(3)).unwrap().posts[0].post.why[0].minutes, 30.0);
    desk.answer(TicketId(2), "ann", None, false, at(4)).unwrap();
    desk.take_in(&[head_start(-90)], at(5)).unwrap();
    assert_eq!(desk.show(TicketId(2), false, at(5)).unwrap().ticket.state.name(), "answered");
}

fn a_deletion_wipes<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { urgency: 3.0, ..post("1", "a", 0) }, post("2", "a", 1)]), at(2)).unwrap();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "1"))], at(3)).unwrap();
    let case = desk.show(TicketId(1), true, at(3)).unwrap();
    assert_eq!((case.ticket.urgency, case.ticket.posts, case.ticket.state.name()), (0.0, 1, "open"));
    assert_eq!(case.ticket.waiting_since, Some(at(1)));
    assert!(case.posts[0].gone);
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "2"))], at(4)).unwrap();
    let text = rows(&desk).iter().map(|row| format!("{row:?}")).collect::<String>();
    assert!(!text.contains("words of") && !text.contains("\"a\""), "nothing of theirs is left: {text}");
    assert_eq!(desk.show(TicketId(1), true, at(4)).unwrap().ticket.state.name(), "deleted");
    assert_eq!(next(&desk, "ann", 5), None);
    // The same post once more, as after a restart, doesn't come back; another one is another case.
    assert_eq!(desk.take_in(&posts([post("1", "a", 0)]), at(5)).unwrap().unchanged, 1);
    assert_eq!(desk.take_in(&posts([post("3", "a", 5)]), at(5)).unwrap().opened, 1);
    assert_eq!(desk.ledger(at(5)).unwrap().waiting, 1);
}

fn an_account_goes_whole<S: Store>(store: S) {
    let desk = desk(store);
    let far = 40 * 24 * 60;
    desk.take_in(&posts([post("1", "a", 0), post("2", "a", far), post("3", "b", 0)]), at(far)).unwrap();
    desk.take_in(&[reply("r", "3", "a", ReplyKind::Concern, 1)], at(far)).unwrap();
    // Part of what they wrote became part of another's case.
    desk.take_in(&posts([post("4", "b", far)]), at(far)).unwrap();
    desk.merge(TicketId(2), TicketId(4), "ann", None, at(far)).unwrap();
    desk.claim(TicketId(1), "ann", at(far)).unwrap();
    desk.answer(TicketId(1), "ann", None, false, at(far)).unwrap();
    let gone = Intake::AccountDeletion(Person { platform: "net".to_owned(), author: "a".to_owned() });
    assert_eq!(desk.take_in(&[gone], at(far)).unwrap().deleted, 3);
    let text = rows(&desk).iter().map(|row| format!("{row:?}")).collect::<String>();
    assert!(!text.contains("\"a\"") && text.contains("\"b\""), "{text}");
}

fn held_posts_are_in_nobodys_way<S: Store>(store: S) {
    let desk = desk(store);
    let held = |post: NewPost| NewPost { disposition: Disposition::Held, ..post };
    desk.take_in(&posts([held(post("1", "shop", 0)), held(post("2", "shop", 1))]), at(2)).unwrap();
    assert_eq!(next(&desk, "ann", 2), None);
    assert_eq!(desk.ledger(at(2)).unwrap().waiting, 0);
    let listed = desk.list(&Filter { states: vec!["held".to_owned()], ..Filter::default() }, None, 10, at(2)).unwrap();
    assert_eq!(listed.len(), 1);
    desk.take_in(&posts([post("3", "shop", 3)]), at(3)).unwrap();
    assert_eq!(next_id(&desk, "ann", 3), Some(TicketId(1)), "who sells may need help too");
}

fn misfits_do_not_cost_the_batch<S: Store>(store: S) {
    let desk = desk(store);
    let nobody = NewPost { urgency: f64::NAN, ..post("2", "a", 0) };
    let batch = posts([post("", "a", 0), nobody, post("3", "a", 0), post(&"x".repeat(2000), "a", 0)]);
    let taken = desk.take_in(&batch, at(0)).unwrap();
    assert_eq!(taken.opened, 1);
    let misfits: Vec<_> = taken.misfits.iter().map(|misfit| (misfit.index, misfit.reason)).collect();
    assert_eq!(
        misfits,
        [
            (0, "it has no id"),
            (1, "its urgency or a term of its head start is no number"),
            (3, "its id is longer than 1,024 bytes")
        ]
    );
}
