//! How many like texts become one ticket, and who stays out of it.

use hearken_desk::{Disposition, Filter, Intake, NewPost, Outcome, Person, PostKey, ReplyKind, TicketId, store::Store};

use super::{desk, next_id, on_every_store};
use crate::testing::{at, grief, post, posts, reply};

on_every_store!(
    copies_become_one_held_ticket,
    who_mourns_and_who_is_cared_for_stays,
    a_campaign_grows_and_comes_twice,
    an_author_of_a_copy_is_heard_for_themselves,
    what_is_taken_back_goes_out_of_a_campaign,
    a_colleague_takes_a_copy_out_again,
);

/// A copy that stands for all, of which there are so many.
fn entry(id: &str, author: &str, count: u32) -> Box<NewPost> {
    let record = format!(r#"{{"id":"{id}","campaign":{{"posts":{count}}}}}"#);
    Box::new(NewPost { disposition: Disposition::Held, record, ..post(id, author, 5) })
}

fn campaign(entry: Box<NewPost>, ids: &[&str]) -> Intake {
    Intake::Campaign { entry, copies: ids.iter().map(|id| PostKey::new("net", *id)).collect() }
}

fn held() -> Filter {
    Filter { states: vec!["held".to_owned()], ..Filter::default() }
}

fn copies_become_one_held_ticket<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1), post("3", "c", 2), post("9", "z", 3)]), at(4)).unwrap();
    desk.take_in(&[reply("r", "2", "kim", ReplyKind::SameTrouble, 4)], at(4)).unwrap();
    let taken = desk.take_in(&[campaign(entry("5", "e", 5), &["1", "2", "3", "4", "5"])], at(6)).unwrap();
    assert_eq!((taken.collapsed, taken.changed), (4, 1));
    let [ticket] = desk.list(&held(), None, 10, at(6)).unwrap().try_into().unwrap();
    assert_eq!((ticket.person, ticket.posts), (None, 4));
    let case = desk.show(ticket.id, true, at(6)).unwrap();
    let ids: Vec<&str> = case.posts.iter().map(|post| &*post.post.id).collect();
    assert_eq!((ids, case.replies.len()), (vec!["1", "2", "3", "5"], 1), "what isn't here isn't missed");
    assert!(case.posts[3].post.record.contains("\"posts\":5"));
    assert!(case.history.iter().all(|entry| entry.by == "desk"));
    assert_eq!((desk.ledger(at(6)).unwrap().waiting, next_id(&desk, "ann", 6)), (1, Some(TicketId(4))));
    assert_eq!(desk.show(TicketId(1), true, at(6)).unwrap().ticket.state.name(), "merged");
}

fn who_mourns_and_who_is_cared_for_stays<S: Store>(store: S) {
    let desk = desk(store);
    let batch = [post("1", "a", 0), grief("2", "b", 1), post("3", "c", 2), post("4", "d", 2), post("own", "d", 3)];
    desk.take_in(&posts(batch), at(4)).unwrap();
    desk.take_in(&posts([post("6", "f", 3), post("7", "g", 4), post("8", "h", 5)]), at(5)).unwrap();
    desk.claim(TicketId(3), "ann", at(5)).unwrap();
    desk.pin(TicketId(5), "ann", true, None, at(5)).unwrap();
    desk.claim(TicketId(6), "ben", at(5)).unwrap();
    desk.release(TicketId(6), "ben", None, at(5)).unwrap();
    desk.claim(TicketId(7), "cem", at(5)).unwrap();
    desk.resolve(TicketId(7), "cem", Outcome::Helped, None, at(5)).unwrap();
    let all = ["1", "2", "3", "4", "5", "6", "7", "8"];
    assert_eq!(desk.take_in(&[campaign(entry("5", "e", 8), &all)], at(6)).unwrap().collapsed, 2);
    let states: Vec<_> = (1..8).map(|id| desk.show(TicketId(id), true, at(6)).unwrap().ticket).collect();
    let names: Vec<&str> = states.iter().map(|ticket| ticket.state.name()).collect();
    assert_eq!(names, ["merged", "open", "claimed", "open", "open", "open", "resolved"]);
    assert_eq!(states[3].posts, 2, "who says something of their own beside it");
    // Even when the lease has ended: someone cared.
    desk.take_in(&[campaign(entry("5", "e", 9), &all)], at(90)).unwrap();
    assert_eq!(desk.show(TicketId(3), true, at(90)).unwrap().ticket.state.name(), "open");
}

fn a_campaign_grows_and_comes_twice<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(4)).unwrap();
    let recognised = campaign(entry("5", "e", 5), &["1", "2", "5"]);
    desk.take_in(std::slice::from_ref(&recognised), at(6)).unwrap();
    assert_eq!(desk.take_in(&[recognised], at(7)).unwrap().unchanged, 1);
    let before = desk.list(&held(), None, 10, at(8)).unwrap();
    let taken = desk.take_in(&[campaign(entry("5", "e", 9), &["6"])], at(8)).unwrap();
    assert_eq!((taken.changed, taken.opened, taken.collapsed), (1, 0, 0));
    // After a restart another one stands for it.
    desk.take_in(&posts([post("7", "g", 9)]), at(9)).unwrap();
    desk.take_in(&[campaign(entry("8", "h", 5), &["1", "2", "7", "8"])], at(10)).unwrap();
    let [after] = desk.list(&held(), None, 10, at(10)).unwrap().try_into().unwrap();
    assert_eq!((after.id, after.posts), (before[0].id, 5));
    assert_eq!(desk.ledger(at(10)).unwrap().waiting, 0);
}

fn an_author_of_a_copy_is_heard_for_themselves<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(4)).unwrap();
    desk.take_in(&[campaign(entry("5", "e", 5), &["1", "2", "5"])], at(6)).unwrap();
    assert_eq!(desk.take_in(&posts([post("own", "a", 7)]), at(7)).unwrap().opened, 1);
    let rewritten = NewPost { text: "never mind that, i need help".to_owned(), ..post("2", "b", 1) };
    desk.take_in(&[reply("r", "2", "kim", ReplyKind::Concern, 7)], at(7)).unwrap();
    desk.take_in(&[Intake::Edit(rewritten.clone())], at(8)).unwrap();
    assert_eq!(desk.ledger(at(8)).unwrap().waiting, 2);
    let waiting = desk.waiting(None, 10, at(8)).unwrap();
    let people: Vec<_> = waiting.iter().map(|ticket| ticket.person.as_ref().unwrap().author.as_str()).collect();
    assert_eq!(people, ["b", "a"]);
    assert_eq!(desk.show(waiting[0].id, true, at(8)).unwrap().replies.len(), 1, "with what was replied to it");
    let [rest] = desk.list(&held(), None, 10, at(8)).unwrap().try_into().unwrap();
    assert_eq!(rest.posts, 2);
    // Unless it is one of them still.
    desk.take_in(&[campaign(entry("5", "e", 5), &["2"])], at(9)).unwrap();
    assert_eq!(desk.ledger(at(9)).unwrap().waiting, 1);
}

fn what_is_taken_back_goes_out_of_a_campaign<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(4)).unwrap();
    desk.take_in(&[campaign(entry("5", "e", 5), &["1", "2", "5"])], at(6)).unwrap();
    let person = |author: &str| Person { platform: "net".to_owned(), author: author.to_owned() };
    assert_eq!(desk.take_in(&[Intake::AccountDeletion(person("b"))], at(7)).unwrap().deleted, 1);
    assert_eq!(desk.take_in(&[Intake::AccountDeletion(person("e"))], at(7)).unwrap().deleted, 1);
    // The next one to stand for it finds its place by the one that stood there.
    desk.take_in(&[campaign(entry("6", "f", 4), &["5"])], at(8)).unwrap();
    let [left] = desk.list(&held(), None, 10, at(8)).unwrap().try_into().unwrap();
    assert_eq!(left.posts, 2);
}

fn a_colleague_takes_a_copy_out_again<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(4)).unwrap();
    desk.take_in(&[campaign(entry("5", "e", 5), &["1", "2", "5"])], at(6)).unwrap();
    let [whole] = desk.list(&held(), None, 10, at(6)).unwrap().try_into().unwrap();
    let split = desk.split(whole.id, &[PostKey::new("net", "2")], "ann", None, at(7)).unwrap();
    desk.reopen(split.id, "ann", None, at(7)).unwrap();
    desk.take_in(&[campaign(entry("5", "e", 6), &["2", "6"])], at(8)).unwrap();
    let ticket = desk.show(split.id, true, at(8)).unwrap().ticket;
    assert_eq!((ticket.state.name(), ticket.person.unwrap().author.as_str()), ("reopened", "b"));
}
