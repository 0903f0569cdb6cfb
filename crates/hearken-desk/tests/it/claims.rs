//! Sixteen colleagues in processes of their own claim until nothing is left: no ticket twice.

use std::collections::HashSet;

use hearken_desk::{Claimant, Ledger, Next};

use crate::processes::{Said, given, open, say, start};
use crate::testing::{at, post, posts};

const COLLEAGUES: usize = 16;
const TICKETS: usize = 2_000;

#[test]
fn sixteen_processes_never_get_one_ticket_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    let desk = open(&file);
    let numbers: Vec<usize> = (0..TICKETS).collect();
    for part in numbers.chunks(256) {
        desk.take_in(&posts(part.iter().map(|n| post(&n.to_string(), &n.to_string(), 0))), at(0)).unwrap();
    }
    let mut colleagues: Vec<_> =
        (0..COLLEAGUES).map(|number| start("claims::a_colleague", &file, &format!("colleague {number}"))).collect();
    let said: Vec<_> = colleagues.iter_mut().map(Said::by).collect();
    let claimed: Vec<Vec<String>> = said.into_iter().map(Iterator::collect).collect();
    colleagues.iter_mut().for_each(|colleague| assert!(colleague.wait().unwrap().success()));

    let busy = claimed.iter().filter(|claimed| claimed.len() > 1).count();
    assert!(busy > 1, "only {busy} got anything: they did not work at the same time");
    let all: Vec<String> = claimed.into_iter().flatten().collect();
    let different: HashSet<&String> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (TICKETS, TICKETS));
    let everyone = Ledger { assigned: TICKETS as u64, ..Ledger::default() };
    assert_eq!(desk.ledger(at(0)).unwrap(), everyone);
    assert_eq!(desk.check().unwrap(), []);
}

#[test]
#[ignore = "a process of the test above"]
fn a_colleague() {
    let Some((file, name)) = given() else { return };
    let desk = open(&file);
    while let Next::Claimed(claimed) = desk.next(&Claimant::new(&name), at(0)).unwrap() {
        say(&claimed.ticket.id.to_string());
    }
}
