#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn heard(reply: u64, to: u64, by: u64, kind: ReplyKind) -> Heard {
    Heard { reply, id: format!("r{reply}").into(), to, by, kind }
}

#[test]
fn a_person_counts_once_and_the_author_never() {
    let mut hearsay = Hearsay::new();
    for (reply, by) in [(1, 10), (2, 10), (3, 11), (4, 99)] {
        assert!(hearsay.reply(heard(reply, 5, by, ReplyKind::Concern)));
    }
    assert!(!hearsay.reply(heard(3, 5, 11, ReplyKind::Concern)), "the same reply again");
    let (replies, _) = hearsay.about(&[5], &[99]);
    assert_eq!((replies.concern, replies.waiting()), (2, 2));
    assert_eq!(replies.named, ["r1", "r3"]);
}

#[test]
fn advice_counts_without_being_a_sign_of_waiting() {
    let mut hearsay = Hearsay::new();
    hearsay.reply(heard(1, 5, 10, ReplyKind::Advice));
    hearsay.reply(heard(2, 5, 11, ReplyKind::SameTrouble));
    let (replies, _) = hearsay.about(&[5], &[]);
    assert_eq!((replies.advice, replies.waiting()), (1, 1));
    assert_eq!(replies.named, ["r2"]);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut hearsay = Hearsay::new();
    let most = MOST_REPLIES as u64;
    for reply in 0..most + 10 {
        hearsay.reply(heard(reply, reply, 1, ReplyKind::Concern));
        hearsay.repost(most * 2 + reply, 1);
    }
    assert_eq!(hearsay.about.iter().count(), MOST_POSTS);
    assert!(hearsay.replies.iter().count() <= MOST_REPLIES);
    for by in 0..2_000 {
        hearsay.reply(heard(1_000_000 + by, 3, by, ReplyKind::Concern));
    }
    assert_eq!(hearsay.about(&[3], &[]).0.concern as usize, MOST_REPLIES_TO_ONE);
    assert_eq!(Replies { concern: 7, ..Replies::default() }.named.len(), 0);
    assert!(hearsay.about(&[3], &[]).0.named.len() <= NAMED);
}

#[test]
fn an_endless_id_is_counted_but_not_named() {
    let mut hearsay = Hearsay::new();
    hearsay.reply(Heard { id: "x".repeat(LONGEST_NAME + 1).into(), ..heard(1, 5, 10, ReplyKind::Concern) });
    let (replies, _) = hearsay.about(&[5], &[]);
    assert_eq!((replies.concern, replies.named.len()), (1, 0));
}

proptest! {
    #[test]
    fn replies_are_what_a_list_would_tell(
        acts in proptest::collection::vec((0..20u64, 0..4u64, 0..5u64, any::<bool>(), any::<bool>()), 0..80),
    ) {
        let mut hearsay = Hearsay::new();
        let mut list: Vec<(u64, u64, u64)> = Vec::new();
        for (reply, to, by, forget, person) in acts {
            if forget && person {
                let mut answered: Vec<u64> = list.iter().filter(|said| said.2 == by).map(|said| said.1).collect();
                answered.sort_unstable();
                answered.dedup();
                list.retain(|said| said.2 != by);
                let mut told = hearsay.forget_person(by);
                told.sort_unstable();
                prop_assert_eq!(told, answered);
            } else if forget {
                let at = list.iter().position(|said| said.0 == reply);
                prop_assert_eq!(hearsay.forget(reply), at.map(|at| list.remove(at).1));
            } else {
                let new = !list.iter().any(|said| said.0 == reply);
                prop_assert_eq!(hearsay.reply(heard(reply, to, by, ReplyKind::Concern)), new);
                if new {
                    list.push((reply, to, by));
                }
            }
            for post in 0..4 {
                let mut people: Vec<u64> = list.iter().filter(|said| said.1 == post).map(|said| said.2).collect();
                people.sort_unstable();
                people.dedup();
                prop_assert_eq!(hearsay.about(&[post], &[]).0.concern as usize, people.len());
            }
        }
    }
}
