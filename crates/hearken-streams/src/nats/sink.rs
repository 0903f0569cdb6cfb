//! A stream that takes results.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use async_nats::{HeaderMap, Subject};
use bytes::Bytes;

use super::away;
use super::publisher::{Outgoing, Publisher};
use super::server::{self, Server};
use crate::cluster;
use crate::sink::{self, Record, Then};

/// Publishes records to a subject of a stream. Cloning gives another handle.
#[derive(Clone, Debug)]
pub struct Sink {
    name: Arc<str>,
    subject: Subject,
    publisher: Publisher,
}

impl Sink {
    /// Of `nats://HOST:PORT,HOST:PORT?subject=SUBJECT`. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The servers are [`Away`](crate::Away), or nobody leads the streams. Or it isn't such a URL, no server lets us in, or no stream
    /// takes the subject.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::start(url).await.map_err(away::or_not)
    }

    async fn start(url: &str) -> Result<Self> {
        let shown = cluster::shown(url);
        let (server, subject) = parse(url).with_context(|| format!("{shown} is no sink"))?;
        let client = server.connect().await?;
        let stream = server::to_ask(&client).stream_by_subject(subject.as_str()).await;
        let stream = stream.with_context(|| {
            format!("no stream takes the subject {subject} (nats stream add NAME --subjects '{subject}' makes one)")
        })?;
        tracing::info!(subject, stream, "Results are published.");
        let publisher = Publisher::start(client);
        Ok(Self { name: format!("{}/{subject}", server.name()).into(), subject: subject.into(), publisher })
    }
}

impl sink::Sink for Sink {
    fn name(&self) -> &str {
        &self.name
    }

    /// One with the same `id` that the stream took a moment ago (its duplicate window) counts as the same. The order of records
    /// isn't kept, so `key` is of no use here.
    fn publish(&self, records: Vec<Record<'_>>, lines: &[u8]) -> io::Result<()> {
        let lines = Bytes::copy_from_slice(lines);
        let outgoing = |(Record { id, .. }, line): (_, &[u8])| Outgoing {
            subject: self.subject.clone(),
            id,
            headers: HeaderMap::new(),
            payload: lines.slice_ref(line),
        };
        self.publisher.publish(sink::each(records, &lines).map(outgoing).collect())
    }

    fn then(&self, then: Then) {
        self.publisher.then(then);
    }

    fn wait(&self, patience: Duration) -> Result<()> {
        ensure!(
            self.publisher.wait(patience),
            "{} has not taken all results within {} s; their posts will come again",
            self.name,
            patience.as_secs()
        );
        Ok(())
    }
}

fn parse(url: &str) -> Result<(Server, String)> {
    let (server, settings) = Server::parse(url)?;
    let mut subject = None;
    for (key, value) in settings {
        match &*key {
            "subject" => subject = Some(value),
            _ => bail!("it has no setting {key}; these are subject, {}", Server::SETTINGS),
        }
    }
    let subject = subject.context("it says not under which subject: ?subject=SUBJECT")?;
    ensure!(!subject.is_empty() && !subject.contains(['*', '>', ' ']), "{subject:?} is no subject to publish to");
    Ok((server, subject))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_servers_and_a_subject() {
        let (server, subject) = parse("nats://a.example,b.example:4223?subject=triaged.posts").unwrap();
        assert_eq!((server.hosts.len(), subject.as_str()), (2, "triaged.posts"));
        for (url, reason) in [
            ("nats://a.example", "it says not under which subject"),
            ("nats://a.example?subject=triaged.*", "no subject to publish to"),
            ("nats://a.example?subject=x&stream=y", "it has no setting stream; these are subject"),
            ("kafka://a.example?subject=x", "it must begin with nats://"),
        ] {
            let error = format!("{:#}", parse(url).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }
}
