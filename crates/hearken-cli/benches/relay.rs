//! How fast a node relays: posts from a stream of a NATS server to results on another, against a bare client of the same library
//! that passes the posts on unread. Both wait for the answer to each publish before they acknowledge the post, and run by turns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

#[path = "../../hearken-streams/tests/nats/server.rs"]
#[allow(dead_code, reason = "tests want more of it")]
mod server;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, stream};
use clap::Parser;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hearken_benches::harness::Harness;
use hearken_benches::posts;

/// Publishes of the bare client that the server has not answered; the command has as many.
const IN_FLIGHT: usize = 1024;

#[derive(Parser)]
struct Args {
    #[command(flatten)]
    harness: Harness,
    /// Posts of each round
    #[arg(long, default_value_t = 200_000)]
    posts: u64,
    /// Rounds of each
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The model of the node
    #[arg(long, default_value = "fast")]
    model: String,
}

#[tokio::main]
async fn main() {
    let mut args = Args::parse();
    if args.harness.skips("relay") {
        return;
    }
    if args.harness.is_test() {
        (args.posts, args.rounds) = (1_000, 1);
    }
    let server = server::Server::start();
    let context = jetstream::new(async_nats::connect(server.address()).await.unwrap());
    make(&context, "posts").await;
    publish(&context, args.posts).await;
    let (mut bare_rates, mut node_rates) = (Vec::new(), Vec::new());
    for round in 0..args.rounds {
        make(&context, "triaged").await;
        bare(&context, round, args.posts).await;
        bare_rates.push(rate(&context, args.posts).await);
        make(&context, "triaged").await;
        let mut node = node(&server.address(), round, &args.model);
        until(&context, args.posts).await;
        node.kill().unwrap();
        node.wait().unwrap();
        node_rates.push(rate(&context, args.posts).await);
    }
    let [bare, node] = [bare_rates, node_rates].map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!("bare client {bare:.0} posts/s, node {node:.0} posts/s: {:.0} %", 100.0 * node / bare);
}

/// Makes a stream anew.
async fn make(context: &Context, name: &str) {
    let _ = context.delete_stream(name).await;
    let config = stream::Config { name: name.to_owned(), subjects: vec![name.to_owned()], ..stream::Config::default() };
    context.create_stream(config).await.unwrap();
}

async fn publish(context: &Context, count: u64) {
    let lines = posts::jsonl(count as usize).unwrap();
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let send = |line: String| async move { context.publish("posts", line.into()).await.unwrap().await.unwrap() };
    futures_util::stream::iter(lines).for_each_concurrent(IN_FLIGHT, |line| async { drop(send(line).await) }).await;
}

/// Passes each post on under an id of its own, and acknowledges it when it is there.
async fn bare(context: &Context, round: usize, count: u64) {
    let stream = context.get_stream("posts").await.unwrap();
    let config = pull::Config {
        durable_name: Some(format!("bare-{round}")),
        ack_policy: AckPolicy::Explicit,
        max_ack_pending: 65_536,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.stream().max_messages_per_batch(256).messages().await.unwrap();
    let (mut under_way, mut done) = (FuturesUnordered::new(), 0);
    while done < count {
        tokio::select! {
            Some(message) = messages.next(), if under_way.len() < IN_FLIGHT => under_way.push(async move {
                let message = message.unwrap();
                let id = format!("annotated/{:016x}/bare", message.info().unwrap().stream_sequence);
                let passed_on = PublishMessage::build().message_id(id).payload(message.payload.clone());
                context.send_publish("triaged", passed_on).await.unwrap().await.unwrap();
                message.ack().await.unwrap();
            }),
            Some(()) = under_way.next() => done += 1,
        }
    }
}

fn node(address: &str, round: usize, model: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearken"));
    command.args(["run", "--output", "annotated", "--model", model, "--source"]);
    command.arg(format!("nats://{address}?stream=posts&consumer=node-{round}"));
    command.args(["--sink", &format!("nats://{address}?subject=triaged")]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

async fn count(context: &Context) -> u64 {
    context.get_stream("triaged").await.unwrap().get_info().await.unwrap().state.messages
}

async fn until(context: &Context, wanted: u64) {
    let started = Instant::now();
    while count(context).await < wanted {
        assert!(started.elapsed() < Duration::from_secs(600), "the node relays no more");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Results a second, from the first to the last, by the server's clock: how long a model takes to load doesn't count.
async fn rate(context: &Context, wanted: u64) -> f64 {
    assert_eq!(count(context).await, wanted, "a result for each post, and one only");
    let state = context.get_stream("triaged").await.unwrap().get_info().await.unwrap().state;
    let seconds = (state.last_timestamp - state.first_timestamp).as_seconds_f64();
    (wanted - 1) as f64 / seconds
}
