//! Whatever people do with tickets, their clocks are right: nobody is raised who is not late, and nobody is told of twice.

use hearken_desk::store::Store;
use hearken_desk::{Alarm, Claimant, Deed, Desk, Entry, MemoryStore, NewPost, Outcome, Rules, Standing, TicketId};
use proptest::prelude::*;

use crate::testing::{at, post, posts};

#[derive(Clone, Debug)]
enum Op {
    Write(u8, f64),
    Next,
    Answer(i64),
    Resolve(i64),
    Snooze(i64),
    Hold(i64),
    Reopen(i64),
    Merge(i64, i64),
    Undo,
    Watch,
    Wait(i64),
}

fn op() -> impl Strategy<Value = Op> {
    let id = 1..4i64;
    prop_oneof![
        4 => (0..3u8, prop::sample::select(vec![0.0, 1.0, 2.0, 3.0])).prop_map(|(author, urgency)| Op::Write(author, urgency)),
        4 => Just(Op::Next),
        2 => id.clone().prop_map(Op::Answer),
        1 => id.clone().prop_map(Op::Resolve),
        1 => id.clone().prop_map(Op::Snooze),
        1 => id.clone().prop_map(Op::Hold),
        1 => id.clone().prop_map(Op::Reopen),
        1 => (id.clone(), id).prop_map(|(from, into)| Op::Merge(from, into)),
        2 => Just(Op::Undo),
        3 => Just(Op::Watch),
        4 => (1..900i64).prop_map(Op::Wait),
    ]
}

fn perform<S: Store>(desk: &Desk<S>, op: &Op, number: usize, now: i64) {
    let (moment, id) = (at(now), |id: &i64| TicketId(*id));
    // Many are refused, as they should be.
    match op {
        Op::Write(author, urgency) => {
            let post = NewPost { urgency: *urgency, ..post(&number.to_string(), &author.to_string(), now) };
            desk.take_in(&posts([post]), moment).unwrap();
        }
        Op::Next => drop(desk.next(&Claimant::new("ann"), moment).unwrap()),
        Op::Answer(ticket) => drop(desk.answer(id(ticket), "ann", None, true, moment)),
        Op::Resolve(ticket) => drop(desk.resolve(id(ticket), "ann", Outcome::Helped, None, moment)),
        Op::Snooze(ticket) => drop(desk.snooze(id(ticket), "ann", at(now + 60), None, moment)),
        Op::Hold(ticket) => drop(desk.hold(id(ticket), "ann", None, moment)),
        Op::Reopen(ticket) => drop(desk.reopen(id(ticket), "ann", None, moment)),
        Op::Merge(from, into) => drop(desk.merge(id(from), id(into), "ann", None, moment)),
        Op::Undo => drop(desk.undo("ann", None, moment)),
        Op::Watch => drop(desk.watch(moment).unwrap()),
        Op::Wait(_) => {}
    }
}

fn check<S: Store>(desk: &Desk<S>, now: i64) {
    for id in 1..4 {
        let Ok(case) = desk.show(TicketId(id), true, at(now)) else { continue };
        let ticket = &case.ticket;
        let waits = matches!(case.standing, Standing::Waiting | Standing::Assigned);
        assert!(waits || (ticket.alarm, ticket.alarm_at, ticket.raised) == (None, None, 0), "{ticket:?}");
        assert!(!waits || case.service.is_none() || ticket.due_by == case.service.map(|due| due.due_by), "{ticket:?}");
        assert!(ticket.raised == 0 || ticket.alarm == Some(Alarm::Breached), "{ticket:?}");
        let lead = case.posts.iter().any(|post| post.post.rank_at == ticket.rank_at + ticket.raised);
        assert!(lead || case.posts.is_empty(), "its turn is that of one of its posts, but for the breach: {ticket:?}");
        // Of its own history, and not of those that became part of it.
        let own: Vec<&Entry> = case.history.iter().filter(|entry| entry.ticket == ticket.id).collect();
        let count = |counts: &dyn Fn(&Entry) -> bool| own.iter().filter(|entry| counts(entry)).count();
        let is = |entry: &Entry, deeds: &[Deed]| deeds.contains(&entry.deed);
        // Who takes back that it was reopened puts it aside once more.
        let closes_again = |entry: &Entry| {
            let undone = own.iter().find(|other| Some(other.seq) == entry.undoes);
            undone.is_some_and(|undone| is(undone, &[Deed::Reopened]))
        };
        let ended = count(&|entry| {
            is(entry, &[Deed::Answered, Deed::Resolved, Deed::Held, Deed::Absorbed]) || closes_again(entry)
        });
        assert!(count(&|entry| is(entry, &[Deed::Breached])) <= 1 + ended, "{own:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn clocks_are_right_whatever_is_done(ops in prop::collection::vec(op(), 1..80)) {
        let desk = Desk::new(MemoryStore::default(), Rules::default());
        let mut now = 0;
        for (number, op) in ops.iter().enumerate() {
            if let Op::Wait(minutes) = op {
                now += minutes;
            }
            perform(&desk, op, number, now);
            check(&desk, now);
        }
        desk.watch(at(now)).unwrap();
        prop_assert_eq!(desk.watch(at(now)).unwrap(), 0, "once");
        check(&desk, now);
        prop_assert_eq!(desk.check().unwrap(), []);
    }
}
