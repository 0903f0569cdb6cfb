//! A stream that takes records instead of standard output, each under an id that is the same when it comes again.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hearken::key::Key;
use hearken_streams::sink::{Record, Sink as Stream};
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::args::OutputMode;
use crate::reach::reach;
use crate::settings::Settings;
use crate::stats::Judges;
use crate::stop::Stop;

/// How long the last records may take, once there are no more.
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes records in the background. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    to: Arc<dyn Stream>,
    /// What an id begins with: the queue and annotated posts don't stand for each other.
    what: Arc<str>,
    /// What an id ends with.
    judges: Arc<OnceLock<String>>,
    _runtime: Arc<Runtime>,
}

impl Sink {
    /// Connects to the sink at this address.
    pub(crate) fn connect(url: &str, settings: &Settings, stop: &Stop) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("hearken-sink")
            .enable_all()
            .build()
            .context("starting the thread of the sink")?;
        let runtime = Arc::new(runtime);
        let (inside, url) = (Arc::clone(&runtime), url.to_owned());
        let to = reach(stop, move || inside.block_on(connect(&url))).context("--sink")?;
        let what = match settings.output {
            OutputMode::Queue => "queue",
            OutputMode::Annotated => "annotated",
        };
        // The same post is another one at another tenant.
        let what = settings.tenant.as_ref().map_or_else(|| what.into(), |tenant| format!("{tenant}/{what}").into());
        Ok(Self { to, what, judges: Arc::default(), _runtime: runtime })
    }

    /// Names what judges, before the first record: another model's result is another result. It is the same for both models of
    /// a cascade, as which of them judges a post depends on how much time there is.
    pub(crate) fn judged_by(&self, judges: &Judges) {
        let name = [Some(&judges.first), judges.careful.as_ref()].into_iter().flatten();
        let _ = self.judges.set(name.map(String::as_str).collect::<Vec<_>>().join("+"));
    }

    /// Publishes a record.
    pub(crate) fn publish(&self, key: &Key, record: &impl Serialize) -> io::Result<()> {
        self.publish_lines(&serde_json::to_vec(record)?, std::slice::from_ref(key))
    }

    /// Publishes records, a line each.
    pub(crate) fn publish_lines(&self, lines: &[u8], keys: &[Key]) -> io::Result<()> {
        self.to.publish(keys.iter().map(|key| Record { key: &key.post, id: self.id(key) }).collect(), lines)
    }

    /// Does something when all records so far are on the stream.
    pub(crate) fn then(&self, then: impl FnOnce() + Send + 'static) {
        self.to.then(Box::new(then));
    }

    /// Waits until all records are on the stream.
    pub(crate) fn finish(&self) -> Result<()> {
        self.to.wait(PATIENCE).context("--sink")
    }

    fn id(&self, key: &Key) -> String {
        format!("{}/{:016x}/{}", self.what, key.record, self.judges.get().map_or("", String::as_str))
    }
}

#[allow(clippy::unused_async, reason = "without a sink's feature nothing is waited for")]
async fn connect(url: &str) -> Result<Arc<dyn Stream>> {
    match url.split_once("://").map_or("", |(scheme, _)| scheme) {
        #[cfg(feature = "nats")]
        "nats" => Ok(Arc::new(hearken_streams::nats::Sink::connect(url).await?)),
        #[cfg(feature = "kafka")]
        "kafka" => Ok(Arc::new(hearken_streams::kafka::Sink::connect(url).await?)),
        #[allow(unreachable_patterns, reason = "which sinks there are is up to the features")]
        "nats" | "kafka" => bail!("this hearken is built without such sinks"),
        _ => bail!("it must be nats://HOST?subject=SUBJECT or kafka://HOST?topic=TOPIC"),
    }
}
