//! How sources of messages stand, for the counts at the end.

#[cfg(feature = "nats")]
use std::sync::Arc;

#[cfg(feature = "nats")]
use hearken_streams::nats::Gauges;
use serde::Serialize;

/// What can be asked of sources, also when they have ended. Cloning gives another handle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standings {
    #[cfg(feature = "nats")]
    gauges: Vec<(String, Arc<Gauges>)>,
}

/// One source, in messages.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Standing {
    pub(crate) source: String,
    /// Came, also again.
    pub(crate) delivered: u64,
    /// Of these, came again.
    pub(crate) redelivered: u64,
    /// Done with, and the server knows.
    pub(crate) acknowledged: u64,
    /// Given up, for they came more often than they may.
    pub(crate) dead: u64,
    /// In the stream, and not delivered to any node yet.
    pub(crate) lag: u64,
    /// Here and not done with; in the end there are none.
    #[serde(skip)]
    pub(crate) under_way: u64,
}

impl Standings {
    #[cfg(feature = "nats")]
    pub(super) fn add(&mut self, source: &str, gauges: Arc<Gauges>) {
        self.gauges.push((source.to_owned(), gauges));
    }

    /// How they stand now.
    pub(crate) fn read(&self) -> Vec<Standing> {
        #[cfg(feature = "nats")]
        return self.gauges.iter().map(|(source, gauges)| standing(source, gauges)).collect();
        #[cfg(not(feature = "nats"))]
        Vec::new()
    }
}

#[cfg(feature = "nats")]
fn standing(source: &str, gauges: &Gauges) -> Standing {
    let now = gauges.read();
    Standing {
        source: source.to_owned(),
        delivered: now.delivered,
        redelivered: now.redelivered,
        acknowledged: now.acknowledged,
        dead: now.dead,
        lag: now.lag,
        under_way: now.under_way,
    }
}
