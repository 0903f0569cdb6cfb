//! A batch is its parts, one after the other, however a store goes about it.

use std::collections::BTreeMap;

use hearken_desk::store::{Row, Store};
use hearken_desk::{
    Desk, Disposition, Intake, MemoryStore, NewPost, Person, PostKey, ReplyKind, Rules, TakenIn, Ticket, TicketId,
};

use super::{desk, on_every_store};
use crate::testing::{at, grief, post, reply};

on_every_store!(a_batch_is_its_parts_in_order, a_very_large_batch_is_kept_whole, a_new_ticket_is_changed_in_its_batch);

/// News of few people and posts, so that much of it is about the same.
fn news(random: &mut fastrand::Rng) -> Intake {
    let id = |random: &mut fastrand::Rng| random.u8(..40).to_string();
    let author = |random: &mut fastrand::Rng| format!("person {}", random.u8(..12));
    let key = |random: &mut fastrand::Rng| PostKey::new("net", id(random));
    let written = |random: &mut fastrand::Rng| {
        let (id, minutes) = (id(random), random.i64(0..600));
        let post = if random.u8(..6) == 0 {
            grief(&id, &author(random), minutes)
        } else {
            post(&id, &author(random), minutes)
        };
        NewPost {
            author: post.author.filter(|_| random.u8(..10) > 0),
            thread: (random.u8(..3) == 0).then(|| format!("thread {}", random.u8(..4))),
            urgency: f64::from(random.u8(..4)),
            disposition: [Disposition::Queued, Disposition::Queued, Disposition::Held, Disposition::Suppressed]
                [random.usize(..4)],
            ..post
        }
    };
    match random.u8(..20) {
        0..10 => Intake::Post(written(random)),
        10 | 11 => Intake::Edit(NewPost { edited_at: Some(at(700)), ..written(random) }),
        12 => Intake::Unjudged(written(random)),
        13 => Intake::Campaign { entry: Box::new(written(random)), copies: vec![key(random), key(random)] },
        14 | 15 => {
            let (of, by) = (id(random), author(random));
            reply(&format!("reply {}", random.u8(..20)), &of, &by, ReplyKind::Condolence, 800)
        }
        16 => Intake::Reposts { post: key(random), total: random.u64(..9) },
        17 => Intake::HeadStart { post: key(random), rank_at: random.i64(0..1_000), why: Vec::new() },
        18 => Intake::Deletion(key(random)),
        _ => Intake::AccountDeletion(Person { platform: "net".to_owned(), author: author(random) }),
    }
}

/// All that a desk holds, but for its numbers: tickets are counted from 1, and so are the entries of each.
fn kept<S: Store>(desk: &Desk<S>) -> Vec<String> {
    let mut rows = Vec::new();
    desk.export(|row| {
        rows.push(row);
        Ok(())
    })
    .unwrap();
    let mut counts: BTreeMap<TicketId, i64> = BTreeMap::new();
    let mut numbers: BTreeMap<i64, i64> = BTreeMap::new();
    for row in &rows {
        if let Row::Entry(entry) = row {
            let count = counts.entry(entry.ticket).or_default();
            *count += 1;
            numbers.insert(entry.seq, *count);
        }
    }
    let tickets: Vec<TicketId> = counts.keys().copied().collect();
    let number = |seq: i64| numbers.get(&seq).copied().unwrap_or_default();
    let mut kept: Vec<String> = rows
        .into_iter()
        .filter_map(|row| match row {
            Row::Ticket(ticket) => Some(Row::Ticket(Ticket { entry: number(ticket.entry), ..ticket })),
            Row::Entry(mut entry) => {
                entry.seq = number(entry.seq);
                if let Some(before) = &mut entry.before {
                    before.entry = number(before.entry);
                }
                Some(Row::Entry(entry))
            }
            // What came in is counted at the end of each batch.
            Row::Spike(_) | Row::Opened { .. } => None,
            row => Some(row),
        })
        .map(|row| counted(&format!("{row:?}"), &tickets))
        .collect();
    kept.sort();
    kept
}

/// A row with the places of its tickets instead of their numbers, in which there may be gaps.
fn counted(row: &str, tickets: &[TicketId]) -> String {
    let mut parts = row.split("TicketId(");
    let mut counted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (id, rest) = part.split_once(')').unwrap();
        let place = tickets.binary_search(&TicketId(id.parse().unwrap())).unwrap();
        counted += &format!("TicketId(the {}th){rest}", place + 1);
    }
    counted
}

fn sum(taken: &[TakenIn]) -> [u64; 8] {
    let all = |count: fn(&TakenIn) -> u64| taken.iter().map(count).sum();
    [
        all(|taken| taken.opened),
        all(|taken| taken.joined),
        all(|taken| taken.replies),
        all(|taken| taken.sampled),
        all(|taken| taken.changed),
        all(|taken| taken.collapsed),
        all(|taken| taken.deleted),
        all(|taken| taken.unchanged),
    ]
}

fn a_batch_is_its_parts_in_order<S: Store>(store: S) {
    let wholes = desk(store);
    let parts = Desk::new(MemoryStore::default(), Rules::default());
    let mut random = fastrand::Rng::with_seed(1);
    for round in 0..40 {
        let now = at(1_000 + 10 * round);
        let batch: Vec<Intake> = (0..random.usize(1..60)).map(|_| news(&mut random)).collect();
        let whole = wholes.take_in(&batch, now).unwrap();
        let each: Vec<TakenIn> =
            batch.iter().map(|news| parts.take_in(std::slice::from_ref(news), now).unwrap()).collect();
        assert_eq!(sum(&[whole]), sum(&each), "round {round}: {batch:?}");
        let (whole, parts) = (kept(&wholes), kept(&parts));
        whole.iter().zip(&parts).for_each(|(one, other)| assert_eq!(one, other, "round {round}"));
        assert_eq!(whole, parts, "round {round}: {batch:?}");
    }
}

fn a_very_large_batch_is_kept_whole<S: Store>(store: S) {
    let desk = desk(store);
    let batch: Vec<Intake> =
        (0..2_000).map(|n| Intake::Post(post(&n.to_string(), &(n % 1_500).to_string(), 0))).collect();
    let taken = desk.take_in(&batch, at(30)).unwrap();
    assert_eq!((taken.opened, taken.joined), (1_500, 500));
    assert_eq!(desk.ledger(at(30)).unwrap().waiting, 1_500);
    assert_eq!(desk.show(TicketId(1), true, at(30)).unwrap().posts.len(), 2);
}

fn a_new_ticket_is_changed_in_its_batch<S: Store>(store: S) {
    let desk = desk(store);
    let edited = NewPost { urgency: 3.0, edited_at: Some(at(2)), ..post("1", "a", 0) };
    let batch = [
        Intake::Post(post("1", "a", 0)),
        Intake::Post(post("2", "a", 1)),
        Intake::Edit(edited),
        reply("3", "1", "b", ReplyKind::Condolence, 2),
        Intake::Post(post("4", "c", 2)),
        Intake::Deletion(PostKey::new("net", "4")),
    ];
    desk.take_in(&batch, at(3)).unwrap();
    let first = desk.show(TicketId(1), true, at(3)).unwrap();
    assert_eq!((first.posts.len(), first.replies.len(), first.ticket.urgency), (2, 1, 3.0));
    assert_eq!(desk.show(TicketId(2), true, at(3)).unwrap().ticket.state.name(), "deleted");
}
