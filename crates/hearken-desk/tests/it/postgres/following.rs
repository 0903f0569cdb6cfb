//! Whoever follows the trail misses nothing, though numbers are not committed in the order in which they are given.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hearken_desk::store::{Store, Survives};
use hearken_desk::{Deed, Desk, Entry, PostgresStore, Rules, TicketId};
use postgres::{Client, NoTls};

use super::{new_desk, server};
use crate::testing::{at, post, posts};

#[test]
fn what_takes_its_number_early_and_is_committed_late_is_not_skipped() {
    let (Some(server), Some(url)) = (server(), new_desk()) else { return };
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), Rules::default());
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let before = desk.last_entry().unwrap();
    let mut admin = Client::connect(&server.superuser(), NoTls).unwrap();
    let committed = format!("SELECT max(seq) FROM {}.entry", url.split_once("&schema=").unwrap().1);
    let mut committed = || -> i64 { admin.query_one(&committed, &[]).unwrap().get(0) };

    let slow = PostgresStore::open(&url).unwrap();
    let early = slow.write("", Survives::PowerCut, |rows| {
        let ticket = rows.ticket(TicketId(1))?.unwrap();
        let state = ticket.state.clone();
        let early = rows.append(&Entry {
            seq: 0,
            ticket: ticket.id,
            at: at(1),
            by: "desk".to_owned(),
            deed: Deed::Breached,
            from: Some(state.clone()),
            to: state,
            why: None,
            other: None,
            undoes: None,
            before: None,
        })?;
        desk.take_in(&posts([post("2", "b", 0)]), at(1))?;
        assert!(committed() > early && early > before, "the later number was committed first");
        assert_eq!(desk.changes(before)?.tickets, [], "the feed waits for the earlier one");
        assert_eq!((desk.last_entry()?, desk.alarms_since(before)?), (before, (Vec::new(), before)));
        assert_eq!(desk.changes_since(at(1))?, before, "who begins now misses neither");
        Ok(early)
    });
    let early = early.unwrap();
    let numbers: Vec<(i64, TicketId)> =
        desk.changes(before).unwrap().tickets.iter().map(|(number, ticket)| (*number, ticket.id)).collect();
    assert_eq!(numbers, [(early, TicketId(1)), (committed(), TicketId(2))]);
    let (alarms, last) = desk.alarms_since(before).unwrap();
    assert_eq!((alarms.len(), alarms[0].entry.seq, last), (1, early, committed()));
}

#[test]
fn a_feed_that_is_followed_while_many_write_leaves_no_ticket_out() {
    const WRITERS: usize = 4;
    const BATCHES: usize = 40;
    let Some(url) = new_desk() else { return };
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), Rules::default());
    let is_over = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let (mut seen, mut after, mut looks) = (BTreeSet::new(), 0, 0);
            loop {
                let last_look = is_over.load(Ordering::SeqCst);
                let changes = desk.changes(after).unwrap();
                after = changes.tickets.last().map_or(after, |(number, _)| *number);
                looks += usize::from(!changes.tickets.is_empty());
                seen.extend(changes.tickets.iter().map(|(_, ticket)| ticket.id));
                if last_look && changes.complete {
                    assert!(looks > 10, "all came at once");
                    return seen;
                }
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let url = &url;
                scope.spawn(move || {
                    let desk = Desk::new(PostgresStore::open(url).unwrap(), Rules::default());
                    for batch in 0..BATCHES {
                        // Some take long, so that others overtake them.
                        let many = if (batch + writer) % 4 == 0 { 60 } else { 2 };
                        let ids = (0..many).map(|number| format!("{writer}/{batch}/{number}"));
                        desk.take_in(&posts(ids.map(|id| post(&id, &id, 0))), at(0)).unwrap();
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_over.store(true, Ordering::SeqCst);
        follower.join().unwrap()
    });
    let all = desk.ledger(at(0)).unwrap().waiting;
    assert_eq!(seen.len() as u64, all, "a change was skipped");
}
