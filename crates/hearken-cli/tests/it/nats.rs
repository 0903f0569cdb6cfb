//! Streams of NATS: posts in, results out, and nothing lost whoever is killed.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use async_nats::jetstream;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use rustix::process::Signal;

use crate::broker::Broker;
use crate::cli::{self, NOW, PATIENCE, many, posts, tiny_dir};
use crate::live::{Live, wait_until};
use crate::nats_server::Server;

/// A run that reads `posts` as `triage`, with the small model.
fn run(addresses: &str, settings: &str) -> Command {
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir());
    command.args(["--source", &format!("nats://{addresses}?stream=posts&consumer=triage{settings}")]);
    command
}

/// The same, with results on `triaged`.
fn relay(addresses: &str, settings: &str) -> Command {
    let mut command = run(addresses, settings);
    command.args(["--output", "annotated", "--sink", &format!("nats://{addresses}?subject=triaged")]);
    command
}

fn stop(run: Live) -> crate::live::Ended {
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    ended
}

#[test]
fn messages_are_annotated_and_acknowledged_and_bad_ones_are_dead_letters() {
    let server = Server::start();
    let broker = Broker::of(&server.address());
    broker.make(&["posts", "dead"], 1);
    for payload in
        ["{\"text\":\"hello\"}", "no post", "{\"text\":\"\"}\n{\"text\":\"grief\"}", "{\"id\":7,\"text\":\"angry\"}"]
    {
        broker.publish(payload);
    }
    let dir = tempfile::tempdir().unwrap();
    let letters = dir.path().join("bad.jsonl");
    let mut command = run(&server.address(), "&dead-letter=dead.posts");
    command.args(["--output", "annotated", "--stats", "json", "--dead-letter"]).arg(&letters);
    let run = Live::start(&mut command);
    let ids: Vec<String> = (0..3)
        .map(|_| serde_json::from_str::<serde_json::Value>(&run.line()).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["posts:1", "posts/3:2", "7"], "called by their places in the stream");
    broker.until_all_is_acknowledged();
    let ended = stop(run);
    let stats: serde_json::Value = serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
    let source = &stats["sources"][0];
    assert_eq!(source["source"], format!("nats://{}/posts/triage", server.address()));
    assert_eq!((&source["delivered"], &source["acknowledged"], &source["lag"]), (&4.into(), &4.into(), &0.into()));
    let dead = broker.messages("dead");
    let told = |message: &jetstream::Message| {
        let header = |name: &str| message.headers.as_ref().unwrap().get(name).unwrap().to_string();
        (header("Hearken-Source"), header("Hearken-Reason"), String::from_utf8(message.payload.to_vec()).unwrap())
    };
    let letter = |source: &str, reason: &str, line: &str| (source.to_owned(), reason.to_owned(), line.to_owned());
    assert_eq!(told(&dead[0]), letter("posts:2", "invalid_json", "no post"));
    assert_eq!(told(&dead[1]), letter("posts/3:1", "text_empty", "{\"text\":\"\"}"));
    assert_eq!((dead.len(), fs::read_to_string(&letters).unwrap().lines().count()), (2, 2));
}

#[test]
fn a_run_that_is_killed_again_and_again_loses_no_post_and_relays_none_twice() {
    let server = Server::start();
    let broker = Broker::of(&server.address());
    broker.make(&["posts", "triaged"], 1);
    let total = 20_000;
    broker.publish_all(0..total);
    let start = || Live::start(&mut relay(&server.address(), "&ack-wait=2&in-flight=1024&max-deliver=100"));
    let mut killed_half_way = 0;
    for _ in 0..5 {
        let before = broker.count("triaged");
        let run = start();
        wait_until(PATIENCE, || (broker.count("triaged") > before || before == total).then_some(()));
        run.signal(Signal::KILL);
        run.end();
        killed_half_way += u32::from((1..total).contains(&broker.count("triaged")));
    }
    assert!(killed_half_way >= 2, "only {killed_half_way} kills came while it relayed");
    let run = start();
    broker.until_all_is_acknowledged();
    stop(run);
    let (counts, ids) = broker.results();
    assert_eq!((counts.len() as u64, ids as u64), (total, total));
    assert!(counts.values().all(|count| *count == 1));
}

#[test]
fn a_post_is_acknowledged_only_when_its_result_is_on_the_stream() {
    let (source, mut target) = (Server::start(), Server::start());
    let (broker, other) = (Broker::of(&source.address()), Broker::of(&target.address()));
    broker.make(&["posts"], 1);
    other.make(&["triaged"], 1);
    let mut command = run(&source.address(), "");
    command.args(["--output", "annotated", "--sink", &format!("nats://{}?subject=triaged", target.address())]);
    let run = Live::start(&mut command);
    broker.publish_all(0..10);
    wait_until(PATIENCE, || (other.count("triaged") == 10).then_some(()));
    broker.until_all_is_acknowledged();
    target.kill();
    broker.publish_all(10..30);
    wait_until(PATIENCE, || (broker.open() == Some((20, 0))).then_some(()));
    thread::sleep(Duration::from_secs(2));
    assert_eq!(broker.open(), Some((20, 0)), "none of them is done with");
    target.restart();
    broker.until_all_is_acknowledged();
    assert_eq!(other.count("triaged"), 30);
    let ended = stop(run);
    assert!(
        ended.stderr.contains("NATS doesn't take what is published") || ended.stderr.contains("is lost"),
        "{ended:?}"
    );
}

#[test]
fn the_queue_is_handed_out_to_a_stream() {
    let server = Server::start();
    let broker = Broker::of(&server.address());
    broker.make(&["posts", "triaged"], 1);
    for post in posts(&["grief", "hello", "angry angry urgent urgent", "promo promo"]).lines() {
        broker.publish(post);
    }
    let mut command = run(&server.address(), "");
    command.args(["--every", "1s", "--sink", &format!("nats://{}?subject=triaged", server.address())]);
    let run = Live::start(&mut command);
    wait_until(PATIENCE, || (broker.count("triaged") == 2).then_some(()));
    broker.until_all_is_acknowledged();
    broker.publish("{\"id\":1,\"deleted\":true}");
    wait_until(PATIENCE, || (broker.count("triaged") == 3).then_some(()));
    let ended = stop(run);
    assert_eq!(ended.stdout, "", "it is there instead of here");
    let records: Vec<serde_json::Value> =
        broker.messages("triaged").iter().map(|message| serde_json::from_slice(&message.payload).unwrap()).collect();
    assert_eq!(
        (&records[0]["id"], &records[0]["rank"], &records[0]["text"]),
        (&"3".into(), &1.into(), &"angry angry urgent urgent".into())
    );
    assert_eq!((&records[1]["id"], &records[2]), (&"1".into(), &serde_json::json!({"id": "1", "deleted": true})));
}

#[test]
fn shards_of_a_file_fill_one_stream_between_them() {
    let server = Server::start();
    let broker = Broker::of(&server.address());
    broker.make(&["triaged"], 1);
    let sink = format!("nats://{}?subject=triaged", server.address());
    let mut counts = Vec::new();
    for shard in ["1/3", "2/3", "3/3", "1/3"] {
        let mut command = cli::tiny();
        command.args(["--output", "annotated", "--sink", &sink, "--shard", shard]).write_stdin(many(300));
        command.assert().success().stdout("");
        counts.push(broker.count("triaged"));
    }
    assert!(counts[0] > 50 && counts[1] > counts[0] + 50, "{counts:?}");
    assert_eq!(counts[2..], [300, 300], "the first shard's came again and are known");
}

#[test]
fn what_can_not_be_is_told_without_secrets() {
    let failing = |arguments: &[&str]| cli::tiny().args(arguments).assert().code(2);
    failing(&["--source", "nats://me:pw@127.0.0.1:1?stream=a&consumer=b"]).stderr(
        contains("--source nats://127.0.0.1:1: ")
            .and(contains("a password in a URL ends up in logs"))
            .and(contains("pw").not()),
    );
    failing(&["--from-seq", "7", "posts.jsonl"]).stderr(contains("--from-seq goes with --source nats://…"));
    failing(&["--shard", "5/4", "posts.jsonl"]).stderr(contains("it must be 1/N to N/N"));
    failing(&["--sink", "nats://127.0.0.1:1", "posts.jsonl"])
        .stderr(contains("nats://127.0.0.1:1 is no sink: it says not under which subject"));
    failing(&["--sink", "nats://127.0.0.1:1?subject=x", "--desk", "/nowhere/desk.db", "posts.jsonl"])
        .stderr(contains("--sink with --desk needs --output annotated"));
}

#[test]
fn another_model_is_run_over_old_posts() {
    let server = Server::start();
    let broker = Broker::of(&server.address());
    broker.make(&["posts"], 1);
    broker.publish_all(0..20);
    stop({
        let run = Live::start(run(&server.address(), "").args(["--output", "annotated"]));
        (0..20).for_each(|_| drop(run.line()));
        broker.until_all_is_acknowledged();
        run
    });
    let mut again = cli::command();
    again.args(["run", "--now", NOW, "--output", "annotated", "--from-seq", "11", "--model"]).arg(tiny_dir());
    again.args(["--source", &format!("nats://{}?stream=posts&consumer=again", server.address())]);
    let run = Live::start(&mut again);
    // Published together, they need not be in the order of their ids.
    (0..10).for_each(|_| drop(run.line()));
    broker.publish("{\"id\":\"last\",\"text\":\"hello\"}");
    assert!(run.line().starts_with("{\"id\":\"last\""), "ten came before it");
    stop(run);
}

#[test]
fn a_cluster_whose_leader_is_killed_loses_no_post_and_relays_none_twice() {
    let mut servers = Server::cluster();
    let addresses = servers.iter().map(Server::address).collect::<Vec<_>>().join(",");
    let broker = Broker::of(&addresses);
    broker.make(&["posts", "triaged"], 3);
    let total = 50_000;
    let runs = [(); 2].map(|()| Live::start(&mut relay(&addresses, "&ack-wait=5&max-deliver=100")));
    let publisher = Broker::of(&addresses);
    let publishing = thread::spawn(move || publisher.publish_all(0..total));
    wait_until(PATIENCE, || (broker.count("triaged") > total / 5).then_some(()));
    let leader = broker.leader("posts").unwrap();
    servers[leader].kill();
    assert!(broker.count("triaged") < total, "the kill came too late");
    publishing.join().unwrap();
    wait_until(4 * PATIENCE, || (broker.count("posts") == total && broker.open() == Some((0, 0))).then_some(()));
    runs.into_iter().for_each(|run| drop(stop(run)));
    let (counts, ids) = broker.results();
    assert_eq!((counts.len() as u64, ids as u64), (total, total));
    assert!(counts.values().all(|count| *count == 1));
}
