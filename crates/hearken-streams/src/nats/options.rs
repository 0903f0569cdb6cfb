//! What a `nats://` URL of a source says.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;

use super::server::Server;
use crate::backoff::Waits;
use crate::cluster::{self, positive};
use crate::gathering::Linger;

/// How to read a stream.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source, for messages.
    pub name: String,
    pub(super) server: Server,
    pub(super) stream: String,
    /// The durable consumer, which all nodes that take turns have in common.
    pub(super) consumer: String,
    /// Which subjects of the stream; `None`: all.
    pub(super) subject: Option<String>,
    /// Where messages go that are no posts, and those that came too often.
    pub(super) dead_letter: Option<String>,
    /// Where a consumer begins that isn't there yet.
    pub(super) start: Start,
    /// How often a message may come before it goes to the dead letter.
    pub(super) max_deliver: u64,
    /// How long the server waits for a word on a message; `None`: as long as the consumer says.
    pub(super) ack_wait: Option<Duration>,
    /// How many messages may be under way here; `None`: as many as a fresh consumer allows one of eight nodes.
    pub(super) in_flight: Option<u32>,
    /// Which partitions of the stream this node takes; `None`: the stream isn't partitioned, or that doesn't matter.
    pub(super) share: Option<Share>,
    /// When messages are a batch.
    pub linger: Linger,
    /// Waits between tries.
    pub waits: Waits,
}

/// Where a new consumer begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// At the oldest message that the stream has.
    #[default]
    First,
    /// At this sequence number.
    Sequence(u64),
    /// At the first message that came at this time or later.
    Time(Timestamp),
}

/// The `index`th of `of` shares, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) index: u64,
    pub(super) of: u64,
}

impl Options {
    /// Messages of a pull request.
    pub(super) const BATCH: u32 = 256;
    /// Messages under way at a node, unless told otherwise.
    pub(super) const IN_FLIGHT: u32 = 8192;
    /// How long a new consumer waits for a word on a message, unless told otherwise.
    pub(super) const ACK_WAIT: Duration = Duration::from_secs(30);

    /// Of `nats://HOST:PORT,HOST:PORT?stream=STREAM&consumer=NAME`, and what else `SETTINGS` below names.
    ///
    /// # Errors
    ///
    /// It isn't such a URL, or a file that it names can't be read.
    pub fn from_url(url: &str) -> Result<Self> {
        let shown = cluster::shown(url);
        Self::parse(url).with_context(|| format!("{shown} is no source of NATS messages"))
    }

    fn parse(url: &str) -> Result<Self> {
        const SETTINGS: &str = "stream, consumer, subject, dead-letter, ack-wait, max-deliver, in-flight, partitions";
        let (server, settings) = Server::parse(url)?;
        let mut options = Self {
            name: server.name(),
            server,
            stream: String::new(),
            consumer: String::new(),
            subject: None,
            dead_letter: None,
            start: Start::First,
            max_deliver: 10,
            ack_wait: None,
            in_flight: None,
            share: None,
            linger: Linger { lines: u64::from(Self::BATCH), ..Linger::default() },
            waits: Waits::default(),
        };
        for (key, value) in settings {
            let told = || format!("{key}={value}");
            match &*key {
                "stream" => options.stream = named(&value).with_context(told)?,
                "consumer" => options.consumer = named(&value).with_context(told)?,
                "subject" => options.subject = Some(value),
                "dead-letter" => options.dead_letter = Some(value),
                "max-deliver" => options.max_deliver = positive(&value).with_context(told)?,
                "in-flight" => {
                    let messages = positive(&value).with_context(told)?.try_into().with_context(told)?;
                    ensure!(messages >= Self::BATCH, "{}: it must be at least a batch of {}", told(), Self::BATCH);
                    options.in_flight = Some(messages);
                }
                "ack-wait" => {
                    let seconds = positive(&value).with_context(told)?;
                    options.ack_wait = Some(Duration::from_secs(seconds));
                }
                "partitions" => options.share = Some(Share::parse(&value).with_context(told)?),
                _ => bail!("it has no setting {key}; these are {SETTINGS}, {}", Server::SETTINGS),
            }
        }
        ensure!(!options.stream.is_empty(), "it says not which stream: ?stream=STREAM&consumer=NAME");
        ensure!(!options.consumer.is_empty(), "it says not as which consumer: ?stream=STREAM&consumer=NAME");
        ensure!(
            options.share.is_none() || options.subject.is_none(),
            "subject and partitions don't go together: partitions are subjects of their own"
        );
        options.name = format!("{}/{}/{}", options.name, options.stream, options.consumer);
        Ok(options)
    }

    /// Where a consumer begins that isn't there yet.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }
}

impl Share {
    fn parse(text: &str) -> Result<Self> {
        let (index, of) = text.split_once('/').context("it must look like 1/4")?;
        let share = Self { index: positive(index)?, of: positive(of)? };
        ensure!(
            share.index <= share.of && share.of <= 64,
            "it must be from 1/1 to 64/64, the first at most the second"
        );
        Ok(share)
    }
}

fn named(name: &str) -> Result<String> {
    let valid = !name.is_empty() && !name.contains([' ', '.', '*', '>', '/', '\\']);
    ensure!(valid, "no name that NATS allows");
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_servers_a_stream_and_a_consumer() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret\n").unwrap();
        let url = format!(
            "nats://ann@a.example:4222,b.example?stream=posts&consumer=triage&dead-letter=dead.posts&ack-wait=5\
             &max-deliver=3&in-flight=512&partitions=2/4&password-file={}",
            file.path().display()
        );
        let options = Options::from_url(&url).unwrap().start(Start::Sequence(7));
        assert_eq!(options.name, "nats://a.example:4222,b.example/posts/triage");
        assert_eq!(options.server.hosts, ["a.example:4222", "b.example"]);
        assert_eq!(options.share, Some(Share { index: 2, of: 4 }));
        assert_eq!((options.ack_wait, options.in_flight), (Some(Duration::from_secs(5)), Some(512)));
        assert!(!format!("{options:?}").contains("s3cret"));
    }

    #[test]
    fn a_wrong_url_is_explained() {
        for (url, reason) in [
            ("nats://a.example", "it says not which stream"),
            ("nats://a.example?stream=posts", "it says not as which consumer"),
            ("nats://?stream=posts&consumer=c", "\"\" is no host"),
            ("nats://a b?stream=posts&consumer=c", "\"a b\" is no host"),
            ("nats://me:pw@a.example?stream=posts&consumer=c", "a password in a URL ends up in logs"),
            ("nats://a.example?stream=posts&consumer=c&token=t", "a secret in a URL ends up in logs"),
            ("nats://a.example?stream=po.sts&consumer=c", "stream=po.sts: no name that NATS allows"),
            ("nats://a.example?stream=posts&consumer=c&in-flight=9", "at least a batch of 256"),
            ("nats://a.example?stream=posts&consumer=c&partitions=3/2", "from 1/1 to 64/64"),
            ("nats://a.example?stream=posts&consumer=c&partitions=1/1&subject=x", "don't go together"),
            ("nats://a.example?stream=posts&consumer=c&max-deliver=0", "more than nothing"),
            ("nats://a.example?stream=posts&consumer=c&creds=/nowhere/x.creds", "the file can't be read"),
            ("nats://a.example?stream=posts&consumer=c&tls-cert=Cargo.toml", "tls-cert and tls-key go together"),
            ("nats://a.example?stream=posts&consumer=c&colour=red", "it has no setting colour; these are stream"),
        ] {
            let error = format!("{:#}", Options::from_url(url).unwrap_err());
            assert!(error.contains(reason) && !error.contains(":pw"), "{error}");
        }
    }
}
