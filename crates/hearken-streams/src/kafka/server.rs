//! Which Kafka brokers, as whom, and how they are spoken to: librdkafka's own settings, passed through.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use rdkafka::client::{Client, ClientContext};
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use super::news::{News, Trouble};
use crate::away::Away;
use crate::cluster::{Cluster, Secret};

/// How long an answer may take to a request about topics and offsets.
pub(super) const REQUEST: Duration = Duration::from_secs(10);

/// So often it is looked, while no answer comes, whether one can come at all.
const LOOKS: Duration = Duration::from_secs(1);

/// How long a topic may take that the broker makes because it was asked for it.
const MADE: Duration = Duration::from_secs(5);

/// Settings that are secrets: each is read from a file that `SETTING-file` names.
const SECRETS: [&str; 6] = [
    "sasl.password",
    "sasl.oauthbearer.client.secret",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
    "ssl_key",
];

/// Settings that this project decides, for what it promises rests on them, and what to use instead.
const DECIDED: [(&str, &str); 16] = [
    ("bootstrap.servers", "the hosts of the URL say it"),
    ("metadata.broker.list", "the hosts of the URL say it"),
    ("group.id", "group=NAME says it"),
    ("enable.auto.commit", "a message is committed when what became of it is durable"),
    ("enable.auto.offset.store", "a message is committed when what became of it is durable"),
    ("auto.commit.enable", "a message is committed when what became of it is durable"),
    ("partition.assignment.strategy", "it is range"),
    ("group.protocol", "it is classic"),
    ("enable.partition.eof", "a topic has no end"),
    ("enable.idempotence", "it is on"),
    ("acks", "it is all"),
    ("request.required.acks", "it is all"),
    ("message.timeout.ms", "a message is tried until it is there"),
    ("delivery.timeout.ms", "a message is tried until it is there"),
    ("delivery.report.only.error", "what is there must be told too"),
    ("transactional.id", "there are no transactions"),
];

/// What `kafka://USER@HOST:PORT,HOST:PORT?…` says of brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) hosts: Vec<String>,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, Secret>,
}

impl Server {
    /// Its settings, for messages.
    pub(super) const SETTINGS: &'static str = "and those of librdkafka, such as security.protocol and sasl.username";

    /// The brokers of a URL, and the settings that are none of librdkafka's.
    pub(super) fn parse(url: &str) -> Result<(Self, Vec<(String, String)>)> {
        const INSTEAD: &str = "a file (sasl.password-file=FILE) or into HEARKEN_KAFKA_PASSWORD";
        let Cluster { user, hosts, settings } = Cluster::parse("kafka", url, INSTEAD)?;
        let mut server = Self { hosts, settings: BTreeMap::new(), secrets: BTreeMap::new() };
        server.settings.extend(user.map(|user| ("sasl.username".to_owned(), user)));
        let mut others = Vec::new();
        for (key, value) in settings {
            if SECRETS.contains(&&*key) {
                bail!("{key}: a secret in a URL ends up in logs; {key}-file=FILE names a file that holds it");
            } else if let Some((_, instead)) = DECIDED.iter().find(|(decided, _)| *decided == key) {
                bail!("{key} is not to be set: {instead}");
            } else if let Some(secret) = key.strip_suffix("-file").filter(|secret| SECRETS.contains(secret)) {
                let read = Secret::read(&value).with_context(|| format!("{key}={value}"))?;
                server.secrets.insert(secret.to_owned(), read);
            } else if key.contains('.') || key == "debug" {
                server.settings.insert(key, value);
            } else {
                others.push((key, value));
            }
        }
        if !server.secrets.contains_key("sasl.password") {
            let password = Secret::of_environment("HEARKEN_KAFKA_PASSWORD");
            server.secrets.extend(password.map(|password| ("sasl.password".to_owned(), password)));
        }
        server.check_build()?;
        Ok((server, others))
    }

    /// What was asked for must be built in: librdkafka's own message would not say how.
    fn check_build(&self) -> Result<()> {
        let needs_tls = self.settings.iter().find(|(key, value)| match &***key {
            "security.protocol" => value.to_ascii_lowercase().contains("ssl"),
            "sasl.mechanism" | "sasl.mechanisms" => !value.eq_ignore_ascii_case("plain"),
            _ => false,
        });
        if let Some((key, value)) = needs_tls.filter(|_| cfg!(not(feature = "kafka-tls"))) {
            bail!("{key}={value} needs OpenSSL, and this is built without it: build with --features kafka-tls");
        }
        Ok(())
    }

    /// What messages call them.
    pub(super) fn name(&self) -> String {
        format!("kafka://{}", self.hosts.join(","))
    }

    /// A client with these settings, beside those of the URL.
    ///
    /// # Errors
    ///
    /// A setting is none of librdkafka's, or has a value that it doesn't take.
    pub(super) fn client<C, T>(&self, decided: &[(&str, &str)], context: C) -> Result<T>
    where
        C: ClientContext,
        T: FromClientConfigAndContext<C>,
    {
        let mut config = ClientConfig::new();
        let level = if self.settings.contains_key("debug") { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Info };
        config.set_log_level(level).set("client.id", "hearken");
        config.set("bootstrap.servers", self.hosts.join(","));
        let defaults = decided.iter().filter(|(key, _)| !self.settings.contains_key(*key));
        for (key, value) in defaults {
            config.set(*key, *value);
        }
        for (key, value) in &self.settings {
            config.set(key, value);
        }
        for (key, secret) in &self.secrets {
            config.set(key, secret.reveal());
        }
        config.create_with_context(context).map_err(|error| match error {
            // IMPORTANT: without the value, which may be a secret.
            KafkaError::ClientConfig(_, reason, key, _) => anyhow!("{key}: {reason}"),
            other => anyhow!(other),
        })
    }

    /// Sees to it that a topic is there, and says how many partitions it has. `serve` lets a client tell of its troubles.
    ///
    /// # Errors
    ///
    /// The brokers are [`Away`], don't let us in, or none has the topic.
    pub(super) fn look_for<C: ClientContext>(
        &self,
        client: &Client<C>,
        topic: &str,
        news: &News,
        serve: impl Fn(),
    ) -> Result<usize> {
        let begun = std::time::Instant::now();
        loop {
            let metadata = match client.fetch_metadata(Some(topic), LOOKS) {
                Ok(metadata) => metadata,
                Err(error) => {
                    serve();
                    let Trouble { reason, all_down, refused } = news.so_far();
                    if !refused && !all_down && begun.elapsed() < REQUEST {
                        continue;
                    }
                    let why = reason.unwrap_or_else(|| error.to_string());
                    return Err(Away::mark(anyhow!("connecting to {}: {why}", self.name()), !refused));
                }
            };
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            let error = found.and_then(|found| found.error()).map(RDKafkaErrorCode::from);
            let partitions = found.map_or(0, |found| found.partitions().len());
            match error {
                None if partitions > 0 => return Ok(partitions),
                // It is being made.
                None | Some(RDKafkaErrorCode::LeaderNotAvailable) if begun.elapsed() < MADE => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Some(error @ RDKafkaErrorCode::LeaderNotAvailable) => {
                    let nobody = anyhow!("nobody leads the topic {topic} of {}: {error}", self.name());
                    return Err(Away::mark(nobody, true));
                }
                None | Some(RDKafkaErrorCode::UnknownTopicOrPartition) => bail!(
                    "{} has no topic {topic} (kafka-topics.sh --create --topic {topic} --partitions 12 makes one)",
                    self.name()
                ),
                Some(error) => bail!("{} doesn't give the topic {topic}: {error}", self.name()),
            }
        }
    }
}

/// A topic's name, as Kafka allows it.
pub(super) fn topic(name: &str) -> Result<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let valid = !name.is_empty() && name.len() <= 249 && name.chars().all(legal) && name != "." && name != "..";
    ensure!(valid, "no name that Kafka allows");
    Ok(name.to_owned())
}
