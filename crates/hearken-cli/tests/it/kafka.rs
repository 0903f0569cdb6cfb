//! Topics of Kafka: posts in, results out, and nothing lost whoever comes, leaves or is killed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use rustix::process::Signal;
use serde_json::Value;

use crate::cli::{self, NOW, PATIENCE, posts, tiny_dir};
use crate::kafka_broker::{Client, Found, Mock, Tansu};
use crate::live::{Live, wait_until};

/// Of a group that notices soon that a node is gone. The mock cluster shares partitions out a second before that.
const TIMEOUTS: &str = "session.timeout.ms=3000&heartbeat.interval.ms=300";

/// A run that reads `posts` as `triage`, with the small model.
fn run(address: &str, settings: &str) -> Command {
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir());
    command.args(["--source", &format!("kafka://{address}?topic=posts&group=triage&{TIMEOUTS}{settings}")]);
    command
}

/// The same, with results on `triaged`.
fn relay(address: &str) -> Command {
    let mut command = run(address, "");
    command.args(["--output", "annotated", "--sink", &format!("kafka://{address}?topic=triaged")]);
    command.args(["--stats", "json"]);
    command
}

fn stop(run: Live) -> crate::live::Ended {
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    ended
}

fn until_all_is_committed(client: &Client) {
    wait_until(PATIENCE * 5, || client.is_done("triage").then_some(()));
}

/// How often each id is among the results.
fn results(messages: Vec<Found>) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for message in messages {
        let record: Value = serde_json::from_str(&message.value).unwrap();
        let id = record["id"].as_str().unwrap();
        assert_eq!(message.key, format!("/{id}"));
        assert!(message.headers["Hearken-Id"].starts_with("annotated/"), "{message:?}");
        *counts.entry(id.parse().unwrap()).or_default() += 1;
    }
    counts
}

/// Every post has its result. How many have more than one.
fn check_results(client: &Client, total: u64) -> usize {
    let counts = results(client.messages("triaged"));
    let missing: Vec<u64> = (0..total).filter(|id| !counts.contains_key(id)).take(10).collect();
    assert!(missing.is_empty() && counts.len() as u64 == total, "no result of {missing:?} and perhaps more");
    counts.values().filter(|count| **count > 1).count()
}

fn stats(ended: &crate::live::Ended) -> Value {
    serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap()
}

#[test]
fn messages_are_annotated_and_committed_and_bad_ones_are_dead_letters() {
    let mock = Mock::start(&[("posts", 1), ("dead", 1)]);
    let client = mock.client();
    let payloads =
        ["{\"text\":\"hello\"}", "no post", "{\"text\":\"\"}\n{\"text\":\"grief\"}", "{\"id\":7,\"text\":\"angry\"}"];
    client.publish("posts", payloads.map(|payload| ("", payload)));
    let dir = tempfile::tempdir().unwrap();
    let letters = dir.path().join("bad.jsonl");
    let mut command = run(&mock.address(), "&dead-letter=dead");
    command.args(["--output", "annotated", "--stats", "json", "--dead-letter"]).arg(&letters);
    let run = Live::start(&mut command);
    let ids: Vec<String> = (0..3)
        .map(|_| serde_json::from_str::<Value>(&run.line()).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["posts/0:0", "posts/0/2:2", "7"], "called by their places in the topic");
    until_all_is_committed(&client);
    let ended = stop(run);
    let source = &stats(&ended)["sources"][0];
    assert_eq!(source["source"], format!("kafka://{}/posts/triage", mock.address()));
    assert_eq!((&source["delivered"], &source["acknowledged"], &source["lag"]), (&4.into(), &4.into(), &0.into()));
    assert_eq!(source.get("redelivered"), None, "Kafka doesn't say");
    let dead: Vec<_> = client
        .messages("dead")
        .into_iter()
        .map(|letter| {
            (letter.headers["Hearken-Source"].clone(), letter.headers["Hearken-Reason"].clone(), letter.value)
        })
        .collect();
    let letter = |source: &str, reason: &str, line: &str| (source.to_owned(), reason.to_owned(), line.to_owned());
    assert_eq!(dead[0], letter("posts/0:1", "invalid_json", "no post"));
    assert_eq!(dead[1], letter("posts/0/2:1", "text_empty", "{\"text\":\"\"}"));
    assert_eq!((dead.len(), fs::read_to_string(&letters).unwrap().lines().count()), (2, 2));
}

#[test]
fn nodes_come_leave_and_are_killed_while_posts_flow_and_every_post_has_its_result() {
    /// Posts are published in so many parts, and between them nodes come and go.
    const PARTS: u64 = 20;
    const CHANGES: [u64; 6] = [3, 6, 9, 12, 15, 17];
    let total: u64 = std::env::var("HEARKEN_TEST_POSTS").map_or(20_000, |posts| posts.parse().unwrap());
    // The mock cluster drops what is older than 5 MiB in a partition; a result has some 450 bytes.
    let partitions = 12 + i32::try_from(total / 4000).unwrap();
    let mock = Mock::start(&[("posts", partitions), ("triaged", partitions)]);
    let client = mock.client();
    let start = || Live::start(&mut relay(&mock.address()));
    let mut nodes = BTreeMap::from([('a', start())]);
    let mut under_way = Vec::new();
    for part in 0..PARTS {
        if part == 3 {
            // The mock cluster takes no commits while nodes come, so the first one must be there before.
            let any = || client.committed("triage").iter().any(Option::is_some);
            wait_until(PATIENCE, || any().then_some(()));
        }
        let all = |nodes: &BTreeMap<char, Live>, signal| {
            if CHANGES.contains(&part) {
                nodes.values().for_each(|node| node.signal(signal));
            }
        };
        // Held up for a moment, so that a change finds posts under way however fast they are.
        all(&nodes, Signal::STOP);
        client.publish_posts(part * total / PARTS..(part + 1) * total / PARTS);
        let open = !client.is_done("triage");
        all(&nodes, Signal::CONT);
        let change = match part {
            3 => nodes.insert('b', start()),
            6 => nodes.insert('c', start()),
            9 => nodes.remove(&'a').and_then(|node| {
                let said = stats(&stop(node));
                assert!(said["sources"][0]["acknowledged"].as_u64().unwrap() > 0, "{said}");
                None
            }),
            12 => nodes.remove(&'b').and_then(|node| {
                node.signal(Signal::KILL);
                node.end();
                None
            }),
            15 => nodes.insert('d', start()),
            17 => nodes.remove(&'c').and_then(|node| {
                stop(node);
                None
            }),
            _ => continue,
        };
        assert!(change.is_none());
        under_way.push(open);
        // As long as the group takes to share the partitions out.
        thread::sleep(Duration::from_millis(2500));
    }
    assert_eq!(under_way, [true; CHANGES.len()], "nodes came and went while nothing flowed");
    until_all_is_committed(&client);
    let left: Vec<_> = nodes.into_values().map(|node| stats(&stop(node))).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["sources"][0]["lag"], 0);
    let twice = check_results(&client, total);
    eprintln!("{total} posts, {partitions} partitions, {twice} judged more than once");
}

#[test]
fn a_run_that_is_killed_again_and_again_loses_no_post() {
    let mock = Mock::start(&[("posts", 8), ("triaged", 8)]);
    let client = mock.client();
    const PART: u64 = 5_000;
    let mut parts = 0;
    let mut publish = || {
        client.publish_posts(parts * PART..(parts + 1) * PART);
        parts += 1;
        parts * PART
    };
    let start = || Live::start(&mut relay(&mock.address()));
    for _ in 0..3 {
        publish();
        let before = client.count("triaged");
        let run = start();
        wait_until(PATIENCE, || (client.count("triaged") > before).then_some(()));
        // Held up for a moment, so that the kill finds posts under way however fast the run is.
        run.signal(Signal::STOP);
        publish();
        assert!(!client.is_done("triage"));
        run.signal(Signal::CONT);
        run.signal(Signal::KILL);
        run.end();
    }
    let total = publish();
    let run = start();
    until_all_is_committed(&client);
    stop(run);
    check_results(&client, total);
}

#[test]
fn a_post_is_committed_only_when_its_result_is_there() {
    let (source, target) = (Mock::start(&[("posts", 1)]), Mock::start(&[("triaged", 1)]));
    let (client, other) = (source.client(), target.client());
    let mut command = run(&source.address(), "");
    // A mock broker that is down takes connections and says nothing.
    let timeouts = "socket.timeout.ms=2000&api.version.request.timeout.ms=500&reconnect.backoff.max.ms=500";
    let sink = format!("kafka://{}?topic=triaged&{timeouts}", target.address());
    command.args(["-v", "--output", "annotated", "--sink", &sink]);
    let run = Live::start(&mut command);
    client.publish_posts(0..10);
    wait_until(PATIENCE, || (client.committed("triage") == [Some(10)]).then_some(()));
    assert_eq!(other.count("triaged"), 10);
    target.down();
    client.publish_posts(10..30);
    thread::sleep(Duration::from_secs(4));
    assert_eq!(client.committed("triage"), [Some(10)], "none of the others is done with");
    target.up();
    wait_until(PATIENCE, || (client.committed("triage") == [Some(30)]).then_some(()));
    assert_eq!(other.count("triaged"), 30);
    let ended = stop(run);
    assert!(ended.stderr.contains("Kafka can't be reached; it is tried again."), "{ended:?}");
    assert!(ended.stderr.contains("Kafka answers again."), "{ended:?}");
}

#[test]
fn a_run_without_its_broker_still_stops() {
    let mock = Mock::start(&[("posts", 1)]);
    let client = mock.client();
    client.publish_posts(0..10);
    let run = Live::start(run(&mock.address(), "").args(["--output", "annotated"]));
    (0..10).for_each(|_| drop(run.line()));
    mock.down();
    thread::sleep(Duration::from_secs(1));
    stop(run);
}

#[test]
fn the_queue_is_handed_out_to_a_topic_and_a_deletion_follows_its_post() {
    let mock = Mock::start(&[("posts", 1), ("triaged", 16)]);
    let client = mock.client();
    let lines = posts(&["grief", "hello", "angry angry urgent urgent", "promo promo"]);
    client.publish("posts", lines.lines().map(|line| ("", line)));
    let mut command = run(&mock.address(), "");
    command.args(["--every", "1s", "--sink", &format!("kafka://{}?topic=triaged", mock.address())]);
    let run = Live::start(&mut command);
    wait_until(PATIENCE, || (client.count("triaged") == 2).then_some(()));
    until_all_is_committed(&client);
    client.publish("posts", [("", "{\"id\":1,\"deleted\":true}")]);
    wait_until(PATIENCE, || (client.count("triaged") == 3).then_some(()));
    assert_eq!(stop(run).stdout, "", "it is there instead of here");
    let messages = client.messages("triaged");
    let of = |id: &str| messages.iter().filter(|found| found.key == format!("/{id}")).collect::<Vec<_>>();
    let (first, second) = (of("3"), of("1"));
    let record: Value = serde_json::from_str(&first[0].value).unwrap();
    assert_eq!((&record["rank"], &record["text"]), (&1.into(), &"angry angry urgent urgent".into()));
    assert!(first[0].headers["Hearken-Id"].starts_with("queue/"));
    assert_eq!((second.len(), second[0].partition), (2, second[1].partition));
    assert_eq!(second[1].value, "{\"id\":\"1\",\"deleted\":true}");
}

#[test]
fn a_real_broker_is_read_from_and_written_to_and_a_killed_run_goes_on() {
    let tansu = Tansu::start(&[("posts", 4), ("triaged", 4)]);
    let client = tansu.client();
    let total = 4000;
    client.publish_posts(0..total);
    let run = Live::start(&mut relay(&tansu.address()));
    wait_until(PATIENCE, || (client.count("triaged") > 0).then_some(()));
    run.signal(Signal::KILL);
    run.end();
    let run = Live::start(&mut relay(&tansu.address()));
    // It counts batches wrong, so where a topic ends is found by reading it.
    let all_there = || results(client.messages_until_quiet("triaged")).len() as u64 == total;
    wait_until(PATIENCE, || all_there().then_some(()));
    // The first run may have published all, and the second still waits for the partitions of the dead.
    let all_committed = || {
        let ends = client.bounds("posts").into_iter().map(|(_, high)| Some(high));
        client.committed("triage").into_iter().zip(ends).all(|(committed, end)| committed >= end)
    };
    wait_until(PATIENCE, || all_committed().then_some(()));
    stop(run);
}

#[test]
fn what_can_not_be_is_told_without_secrets() {
    let failing = |arguments: &[&str]| cli::tiny().args(arguments).assert().code(2);
    failing(&["--source", "kafka://me:pw@127.0.0.1:1?topic=a&group=b"]).stderr(
        contains("--source kafka://127.0.0.1:1: ")
            .and(contains("a password in a URL ends up in logs"))
            .and(contains("pw").not()),
    );
    failing(&["--source", "kafka://127.0.0.1:1?topic=a&group=b", "--from-seq", "7"])
        .stderr(contains("--from-seq has no meaning for kafka://…, where each partition counts on its own"));
    failing(&["--from-time", "2026-11-21T00:00:00Z", "posts.jsonl"])
        .stderr(contains("--from-time goes with --source nats://… and --source kafka://…"));
    failing(&["--sink", "kafka://127.0.0.1:1", "posts.jsonl"])
        .stderr(contains("kafka://127.0.0.1:1 is no sink: it says not on which topic"));
    failing(&["--sink", "rabbit://me:pw@127.0.0.1", "posts.jsonl"])
        .stderr(contains("--sink: it must be nats://HOST?subject=SUBJECT or kafka://HOST?topic=TOPIC"));
}

#[cfg(feature = "kafka-tls")]
#[test]
fn tls_is_spoken_where_it_is_asked_for() {
    let mock = Mock::start(&[("posts", 1)]);
    let started = Live::start(&mut run(&mock.address(), "&security.protocol=ssl"));
    // The broker speaks none.
    started.until_said("SSL handshake failed");
    started.signal(Signal::TERM);
    let ended = started.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}
