#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::likeness::Marker;
use crate::post::Post;
use crate::testing::after_noon;

const HOUR: i64 = 3_600;

fn marks(id: u64, author: u64, text: &str) -> Marks {
    let mut post = Post::new(id.to_string(), text.to_owned());
    post.author = Some(format!("author{author}").into());
    Marker::default().marks(&post)
}

const TEXT: &str = "vote for our little bakery in the big regional contest today and tell all of your friends";

fn ranked(post: Post<'static>) -> Ranked {
    let judgement = crate::score::Judgement::default();
    Ranked {
        head_start: crate::testing::by_age().head_start(&judgement, &post),
        created_at: after_noon(0),
        judgement,
        model: "tiny".into(),
        due_by: None,
        evidence: crate::evidence::Evidence::default(),
        also: Vec::new(),
        marks: marks(1, 1, TEXT),
        receipt: None,
        post,
    }
}

/// A text like no other.
fn unlike(number: u64) -> String {
    (0..9).map(|place| format!("{} ", letters(number * 9 + place))).collect()
}

fn letters(mut number: u64) -> String {
    let mut word = String::from("w");
    while number > 0 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    word
}

/// Sees posts of the same text: id, author and seconds; when each arrives it was just written.
fn see_all(campaigns: &mut Campaigns, posts: &[(u64, u64, i64)]) -> Vec<Seen> {
    let see = |&(id, author, at): &(u64, u64, i64)| {
        campaigns.see(&marks(id, author, TEXT), None, after_noon(at), after_noon(at), &mut Vec::new())
    };
    posts.iter().map(see).collect()
}

#[test]
fn so_many_authors_make_a_campaign() {
    let mut campaigns = Campaigns::new(3, 60, false);
    let seen = see_all(&mut campaigns, &[(1, 1, 0), (2, 1, 1), (2, 1, 1), (3, 2, 2), (4, 3, 3), (5, 9, 4), (5, 9, 4)]);
    let ids = |ids: &[u64]| ids.iter().map(|id| marks(*id, 0, TEXT).post).collect::<Vec<_>>();
    let recognised = Seen::Recognised(0, ids(&[1, 2, 3]));
    assert_eq!(seen, [Seen::Alone, Seen::Alone, Seen::Alone, Seen::Alone, recognised, Seen::Known(0), Seen::Known(0)]);
    let copies = campaigns.cluster(0).unwrap().copies();
    assert_eq!(copies, Copies { posts: 5, authors: 4 }, "what comes again counts once");
}

#[test]
fn the_window_slides() {
    let mut campaigns = Campaigns::new(3, 60, false);
    // Never three within an hour.
    let slow: Vec<(u64, u64, i64)> = (0..12).map(|n| (n, n, n as i64 * HOUR * 2 / 3)).collect();
    assert!(see_all(&mut campaigns, &slow).iter().all(|seen| *seen == Seen::Alone));
    let (last, at) = (12, 11 * HOUR * 2 / 3);
    assert!(
        matches!(see_all(&mut campaigns, &[(last, last, at + 1)])[0], Seen::Recognised(..)),
        "the third in that hour"
    );
}

#[test]
fn a_campaign_is_over_when_no_copy_comes_for_the_window_and_is_held_until_then() {
    let mut campaigns = Campaigns::new(2, 60, false);
    see_all(&mut campaigns, &[(1, 1, 0), (2, 2, 1)]);
    campaigns.cluster(0).unwrap().keep(ranked(Post::new("1", TEXT)));
    let mut over = Vec::new();
    campaigns.expire(after_noon(HOUR), &mut over);
    assert!(over.is_empty());
    campaigns.expire(after_noon(HOUR + 2), &mut over);
    assert_eq!(over.len(), 1);
    assert_eq!(over[0].evidence.campaign, Some(Copies { posts: 2, authors: 2 }));
    assert_eq!(see_all(&mut campaigns, &[(3, 3, 2 * HOUR)]), [Seen::Alone], "a new one begins");
}

#[test]
fn posts_without_an_author_and_short_ones_are_no_copies() {
    let mut campaigns = Campaigns::new(2, 60, false);
    let now = after_noon(0);
    for id in 0..10 {
        let nobody = Marks { person: None, ..marks(id, id, TEXT) };
        assert_eq!(campaigns.see(&nobody, None, now, now, &mut Vec::new()), Seen::Alone);
        assert_eq!(campaigns.see(&marks(id, id, "my dog died"), None, now, now, &mut Vec::new()), Seen::Alone);
    }
    assert_eq!(campaigns.clusters.iter().count(), 0);
}

#[test]
fn what_is_deleted_does_not_count() {
    let mut campaigns = Campaigns::new(3, 60, false);
    see_all(&mut campaigns, &[(1, 1, 0), (2, 2, 0)]);
    assert_eq!(campaigns.posts_by(marks(2, 2, TEXT).person.unwrap()), [marks(2, 2, TEXT).post]);
    assert!(campaigns.forget(marks(2, 2, TEXT).post).is_none());
    assert_eq!(see_all(&mut campaigns, &[(3, 3, 0)]), [Seen::Alone]);
    assert!(matches!(see_all(&mut campaigns, &[(4, 4, 0)])[0], Seen::Recognised(..)));
}

#[test]
fn texts_are_forgotten_oldest_first_and_leave_nothing_behind() {
    let mut campaigns = Campaigns::new(2, 60, false);
    let now = after_noon(0);
    for id in 0..MOST_TEXTS as u64 + 50 {
        campaigns.see(&marks(id, id, &unlike(id)), None, now, now, &mut Vec::new());
    }
    assert_eq!((campaigns.clusters.iter().count(), campaigns.numbers.len()), (MOST_TEXTS, MOST_TEXTS));
    let last = MOST_TEXTS as u64 + 49;
    let copy = |id: u64, of: u64| marks(id, id, &unlike(of));
    assert_eq!(campaigns.see(&copy(90_000, 0), None, now, now, &mut Vec::new()), Seen::Alone, "it is forgotten");
    assert!(matches!(campaigns.see(&copy(90_001, last), None, now, now, &mut Vec::new()), Seen::Recognised(..)));
}

#[test]
fn what_is_known_of_one_campaign_is_bounded() {
    let mut campaigns = Campaigns::new(2, 60, false);
    let posts: Vec<(u64, u64, i64)> = (0..1_000).map(|n| (n, n, 0)).collect();
    see_all(&mut campaigns, &posts);
    let cluster = campaigns.cluster(0).unwrap();
    assert_eq!(cluster.known.len(), MOST_KNOWN);
    assert_eq!(cluster.copies(), Copies { posts: 1_000, authors: MOST_KNOWN as u32 });
}
