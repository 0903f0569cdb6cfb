//! How sources of messages stand, for the counts at the end.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// What can be asked of sources, also when they have ended. Cloning gives another handle.
#[derive(Clone, Default)]
pub(crate) struct Standings(Vec<(String, Read)>);

type Read = Arc<dyn Fn() -> Counts + Send + Sync>;

/// One source.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Standing {
    pub(crate) source: String,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

/// Its messages.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Counts {
    /// Came, also again.
    pub(crate) delivered: u64,
    /// Of these, came again, where the source knows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redelivered: Option<u64>,
    /// Done with, and the server knows.
    pub(crate) acknowledged: u64,
    /// Given up, for they came more often than they may, where the source counts that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dead: Option<u64>,
    /// NATS: in the stream, and not delivered to any node yet. Kafka: in the partitions of this node, and not committed.
    pub(crate) lag: u64,
    /// Here and not done with; in the end there are none.
    #[serde(skip)]
    pub(crate) under_way: u64,
}

impl Standings {
    #[allow(dead_code, reason = "without a source of messages nobody stands anywhere")]
    pub(super) fn add(&mut self, source: &str, read: impl Fn() -> Counts + Send + Sync + 'static) {
        self.0.push((source.to_owned(), Arc::new(read)));
    }

    /// How they stand now.
    pub(crate) fn read(&self) -> Vec<Standing> {
        self.0.iter().map(|(source, read)| Standing { source: source.clone(), counts: read() }).collect()
    }
}

impl fmt::Debug for Standings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(source, _)| source)).finish()
    }
}

#[cfg(feature = "nats")]
impl From<hearken_streams::nats::Reading> for Counts {
    fn from(now: hearken_streams::nats::Reading) -> Self {
        Self {
            delivered: now.delivered,
            redelivered: Some(now.redelivered),
            acknowledged: now.acknowledged,
            dead: Some(now.dead),
            lag: now.lag,
            under_way: now.under_way,
        }
    }
}

#[cfg(feature = "kafka")]
impl From<hearken_streams::kafka::Reading> for Counts {
    fn from(now: hearken_streams::kafka::Reading) -> Self {
        Self {
            delivered: now.delivered,
            redelivered: None,
            acknowledged: now.committed,
            dead: None,
            lag: now.lag,
            under_way: now.under_way,
        }
    }
}
