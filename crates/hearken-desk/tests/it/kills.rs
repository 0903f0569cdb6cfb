//! Whoever takes posts in is killed at random moments, and a colleague with them, while others claim, answer and resolve. What was
//! acknowledged is there afterwards, nothing is there twice, and the trail explains all of it.

use std::collections::{HashMap, HashSet};
use std::env;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use hearken_desk::store::{Rows, RowsMut, Store, Survives};
use hearken_desk::{Claimant, Desk, Intake, Next, Outcome, Result, Row, SqliteStore, State, TicketId};

use crate::processes::{Said, given, lenient, open, say, start};
use crate::testing::{at, post, posts};

/// How often it is killed, unless `HEARKEN_TEST_KILLS` says otherwise.
const KILLS: usize = 50;

const COLLEAGUES: usize = 5;

/// Posts in a batch.
const BATCH: usize = 32;

/// So many batches that were acknowledged come again after a restart.
const COME_AGAIN: usize = 2;

/// A kill comes at most so long after the first batch, microseconds.
const LATEST: u64 = 60_000;

fn batch(number: usize) -> Vec<Intake> {
    posts((0..BATCH).map(|place| post(&format!("{number}/{place}"), &format!("author {number}/{place}"), 0)))
}

/// A process, and what it says as it comes.
struct Talking {
    child: Child,
    said: Receiver<String>,
}

impl Talking {
    fn start(test: &str, file: &Path, name: &str) -> Self {
        let mut child = start(test, file, name);
        let (sender, said) = channel();
        let lines = Said::by(&mut child);
        thread::spawn(move || lines.for_each(|line| drop(sender.send(line))));
        Self { child, said }
    }

    /// SIGKILL. Returns all that it still had said.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said.iter().collect()
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let kills = env::var("HEARKEN_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    drop(open(&file));
    let mut random = fastrand::Rng::new();
    let colleague = |name: usize| Talking::start("kills::a_colleague", &file, &format!("colleague {name}"));
    let mut colleagues: Vec<Talking> = (0..COLLEAGUES).map(colleague).collect();
    let mut worked = Vec::new();
    let (mut kept, mut amid) = (0_usize, 0);
    for kill in 0..kills {
        let source = Talking::start("kills::the_source", &file, &kept.saturating_sub(COME_AGAIN).to_string());
        let first = source.said.recv().unwrap();
        thread::sleep(Duration::from_micros(random.u64(..LATEST)));
        let unlucky = colleagues.swap_remove(random.usize(..COLLEAGUES));
        let said: Vec<String> = std::iter::once(first).chain(source.kill()).collect();
        // It says so when a transaction is open and when all is written, and last, when that is committed.
        amid += usize::from(said.last().is_some_and(|last| !last.starts_with("kept")));
        let last_kept = said.iter().filter_map(|line| line.strip_prefix("kept ")).next_back();
        kept = last_kept.map_or(kept, |number| kept.max(number.parse::<usize>().unwrap() + 1));
        worked.extend(unlucky.kill());
        colleagues.push(colleague(COLLEAGUES + kill));
    }
    worked.extend(colleagues.into_iter().flat_map(Talking::kill));
    assert!(amid * 5 >= kills, "only {amid} of {kills} kills hit a write");
    assert!(kept > kills / 2, "only {kept} batches were acknowledged");

    assert_eq!(SqliteStore::open(&file).unwrap().integrity().unwrap(), Vec::<String>::new());
    let desk = open(&file);
    assert_eq!(desk.check().unwrap(), []);
    let (mut of_batch, mut states, mut tickets) = (HashMap::<usize, usize>::new(), HashMap::new(), HashSet::new());
    desk.export(|row| {
        match row {
            Row::Post(post) => {
                *of_batch.entry(post.post.id.split('/').next().unwrap().parse().unwrap()).or_default() += 1;
                assert!(tickets.insert(post.ticket), "two posts made one ticket, {}", post.ticket);
            }
            Row::Ticket(ticket) => drop(states.insert(ticket.id, ticket.state)),
            _ => {}
        }
        Ok(())
    })
    .unwrap();
    assert!((0..kept).all(|number| of_batch.contains_key(&number)), "a batch that was acknowledged is lost");
    assert!(of_batch.values().all(|posts| *posts == BATCH), "half a batch was kept");
    assert_eq!(states.len(), of_batch.len() * BATCH, "each post is one ticket");

    let ids = |deed: &str| -> Vec<TicketId> {
        worked.iter().filter_map(|line| line.strip_prefix(deed)?.trim().parse().ok()).collect()
    };
    let (claimed, resolved) = (ids("claimed"), ids("resolved"));
    assert!(resolved.len() > kills, "only {} were resolved: nobody worked meanwhile", resolved.len());
    let different: HashSet<&TicketId> = claimed.iter().collect();
    assert_eq!(different.len(), claimed.len(), "a ticket was claimed twice");
    for id in resolved {
        assert!(matches!(states[&id], State::Resolved { .. }), "{id} was resolved, and is {:?}", states[&id]);
    }
}

#[test]
#[ignore = "a process of the test above"]
fn the_source() {
    let Some((file, first)) = given() else { return };
    let desk = Desk::new(Telling(SqliteStore::open(&file).unwrap()), lenient());
    for number in first.parse::<usize>().unwrap().. {
        desk.take_in(&batch(number), at(0)).unwrap();
        say(&format!("kept {number}"));
    }
}

#[test]
#[ignore = "a process of the test above"]
fn a_colleague() {
    let Some((file, name)) = given() else { return };
    let desk = open(&file);
    loop {
        let Next::Claimed(claimed) = desk.next(&Claimant::new(&name), at(0)).unwrap() else {
            thread::sleep(Duration::from_millis(2));
            continue;
        };
        let id = claimed.ticket.id;
        say(&format!("claimed {id}"));
        desk.answer(id, &name, None, false, at(0)).unwrap();
        desk.resolve(id, &name, Outcome::Helped, None, at(0)).unwrap();
        say(&format!("resolved {id}"));
    }
}

/// Says when a transaction is open, and when all of it is written but not committed.
struct Telling(SqliteStore);

impl Store for Telling {
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        self.0.read(tenant, work)
    }

    fn write<T>(
        &self,
        tenant: &str,
        survives: Survives,
        mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T> {
        self.0.write(tenant, survives, |rows| {
            say("open");
            let done = work(rows);
            say("written");
            done
        })
    }
}
