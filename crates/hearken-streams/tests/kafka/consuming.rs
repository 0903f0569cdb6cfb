//! What becomes of messages: committed when they and all before them are settled, never before.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::broker::Mock;
use crate::topic::{Driven, until_committed, url};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_settled_is_committed_and_does_not_come_again() {
    let mock = Mock::start(&[("posts", 1)]);
    let client = mock.client();
    client.publish_posts(0..1000);
    let mut driven = Driven::start(&url(&mock.address(), "")).await;
    let places = driven.settle(1000).await;
    assert_eq!(places, (0..1000).map(|offset| format!("posts/0:{offset}")).collect::<Vec<_>>());
    until_committed(&client, &[Some(1000)]).await;
    let gauges = driven.gauges.clone();
    driven.stop().await;
    let reading = gauges.read();
    assert_eq!((reading.delivered, reading.committed, reading.under_way, reading.lag), (1000, 1000, 0, 0));
    client.publish_posts(1000..1010);
    let mut driven = Driven::start(&url(&mock.address(), "")).await;
    assert_eq!(driven.settle(10).await[0], "posts/0:1000");
    driven.stop().await;
    assert_eq!(client.committed("triage"), [Some(1010)], "it was committed at the stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_never_passes_a_batch_that_is_not_done_with() {
    let mock = Mock::start(&[("posts", 1)]);
    let client = mock.client();
    client.publish_posts(0..2000);
    let mut driven = Driven::start(&url(&mock.address(), "")).await;
    let mut all = driven.take(2000).await;
    let first = all.remove(0);
    let second_begins = first.batch.numbers.len() as i64;
    all.drain(1..).for_each(|later| later.settled.settle());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(client.committed("triage"), [None], "the first is under way");
    first.settled.settle();
    until_committed(&client, &[Some(second_begins)]).await;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(client.committed("triage"), [Some(second_begins)], "the second is under way");
    assert_eq!(driven.gauges.read().lag, 2000 - second_begins as u64);
    all[0].settled.settle();
    until_committed(&client, &[Some(2000)]).await;
    driven.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_messages_are_taken_than_may_be_under_way_and_the_group_is_not_lost() {
    let mock = Mock::start(&[("posts", 1)]);
    let client = mock.client();
    client.publish_posts(0..3000);
    // Whoever doesn't poll for so long is thrown out.
    let settings = "&in-flight=512&max.poll.interval.ms=3000";
    let mut driven = Driven::start(&url(&mock.address(), settings)).await;
    let mut held = Vec::new();
    while let Ok(Some(delivery)) = timeout(Duration::from_secs(8), driven.deliveries.recv()).await {
        held.push(delivery);
    }
    let count: usize = held.iter().map(|held| held.batch.numbers.len()).sum();
    assert!((512..=1024).contains(&count), "{count} messages were taken");
    assert_eq!(driven.gauges.read().rebalances, 1, "it was not thrown out");
    held.iter().for_each(|delivery| delivery.settled.settle());
    let places = driven.settle(3000 - count).await;
    assert_eq!(places.len(), 3000 - count, "none came twice");
    until_committed(&client, &[Some(3000)]).await;
    driven.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_that_go_away_are_come_back_to() {
    let mock = Mock::start(&[("posts", 1)]);
    let client = mock.client();
    client.publish_posts(0..100);
    // On a busy machine it takes a while to come back, and the group must not give the partition to nobody meanwhile.
    let settings = "&reconnect.backoff.max.ms=500&session.timeout.ms=10000";
    let mut driven = Driven::start(&url(&mock.address(), settings)).await;
    let held = driven.take(100).await;
    mock.down();
    held.iter().for_each(|held| held.settled.settle());
    sleep(Duration::from_secs(2)).await;
    mock.up();
    until_committed(&client, &[Some(100)]).await;
    client.publish_posts(100..110);
    driven.settle(10).await;
    until_committed(&client, &[Some(110)]).await;
    driven.stop().await;
}
