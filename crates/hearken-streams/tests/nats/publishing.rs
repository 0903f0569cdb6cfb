//! The sink: every record gets onto the stream, once, and whoever waits for it learns when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::{Context, stream};
use hearken_streams::Letter;
use hearken_streams::letter::Letters as _;
use hearken_streams::nats::{Nats, Options, Sink};
use hearken_streams::sink::{Record, Sink as _};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::server::Server;
use crate::stream::{PATIENCE, client, make, make_as, url};

async fn messages(context: &Context, stream: &str) -> u64 {
    context.get_stream(stream).await.unwrap().get_info().await.unwrap().state.messages
}

async fn sink(server: &Server) -> Sink {
    Sink::connect(&format!("nats://{}?subject=triaged", server.address())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_get_onto_the_stream_once_each() {
    let server = Server::start();
    let context = client(&server).await;
    make_as(&context, "triaged", &["triaged"], 1).await;
    let sink = sink(&server).await;
    let told = Arc::new(AtomicU64::new(0));
    let note = Arc::clone(&told);
    spawn_blocking(move || {
        for round in 0..2 {
            for batch in 0..30 {
                let ids = batch * 100..(batch + 1) * 100;
                let lines: String = ids.clone().map(|id| format!("{{\"id\":{id}}}\n")).collect();
                let records = ids.map(|id| Record { key: "", id: format!("key-{id}") }).collect();
                sink.publish(records, lines.as_bytes()).unwrap();
            }
            let note = Arc::clone(&note);
            sink.then(Box::new(move || note.store(round + 1, Ordering::SeqCst)));
        }
        sink.wait(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 2);
    assert_eq!(messages(&context, "triaged").await, 3000);
    let first = context.get_stream("triaged").await.unwrap().get_raw_message(1).await.unwrap();
    assert_eq!((first.headers.get("Nats-Msg-Id").unwrap().as_str(), &*first.payload), ("key-0", &b"{\"id\":0}"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_did_not_take_is_sent_again() {
    let mut server = Server::start();
    let context = client(&server).await;
    make_as(&context, "triaged", &["triaged"], 1).await;
    let sink = sink(&server).await;
    let (before, after) = (sink.clone(), sink.clone());
    spawn_blocking(move || {
        (0..100).for_each(|id| before.publish_one(Record { key: "", id: format!("{id}") }, b"{}").unwrap());
    })
    .await
    .unwrap();
    server.kill();
    let told = Arc::new(AtomicU64::new(0));
    let note = Arc::clone(&told);
    spawn_blocking(move || {
        (100..200).for_each(|id| after.publish_one(Record { key: "", id: format!("{id}") }, b"{}").unwrap());
        after.then(Box::new(move || note.store(1, Ordering::SeqCst)));
    })
    .await
    .unwrap();
    sleep(Duration::from_secs(3)).await;
    assert_eq!(told.load(Ordering::SeqCst), 0, "it was told before anything can have been there");
    let waiting = sink.clone();
    let error = spawn_blocking(move || waiting.wait(Duration::from_millis(100))).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("/triaged has not taken all results"), "{error}");
    server.restart();
    spawn_blocking(move || sink.wait(PATIENCE)).await.unwrap().unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 1);
    assert_eq!(messages(&context, "triaged").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_long_is_told_of_in_its_place() {
    let server = Server::start();
    let context = client(&server).await;
    make_as(&context, "triaged", &["triaged"], 1).await;
    let sink = sink(&server).await;
    spawn_blocking(move || {
        sink.publish_one(Record { key: "", id: "long".to_owned() }, &vec![b'x'; 2 << 20]).unwrap();
        sink.publish_one(Record { key: "", id: "short".to_owned() }, b"{}").unwrap();
        sink.wait(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    let stream = context.get_stream("triaged").await.unwrap();
    let notes = [stream.get_raw_message(1).await.unwrap(), stream.get_raw_message(2).await.unwrap()];
    let note = notes.iter().find(|note| note.headers.get("Nats-Msg-Id").unwrap().as_str() == "long").unwrap();
    let note: serde_json::Value = serde_json::from_slice(&note.payload).unwrap();
    assert_eq!((note["error"].as_str(), note["message"].as_str()), (Some("too_long"), Some("long")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_that_no_stream_takes_is_told_of_at_once() {
    let server = Server::start();
    let url = format!("nats://{}?subject=triaged", server.address());
    let error = timeout(PATIENCE, Sink::connect(&url)).await.unwrap().unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("no stream takes the subject triaged (nats stream add"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_no_post_is_in_the_dead_letter_with_its_reason() {
    let server = Server::start();
    let context = client(&server).await;
    make(&context).await;
    make_as(&context, "dead", &["dead.>"], 1).await;
    let options = Options::from_url(&url(&server, "&dead-letter=dead.posts")).unwrap();
    let (source, _closing) = Nats::connect(options).await.unwrap();
    let letters = source.letters();
    assert!(letters.want("posts") && letters.want("posts/7") && !letters.want("posts2") && !letters.want("stdin"));
    spawn_blocking(move || {
        let letter =
            Letter { source: "posts", line: 7, reason: "text_empty", detail: "a\nb", record: b"{\"text\":\"\"}" };
        letters.send(letter).unwrap();
        letters.send(letter).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        letters.then(Box::new(move || tell.send(()).unwrap()));
        told.recv_timeout(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    let dead: stream::Stream = context.get_stream("dead").await.unwrap();
    assert_eq!(dead.get_info().await.unwrap().state.messages, 1, "the same letter twice is one");
    let letter = dead.get_raw_message(1).await.unwrap();
    let header = |name: &str| letter.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!((header("Hearken-Reason"), header("Hearken-Detail")), ("text_empty".to_owned(), "a b".to_owned()));
    assert_eq!((header("Hearken-Source"), &*letter.payload), ("posts:7".to_owned(), &b"{\"text\":\"\"}"[..]));
}
