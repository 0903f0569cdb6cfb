//! A stream that is partitioned by author: the posts of one person come to one node.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_nats::jetstream::stream::{Config, SubjectTransform};
use hearken_streams::nats::{Nats, Options};
use tokio::time::timeout;

use crate::server::Server;
use crate::stream::{Driven, client, make, url};

#[tokio::test(flavor = "multi_thread")]
async fn the_posts_of_one_author_come_to_one_node() {
    let server = Server::start();
    let context = client(&server).await;
    let transform = SubjectTransform {
        source: "posts.*".to_owned(),
        destination: "posts.{{partition(64,1)}}.{{wildcard(1)}}".to_owned(),
    };
    let config = Config {
        name: "posts".to_owned(),
        subjects: vec!["posts.*".to_owned()],
        subject_transform: Some(transform),
        ..Config::default()
    };
    context.create_stream(config).await.unwrap();
    for id in 0..600 {
        let payload = format!("{{\"author\":\"a{}\",\"text\":\"hello\"}}", id % 40);
        context.publish(format!("posts.a{}", id % 40), payload.into()).await.unwrap().await.unwrap();
    }
    let mut nodes =
        [Driven::start(&url(&server, "&partitions=1/2")).await, Driven::start(&url(&server, "&partitions=2/2")).await];
    // A spare for the first share: it gets nothing while that node is there.
    let mut spare = Driven::start(&url(&server, "&partitions=1/2")).await;
    let mut authors: [BTreeMap<String, usize>; 2] = Default::default();
    for (node, authors) in nodes.iter_mut().zip(&mut authors) {
        while let Ok(Some(delivery)) = timeout(Duration::from_secs(4), node.deliveries.recv()).await {
            for line in String::from_utf8(delivery.batch.lines).unwrap().lines() {
                let post: serde_json::Value = serde_json::from_str(line).unwrap();
                *authors.entry(post["author"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            delivery.settled.settle();
        }
    }
    assert!(spare.deliveries.try_recv().is_err(), "the spare was given something");
    let [first, second] = authors;
    assert_eq!(first.values().sum::<usize>() + second.values().sum::<usize>(), 600);
    assert!(first.len() > 8 && second.len() > 8, "{} and {} authors", first.len(), second.len());
    let names = |authors: &BTreeMap<String, usize>| authors.keys().cloned().collect::<BTreeSet<_>>();
    assert!(names(&first).is_disjoint(&names(&second)));
    // The spare takes over what the first node leaves.
    let [node, other] = nodes;
    node.stop().await;
    let author = first.keys().next().unwrap();
    context.publish(format!("posts.{author}"), "{\"text\":\"one more\"}".into()).await.unwrap().await.unwrap();
    spare.settle(1).await;
    spare.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_partitioned_is_told_of_with_what_to_do() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    let error = Nats::connect(Options::from_url(&url(&server, "&partitions=1/2")).unwrap()).await.unwrap_err();
    let error = format!("{error:#}");
    assert!(
        error.contains("the stream posts is not partitioned; nats stream edit posts --transform-source"),
        "{error}"
    );
}
