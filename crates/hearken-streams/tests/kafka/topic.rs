//! A topic of a test that is driven, and what stands for the engine.

use std::sync::Arc;
use std::time::Duration;

use hearken_streams::kafka::{Closing, Gauges, Kafka, Options};
use hearken_streams::{Delivery, Pace, drive};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::broker::Client;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A source that is driven.
pub(crate) struct Driven {
    pub(crate) deliveries: Receiver<Delivery>,
    pub(crate) gauges: Arc<Gauges>,
    stop: CancellationToken,
    driver: JoinHandle<anyhow::Result<()>>,
    closing: Closing,
}

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
        let (deliver, deliveries) = channel(2);
        let stop = CancellationToken::new();
        let pace = Pace { grace: Duration::from_millis(100), ..Pace::default() };
        let driver = tokio::spawn(drive(source, deliver, stop.clone(), pace));
        Self { deliveries, gauges, stop, driver, closing }
    }

    /// The next batch.
    pub(crate) async fn next(&mut self) -> Delivery {
        timeout(PATIENCE, self.deliveries.recv()).await.expect("a batch in time").expect("a batch")
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
        let mut places = Vec::new();
        while places.len() < lines {
            let Delivery { batch, settled } = self.next().await;
            assert_eq!(batch.lines.split(|&byte| byte == b'\n').count(), batch.numbers.len() + 1);
            places.extend(batch.numbers.iter().map(|number| format!("{}:{number}", batch.name)));
            settled.settle();
        }
        places
    }

    /// Stops cleanly; what isn't settled comes again.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        drop(self.deliveries);
        self.driver.await.unwrap().unwrap();
        self.closing.ended().await;
    }
}
