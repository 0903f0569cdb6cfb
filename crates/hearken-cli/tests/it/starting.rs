//! A node that starts while what it needs is away waits for it; for what waiting can't mend it doesn't.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::broker::Broker;
use crate::cli::{self, NOW, posts, tiny_dir};
use crate::live::{Ended, Live};
use crate::nats_server::{self, free_port};

/// What is said of it, once.
const AWAY: &str = "it is waited for";

/// Longer than what fails at once takes on a busy machine, and shorter than patience.
const AT_ONCE: Duration = Duration::from_secs(20);

/// How long a server is away.
const WHILE: Duration = Duration::from_millis(2500);

fn run(args: &[&str]) -> Command {
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir()).args(args);
    command
}

fn nats(addresses: &str) -> String {
    format!("nats://{addresses}?stream=posts&consumer=triage")
}

/// Ends a run that does its work, and returns what it said.
fn stop(run: Live) -> Ended {
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(ended.stderr.matches(AWAY).count(), 1, "{ended:?}");
    ended
}

/// Fails without waiting.
fn fails(args: &[&str]) -> String {
    let begun = Instant::now();
    let ended = Live::start(&mut run(args)).end();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(begun.elapsed() < AT_ONCE && !ended.stderr.contains(AWAY), "{ended:?}");
    ended.stderr
}

#[test]
fn a_server_of_nats_that_is_started_later_is_waited_for() {
    let mut server = nats_server::Server::start();
    let broker = Broker::of(&server.address());
    broker.make(&["posts", "triaged"], 1);
    broker.publish("{\"id\":7,\"text\":\"grief\"}");
    server.kill();
    let sink = format!("nats://{}?subject=triaged", server.address());
    for to_stream in [false, true] {
        let mut args = vec!["--output", "annotated"];
        let source = nats(&server.address());
        // Standard input is there, and the sink away.
        args.extend(if to_stream { ["--sink", &sink] } else { ["--source", &source] });
        let mut started = Live::start(&mut run(&args));
        started.until_said("Connection refused");
        thread::sleep(WHILE);
        assert!(!started.has_ended());
        server.restart();
        if to_stream {
            started.say(&posts(&["grief"]));
            let ended = started.close();
            assert_eq!((ended.status.code(), ended.stderr.matches(AWAY).count()), (Some(0), 1), "{ended:?}");
            assert_eq!(broker.count("triaged"), 1);
        } else {
            assert!(started.line().contains("\"id\":\"7\""));
            stop(started);
        }
        server.kill();
    }
}

#[test]
fn a_stream_without_a_leader_is_waited_for() {
    let mut servers = nats_server::Server::cluster();
    let addresses = servers.iter().map(nats_server::Server::address).collect::<Vec<_>>().join(",");
    let broker = Broker::of(&addresses);
    broker.make(&["posts"], 3);
    broker.publish("{\"id\":7,\"text\":\"grief\"}");
    servers[1..].iter_mut().for_each(nats_server::Server::kill);
    let mut started = Live::start(&mut run(&["--output", "annotated", "--source", &nats(&addresses)]));
    started.until_said(AWAY);
    thread::sleep(WHILE);
    assert!(!started.has_ended());
    servers[1..].iter_mut().for_each(nats_server::Server::restart);
    assert!(started.line().contains("\"id\":\"7\""));
    let ended = stop(started);
    assert!(ended.stderr.contains("the stream posts"), "it was reached, and had no leader: {ended:?}");
}

#[test]
fn a_stop_ends_the_wait_for_a_server_at_once() {
    let source = nats(&format!("127.0.0.1:{}", free_port()));
    let started = Live::start(&mut run(&["--source", &source, "--stats", "json"]));
    started.until_said(AWAY);
    let begun = Instant::now();
    let ended = stop(started);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(ended.stdout, "");
}

#[test]
fn what_waiting_can_not_mend_is_told_at_once() {
    let server = nats_server::Server::with(&["--user", "ann", "--pass", "sesame"]);
    assert!(fails(&["--source", &nats(&server.address())]).contains("authorization violation"));
    let server = nats_server::Server::start();
    let away = format!("127.0.0.1:{}", free_port());
    let both = format!("{away},{}", server.address());
    assert!(fails(&["--source", &nats(&both)]).contains("nats stream add posts"));
    let sink = format!("nats://{}?subject=triaged", server.address());
    assert!(fails(&["--output", "annotated", "--sink", &sink]).contains("no stream takes the subject triaged"));
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_that_is_started_later_is_waited_for() {
    use crate::live::wait_until;
    use crate::postgres_server::Server;

    let Some(mut server) = Server::start() else { return };
    let url = server.url("late");
    server.stop();
    let mut started = Live::start(&mut run(&["--desk", &url, "-v"]));
    started.until_said(AWAY);
    thread::sleep(WHILE);
    assert!(!started.has_ended());
    server.start_slowly();
    // For a while a server answers, and refuses everyone: whoever asks at the desk is told so at once.
    wait_until(AT_ONCE, || {
        let asked = cli::hearken().args(["desk", "waiting", "--desk", &url]).assert().code(2);
        cli::stderr(&asked).contains("the database system is starting up").then_some(())
    });
    started.say(&posts(&["grief"]));
    let ended = started.finish();
    assert_eq!((ended.status.code(), ended.stderr.matches(AWAY).count()), (Some(0), 1), "{ended:?}");
    let mut list = cli::hearken();
    let listed = list.args(["desk", "list", "--json", "--now", NOW, "--desk", &url]).assert().success();
    assert_eq!(cli::stdout(&listed).lines().count(), 1);

    let nowhere = url.replace("/desks?", "/nowhere?");
    assert!(fails(&["--desk", &nowhere]).contains("database \"nowhere\" does not exist"));
    let nobody = url.replace("hearken@", "nobody@");
    assert!(fails(&["--desk", &nobody]).contains("role \"nobody\" does not exist"));
}

#[cfg(feature = "kafka")]
#[test]
fn brokers_of_kafka_that_are_started_later_are_waited_for() {
    use crate::kafka_broker::{Tansu, free_port};

    let port = free_port();
    let source =
        format!("kafka://127.0.0.1:{port}?topic=posts&group=triage&session.timeout.ms=3000&heartbeat.interval.ms=300");
    let mut started = Live::start(&mut run(&["--output", "annotated", "--source", &source]));
    started.until_said("Connection refused");
    thread::sleep(WHILE);
    assert!(!started.has_ended());
    // It sees the broker only once that has its topic: without one there would be nothing to wait for.
    started.signal(Signal::STOP);
    let tansu = Tansu::start_at(port, &[("posts", 1)]);
    started.signal(Signal::CONT);
    tansu.client().publish("posts", [("", "{\"id\":7,\"text\":\"grief\"}")]);
    assert!(started.line().contains("\"id\":\"7\""));
    stop(started);

    let other = source.replace("topic=posts", "topic=none");
    assert!(fails(&["--source", &other]).contains("has no topic none"));
}
