//! Nodes of one group: what happens to messages that are under way when partitions go to another node. With a real broker, as
//! the mock cluster takes no commits once a node wants to join.

use std::time::Duration;

use hearken_streams::kafka::Options;
use tokio::time::{Instant, sleep};

use crate::broker::Tansu;
use crate::topic::{Driven, until_committed, url};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_waited_for_before_partitions_go() {
    let tansu = Tansu::start(&[("posts", 1)]);
    let client = tansu.client();
    client.publish_posts(0..100);
    let mut first = Driven::start(&url(&tansu.address(), "&drain=30")).await;
    let held = first.take(100).await;
    let mut second = Driven::start(&url(&tansu.address(), "")).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(client.committed("triage"), [None]);
    held.iter().for_each(|held| held.settled.settle());
    until_committed(&client, &[Some(100)]).await;
    let settled = first.gauges.read();
    assert_eq!((settled.committed, settled.under_way), (100, 0));
    // One of the two has the partition now, and goes on behind them.
    client.publish_posts(100..110);
    let places = tokio::select! {
        places = first.settle(10) => places,
        places = second.settle(10) => places,
    };
    assert_eq!(places[0], "posts/0:100", "none came twice");
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_do_not_wait_for_ever_and_what_settles_too_late_changes_nothing() {
    let tansu = Tansu::start(&[("posts", 1)]);
    let client = tansu.client();
    client.publish_posts(0..100);
    let mut first = Driven::start(&url(&tansu.address(), "&drain=1")).await;
    let held = first.take(100).await;
    let begun = Instant::now();
    let mut second = Driven::start(&url(&tansu.address(), "&drain=1")).await;
    let (mut again, mut by_first) = (Vec::new(), true);
    while again.is_empty() {
        tokio::select! {
            delivery = first.next() => again.push(delivery),
            delivery = second.next() => { by_first = false; again.push(delivery) }
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "it took {:?}", begun.elapsed());
    assert_eq!(again[0].batch.numbers[0], 0, "they come again");
    held.iter().for_each(|held| held.settled.settle());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(client.committed("triage"), [None], "those that were given up are not committed");
    let left = 100 - again[0].batch.numbers.len();
    let node = if by_first { &mut first } else { &mut second };
    again.extend(if left > 0 { node.take(left).await } else { Vec::new() });
    again.iter().for_each(|again| again.settled.settle());
    until_committed(&client, &[Some(100)]).await;
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_has_committed_nothing_begins_at_a_time() {
    let tansu = Tansu::start(&[("posts", 1)]);
    let client = tansu.client();
    client.publish_posts(0..10);
    sleep(Duration::from_millis(1500)).await;
    let time = jiff::Timestamp::now();
    sleep(Duration::from_millis(500)).await;
    client.publish_posts(10..20);
    let options = || Options::from_url(&url(&tansu.address(), "")).unwrap().from(Some(time));
    let mut driven = Driven::start_with(options()).await;
    assert_eq!(driven.settle(10).await[0], "posts/0:10");
    until_committed(&client, &[Some(20)]).await;
    driven.stop().await;
    client.publish_posts(20..25);
    let mut driven = Driven::start_with(options()).await;
    assert_eq!(driven.settle(5).await[0], "posts/0:20", "it goes on where it was");
    driven.stop().await;
}
