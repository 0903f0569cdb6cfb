//! What stands for the engine: takes batches, and settles them late and out of order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hearken_streams::{Delivery, Pace, Settled, Source, drive};
use tokio::sync::mpsc::channel;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

const QUIET: Duration = Duration::from_secs(10);

/// What ends a run.
pub(crate) enum Until {
    /// This many lines; then a clean stop.
    Lines(usize),
    /// As many lines as this will hold once it is known; then a clean stop.
    Told(Arc<AtomicUsize>),
    /// This many lines; then the process is gone, with whatever wasn't committed.
    Killed(usize),
}

/// Drives `source`, and gives the lines that came out of it.
///
/// # Panics
///
/// When the source fails.
pub(crate) async fn lines_of(source: impl Source + 'static, until: Until) -> Vec<String> {
    let (deliver, mut deliveries) = channel::<Delivery>(4);
    let stop = CancellationToken::new();
    let pace = Pace { commit_every: Duration::from_millis(20), grace: Duration::from_secs(5) };
    let driver = tokio::spawn(drive(source, deliver, stop.clone(), pace));
    let collect = async {
        let (mut lines, mut waiting) = (Vec::new(), Vec::new());
        // Nothing for so long: the test will see what is missing.
        while let Ok(Some(Delivery { batch, settled })) = timeout(QUIET, deliveries.recv()).await {
            let text = String::from_utf8(batch.lines).unwrap();
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
            lines.extend(text.lines().map(String::from));
            waiting.push(settled);
            if waiting.len() > 6 {
                let settled: Settled = waiting.remove(fastrand::usize(..4));
                settled.settle();
            }
            if let Until::Killed(_) = until {
                // Time for a commit or two.
                sleep(Duration::from_millis(5)).await;
            }
            match &until {
                Until::Lines(enough) if lines.len() >= *enough => stop.cancel(),
                Until::Told(enough) if lines.len() >= enough.load(Ordering::SeqCst) => stop.cancel(),
                Until::Killed(enough) if lines.len() >= *enough => {
                    driver.abort();
                    return lines;
                }
                _ => {}
            }
        }
        waiting.iter().for_each(|settled| settled.settle());
        stop.cancel();
        lines
    };
    let lines = collect.await;
    match until {
        Until::Lines(_) | Until::Told(_) => driver.await.unwrap().unwrap(),
        Until::Killed(_) => assert!(driver.await.unwrap_err().is_cancelled()),
    }
    lines
}
