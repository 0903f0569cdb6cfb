//! What librdkafka has to tell, for whoever looks after a run: when brokers are away, and when they are back.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::link::Link;

/// How a client is doing.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) link: Link,
    away: AtomicBool,
    trouble: Mutex<Trouble>,
}

/// What is or was wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    /// What was last wrong; none: nothing yet.
    pub(super) reason: Option<String>,
    /// No broker could be reached.
    pub(super) all_down: bool,
    /// A broker was reached, and doesn't let us in: it won't the next time.
    pub(super) refused: bool,
}

impl News {
    /// Something is wrong that librdkafka tries to get over by itself.
    pub(super) fn trouble(&self, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        let reason = if reason.is_empty() { error.to_string() } else { reason.to_owned() };
        tracing::debug!(code = ?code, reason, "Kafka has trouble.");
        let all_down = code == Some(RDKafkaErrorCode::AllBrokersDown);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        // That all are down says less than why the last of them is.
        if !all_down || trouble.reason.is_none() {
            trouble.reason = Some(reason);
        }
        trouble.all_down |= all_down;
        trouble.refused |= matches!(code, Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL));
        // At the start it is told in another way.
        let lasting = self.link.was_up() && (all_down || code == Some(RDKafkaErrorCode::Authentication));
        if lasting && !self.away.swap(true, Ordering::Relaxed) {
            let reason = trouble.reason.as_deref().unwrap_or_default();
            tracing::warn!(reason, "Kafka can't be reached; it is tried again.");
            self.link.down();
        }
    }

    /// Something went well.
    pub(super) fn fine(&self) {
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            tracing::info!("Kafka answers again.");
            self.link.up();
        }
    }

    /// What was wrong so far.
    pub(super) fn so_far(&self) -> Trouble {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A line of librdkafka's own log: what matters of it is told by [`News`].
pub(super) fn log(_level: RDKafkaLogLevel, facility: &str, line: &str) {
    tracing::debug!(facility, line, "librdkafka");
}
