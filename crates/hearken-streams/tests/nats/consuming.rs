//! What becomes of messages: acknowledged when they are settled, kept alive while they aren't, given up when they came too
//! often.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use hearken_streams::nats::{Nats, Options, Start};
use tokio::time::{Instant, sleep, timeout};

use crate::server::Server;
use crate::stream::{Driven, PATIENCE, client, make, make_as, publish, standing, until_it_stands, url};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_settled_is_acknowledged_and_does_not_come_again() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..1000).await;
    let mut driven = Driven::start(&url(&server, "")).await;
    let mut numbers = driven.settle(1000).await;
    assert!(numbers.is_sorted(), "in the order of the stream");
    publish(&context, 1000..1100).await;
    numbers.extend(driven.settle(100).await);
    assert_eq!(numbers, (1..=1100).collect::<Vec<_>>());
    let gauges = driven.gauges.clone();
    driven.stop().await;
    assert_eq!(standing(&context, "triage").await, (0, 0, 1100));
    let reading = gauges.read();
    assert_eq!((reading.delivered, reading.redelivered, reading.acknowledged, reading.under_way), (1100, 0, 1100, 0));
    assert_eq!(reading.lag, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_acknowledged_whatever_becomes_of_those_before_it() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..512).await;
    let mut driven = Driven::start(&url(&server, "")).await;
    let mut open = vec![driven.next().await];
    let mut first = open[0].batch.numbers.len();
    while first < 256 {
        open.push(driven.next().await);
        first += open.last().unwrap().batch.numbers.len();
    }
    driven.settle(512 - first).await;
    until_it_stands(&context, "triage", (first, 0, 0)).await;
    open.iter().for_each(|delivery| delivery.settled.settle());
    until_it_stands(&context, "triage", (0, 0, 512)).await;
    driven.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_told_of_what_takes_long_and_keeps_it_here() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..20).await;
    let mut driven = Driven::start(&url(&server, "&ack-wait=2")).await;
    let mut held = Vec::new();
    while held.iter().map(|held: &hearken_streams::Delivery| held.batch.numbers.len()).sum::<usize>() < 20 {
        held.push(driven.next().await);
    }
    sleep(Duration::from_secs(7)).await;
    let reading = driven.gauges.read();
    assert_eq!((reading.redelivered, reading.under_way), (0, 20));
    assert!(reading.in_progress >= 60, "{reading:?}");
    assert!(driven.deliveries.try_recv().is_err());
    held.iter().for_each(|delivery| delivery.settled.settle());
    until_it_stands(&context, "triage", (0, 0, 20)).await;
    driven.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_messages_are_asked_for_than_may_be_under_way() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..2000).await;
    let mut driven = Driven::start(&url(&server, "&in-flight=512&ack-wait=2")).await;
    let mut held = Vec::new();
    while let Ok(Some(delivery)) = timeout(Duration::from_secs(4), driven.deliveries.recv()).await {
        held.push(delivery);
    }
    assert_eq!(held.iter().map(|held| held.batch.numbers.len()).sum::<usize>(), 512);
    assert_eq!(standing(&context, "triage").await, (512, 1488, 0));
    held.iter().for_each(|delivery| delivery.settled.settle());
    driven.settle(1488).await;
    until_it_stands(&context, "triage", (0, 0, 2000)).await;
    assert_eq!(driven.gauges.read().redelivered, 0);
    driven.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_node_had_goes_to_another_at_once() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..10).await;
    let mut first = Driven::start(&url(&server, "&ack-wait=60")).await;
    let mut had = 0;
    while had < 10 {
        had += first.next().await.batch.numbers.len();
    }
    first.stop().await;
    let stopped = Instant::now();
    let mut second = Driven::start(&url(&server, "")).await;
    assert_eq!(second.settle(10).await.len(), 10);
    assert!(stopped.elapsed() < Duration::from_secs(30), "it waited for the server to notice");
    assert_eq!(second.gauges.read().redelivered, 10);
    second.stop().await;
    assert_eq!(standing(&context, "triage").await, (0, 0, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_too_often_goes_to_the_dead_letter() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    make_as(&context, "dead", &["dead.>"], 1).await;
    publish(&context, 0..1).await;
    for _ in 0..2 {
        let mut driven = Driven::start(&url(&server, "&dead-letter=dead.posts&max-deliver=2")).await;
        driven.next().await;
        driven.stop().await;
    }
    publish(&context, 1..2).await;
    let mut driven = Driven::start(&url(&server, "&dead-letter=dead.posts&max-deliver=2")).await;
    assert_eq!(driven.settle(1).await, [2], "only the other one");
    until_it_stands(&context, "triage", (0, 0, 2)).await;
    assert_eq!(driven.gauges.read().dead, 1);
    driven.stop().await;
    let dead = context.get_stream("dead").await.unwrap();
    assert_eq!(dead.get_info().await.unwrap().state.messages, 1);
    let letter = dead.get_raw_message(1).await.unwrap();
    assert_eq!((letter.subject.as_str(), &*letter.payload), ("dead.posts", &b"{\"id\":0,\"text\":\"hello\"}"[..]));
    let header = |name: &str| letter.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("Hearken-Reason"), "delivered_too_often");
    assert_eq!((header("Hearken-Delivered"), header("Hearken-Source")), ("3".to_owned(), "posts:1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_several_lines_are_batches_of_their_own() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    for payload in ["{\"text\":\"a\"}", "{\"text\":\"b\"}\n{\"text\":\"c\"}\n", "{\n\"text\": \"d\"\n}"] {
        context.publish("posts.x", payload.into()).await.unwrap().await.unwrap();
    }
    let mut driven = Driven::start(&url(&server, "")).await;
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let delivery = driven.next().await;
        let batch = delivery.batch;
        seen.push((batch.name.to_string(), batch.numbers, String::from_utf8(batch.lines).unwrap()));
        delivery.settled.settle();
    }
    let lines = |text: &str| text.to_owned();
    assert_eq!(seen[0], (lines("posts"), vec![1], lines("{\"text\":\"a\"}\n")));
    assert_eq!(seen[1], (lines("posts/2"), vec![], lines("{\"text\":\"b\"}\n{\"text\":\"c\"}\n\n")));
    assert_eq!(seen[2], (lines("posts"), vec![3], lines("{ \"text\": \"d\" }\n")));
    driven.stop().await;
    assert_eq!(standing(&context, "triage").await, (0, 0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_consumer_begins_where_it_is_told() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..10).await;
    sleep(Duration::from_millis(1100)).await;
    let time = jiff::Timestamp::now();
    publish(&context, 10..13).await;
    let first_of = async |consumer: &str, start| {
        let url = format!("nats://{}?stream=posts&consumer={consumer}", server.address());
        let mut driven = Driven::start_with(Options::from_url(&url).unwrap().start(start)).await;
        let first = driven.next().await.batch.numbers[0];
        driven.stop().await;
        first
    };
    assert_eq!(first_of("a", Start::First).await, 1);
    assert_eq!(first_of("b", Start::Sequence(7)).await, 7);
    assert_eq!(first_of("c", Start::Time(time)).await, 11);
    let again = Options::from_url(&format!("nats://{}?stream=posts&consumer=b", server.address())).unwrap();
    let error = Nats::connect(again.clone().start(Start::Sequence(2))).await.unwrap_err();
    assert!(format!("{error:#}").contains("it has begun elsewhere"), "{error:#}");
    assert!(Nats::connect(again.start(Start::Sequence(7))).await.is_ok(), "as it was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_was_made_otherwise_is_told_of() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    let stream = context.get_stream("posts").await.unwrap();
    let other = |name: &str| pull::Config {
        durable_name: Some(name.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_secs(7),
        ..Default::default()
    };
    stream.create_consumer(pull::Config { ack_policy: AckPolicy::None, ..other("silent") }).await.unwrap();
    stream.create_consumer(pull::Config { filter_subject: "posts.x".to_owned(), ..other("narrow") }).await.unwrap();
    stream.create_consumer(pull::Config { max_deliver: 3, ..other("giving-up") }).await.unwrap();
    stream.create_consumer(pull::Config { max_ack_pending: 100, ..other("small") }).await.unwrap();
    stream.create_consumer(other("quick")).await.unwrap();
    for (consumer, settings, reason) in [
        ("silent", "", "it must want explicit acknowledgement"),
        ("narrow", "", "it reads posts.x, not all subjects"),
        ("quick", "&subject=posts.y", "it reads all subjects, not posts.y"),
        ("giving-up", "", "the server gives messages up after 3 deliveries"),
        ("small", "", "it allows only 100 messages under way"),
        ("quick", "&ack-wait=30", "it waits 7 s for a word on a message, not 30"),
    ] {
        let url = format!("nats://{}?stream=posts&consumer={consumer}{settings}", server.address());
        let error = Nats::connect(Options::from_url(&url).unwrap()).await.unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(reason) && error.contains(&format!("the consumer {consumer}")), "{error}");
    }
    let url = format!("nats://{}?stream=posts&consumer=quick", server.address());
    assert!(Nats::connect(Options::from_url(&url).unwrap()).await.is_ok(), "its own wait is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_deleted_ends_the_source() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..1).await;
    let mut driven = Driven::start(&url(&server, "")).await;
    driven.settle(1).await;
    context.get_stream("posts").await.unwrap().delete_consumer("triage").await.unwrap();
    let error = driven.failed().await;
    assert!(error.contains("the consumer triage of the stream posts: the consumer was deleted"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_server_is_killed_and_starts_again() {
    let mut server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    publish(&context, 0..3000).await;
    let mut driven = Driven::start(&url(&server, "&ack-wait=3")).await;
    let mut seen = driven.settle(1000).await;
    server.restart();
    let started = Instant::now();
    while context.publish("posts", "{\"id\":3000,\"text\":\"hello\"}".into()).await.unwrap().await.is_err() {
        assert!(started.elapsed() < PATIENCE);
    }
    let mut distinct: std::collections::BTreeSet<u64> = seen.drain(..).collect();
    while distinct.len() < 3001 {
        distinct.extend(driven.settle(1).await);
    }
    // What the kill took the acknowledgements of comes again, and is acknowledged then.
    let started = Instant::now();
    while standing(&context, "triage").await.0 > 0 {
        assert!(started.elapsed() < PATIENCE, "{:?}", standing(&context, "triage").await);
        if let Ok(Some(delivery)) = timeout(Duration::from_millis(200), driven.deliveries.recv()).await {
            delivery.settled.settle();
        }
    }
    driven.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_turns() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    let (mut first, mut second) = (Driven::start(&url(&server, "")).await, Driven::start(&url(&server, "")).await);
    publish(&context, 0..4000).await;
    let mut seen = std::collections::BTreeMap::new();
    let mut counts = [0; 2];
    while seen.len() < 4000 {
        let (node, delivery) = tokio::select! {
            delivery = first.deliveries.recv() => (0, delivery.unwrap()),
            delivery = second.deliveries.recv() => (1, delivery.unwrap()),
        };
        counts[node] += delivery.batch.numbers.len();
        delivery.batch.numbers.iter().for_each(|number| *seen.entry(*number).or_insert(0) += 1);
        delivery.settled.settle();
    }
    assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
    assert!(seen.values().all(|count| *count == 1), "some came twice");
    first.stop().await;
    second.stop().await;
    until_it_stands(&context, "triage", (0, 0, 4000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_server_is_gone_can_be_stopped() {
    let mut server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    for part in [0..3000, 3000..6000] {
        publish(&context, part).await;
    }
    let mut driven = Driven::start(&url(&server, "&in-flight=6144&ack-wait=2")).await;
    let (mut held, mut lines) = (Vec::new(), 0);
    while lines < 6000 {
        held.push(driven.next().await);
        lines += held.last().map_or(0, |delivery| delivery.batch.numbers.len());
    }
    server.kill();
    // More signs of life are due meanwhile than the client keeps for a server to come.
    sleep(Duration::from_secs(3)).await;
    held.iter().for_each(|delivery| delivery.settled.settle());
    sleep(Duration::from_secs(1)).await;
    timeout(PATIENCE, driven.stop()).await.expect("an end without a server");
}
