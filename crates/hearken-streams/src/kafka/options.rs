//! What a `kafka://` URL of a source says.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;

use super::server::{self, Server};
use crate::cluster::{self, positive};
use crate::gathering::Linger;

/// How to read a topic.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source, for messages.
    pub name: String,
    pub(super) server: Server,
    pub(super) topic: String,
    /// The consumer group, which all nodes that share the partitions have in common.
    pub(super) group: String,
    /// Where messages go that are no posts.
    pub(super) dead_letter: Option<String>,
    /// Where the group begins in partitions where it has committed nothing yet; `None`: at the oldest message.
    pub(super) from: Option<Timestamp>,
    /// How many messages may be under way here.
    pub(super) in_flight: u64,
    /// How long partitions are held on to for what is under way in them, when another node is to get them.
    pub(super) drain: Duration,
    /// When messages are a batch.
    pub linger: Linger,
}

impl Options {
    /// Messages under way at a node, unless told otherwise.
    const IN_FLIGHT: u64 = 8192;
    const DRAIN: Duration = Duration::from_secs(10);
    /// The longest, in seconds: the brokers throw a node out that takes five minutes.
    const LONGEST_DRAIN: u64 = 240;

    /// Of `kafka://HOST:PORT,HOST:PORT?topic=TOPIC&group=NAME`, and what else `SETTINGS` below names.
    ///
    /// # Errors
    ///
    /// It isn't such a URL, or a file that it names can't be read.
    pub fn from_url(url: &str) -> Result<Self> {
        let shown = cluster::shown(url);
        Self::parse(url).with_context(|| format!("{shown} is no source of Kafka's messages"))
    }

    fn parse(url: &str) -> Result<Self> {
        const SETTINGS: &str = "topic, group, dead-letter, in-flight, drain";
        let (server, settings) = Server::parse(url)?;
        let mut options = Self {
            name: server.name(),
            server,
            topic: String::new(),
            group: String::new(),
            dead_letter: None,
            from: None,
            in_flight: Self::IN_FLIGHT,
            drain: Self::DRAIN,
            linger: Linger::default(),
        };
        for (key, value) in settings {
            let told = || format!("{key}={value}");
            match &*key {
                "topic" => options.topic = server::topic(&value).with_context(told)?,
                "group" => {
                    ensure!(!value.is_empty(), "{}: no name", told());
                    options.group = value;
                }
                "dead-letter" => options.dead_letter = Some(server::topic(&value).with_context(told)?),
                "in-flight" => {
                    let (messages, batch) = (positive(&value).with_context(told)?, options.linger.lines);
                    ensure!(messages >= batch, "{}: it must be at least a batch of {batch}", told());
                    options.in_flight = messages;
                }
                "drain" => {
                    let (seconds, longest) = (positive(&value).with_context(told)?, Self::LONGEST_DRAIN);
                    ensure!(seconds <= longest, "{}: it must be at most {longest} seconds", told());
                    options.drain = Duration::from_secs(seconds);
                }
                _ => bail!("it has no setting {key}; these are {SETTINGS}, {}", Server::SETTINGS),
            }
        }
        ensure!(!options.topic.is_empty(), "it says not which topic: ?topic=TOPIC&group=NAME");
        ensure!(!options.group.is_empty(), "it says not as which group: ?topic=TOPIC&group=NAME");
        options.name = format!("{}/{}/{}", options.name, options.topic, options.group);
        Ok(options)
    }

    /// Begins at the first message that came at this time or later, in partitions where the group has committed nothing yet.
    #[must_use]
    pub fn from(mut self, time: Option<Timestamp>) -> Self {
        self.from = time;
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_brokers_a_topic_and_a_group() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret\n").unwrap();
        let url = format!(
            "kafka://ann@a.example:9092,b.example?topic=posts&group=triage&dead-letter=dead&in-flight=1024&drain=5\
             &session.timeout.ms=6000&sasl.password-file={}",
            file.path().display()
        );
        let options = Options::from_url(&url).unwrap();
        assert_eq!(options.name, "kafka://a.example:9092,b.example/posts/triage");
        assert_eq!((options.in_flight, options.drain), (1024, Duration::from_secs(5)));
        let told = format!("{options:?}");
        assert!(told.contains("session.timeout.ms") && told.contains("sasl.username"), "{told}");
        assert!(told.contains("sasl.password") && !told.contains("s3cret"), "{told}");
    }

    #[test]
    fn a_wrong_url_is_explained() {
        for (url, reason) in [
            ("kafka://a.example", "it says not which topic"),
            ("kafka://a.example?topic=posts", "it says not as which group"),
            ("kafka://?topic=posts&group=g", "\"\" is no host"),
            ("kafka://me:pw@a.example?topic=posts&group=g", "a password in a URL ends up in logs"),
            ("kafka://a.example?topic=posts&group=g&sasl.password=pw", "sasl.password-file=FILE names a file"),
            ("kafka://a.example?topic=po/sts&group=g", "topic=po/sts: no name that Kafka allows"),
            ("kafka://a.example?topic=posts&group=g&in-flight=9", "at least a batch of 512"),
            ("kafka://a.example?topic=posts&group=g&drain=300", "at most 240 seconds"),
            (
                "kafka://a.example?topic=posts&group=g&enable.auto.commit=true",
                "is not to be set: a message is committed",
            ),
            ("kafka://a.example?topic=posts&group=g&colour=red", "it has no setting colour; these are topic"),
            ("nats://a.example?topic=posts&group=g", "it must begin with kafka://"),
        ] {
            let error = format!("{:#}", Options::from_url(url).unwrap_err());
            assert!(error.contains(reason) && !error.contains("pw"), "{error}");
        }
    }

    #[cfg(not(feature = "kafka-tls"))]
    #[test]
    fn what_is_not_built_in_is_said() {
        for setting in ["security.protocol=SASL_SSL", "sasl.mechanism=SCRAM-SHA-512"] {
            let url = format!("kafka://a.example?topic=posts&group=g&{setting}");
            let error = format!("{:#}", Options::from_url(&url).unwrap_err());
            assert!(error.contains(setting) && error.contains("--features kafka-tls"), "{error}");
        }
    }
}
