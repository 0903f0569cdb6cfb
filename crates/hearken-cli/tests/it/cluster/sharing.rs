//! Nodes share the work evenly, and come and go while it goes on.
#![allow(clippy::print_stdout, reason = "who had how much is worth reading")]

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::faults::kill_amid_a_write;
use super::input::Input;
use super::nodes::{Node, Place};
use super::oracle;
use crate::broker::Broker;
use crate::cli::PATIENCE;
use crate::live::wait_until;
use crate::{nats_server, postgres_server};

/// A stream and a desk, and what was published.
struct Field {
    database: postgres_server::Server,
    _server: nats_server::Server,
    broker: Broker,
    place: Place,
    input: Input,
    published: String,
    folder: TempDir,
}

impl Field {
    fn new(posts: usize) -> Option<Self> {
        let database = postgres_server::Server::start()?;
        let server = nats_server::Server::start();
        let broker = Broker::of(&server.address());
        broker.make(&["posts"], 1);
        let place = Place { servers: server.address(), desk: database.url("shared") };
        let (input, folder) = (Input::new(fastrand::u64(..), posts), tempfile::tempdir().unwrap());
        Some(Self { database, _server: server, broker, place, input, published: String::new(), folder })
    }

    /// Nodes that have all asked for messages.
    fn nodes(&self, numbers: std::ops::Range<usize>) -> Vec<Node> {
        let (before, many) = (self.waiting().unwrap_or_default(), numbers.len());
        let nodes = numbers.map(|number| self.place.node(number)).collect();
        wait_until(PATIENCE, || self.waiting().filter(|waiting| *waiting >= before + many));
        nodes
    }

    /// How many nodes wait for messages.
    fn waiting(&self) -> Option<usize> {
        self.broker.consumer().map(|info| info.num_waiting)
    }

    fn publish(&mut self, posts: usize) {
        let part: Vec<(String, String)> = self.input.by_ref().take(posts).collect();
        self.published.extend(part.iter().map(|(_, line)| line.as_str()));
        self.broker.publish_each(part);
    }

    fn count(&self) -> u64 {
        self.published.lines().count() as u64
    }

    fn check(&self) {
        let file: PathBuf = self.folder.path().join("posts.jsonl");
        fs::write(&file, &self.published).unwrap();
        oracle::check(&oracle::expected(&file), &self.place.desk);
    }
}

#[test]
fn two_nodes_have_half_of_the_work_each() {
    let posts = 20_000;
    let Some(mut field) = Field::new(posts) else { return };
    let nodes = field.nodes(0..2);
    // First more than they can do at once, then less than they could.
    field.publish(posts - 2000);
    field.broker.until_all_is_acknowledged();
    for _ in 0..20 {
        field.publish(100);
        field.broker.until_all_is_acknowledged();
    }
    let shares: Vec<u64> = nodes.into_iter().map(|node| node.stop().acknowledged).collect();
    println!("shares of {} posts: {shares:?}", field.count());
    assert_eq!(shares.iter().sum::<u64>(), field.count());
    let half = field.count() / 2;
    assert!(shares.iter().all(|share| share.abs_diff(half) * 10 <= half), "{shares:?}");
    field.check();
}

#[test]
fn nodes_come_and_go_and_nothing_is_lost() {
    let Some(mut field) = Field::new(16_000) else { return };
    let mut nodes = field.nodes(0..2);
    field.publish(4000);
    // One comes while the two others work.
    nodes.extend(field.nodes(2..3));
    field.publish(4000);
    // One leaves. What it has begun it ends; what it has not begun goes back at once and comes to another.
    let left = nodes.remove(1).stop();
    let given_back = left.delivered - left.acknowledged;
    field.publish(4000);
    let (had, stays) = (nodes.remove(0), nodes.remove(0));
    // One is killed. What it had comes to the other when nobody has said a word about it for a while.
    assert!(kill_amid_a_write(had, &field.database, &mut fastrand::Rng::new()).is_none());
    field.publish(4000);
    field.broker.until_all_is_acknowledged();
    let stays = stays.stop();
    println!("the one that left: {left:?}; the newcomer: {stays:?}");
    assert!(stays.delivered - stays.redelivered > 4000, "the newcomer took no part: {stays:?}");
    assert!(stays.redelivered > given_back, "the one that was killed had nothing: {stays:?}, {left:?}");
    field.check();
}
