//! NATS JetStream: a stream that several nodes read by turns, and one that takes results.
//!
//! ```text
//!  pull ─► reader (a task a consumer) ─► parcel ─► acks (a task) ─► source ─► … settled ─► acks ─► server
//! ```
//!
//! A batch is acknowledged as soon as it is settled, whatever becomes of those before it. The server hands each message to one
//! node, and to another when nobody has said a word about it for `ack_wait`.

mod acks;
mod away;
mod consumer;
mod gauges;
mod letters;
mod options;
mod publisher;
mod pull;
mod reader;
mod server;
mod sink;

use std::fmt;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

pub use gauges::{Gauges, Reading};
pub use letters::Letters;
pub use options::{Options, Start};
pub use sink::Sink;

use crate::link::Link;
use crate::source::{Batch, Source, Token};
use acks::Acks;
use pull::Pull;
use reader::{Common, Parcel, Reader};

/// Parcels between the readers and the task that knows which are under way.
const ON_THE_WAY: usize = 4;

/// Messages of a stream.
pub struct Nats {
    name: String,
    parcels: UnboundedReceiver<(Token, Parcel)>,
    settled: UnboundedSender<Token>,
    readers: JoinSet<Result<()>>,
    stop: CancellationToken,
    gauges: Arc<Gauges>,
    letters: Letters,
    link: Link,
}

/// The end of a source, to be waited for once it is dropped.
#[derive(Debug)]
pub struct Closing(JoinHandle<()>);

impl Closing {
    /// Returns when the server knows of all that is settled, and has got the rest back; or when it doesn't answer.
    pub async fn ended(self) {
        let _ = self.0.await;
    }
}

impl Nats {
    /// Connects, and makes the consumer where there is none. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The servers are [`Away`](crate::Away), or nobody leads the stream. Or no server lets us in or it is too old, there is no such
    /// stream, or the consumer is another one than was asked for.
    pub async fn connect(options: Options) -> Result<(Self, Closing)> {
        Self::start(options).await.map_err(away::or_not)
    }

    async fn start(options: Options) -> Result<(Self, Closing)> {
        let link = Link::default();
        let client = options.server.connect_by(link.clone()).await?;
        // Its own word for that may come a moment later.
        link.up();
        let context = server::to_ask(&client);
        let consumers = consumer::prepare(&context, &options).await?;
        let stream: Arc<str> = options.stream.as_str().into();
        let gauges = Arc::new(Gauges::default());
        let letters = Letters::new(&client, Arc::clone(&stream), options.dead_letter.as_deref());
        let (sender, arrived) = channel(ON_THE_WAY);
        let common = Common {
            stream,
            letters: letters.clone(),
            max_deliver: options.max_deliver,
            gauges: Arc::clone(&gauges),
            linger: options.linger,
            parcels: sender,
        };
        let each = options.in_flight.unwrap_or(Options::IN_FLIGHT) / consumers.len().max(1) as u32;
        let (mut readers, stop) = (JoinSet::new(), CancellationToken::new());
        let mut ack_wait = Options::ACK_WAIT;
        for consumer in &consumers {
            let pull = Pull::new(client.clone(), &options.stream, &consumer.name, consumer.pinned).await?;
            let reader = Reader::new(common.clone(), context.clone(), pull, each.max(Options::BATCH), options.waits);
            let told = format!("the consumer {} of the stream {}", consumer.name, options.stream);
            let stopped = stop.clone();
            readers.spawn(async move { reader.run(stopped).await.context(told) });
            ack_wait = ack_wait.min(consumer.ack_wait);
        }
        let (deliver, parcels) = unbounded_channel();
        let (settled, told) = unbounded_channel();
        let acks = Acks::new(client, ack_wait, Arc::clone(&gauges));
        let closing = Closing(tokio::spawn(acks.run(arrived, deliver, told)));
        Ok((Self { name: options.name, parcels, settled, readers, stop, gauges, letters, link }, closing))
    }

    /// What it can be asked while it runs.
    pub fn gauges(&self) -> Arc<Gauges> {
        Arc::clone(&self.gauges)
    }

    /// Whether it has its connection.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// Where lines go that are no posts.
    pub fn letters(&self) -> Letters {
        self.letters.clone()
    }
}

impl Drop for Nats {
    /// The readers end by themselves: what they have is given back.
    fn drop(&mut self) {
        self.stop.cancel();
        self.readers.detach_all();
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source for Nats {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        tokio::select! {
            Some((token, parcel)) = self.parcels.recv() => {
                // Whoever asked has room: the next request may be made.
                let Parcel { name, lines, numbers, .. } = parcel;
                Ok(Some(Batch { name, first_line: 1, numbers, lines, token }))
            }
            Some(ended) = self.readers.join_next() => {
                ended.context("a reader died")??;
                Ok(None)
            }
            else => Ok(None),
        }
    }

    fn settled(&mut self, token: Token) {
        // Without the task nothing is acknowledged, which is safe.
        let _ = self.settled.send(token);
    }

    /// Each batch is acknowledged on its own; the end is waited for by [`Closing`].
    async fn commit(&mut self, _: Token) -> Result<()> {
        Ok(())
    }
}
