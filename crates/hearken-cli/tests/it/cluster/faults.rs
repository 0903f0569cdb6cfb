//! What goes wrong, and the proof that it did.

use std::thread::sleep;
use std::time::{Duration, Instant};

use fastrand::Rng;
use postgres::{Client, NoTls};
use rustix::process::Signal;

use super::nodes::Node;
use crate::broker::Broker;
use crate::cli::PATIENCE;
use crate::live::wait_until;
use crate::{nats_server, postgres_server};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// A node is killed.
    Node,
    /// The server that leads the stream is killed.
    Leader,
    /// PostgreSQL is ended at once, and started again.
    Database,
}

/// Kills a node that holds messages: it is stopped amid a transaction first, so that it can't go on between the look and the kill. What
/// it was about to write is neither at the desk then nor acknowledged. Comes back if it did not start.
pub(super) fn kill_amid_a_write(mut node: Node, database: &postgres_server::Server, random: &mut Rng) -> Option<Node> {
    let mut desk = client(database);
    let started = Instant::now();
    loop {
        sleep(Duration::from_micros(random.u64(..30_000)));
        if node.did_not_start() {
            return Some(node);
        }
        node.signal(Signal::STOP);
        if is_writing(&mut desk, &node.name) {
            node.kill();
            return None;
        }
        node.signal(Signal::CONT);
        assert!(started.elapsed() < PATIENCE, "{} writes nothing", node.name);
    }
}

/// Kills the server that leads the stream, waits for another to lead, and starts the first again. Returns both.
pub(super) fn kill_the_leader(servers: &mut [nats_server::Server], broker: &Broker) -> (usize, usize) {
    let before = wait_until(PATIENCE, || broker.leader("posts"));
    servers[before].kill();
    let after = wait_until(PATIENCE, || broker.leader("posts").filter(|leader| *leader != before));
    servers[before].restart();
    (before, after)
}

/// Ends all processes of the database while nodes write, and starts it again. Returns the names of those nodes.
pub(super) fn crash_amid_writes(database: &mut postgres_server::Server) -> Vec<String> {
    let mut desk = client(database);
    let started_at = |client: &mut Client| -> String {
        client.query_one("SELECT pg_postmaster_start_time()::TEXT", &[]).unwrap().get(0)
    };
    let before = started_at(&mut desk);
    let writing = wait_until(PATIENCE, || Some(writers(&mut desk)).filter(|nodes| !nodes.is_empty()));
    database.crash();
    assert_ne!(started_at(&mut client(database)), before, "the database was not started again");
    assert!(desk.batch_execute("SELECT 1").is_err(), "a connection outlived the crash");
    writing
}

/// Whether a stopped node has written something that it has not committed.
fn is_writing(desk: &mut Client, node: &str) -> bool {
    // The server finishes what it was asked for before the stop.
    let active = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'";
    wait_until(PATIENCE, || (desk.query_one(active, &[&node]).unwrap().get::<_, i64>(0) == 0).then_some(()));
    writers(desk).iter().any(|writer| writer == node)
}

/// The nodes whose transactions have written something.
fn writers(desk: &mut Client) -> Vec<String> {
    let sql =
        "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'node%' AND backend_xid IS NOT NULL";
    desk.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}

fn client(database: &postgres_server::Server) -> Client {
    Client::connect(&database.superuser(), NoTls).unwrap()
}
