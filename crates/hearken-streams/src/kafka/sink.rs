//! A topic that takes results.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::task::spawn_blocking;

use super::publisher::{Outgoing, Publisher};
use super::server::{self, Server};
use crate::cluster;
use crate::sink::{self, Record, Then};

/// Which record a message is: the same when it comes again.
const ID: &str = "Hearken-Id";

/// Publishes records to a topic. Cloning gives another handle.
#[derive(Clone)]
pub struct Sink {
    name: Arc<str>,
    publisher: Publisher,
}

impl Sink {
    /// Of `kafka://HOST:PORT,HOST:PORT?topic=TOPIC`. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The brokers are [`Away`](crate::Away), or nobody leads the topic. Or it isn't such a URL, none lets us in, or none has the topic.
    pub async fn connect(url: &str) -> Result<Self> {
        let shown = cluster::shown(url);
        let (server, topic) = parse(url).with_context(|| format!("{shown} is no sink"))?;
        let name = format!("{}/{topic}", server.name()).into();
        let publisher = spawn_blocking(move || {
            let publisher = Publisher::start(&server, &topic)?;
            tracing::info!(topic, "Results are published.");
            anyhow::Ok(publisher)
        });
        Ok(Self { name, publisher: publisher.await.context("connecting")?? })
    }
}

impl sink::Sink for Sink {
    fn name(&self) -> &str {
        &self.name
    }

    /// Records with the same `key` go to the same partition and stay in order. Kafka doesn't know one that comes again: whoever
    /// reads them does, by the header `Hearken-Id`.
    fn publish(&self, records: Vec<Record<'_>>, lines: &[u8]) -> io::Result<()> {
        sink::each(records, lines).try_for_each(|(Record { key, id }, payload)| {
            self.publisher.publish(Outgoing { key, headers: &[(ID, &id)], payload })
        })
    }

    fn then(&self, then: Then) {
        self.publisher.then(then);
    }

    fn wait(&self, patience: Duration) -> Result<()> {
        let there = self.publisher.wait(patience).with_context(|| self.name.clone())?;
        ensure!(
            there,
            "{} has not taken all results within {} s; their posts will come again",
            self.name,
            patience.as_secs()
        );
        Ok(())
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("name", &self.name).finish_non_exhaustive()
    }
}

fn parse(url: &str) -> Result<(Server, String)> {
    let (server, settings) = Server::parse(url)?;
    let mut topic = None;
    for (key, value) in settings {
        match &*key {
            "topic" => topic = Some(server::topic(&value).with_context(|| format!("{key}={value}"))?),
            _ => bail!("it has no setting {key}; these are topic, {}", Server::SETTINGS),
        }
    }
    Ok((server, topic.context("it says not on which topic: ?topic=TOPIC")?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_brokers_and_a_topic() {
        let (server, topic) = parse("kafka://a.example,b.example:9093?topic=triaged&compression.type=zstd").unwrap();
        assert_eq!((server.hosts.len(), topic.as_str()), (2, "triaged"));
        for (url, reason) in [
            ("kafka://a.example", "it says not on which topic"),
            ("kafka://a.example?topic=triaged*", "no name that Kafka allows"),
            ("kafka://a.example?topic=x&group=y", "it has no setting group; these are topic"),
            ("kafka://a.example?topic=x&acks=1", "acks is not to be set: it is all"),
            ("kafka://a.example?topic=x&enable.idempotence=false", "is not to be set: it is on"),
        ] {
            let error = format!("{:#}", parse(url).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }
}
