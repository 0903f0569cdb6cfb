//! Jetstream: every event, none twice, however the connection breaks.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hearken_streams::bluesky::{Bluesky, Options};
use hearken_streams::{Cursors, Source as _, Waits};

use crate::jetstream::{Break, Event, Play, Server, feed};
use crate::sink::{Until, lines_of};

const QUICK: Waits = Waits { min: Duration::from_millis(1), max: Duration::from_millis(5) };

fn source(servers: &[&Server], query: &str, state: &Path) -> Bluesky {
    let hosts: Vec<String> = servers.iter().map(|server| server.address.to_string()).collect();
    let mut options = Options::from_url(&format!("bluesky+insecure://{}{query}", hosts.join(","))).unwrap();
    options.waits = QUICK;
    options.stall = Duration::from_millis(500);
    options.linger.lines = 100;
    let cursor = Cursors::open(state).unwrap().cursor("bluesky").unwrap();
    Bluesky::new(options, Some(cursor)).unwrap()
}

/// Which event a line is: all its parts but the time, which servers don't agree on.
fn identity(line: &str) -> String {
    let (before, rest) = line.split_once(r#""time_us":"#).unwrap();
    format!("{before}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn assert_each_once(lines: &[String], feed: &[Event]) {
    let distinct: HashSet<String> = lines.iter().map(|line| identity(line)).collect();
    let wanted: HashSet<String> = feed.iter().map(|event| identity(&event.json())).collect();
    assert_eq!(wanted.difference(&distinct).count(), 0, "some events are missing");
    assert_eq!((distinct.len(), lines.len()), (wanted.len(), wanted.len()), "some events came twice");
}

fn saved(state: &Path) -> u64 {
    let text = std::fs::read_to_string(state).unwrap();
    let (_, rest) = text.split_once(r#""time_us":"#).unwrap();
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// Fifty breaks of all kinds, each after fewer than `longest` events.
fn fifty_breaks(longest: usize) -> Arc<Mutex<Vec<(usize, Break)>>> {
    let kinds = [Break::MidMessage, Break::Drop, Break::Close, Break::Refuse];
    Arc::new(Mutex::new((0..50).map(|n| (fastrand::usize(1..longest), kinds[n % kinds.len()])).collect()))
}

fn assert_all_broke(servers: &[&Server]) {
    let broke = |kind| {
        servers
            .iter()
            .map(|server| server.deeds.breaks.lock().unwrap().iter().filter(|it| **it == kind).count())
            .sum::<usize>()
    };
    let counts = [Break::MidMessage, Break::Drop, Break::Close, Break::Refuse].map(broke);
    assert_eq!(counts, [13, 13, 12, 12], "every break that was planned happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_breaks_leave_neither_gap_nor_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cursors.json");
    let feed = Arc::new(feed(80_000, 500));
    let server = Server::start(Play { feed: Arc::clone(&feed), breaks: fifty_breaks(3000), ..Play::default() }).await;
    let mut lines = Vec::new();
    // Clean stops in between, too: each time a new source goes on from the file.
    for part in [10_000, 20_000, 40_000, 80_000] {
        if lines.len() < part {
            lines.extend(lines_of(source(&[&server], "", &state), Until::Lines(part - lines.len())).await);
        }
    }
    assert_each_once(&lines, &feed);
    assert_eq!(saved(&state), feed.last().unwrap().time_us);
    assert_all_broke(&[&server]);
}

/// Two servers that saw the same events at other times, one of them two seconds later, and neighbours in another order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_breaks_over_two_servers_leave_neither_gap_nor_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cursors.json");
    let feed = Arc::new(feed(40_000, 5_000));
    let later = |event: &Event| Event { time_us: event.time_us + 2_000_000, number: event.number };
    let mut late: Vec<Event> = feed.iter().map(later).collect();
    for pair in late.chunks_exact_mut(2) {
        let [a, b] = pair else { unreachable!() };
        std::mem::swap(&mut a.number, &mut b.number);
    }
    let breaks = fifty_breaks(1500);
    let here = Server::start(Play { feed: Arc::clone(&feed), breaks: Arc::clone(&breaks), ..Play::default() }).await;
    let there = Server::start(Play { feed: Arc::new(late), breaks, ..Play::default() }).await;
    let mut lines = Vec::new();
    for part in [15_000, 40_000] {
        lines.extend(lines_of(source(&[&here, &there], "", &state), Until::Lines(part - lines.len())).await);
    }
    assert_each_once(&lines, &feed);
    assert_all_broke(&[&here, &there]);
    for server in [here, there] {
        assert!(server.deeds.requests.lock().unwrap().len() > 5, "both servers were asked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_committed_comes_again_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cursors.json");
    let feed = Arc::new(feed(20_000, 500));
    let server = Server::start(Play { feed: Arc::clone(&feed), ..Play::default() }).await;
    let mut lines = lines_of(source(&[&server], "", &state), Until::Killed(9_000)).await;
    // In this process a write that was begun goes on for a moment.
    while Cursors::open(&state).is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let cursor = saved(&state);
    let committed = feed.partition_point(|event| event.time_us <= cursor);
    assert!(0 < committed && committed < lines.len(), "{committed} of {}", lines.len());
    lines.extend(lines_of(source(&[&server], "", &state), Until::Lines(feed.len() - committed)).await);
    let distinct: HashSet<&String> = lines.iter().collect();
    assert_eq!(distinct.len(), feed.len(), "nothing is lost");
    assert!(lines.len() <= feed.len() + 9_100 - committed, "only what wasn't committed came twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compressed_events_are_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Arc::new(feed(3_000, 500));
    let samples: Vec<String> = feed.iter().map(Event::json).collect();
    let dictionary = zstd::dict::from_samples(&samples, 16 * 1024).unwrap();
    let path = folder.path().join("dictionary");
    std::fs::write(&path, &dictionary).unwrap();
    let play = Play {
        feed: Arc::clone(&feed),
        breaks: Arc::new(Mutex::new(vec![(900, Break::Drop)])),
        dictionary: Some(Arc::new(dictionary)),
        ..Play::default()
    };
    let server = Server::start(play).await;
    let query = format!("?zstd-dictionary={}", path.display());
    let lines = lines_of(source(&[&server], &query, &folder.path().join("cursors.json")), Until::Lines(3_000)).await;
    assert_each_once(&lines, &feed);
    assert!(server.deeds.requests.lock().unwrap()[0].ends_with("&compress=true"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Arc::new(feed(2_000, 500));
    let breaks = Arc::new(Mutex::new(vec![(700, Break::Stall)]));
    let server = Server::start(Play { feed: Arc::clone(&feed), breaks, ..Play::default() }).await;
    let lines = lines_of(source(&[&server], "", &folder.path().join("cursors.json")), Until::Lines(2_000)).await;
    assert_each_once(&lines, &feed);
    assert_eq!(*server.deeds.breaks.lock().unwrap(), [Break::Stall]);
}

#[tokio::test]
async fn a_request_that_every_server_refuses_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let play = Play { refusal: Some(400), ..Play::default() };
    let (one, two) = (Server::start(play.clone()).await, Server::start(play).await);
    let mut source = source(&[&one, &two], "?collection=nonsense", &folder.path().join("cursors.json"));
    let error = source.next().await.unwrap_err();
    assert_eq!(error.to_string(), format!("{}: the server answered 400: not now", two.address));
    assert!(source.next().await.unwrap().is_none());
    assert_eq!(*one.deeds.requests.lock().unwrap(), ["/subscribe?wantedCollections=nonsense"]);
}

/// Prints what the machine can do: `cargo test --release … -- --ignored --nocapture events_a_second`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn events_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Arc::new(feed(500_000, 50));
    let server = Server::start(Play { feed: Arc::clone(&feed), ..Play::default() }).await;
    let began = Instant::now();
    let lines = lines_of(source(&[&server], "", &folder.path().join("cursors.json")), Until::Lines(feed.len())).await;
    let took = began.elapsed();
    assert_each_once(&lines, &feed);
    println!("{:.0} events/s", lines.len() as f64 / took.as_secs_f64());
}
