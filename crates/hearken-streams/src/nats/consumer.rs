//! The durable consumers that a source pulls from: made where they aren't there, and held against what is wanted where they
//! are.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, PriorityPolicy, pull};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::stream::{RetentionPolicy, Stream};
use serde_json::json;

use super::options::{Options, Start};
use super::pull::GROUP;

/// Nodes that may have as many messages under way as they like, before a fresh consumer stops them.
const NODES: u32 = 8;

/// How many partitions a stream has whose posts of one author stay together.
const PARTITIONS: u64 = 64;

/// How long a pinned client may be silent before another takes its place.
const PINNED_FOR: Duration = Duration::from_secs(10);

/// A consumer, as far as a node must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Consumer {
    pub(super) name: String,
    pub(super) ack_wait: Duration,
    pub(super) pinned: bool,
}

/// The consumers of a source, ready to be pulled from.
///
/// # Errors
///
/// There is no such stream, or a consumer is there already and is another one than was asked for.
pub(super) async fn prepare(context: &Context, options: &Options) -> Result<Vec<Consumer>> {
    let stream = context.get_stream(&options.stream).await;
    let stream = stream.with_context(|| {
        let name = &options.stream;
        format!("the stream {name} (nats stream add {name} --subjects '{name}.>' --retention limits makes one)")
    })?;
    if stream.cached_info().config.retention != RetentionPolicy::Limits {
        tracing::warn!(
            stream = options.stream,
            "The stream deletes what was acknowledged, so that no other model can be run over it later."
        );
    }
    let mut consumers = Vec::new();
    match options.share {
        None => consumers.push(one(&stream, options, &options.consumer, options.subject.as_deref(), false).await?),
        Some(share) => {
            for partition in (0..PARTITIONS).filter(|partition| partition % share.of == share.index - 1) {
                let subject = subject_of(&stream, partition)?;
                let name = format!("{}-{partition:02}", options.consumer);
                consumers.push(one(&stream, options, &name, Some(&subject), true).await?);
            }
        }
    }
    Ok(consumers)
}

/// The subject of a partition, by the stream's own subject transform.
fn subject_of(stream: &Stream, partition: u64) -> Result<String> {
    let config = &stream.cached_info().config;
    let marker = format!("{{{{partition({PARTITIONS},");
    let destination = config.subject_transform.as_ref().map(|transform| transform.destination.as_str());
    let Some(destination) = destination.filter(|destination| destination.replace(' ', "").contains(&marker)) else {
        let name = &config.name;
        bail!(
            "the stream {name} is not partitioned; nats stream edit {name} --transform-source '{name}.*' \
             --transform-destination '{name}.{{{{partition({PARTITIONS},1)}}}}.{{{{wildcard(1)}}}}' does that for posts \
             published to {name}.AUTHOR"
        );
    };
    let token = |token: &str| match token {
        token if token.contains("{{partition(") => partition.to_string(),
        token if token.contains("{{") => "*".to_owned(),
        token => token.to_owned(),
    };
    Ok(destination.split('.').map(token).collect::<Vec<_>>().join("."))
}

async fn one(stream: &Stream, options: &Options, name: &str, subject: Option<&str>, pinned: bool) -> Result<Consumer> {
    let wanted = wanted(options, name, subject, pinned)?;
    let told = || format!("the consumer {name} of the stream {}", options.stream);
    let found = match stream.consumer_info(name).await {
        Ok(info) => info.config,
        Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => {
            tracing::info!(consumer = name, "The consumer is made.");
            let made = stream.create_consumer_strict(wanted.clone()).await.with_context(told)?;
            made.cached_info().config.clone()
        }
        Err(error) => return Err(error).with_context(told),
    };
    compare(options, &wanted, &found).with_context(told)?;
    Ok(Consumer { name: name.to_owned(), ack_wait: found.ack_wait, pinned })
}

/// A consumer as it is made. The server sets no bound to how often a message comes: what came too often is given up here, once
/// it is in the dead letter.
fn wanted(options: &Options, name: &str, subject: Option<&str>, pinned: bool) -> Result<pull::Config> {
    let in_flight = options.in_flight.unwrap_or(Options::IN_FLIGHT);
    let mut config = pull::Config {
        durable_name: Some(name.to_owned()),
        description: Some("posts to be triaged by hearken".to_owned()),
        deliver_policy: deliver_policy(options.start)?,
        ack_policy: AckPolicy::Explicit,
        ack_wait: options.ack_wait.unwrap_or(Options::ACK_WAIT),
        max_ack_pending: i64::from(in_flight) * i64::from(NODES),
        filter_subject: subject.unwrap_or_default().to_owned(),
        max_deliver: -1,
        ..pull::Config::default()
    };
    if pinned {
        config.priority_policy = PriorityPolicy::PinnedClient;
        config.priority_groups = vec![GROUP.to_owned()];
        config.priority_timeout = PINNED_FOR;
    }
    Ok(config)
}

fn deliver_policy(start: Start) -> Result<DeliverPolicy> {
    Ok(match start {
        Start::First => DeliverPolicy::All,
        Start::Sequence(start_sequence) => DeliverPolicy::ByStartSequence { start_sequence },
        Start::Time(time) => {
            let policy = json!({"deliver_policy": "by_start_time", "opt_start_time": time.to_string()});
            serde_json::from_value(policy).context("a time to begin at")?
        }
    })
}

/// Says how a consumer that is there differs from the wanted one, as far as someone asked for it or it matters.
fn compare(options: &Options, wanted: &pull::Config, found: &consumer::Config) -> Result<()> {
    const AGAIN: &str = "name another consumer, or delete this one (nats consumer rm)";
    ensure!(found.deliver_subject.is_none(), "the server pushes to it, and it must be pulled from; {AGAIN}");
    ensure!(found.ack_policy == AckPolicy::Explicit, "it must want explicit acknowledgement; {AGAIN}");
    let subject = |subject: &str| if subject.is_empty() { "all subjects".to_owned() } else { subject.to_owned() };
    let filters = [vec![found.filter_subject.clone()], found.filter_subjects.clone()].concat();
    let filters = filters.into_iter().filter(|subject| !subject.is_empty()).collect::<Vec<_>>().join(", ");
    ensure!(
        filters == wanted.filter_subject,
        "it reads {}, not {}; {AGAIN}",
        subject(&filters),
        subject(&wanted.filter_subject)
    );
    ensure!(
        options.start == Start::First || found.deliver_policy == wanted.deliver_policy,
        "it has begun elsewhere, and goes on where it is; {AGAIN}"
    );
    ensure!(
        options.ack_wait.is_none_or(|ack_wait| ack_wait == found.ack_wait),
        "it waits {} s for a word on a message, not {}; leave ack-wait away, or change it (nats consumer edit --wait)",
        found.ack_wait.as_secs_f64(),
        wanted.ack_wait.as_secs_f64()
    );
    ensure!(
        found.max_deliver <= 0 || found.max_deliver > options.max_deliver as i64,
        "the server gives messages up after {} deliveries, before they reach the dead letter; nats consumer edit \
         --max-deliver=-1 changes that, and so does max-deliver={}",
        found.max_deliver,
        found.max_deliver - 1
    );
    let least = i64::from(options.in_flight.unwrap_or(Options::BATCH));
    ensure!(
        found.max_ack_pending <= 0 || found.max_ack_pending >= least,
        "it allows only {} messages under way, not {least}; nats consumer edit --max-pending={} changes that",
        found.max_ack_pending,
        wanted.max_ack_pending
    );
    ensure!(
        found.priority_policy == wanted.priority_policy,
        "it was made {} partitions; {AGAIN}",
        if options.share.is_some() { "without" } else { "for" }
    );
    Ok(())
}
