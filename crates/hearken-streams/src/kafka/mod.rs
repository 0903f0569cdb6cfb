//! Kafka: a topic that the nodes of a consumer group share by partitions, and one that takes results.
//!
//! ```text
//!  reader (a thread): poll ─► work ─► parcel ─► source ─► … settled ─► work ─► offsets ─► commit
//! ```
//!
//! Of each partition the batches are committed up to the first that isn't settled. When partitions go to another node, what is
//! under way is waited for first, and committed.

mod gauges;
mod group;
mod letters;
mod news;
mod offsets;
mod options;
mod publisher;
mod reader;
mod server;
mod sink;
mod work;

use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{fmt, thread};

use anyhow::{Context as _, Result};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub use gauges::{Gauges, Reading};
pub use letters::Letters;
pub use options::Options;
pub use sink::Sink;

use crate::link::Link;
use crate::source::{Batch, Source, Token};
use group::Group;
use reader::Reader;
use work::{Parcel, Told, Work};

/// How long the brokers may take to hear of the end of a source.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// What a consumer is, unless the URL says otherwise. Memory for messages that are fetched ahead is in kilobytes.
const CONSUMER: [(&str, &str); 7] = [
    ("auto.offset.reset", "earliest"),
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("partition.assignment.strategy", "range"),
    ("queued.max.messages.kbytes", "16384"),
    ("statistics.interval.ms", "1000"),
    ("topic.metadata.refresh.interval.ms", "60000"),
];

/// Messages of a topic.
pub struct Kafka {
    name: String,
    parcels: UnboundedReceiver<Result<(Token, Parcel)>>,
    told: mpsc::Sender<Told>,
    gauges: Arc<Gauges>,
    letters: Letters,
    link: Link,
    /// Dropped with it.
    _open: oneshot::Sender<()>,
}

/// The end of a source, to be waited for once it is dropped.
#[derive(Debug)]
pub struct Closing {
    /// Until the source is dropped.
    open: oneshot::Receiver<()>,
    ended: oneshot::Receiver<()>,
}

impl Closing {
    /// Returns when the brokers know of all that is settled and that this node has left; or when they don't answer.
    pub async fn ended(self) {
        let _ = self.open.await;
        if timeout(LAST_WORDS, self.ended).await.is_err() {
            tracing::warn!("Kafka doesn't answer; some messages will come again.");
        }
    }
}

impl Kafka {
    /// Connects, and joins the group. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The brokers are [`Away`](crate::Away), or nobody leads the topic. Or none lets us in, or there is no such topic.
    pub async fn connect(options: Options) -> Result<(Self, Closing)> {
        spawn_blocking(|| Self::start(options)).await.context("connecting")?
    }

    fn start(options: Options) -> Result<(Self, Closing)> {
        let Options { name, server, topic, group, dead_letter, from, in_flight, drain, linger } = options;
        let topic: Arc<str> = topic.into();
        let (parcels_to, parcels) = unbounded_channel();
        let (told, told_to) = mpsc::channel();
        let gauges = Arc::new(Gauges::default());
        let work = Work::new(Arc::clone(&topic), linger, parcels_to, told_to, Arc::clone(&gauges));
        let context = Group::new(Arc::clone(&topic), from, drain, Arc::clone(&gauges), work);
        let decided = [CONSUMER.as_slice(), &[("group.id", &group)]].concat();
        let consumer: BaseConsumer<Group> = server.client(&decided, context)?;
        let hear = || drop(consumer.poll(Duration::from_millis(100)));
        let partitions = server.look_for(consumer.client(), &topic, &consumer.context().news, hear)?;
        let link = consumer.context().news.link.clone();
        link.up();
        let letters = Letters::start(&server, Arc::clone(&topic), dead_letter.as_deref())?;
        tracing::info!(topic = &*topic, group, partitions, "Joining the group.");
        consumer.subscribe(&[&topic]).context("subscribing")?;
        let (ended_to, ended) = oneshot::channel();
        let (open_to, open) = oneshot::channel();
        let read = move || {
            Reader::new(consumer, in_flight).run();
            let _ = ended_to.send(());
        };
        thread::Builder::new().name("hearken-kafka".to_owned()).spawn(read).context("starting a thread")?;
        Ok((Self { name, parcels, told, gauges, letters, link, _open: open_to }, Closing { open, ended }))
    }

    /// What it can be asked while it runs.
    pub fn gauges(&self) -> Arc<Gauges> {
        Arc::clone(&self.gauges)
    }

    /// Whether brokers answer, for whoever asks while it runs.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// Where lines go that are no posts.
    pub fn letters(&self) -> Letters {
        self.letters.clone()
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source for Kafka {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        let Some(parcel) = self.parcels.recv().await else { return Ok(None) };
        let (token, Parcel { name, lines, numbers }) = parcel?;
        // Without the thread that reads there is nobody to tell.
        let _ = self.told.send(Told::Taken);
        Ok(Some(Batch { name, first_line: 1, numbers, lines, token }))
    }

    fn settled(&mut self, token: Token) {
        // Without the thread nothing is committed, which is safe.
        let _ = self.told.send(Told::Settled(token));
    }

    /// Partitions are committed on their own, as soon as batches are settled; the end is waited for by [`Closing`].
    async fn commit(&mut self, _: Token) -> Result<()> {
        Ok(())
    }
}
