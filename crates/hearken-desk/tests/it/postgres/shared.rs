//! What many have to keep who use one desk at once: no ticket twice, one ticket for one person, one budget for all.

use std::collections::HashSet;
use std::env;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hearken_desk::store::{Store, Survives};
use hearken_desk::{Claimant, Desk, Filter, Ledger, Next, PostgresOptions, PostgresStore, Rules, TicketId};

use super::new_desk;
use crate::processes::{Said, given, lenient, say, start};
use crate::testing::{at, post, posts};

const PROCESSES: usize = 4;
const THREADS: usize = 4;

/// How many are claimed, unless `HEARKEN_TEST_TICKETS` says otherwise.
const TICKETS: usize = 3_000;

fn open(url: &str) -> Desk<PostgresStore> {
    Desk::new(PostgresStore::open(url).unwrap(), lenient())
}

#[test]
fn sixteen_claimers_in_four_processes_never_get_one_ticket_twice() {
    let Some(url) = new_desk() else { return };
    let tickets = env::var("HEARKEN_TEST_TICKETS").map_or(TICKETS, |tickets| tickets.parse().unwrap());
    let desk = open(&url);
    let numbers: Vec<usize> = (0..tickets).collect();
    for part in numbers.chunks(256) {
        desk.take_in(&posts(part.iter().map(|n| post(&n.to_string(), &n.to_string(), 0))), at(0)).unwrap();
    }
    let colleagues = "postgres::shared::some_colleagues";
    let mut processes: Vec<_> =
        (0..PROCESSES).map(|number| start(colleagues, url.as_ref(), &format!("group {number}"))).collect();
    let said: Vec<_> = processes.iter_mut().map(Said::by).collect();
    let said: Vec<Vec<String>> = thread::scope(|scope| {
        let said: Vec<_> = said.into_iter().map(|said| scope.spawn(|| said.collect())).collect();
        said.into_iter().map(|said| said.join().unwrap()).collect()
    });
    processes.iter_mut().for_each(|process| assert!(process.wait().unwrap().success()));

    let busy = said.iter().filter(|claimed| claimed.len() > tickets / 40).count();
    assert_eq!(busy, PROCESSES, "all worked at the same time");
    let all: Vec<String> = said.into_iter().flatten().collect();
    let different: HashSet<&String> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (tickets, tickets));
    let everyone = Ledger { assigned: tickets as u64, ..Ledger::default() };
    assert_eq!(desk.ledger(at(0)).unwrap(), everyone);
    assert_eq!(desk.check().unwrap(), []);
}

#[test]
#[ignore = "a process of the test above"]
fn some_colleagues() {
    let Some((url, name)) = given() else { return };
    let desk = open(url.to_str().unwrap());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let claimant = Claimant::new(format!("{name}, {thread}"));
            let desk = &desk;
            scope.spawn(move || {
                while let Next::Claimed(claimed) = desk.next(&claimant, at(0)).unwrap() {
                    say(&claimed.ticket.id.to_string());
                }
            });
        }
    });
}

#[test]
fn the_second_gets_the_second_best() {
    let Some(url) = new_desk() else { return };
    let desk = open(&url);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1), post("3", "c", 2)]), at(3)).unwrap();
    let store = desk.into_store();
    let other = open(&url);
    let id = |next| match next {
        Next::Claimed(claimed) => Some(claimed.ticket.id),
        _ => None,
    };
    // While someone is about to claim the first, others are not held up, and nobody is passed over but that one.
    let claimed = store.write("", Survives::Kill, |rows| {
        let lanes = rows.lanes()?;
        assert_eq!(rows.first_ready(&lanes)?.map(|ticket| ticket.id), Some(TicketId(1)));
        Ok(id(other.next(&Claimant::new("bob"), at(3))?))
    });
    assert_eq!(claimed.unwrap(), Some(TicketId(2)));
    assert_eq!(
        id(other.next(&Claimant::new("cem"), at(3)).unwrap()),
        Some(TicketId(1)),
        "it was not claimed after all"
    );
}

#[test]
fn nobody_is_told_that_no_one_waits_while_someone_does() {
    let Some(url) = new_desk() else { return };
    let desk = open(&url);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let other = open(&url);
    let (held, asks) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let store = PostgresStore::open(&url).unwrap();
            let given_up: hearken_desk::Result<()> = store.write("", Survives::Kill, |rows| {
                rows.ticket(TicketId(1))?;
                held.wait();
                asks.wait();
                // Long enough for the other to find it held.
                thread::sleep(std::time::Duration::from_millis(300));
                Err(hearken_desk::Error::Invalid("left as it was".to_owned()))
            });
            assert!(given_up.is_err());
        });
        held.wait();
        asks.wait();
        assert!(matches!(other.next(&Claimant::new("bob"), at(0)).unwrap(), Next::Claimed(_)));
    });
}

#[test]
fn posts_of_one_person_are_one_case_wherever_they_come_in() {
    let Some(url) = new_desk() else { return };
    drop(open(&url));
    let machines = 6;
    let all_start = Barrier::new(machines);
    thread::scope(|scope| {
        for machine in 0..machines {
            let (url, all_start) = (&url, &all_start);
            scope.spawn(move || {
                let desk = open(url);
                let mut random = fastrand::Rng::with_seed(machine as u64);
                // Everyone brings the same posts, three of each person, in an order of their own.
                let mut numbers: Vec<usize> = (0..90).collect();
                random.shuffle(&mut numbers);
                all_start.wait();
                for part in numbers.chunks(20) {
                    let batch = part.iter().map(|n| post(&n.to_string(), &format!("person {}", n % 30), 0));
                    desk.take_in(&posts(batch), at(0)).unwrap();
                }
            });
        }
    });
    let desk = open(&url);
    assert_eq!(desk.ledger(at(0)).unwrap().waiting, 30);
    let tickets = desk.list(&Filter::default(), None, 1000, at(0)).unwrap();
    assert!(tickets.iter().all(|ticket| ticket.posts == 3), "each post counts once: {tickets:?}");
    assert_eq!(desk.check().unwrap(), []);
}

#[test]
fn a_contact_budget_is_one_for_all() {
    let Some(url) = new_desk() else { return };
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), Rules::default());
    for round in 0..5 {
        // Two cases of one person: days lie between them.
        let who = format!("person {round}");
        let early = post(&format!("{round} early"), &who, 0);
        let late = post(&format!("{round} late"), &who, 5 * 24 * 60);
        let now = at(5 * 24 * 60);
        desk.take_in(&posts([early, late]), now).unwrap();
        let ids: Vec<TicketId> =
            (0..2).map(|n| desk.claim(TicketId(2 * round + 1 + n), "ann", now).unwrap().ticket.id).collect();
        let both = Barrier::new(2);
        let answered: Vec<bool> = thread::scope(|scope| {
            let answer = |id: TicketId| {
                let (desk, both) = (&desk, &both);
                scope.spawn(move || {
                    both.wait();
                    desk.answer(id, "ann", None, false, now).is_ok()
                })
            };
            let answers: Vec<_> = ids.iter().map(|id| answer(*id)).collect();
            answers.into_iter().map(|answer| answer.join().unwrap()).collect()
        });
        assert_eq!(
            answered.iter().filter(|answered| **answered).count(),
            1,
            "the person has an answer, and then peace"
        );
    }
}

#[test]
fn a_pool_is_for_more_threads_than_it_has_connections() {
    let Some(url) = new_desk() else { return };
    let options = PostgresOptions { connections: 2, ..PostgresOptions::default() };
    let desk = Desk::new(PostgresStore::open_with(&url, options).unwrap(), lenient());
    desk.take_in(&posts((0..40).map(|n| post(&n.to_string(), &n.to_string(), 0))), at(0)).unwrap();
    thread::scope(|scope| {
        for thread in 0..8 {
            let desk = &desk;
            scope.spawn(
                move || while let Next::Claimed(_) = desk.next(&Claimant::new(format!("{thread}")), at(0)).unwrap() {},
            );
        }
    });
    assert_eq!(desk.ledger(at(0)).unwrap().assigned, 40);
}

#[test]
fn two_who_wait_for_each_other_both_get_through() {
    let Some(url) = new_desk() else { return };
    let desk = open(&url);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    let (both_hold_one, tries) = (Barrier::new(2), AtomicUsize::new(0));
    thread::scope(|scope| {
        for (first, second) in [(1, 2), (2, 1)] {
            let (url, both_hold_one, tries) = (&url, &both_hold_one, &tries);
            scope.spawn(move || {
                let store = PostgresStore::open(url).unwrap();
                let mut is_first = true;
                let done = store.write("", Survives::PowerCut, |rows| {
                    tries.fetch_add(1, Ordering::SeqCst);
                    rows.ticket(TicketId(first))?;
                    if std::mem::take(&mut is_first) {
                        both_hold_one.wait();
                    }
                    rows.ticket(TicketId(second))?;
                    rows.put_view(&first.to_string(), &Filter::default())
                });
                done.unwrap();
            });
        }
    });
    assert_eq!(tries.load(Ordering::SeqCst), 3, "one of them had to begin anew");
    assert_eq!(desk.views().unwrap(), ["1", "2"]);
}
