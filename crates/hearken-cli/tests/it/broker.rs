//! A NATS server from outside: whoever publishes posts, and looks at streams.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, Info, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, stream};
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;

use crate::cli::PATIENCE;
use crate::live::wait_until;

/// Whoever publishes posts, and looks at streams.
pub(crate) struct Broker {
    runtime: Runtime,
    context: Context,
}

impl Broker {
    pub(crate) fn of(addresses: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let addresses: Vec<String> = addresses.split(',').map(str::to_owned).collect();
        let context = runtime.block_on(async {
            let client = async_nats::ConnectOptions::new().retry_on_initial_connect().connect(addresses).await.unwrap();
            jetstream::new(client)
        });
        Self { runtime, context }
    }

    /// Makes streams of the subjects of their names and all below these.
    pub(crate) fn make(&self, names: &[&str], replicas: usize) {
        for name in names {
            let config = stream::Config {
                name: (*name).to_owned(),
                subjects: vec![(*name).to_owned(), format!("{name}.>")],
                num_replicas: replicas,
                duplicate_window: Duration::from_secs(600),
                ..stream::Config::default()
            };
            // A cluster takes a while to get ready.
            let make = || self.runtime.block_on(self.context.create_stream(config.clone())).ok();
            wait_until(PATIENCE, make);
        }
    }

    pub(crate) fn publish(&self, payload: &str) {
        let publish = async { self.context.publish("posts", payload.to_owned().into()).await.unwrap().await.unwrap() };
        self.runtime.block_on(publish);
    }

    /// Publishes posts with these ids, each until it is there.
    pub(crate) fn publish_all(&self, ids: Range<u64>) {
        self.publish_each(ids.map(|id| (id.to_string(), format!("{{\"id\":{id},\"text\":\"hello\"}}"))));
    }

    /// Publishes payloads, each under an id, until it is there.
    pub(crate) fn publish_each(&self, messages: impl IntoIterator<Item = (String, String)>) {
        let publish = |(id, payload): (String, String)| async move {
            let message = PublishMessage::build().message_id(id).payload(payload.into());
            loop {
                if let Ok(answer) = self.context.send_publish("posts", message.clone()).await
                    && answer.await.is_ok()
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let all = futures_util::stream::iter(messages).for_each_concurrent(500, publish);
        self.runtime.block_on(all);
    }

    pub(crate) fn count(&self, stream: &str) -> u64 {
        let count = async { self.context.get_stream(stream).await.ok()?.get_info().await.ok() };
        self.runtime.block_on(count).map_or(0, |info| info.state.messages)
    }

    /// Which of the servers of a cluster leads a stream; none while they elect one.
    pub(crate) fn leader(&self, stream: &str) -> Option<usize> {
        let info = async { self.context.get_stream(stream).await.ok()?.get_info().await.ok() };
        let leader = self.runtime.block_on(info)?.cluster?.leader?;
        leader.strip_prefix('n')?.parse().ok()
    }

    /// How the consumer `triage` stands.
    pub(crate) fn consumer(&self) -> Option<Info> {
        let info = async { self.context.get_stream("posts").await.ok()?.consumer_info("triage").await.ok() };
        self.runtime.block_on(info)
    }

    /// What is under way at the consumer `triage`, and what wasn't delivered.
    pub(crate) fn open(&self) -> Option<(usize, u64)> {
        self.consumer().map(|info| (info.num_ack_pending, info.num_pending))
    }

    pub(crate) fn until_all_is_acknowledged(&self) {
        wait_until(PATIENCE, || (self.open() == Some((0, 0))).then_some(()));
    }

    /// All messages of a stream.
    pub(crate) fn messages(&self, stream: &str) -> Vec<jetstream::Message> {
        self.runtime.block_on(async {
            let stream = self.context.get_stream(stream).await.unwrap();
            let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
            let mut left = stream.get_info().await.unwrap().state.messages;
            let mut messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
            let mut all = Vec::new();
            while left > 0 {
                all.push(messages.next().await.unwrap().unwrap());
                left -= 1;
            }
            all
        })
    }

    /// How often each id is among the results, and the ids of the messages.
    pub(crate) fn results(&self) -> (BTreeMap<u64, usize>, usize) {
        let mut counts = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for message in self.messages("triaged") {
            let record: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
            *counts.entry(record["id"].as_str().unwrap().parse().unwrap()).or_default() += 1;
            ids.insert(message.headers.as_ref().unwrap().get("Nats-Msg-Id").unwrap().to_string());
        }
        (counts, ids.len())
    }
}
