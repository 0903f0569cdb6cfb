//! The sink and the dead letter: each message until it is there, and what waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hearken_streams::Letter;
use hearken_streams::kafka::{Kafka, Options, Sink};
use hearken_streams::letter::Letters as _;
use hearken_streams::sink::{Record, Sink as _};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::broker::Mock;
use crate::topic::{PATIENCE, until, url};

async fn sink(mock: &Mock, settings: &str) -> Sink {
    Sink::connect(&format!("kafka://{}?topic=triaged{settings}", mock.address())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_post_stay_in_order_and_are_there_when_it_is_said() {
    let mock = Mock::start(&[("triaged", 8)]);
    let (sink, client) = (sink(&mock, "").await, mock.client());
    let there = Arc::new(AtomicU64::new(0));
    let (publisher, note) = (sink.clone(), Arc::clone(&there));
    spawn_blocking(move || {
        for round in 0..20 {
            for post in 0..100 {
                publisher
                    .publish_one(
                        Record { key: &format!("/{post}"), id: format!("id-{round}") },
                        format!("{round}").as_bytes(),
                    )
                    .unwrap();
            }
            let note = Arc::clone(&note);
            publisher.then(Box::new(move || note.store(round + 1, Ordering::SeqCst)));
        }
        publisher.wait(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    until("it is said of all rounds", move || there.load(Ordering::SeqCst) == 20).await;
    let messages = client.messages("triaged");
    assert_eq!(messages.len(), 2000);
    for post in 0..100 {
        let of_post: Vec<_> = messages.iter().filter(|found| found.key == format!("/{post}")).collect();
        assert!(of_post.iter().all(|found| found.partition == of_post[0].partition));
        assert_eq!(
            of_post.iter().map(|found| found.value.clone()).collect::<Vec<_>>(),
            (0..20).map(|round| round.to_string()).collect::<Vec<_>>()
        );
        assert_eq!(of_post[7].headers["Hearken-Id"], "id-7");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_brokers_did_not_take_is_sent_again_and_nothing_counts_as_there_before() {
    let mock = Mock::start(&[("triaged", 1)]);
    let (sink, client) = (sink(&mock, "&reconnect.backoff.max.ms=500").await, mock.client());
    mock.down();
    let there = Arc::new(AtomicU64::new(0));
    let (publisher, note) = (sink.clone(), Arc::clone(&there));
    spawn_blocking(move || {
        (0..100).for_each(|id| publisher.publish_one(Record { key: "", id: id.to_string() }, b"{}").unwrap());
        publisher.then(Box::new(move || note.store(1, Ordering::SeqCst)));
        assert!(publisher.wait(Duration::from_secs(1)).is_err());
    })
    .await
    .unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(there.load(Ordering::SeqCst), 0);
    mock.up();
    let told = Arc::clone(&there);
    until("all is there", move || told.load(Ordering::SeqCst) == 1).await;
    assert_eq!(client.count("triaged"), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_long_is_told_of_in_its_place() {
    let mock = Mock::start(&[("triaged", 1)]);
    let (sink, client) = (sink(&mock, "").await, mock.client());
    spawn_blocking(move || {
        sink.publish_one(Record { key: "/long", id: "1".to_owned() }, &vec![b'x'; 2 << 20]).unwrap();
        sink.publish_one(Record { key: "/short", id: "2".to_owned() }, b"{}").unwrap();
        sink.wait(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    let messages = client.messages("triaged");
    assert_eq!(messages[0].value, "{\"error\":\"too_long\",\"message\":\"/long\"}");
    assert_eq!(messages[1].value, "{}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_no_post_is_in_the_dead_letter_with_its_reason() {
    let mock = Mock::start(&[("posts", 1), ("dead", 1)]);
    let options = Options::from_url(&url(&mock.address(), "&dead-letter=dead")).unwrap();
    let (source, closing) = Kafka::connect(options).await.unwrap();
    let letters = source.letters();
    assert!(
        letters.want("posts/0") && letters.want("posts/0/7") && !letters.want("posts2/0") && !letters.want("stdin")
    );
    spawn_blocking(move || {
        let letter =
            Letter { source: "posts/0", line: 7, reason: "text_empty", detail: "a\nb", record: b"{\"text\":\"\"}" };
        letters.send(letter).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        letters.then(Box::new(move || tell.send(()).unwrap()));
        told.recv_timeout(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    let dead = mock.client().messages("dead");
    let header = |name: &str| dead[0].headers[name].clone();
    assert_eq!(dead[0].value, "{\"text\":\"\"}");
    assert_eq!(
        [header("Hearken-Source"), header("Hearken-Reason"), header("Hearken-Detail")],
        ["posts/0:7", "text_empty", "a b"]
    );
    drop(source);
    closing.ended().await;
}
