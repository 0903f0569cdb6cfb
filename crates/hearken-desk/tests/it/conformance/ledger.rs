//! Nobody who reached out is forgotten, and nobody who was kind to them.

use hearken_desk::{Crowd, Deed, Label, Labels, Ledger, Outcome, PostKey, ReplyKind, TicketId, store::Store};

use super::{desk, next, on_every_store};
use crate::testing::{at, grief, post, posts, reply};

on_every_store!(everyone_is_somewhere, everyone_is_counted, who_waits_longest_comes_first, kindness_is_thanked_once);

fn everyone_is_somewhere<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1), post("3", "c", 2)]), at(3)).unwrap();
    let ledger = |waiting, oldest: Option<i64>, assigned, acknowledged| Ledger {
        waiting,
        oldest: oldest.map(at),
        assigned,
        acknowledged,
        late: 0,
    };
    assert_eq!(desk.ledger(at(3)).unwrap(), ledger(3, Some(0), 0, 0));
    for (minutes, oldest) in [(3, "3 min"), (130, "2 h 10 min"), (1600, "1 d 2 h")] {
        let headline = desk.ledger(at(minutes)).unwrap().headline(at(minutes));
        assert_eq!(headline, format!("waiting: 3, oldest {oldest}"));
    }
    assert_eq!(Ledger::default().headline(at(0)), "waiting: 0");
    next(&desk, "ann", 3).unwrap();
    next(&desk, "ann", 3).unwrap();
    assert_eq!(desk.ledger(at(4)).unwrap(), ledger(1, Some(2), 2, 0));
    desk.answer(TicketId(1), "ann", None, false, at(5)).unwrap();
    assert_eq!(desk.ledger(at(5)).unwrap(), ledger(1, Some(2), 1, 1));
    assert_eq!(desk.ledger(at(33)).unwrap(), ledger(2, Some(1), 0, 1), "the lease of the second has ended");
    desk.reopen(TicketId(1), "bob", None, at(34)).unwrap();
    assert_eq!(desk.ledger(at(34)).unwrap(), ledger(3, Some(1), 0, 0));
    desk.claim(TicketId(3), "bob", at(34)).unwrap();
    desk.resolve(TicketId(3), "bob", Outcome::NothingNeeded, None, at(34)).unwrap();
    desk.hold(TicketId(2), "bob", None, at(34)).unwrap();
    assert_eq!(desk.ledger(at(34)).unwrap(), ledger(1, Some(34), 0, 1));
}

fn everyone_is_counted<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0), grief("2", "b", 1), post("3", "c", 2), post("4", "d", 3)]), at(3))
        .unwrap();
    let census = |minutes| {
        let mut all = desk.census(at(minutes)).unwrap();
        all.sort_by(|one, other| (&one.state, one.labels).cmp(&(&other.state, other.labels)));
        all.iter().for_each(|crowd| assert!(crowd.urgency <= 3 && crowd.team.is_none(), "{crowd:?}"));
        let told = |crowd: Crowd| (crowd.state, crowd.labels, crowd.tickets, crowd.unanswered, crowd.oldest);
        all.into_iter().map(told).collect::<Vec<_>>()
    };
    let grief = Labels::from(Label::Grief);
    let other = desk.show(TicketId(3), false, at(3)).unwrap().ticket.labels;
    let open = |labels, tickets, oldest: i64| ("open".to_owned(), labels, tickets, tickets, Some(at(oldest)));
    let mut both = vec![open(grief, 2, 0), open(other, 2, 2)];
    both.sort_by_key(|crowd| crowd.1);
    assert_eq!(census(3), both);
    desk.claim(TicketId(1), "ann", at(3)).unwrap();
    let claimed = ("claimed".to_owned(), grief, 1, 1, Some(at(0)));
    assert_eq!(census(4)[0], claimed);
    assert_eq!(census(34), both, "the lease has ended");
    desk.claim(TicketId(2), "ann", at(34)).unwrap();
    desk.answer(TicketId(2), "ann", None, false, at(35)).unwrap();
    assert_eq!(census(35)[0], ("answered".to_owned(), grief, 1, 0, None));
    let (deeds, last) = desk.deeds_since(0, &[Deed::Claimed, Deed::Answered]).unwrap();
    let deeds: Vec<_> = deeds.into_iter().map(|entry| entry.deed).collect();
    assert_eq!(deeds, [Deed::Claimed, Deed::Claimed, Deed::Answered]);
    assert_eq!(desk.deeds_since(last, &[Deed::Claimed]).unwrap(), (Vec::new(), last));
}

fn who_waits_longest_comes_first<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 5), post("2", "b", 1), post("3", "c", 3), post("4", "d", 0)]), at(6)).unwrap();
    desk.claim(TicketId(4), "ann", at(6)).unwrap();
    let first = desk.waiting(None, 2, at(6)).unwrap();
    assert_eq!(first.iter().map(|ticket| ticket.id.0).collect::<Vec<_>>(), [2, 3]);
    let last = first.last().unwrap();
    let rest = desk.waiting(last.waiting_since.map(|since| (since, last.id)), 2, at(6)).unwrap();
    assert_eq!(rest.iter().map(|ticket| ticket.id.0).collect::<Vec<_>>(), [1]);
}

fn kindness_is_thanked_once<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([grief("1", "a", 0), post("2", "b", 0)]), at(1)).unwrap();
    desk.take_in(
        &[
            reply("r1", "1", "kind", ReplyKind::Condolence, 2),
            reply("r2", "1", "wise", ReplyKind::Advice, 3),
            reply("r3", "2", "calm", ReplyKind::Concern, 4),
            reply("r4", "1", "kind", ReplyKind::Concern, 5),
        ],
        at(6),
    )
    .unwrap();
    let names = |since| -> Vec<String> {
        desk.supporters(at(since), 10).unwrap().into_iter().map(|reply| reply.reply.id).collect()
    };
    assert_eq!(names(0), ["r1", "r4"], "kind, and to someone who mourns");
    assert_eq!(names(3), ["r4"]);
    desk.thank(&PostKey::new("net", "r1"), "ann", at(7)).unwrap();
    assert_eq!(names(0), ["r4"]);
    assert!(desk.thank(&PostKey::new("net", "r1"), "bob", at(8)).is_err());
    let soon = desk.thank(&PostKey::new("net", "r4"), "bob", at(8)).unwrap_err();
    assert!(soon.to_string().contains("contacted 1 time lately, last by ann"), "{soon}");
    assert!(desk.thank(&PostKey::new("net", "none"), "bob", at(8)).is_err());
}
