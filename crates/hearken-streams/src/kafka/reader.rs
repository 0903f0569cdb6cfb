//! The thread that reads: takes messages while there is room for them, and commits what is done with.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::types::RDKafkaErrorCode;

use super::group::Group;
use super::work::Heard;

/// The longest that a poll waits for a message, and so that anything else waits for a poll.
const TICK: Duration = Duration::from_millis(50);

/// How long there may be no room before partitions are paused. Pausing throws away what was fetched ahead; without it, whoever
/// doesn't poll is taken for dead.
const FULL: Duration = Duration::from_secs(1);

/// How long after a commit that failed the next one begins.
const AGAIN: Duration = Duration::from_millis(250);

pub(super) struct Reader {
    consumer: BaseConsumer<Group>,
    in_flight: u64,
    /// When a commit that failed is made again.
    again: Option<Instant>,
    /// Since when there is no room.
    full: Option<Instant>,
    paused: bool,
}

impl Reader {
    pub(super) fn new(consumer: BaseConsumer<Group>, in_flight: u64) -> Self {
        Self { consumer, in_flight, again: None, full: None, paused: false }
    }

    /// Reads until nobody asks for batches any more. Then commits what is done with, and leaves the group.
    pub(super) fn run(mut self) {
        if let Err(error) = self.read() {
            self.group().work().fail(error);
        }
        if !self.group().commit(&self.consumer) && !self.group().commit(&self.consumer) {
            tracing::warn!("Kafka doesn't take the last commit; some messages will come again.");
        }
    }

    fn group(&self) -> &Group {
        self.consumer.context()
    }

    fn read(&mut self) -> Result<()> {
        loop {
            let room = self.group().work().has_room(self.in_flight);
            let heard = self.group().work().listen(if room { Duration::ZERO } else { TICK });
            if heard == Heard::End {
                return Ok(());
            }
            let again = self.again.is_some_and(|again| again <= Instant::now());
            if again || (heard == Heard::Settled && self.again.is_none()) {
                let committed = self.group().commit(&self.consumer);
                self.again = (!committed).then(|| Instant::now() + AGAIN);
            }
            if room {
                self.go_on()?;
                let patience = self.group().work().due_in().map_or(TICK, |due| due.min(TICK));
                self.poll(patience)?;
            } else {
                self.stay_alive()?;
            }
            self.group().work().sweep();
        }
    }

    fn poll(&self, patience: Duration) -> Result<()> {
        match self.consumer.poll(patience) {
            None => {}
            Some(Ok(message)) => {
                self.group().news.fine();
                let value = message.payload().unwrap_or_default();
                self.group().work().add(message.partition(), message.offset(), value);
            }
            Some(Err(error)) => self.survive(error)?,
        }
        Ok(())
    }

    /// Without room: no messages, but the group hears of this node.
    fn stay_alive(&mut self) -> Result<()> {
        let full = *self.full.get_or_insert_with(Instant::now);
        if full.elapsed() < FULL {
            return Ok(());
        }
        self.full = Some(Instant::now());
        // Each time: partitions that came meanwhile are not paused.
        self.paused = true;
        self.consumer.pause(&self.consumer.assignment()?).context("pausing")?;
        self.poll(Duration::ZERO)
    }

    fn go_on(&mut self) -> Result<()> {
        self.full = None;
        if std::mem::take(&mut self.paused) {
            self.consumer.resume(&self.consumer.assignment()?).context("going on after a pause")?;
        }
        Ok(())
    }

    /// Most troubles pass; those that don't end the source.
    fn survive(&self, error: KafkaError) -> Result<()> {
        use RDKafkaErrorCode::{GroupAuthorizationFailed, TopicAuthorizationFailed};
        let refused = matches!(error.rdkafka_error_code(), Some(GroupAuthorizationFailed | TopicAuthorizationFailed));
        if refused || matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            bail!(error);
        }
        self.group().news.trouble(&error, "");
        Ok(())
    }
}
