//! A source of a test that is driven, and what stands for the engine.

use std::sync::Arc;
use std::time::Duration;

use hearken_streams::{Batch, Delivery, Pace, Source, drive};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A source that is driven, with its gauges and its end.
pub(crate) struct Driven<Gauges, Closing> {
    pub(crate) deliveries: Receiver<Delivery>,
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) driver: JoinHandle<anyhow::Result<()>>,
    stop: CancellationToken,
    closing: Closing,
}

impl<Gauges, Closing> Driven<Gauges, Closing> {
    pub(crate) fn new(source: impl Source + 'static, gauges: Arc<Gauges>, closing: Closing) -> Self {
        let (deliver, deliveries) = channel(2);
        let stop = CancellationToken::new();
        let pace = Pace { grace: Duration::from_millis(100), ..Pace::default() };
        let driver = tokio::spawn(drive(source, deliver, stop.clone(), pace));
        Self { deliveries, gauges, driver, stop, closing }
    }

    /// The next batch.
    pub(crate) async fn next(&mut self) -> Delivery {
        timeout(PATIENCE, self.deliveries.recv()).await.expect("a batch in time").expect("a batch")
    }

    /// Takes and settles batches until there were so many lines. What each line is called.
    pub(crate) async fn settle_each<T>(&mut self, lines: usize, name: impl Fn(&Batch, u64) -> T) -> Vec<T> {
        let mut names = Vec::new();
        while names.len() < lines {
            let Delivery { batch, settled } = self.next().await;
            assert_eq!(batch.lines.split(|&byte| byte == b'\n').count(), batch.numbers.len() + 1);
            names.extend(batch.numbers.iter().map(|number| name(&batch, *number)));
            settled.settle();
        }
        names
    }

    /// Stops cleanly; what isn't settled comes again. What is still to be waited for.
    pub(crate) async fn end(self) -> Closing {
        self.stop.cancel();
        drop(self.deliveries);
        self.driver.await.unwrap().unwrap();
        self.closing
    }
}
