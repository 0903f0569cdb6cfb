//! The whole under fire: while posts are published, nodes are killed, and once the leader of the stream and the database. At the end each
//! post that deserves a ticket is in one, once, and the stream knows that all are done with.
//!
//! `HEARKEN_TEST_POSTS=300000 cargo test -p hearken-cli --test it cluster::fire -- --nocapture` does it on a larger scale, and
//! `HEARKEN_TEST_BINARY=target/release/hearken` before it with the binary that is shipped.
#![allow(clippy::print_stdout, reason = "what went wrong and when is worth reading")]

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::faults::{Fault, crash_amid_writes, kill_amid_a_write, kill_the_leader};
use super::input::Input;
use super::nodes::{Counts, Node, Place};
use super::oracle;
use crate::broker::Broker;
use crate::cli::PATIENCE;
use crate::live::wait_until;
use crate::{nats_server, postgres_server};

/// How many posts are published at least, unless `HEARKEN_TEST_POSTS` says otherwise.
const POSTS: usize = 30_000;

const NODES: usize = 4;

/// How often a node is killed.
const KILLS: usize = 10;

/// So many posts may be published that nobody has done with.
const BACKLOG: u64 = 8192;

/// Posts that are published in one go.
const AT_ONCE: usize = 500;

/// Every so many posts one is published a second time, as another message.
const TWICE: usize = 40;

#[test]
fn no_post_is_lost_or_kept_twice_whoever_is_killed() {
    let Some(mut database) = postgres_server::Server::start() else { return };
    let posts = env::var("HEARKEN_TEST_POSTS").map_or(POSTS, |posts| posts.parse().unwrap());
    let mut servers = nats_server::Server::cluster();
    let addresses = servers.iter().map(nats_server::Server::address).collect::<Vec<_>>().join(",");
    let broker = Broker::of(&addresses);
    broker.make(&["posts"], 3);
    let place = Place { servers: addresses, desk: database.url("cluster") };
    let mut crew = Crew::new(&place);
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.jsonl");
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let plan = plan(&mut random, posts);

    let (started, (all_went_wrong, told)) = (Instant::now(), channel());
    let published = thread::scope(|scope| {
        let (input, place) = (&input, &place);
        let publishing = scope.spawn(move || publish(Input::new(seed, posts), input, place, posts, &told));
        // Gone with a failure, it ends the publisher too.
        let all_went_wrong = all_went_wrong;
        for (after, fault) in plan {
            wait_until(10 * PATIENCE, || (broker.count("posts") >= after).then_some(()));
            let (at, open) = (broker.count("posts"), broker.open());
            let told = match fault {
                Fault::Node => format!("{} killed amid a write", crew.lose_one(&database, &mut random)),
                Fault::Leader => {
                    let (before, after) = kill_the_leader(&mut servers, &broker);
                    format!("server {before} killed, which led; now {after} does")
                }
                Fault::Database => {
                    format!(
                        "PostgreSQL killed while {} wrote, and started again",
                        crash_amid_writes(&mut database).join(", ")
                    )
                }
            };
            println!("{:6.1} s, {at} posts published, {open:?} open: {told}", started.elapsed().as_secs_f64());
        }
        all_went_wrong.send(()).unwrap();
        publishing.join().unwrap()
    });
    crew.replace_those_that_did_not_start();
    let all = published.posts + published.again;
    wait_until(20 * PATIENCE, || (broker.count("posts") == all as u64 && broker.open() == Some((0, 0))).then_some(()));
    let seconds = started.elapsed().as_secs_f64();
    let rest: Vec<Counts> = crew.nodes.into_iter().map(Node::stop).collect();

    let expected = oracle::expected(&input);
    let (queued, held) = oracle::sorts(&expected);
    assert!(
        queued * 5 > published.posts && held * 100 > published.posts,
        "{queued} deserve a ticket, {held} are held back"
    );
    oracle::check(&expected, &place.desk);
    let came_again: u64 = rest.iter().map(|counts| counts.redelivered).sum();
    println!(
        "{} posts, {} of them twice, in {seconds:.0} s, {:.0}/s: {queued} in tickets, {held} held back, none missing, none twice; \
         {came_again} messages came again to the last {NODES} nodes",
        published.posts,
        published.again,
        all as f64 / seconds
    );
    assert!(came_again > 0, "nobody had anything when it was killed");
}

/// Nodes that run, and who looks after them.
struct Crew<'a> {
    place: &'a Place,
    nodes: Vec<Node>,
    started: usize,
}

impl<'a> Crew<'a> {
    fn new(place: &'a Place) -> Self {
        Self { place, nodes: (0..NODES).map(|number| place.node(number)).collect(), started: NODES }
    }

    /// Takes one out, and starts another in its place.
    fn replace_one(&mut self, number: usize) -> Node {
        self.nodes.push(self.place.node(self.started));
        self.started += 1;
        self.nodes.swap_remove(number)
    }

    /// Kills one at random. Returns its name.
    fn lose_one(&mut self, database: &postgres_server::Server, random: &mut fastrand::Rng) -> String {
        loop {
            let node = self.replace_one(random.usize(..NODES));
            let name = node.name.clone();
            match kill_amid_a_write(node, database, random) {
                None => return name,
                Some(node) => println!("{name} did not start: {}", node.reason()),
            }
        }
    }

    fn replace_those_that_did_not_start(&mut self) {
        while let Some(number) = self.nodes.iter_mut().position(Node::did_not_start) {
            let node = self.replace_one(number);
            println!("{} did not start: {}", node.name.clone(), node.reason());
        }
    }
}

/// What goes wrong, each after so many posts at random.
fn plan(random: &mut fastrand::Rng, posts: usize) -> Vec<(u64, Fault)> {
    let mut faults = vec![Fault::Node; KILLS];
    faults.extend([Fault::Leader, Fault::Database]);
    random.shuffle(&mut faults);
    let mut moments: Vec<u64> = faults.iter().map(|_| random.u64(posts as u64 / 50..posts as u64 * 4 / 5)).collect();
    moments.sort_unstable();
    moments.into_iter().zip(faults).collect()
}

/// What was published: so many posts, and so many of them a second time.
struct Published {
    posts: usize,
    again: usize,
}

/// Publishes posts and writes them to a file: so many, and more until all has gone wrong that was to.
fn publish(mut input: Input, file: &Path, place: &Place, posts: usize, all_went_wrong: &Receiver<()>) -> Published {
    let broker = Broker::of(&place.servers);
    let mut file = File::create(file).unwrap();
    let mut published = Published { posts: 0, again: 0 };
    let mut again = Vec::new();
    let mut is_over = false;
    while published.posts < posts || !is_over {
        let part: Vec<(String, String)> = input.by_ref().take(AT_ONCE.min(posts)).collect();
        part.iter().for_each(|(_, line)| file.write_all(line.as_bytes()).unwrap());
        published.posts += part.len();
        let second = part.iter().step_by(TWICE).map(|(id, line)| (format!("{id} again"), line.clone())).collect();
        let first = std::mem::replace(&mut again, second);
        published.again += first.len();
        broker.publish_each(part.into_iter().chain(first));
        // Without an answer nobody knows, and there is room.
        let is_full = || broker.open().is_some_and(|(under_way, waiting)| under_way as u64 + waiting > BACKLOG);
        loop {
            match all_went_wrong.try_recv() {
                Ok(()) => is_over = true,
                Err(TryRecvError::Disconnected) if !is_over => return published,
                Err(_) if is_full() => thread::sleep(Duration::from_millis(10)),
                Err(_) => break,
            }
        }
    }
    published
}
