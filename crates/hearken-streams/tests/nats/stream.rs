//! A stream of a test, as whoever publishes and whoever looks after it sees it.

use std::time::Duration;

use async_nats::jetstream::{self, Context, consumer, stream};
use hearken_streams::nats::{Closing, Gauges, Nats, Options};
use tokio::time::{Instant, sleep, timeout};

use crate::driven;
pub(crate) use crate::driven::PATIENCE;
use crate::server::Server;

/// A source that is driven.
pub(crate) type Driven = driven::Driven<Gauges, Closing>;

/// A client of its own.
pub(crate) async fn client(server: &Server) -> Context {
    jetstream::new(async_nats::connect(server.address()).await.unwrap())
}

/// Makes the stream `posts`, of `posts` and all below it.
pub(crate) async fn make(context: &Context) {
    make_as(context, "posts", &["posts", "posts.>"], 1).await;
}

/// Makes a stream; tries again while a cluster is not ready.
pub(crate) async fn make_as(context: &Context, name: &str, subjects: &[&str], replicas: usize) {
    let subjects: Vec<String> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let config = stream::Config { name: name.to_owned(), subjects, num_replicas: replicas, ..Default::default() };
    let started = Instant::now();
    while let Err(error) = context.create_stream(config.clone()).await {
        assert!(started.elapsed() < PATIENCE, "the stream {name} can't be made: {error}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Publishes posts with these ids.
pub(crate) async fn publish(context: &Context, ids: std::ops::Range<u64>) {
    let mut answers = Vec::new();
    for id in ids {
        let payload = format!("{{\"id\":{id},\"text\":\"hello\"}}");
        answers.push(context.publish("posts", payload.into()).await.unwrap());
    }
    for answer in answers {
        answer.await.unwrap();
    }
}

/// How the consumer stands: what is under way, what wasn't delivered, up to where all is acknowledged.
pub(crate) async fn standing(context: &Context, consumer: &str) -> (usize, u64, u64) {
    let stream = context.get_stream("posts").await.unwrap();
    let info: consumer::Info = stream.consumer_info(consumer).await.unwrap();
    (info.num_ack_pending, info.num_pending, info.ack_floor.stream_sequence)
}

/// Waits for a consumer to stand like this.
pub(crate) async fn until_it_stands(context: &Context, consumer: &str, wanted: (usize, u64, u64)) {
    let started = Instant::now();
    loop {
        let found = standing(context, consumer).await;
        if found == wanted {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "it stands at {found:?}, not {wanted:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// The URL of the source `posts` for the consumer `triage`.
pub(crate) fn url(server: &Server, settings: &str) -> String {
    format!("nats://{}?stream=posts&consumer=triage{settings}", server.address())
}

impl Driven {
    pub(crate) async fn start(url: &str) -> Self {
        Self::start_with(Options::from_url(url).unwrap()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let (source, closing) = Nats::connect(options).await.unwrap();
        let gauges = source.gauges();
        Self::new(source, gauges, closing)
    }

    /// Takes and settles batches until there were so many lines. The numbers of their messages.
    pub(crate) async fn settle(&mut self, lines: usize) -> Vec<u64> {
        self.settle_each(lines, |_, number| number).await
    }

    /// Stops cleanly; what isn't settled goes back.
    pub(crate) async fn stop(self) {
        self.end().await.ended().await;
    }

    /// How it ended by itself.
    pub(crate) async fn failed(self) -> String {
        drop(self.deliveries);
        format!("{:#}", timeout(PATIENCE, self.driver).await.expect("an end").unwrap().unwrap_err())
    }
}
