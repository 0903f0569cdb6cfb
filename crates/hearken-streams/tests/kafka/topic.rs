//! A topic of a test, as whoever looks after its group sees it.

use std::time::Duration;

use hearken_streams::Delivery;
use hearken_streams::kafka::{Closing, Gauges, Kafka, Options};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::broker::Client;
use crate::driven;
pub(crate) use crate::driven::PATIENCE;

/// A source that is driven.
pub(crate) type Driven = driven::Driven<Gauges, Closing>;

/// The URL of the source `posts` for the group `triage`. Mock clusters let a group wait for its session timeout.
pub(crate) fn url(address: &str, settings: &str) -> String {
    let timeouts = "session.timeout.ms=3000&heartbeat.interval.ms=300";
    format!("kafka://{address}?topic=posts&group=triage&{timeouts}{settings}")
}

/// Asks again and again, for a while.
pub(crate) async fn until(what: &str, mut ask: impl FnMut() -> bool + Send + 'static) {
    let what = what.to_owned();
    spawn_blocking(move || {
        let started = Instant::now();
        while !ask() {
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    })
    .await
    .unwrap();
}

/// Waits until the group has committed this in each partition.
pub(crate) async fn until_committed(client: &Client, wanted: &[Option<i64>]) {
    let (client, wanted) = (client.clone(), wanted.to_vec());
    until(&format!("the group stands at {wanted:?}"), move || client.committed("triage") == wanted).await;
}

impl Driven {
    pub(crate) async fn start(url: &str) -> Self {
        Self::start_with(Options::from_url(url).unwrap()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let (source, closing) = Kafka::connect(options).await.unwrap();
        let gauges = source.gauges();
        Self::new(source, gauges, closing)
    }

    /// Takes batches until there were so many lines.
    pub(crate) async fn take(&mut self, lines: usize) -> Vec<Delivery> {
        let (mut all, mut count) = (Vec::new(), 0);
        while count < lines {
            all.push(self.next().await);
            count += all.last().unwrap().batch.numbers.len();
        }
        all
    }

    /// Takes and settles batches until there were so many lines. Their places, `TOPIC/PARTITION:OFFSET`.
    pub(crate) async fn settle(&mut self, lines: usize) -> Vec<String> {
        self.settle_each(lines, |batch, number| format!("{}:{number}", batch.name)).await
    }

    /// Stops cleanly; what isn't settled comes again.
    pub(crate) async fn stop(self) {
        self.end().await.ended().await;
    }
}
