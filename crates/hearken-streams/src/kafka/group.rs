//! A node's place in its consumer group: what it does when partitions come and go, and what it commits.
//!
//! Everything here happens on the thread that reads: librdkafka calls back from within a poll.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use rdkafka::Statistics;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};

use super::gauges::{self, Gauges};
use super::news::{self, News};
use super::server::REQUEST;
use super::work::{Heard, Work};

/// How often it is asked where to begin.
const TRIES: usize = 3;

#[derive(Debug)]
pub(super) struct Group {
    pub(super) news: News,
    pub(super) gauges: Arc<Gauges>,
    topic: Arc<str>,
    from: Option<Timestamp>,
    drain: Duration,
    /// Of the thread that reads alone.
    work: Mutex<Work>,
}

impl Group {
    pub(super) fn new(
        topic: Arc<str>,
        from: Option<Timestamp>,
        drain: Duration,
        gauges: Arc<Gauges>,
        work: Work,
    ) -> Self {
        Self { news: News::default(), gauges, topic, from, drain, work: Mutex::new(work) }
    }

    /// IMPORTANT: never held over a poll, which may call back.
    pub(super) fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits what is due, and waits until the brokers have it. Whether there is nothing left to commit.
    pub(super) fn commit(&self, consumer: &BaseConsumer<Self>) -> bool {
        let due = self.work().offsets.due();
        if due.is_empty() {
            return true;
        }
        let mut list = TopicPartitionList::with_capacity(due.len());
        let listed = due
            .iter()
            .try_for_each(|due| list.add_partition_offset(&self.topic, due.partition, Offset::Offset(due.offset)));
        match listed.and_then(|()| consumer.commit(&list, CommitMode::Sync)) {
            Ok(()) => {
                self.news.fine();
                let mut work = self.work();
                gauges::add(&self.gauges.committed, work.offsets.commit(&due));
                work.tell();
                true
            }
            Err(error) => {
                self.not_committed(&error);
                false
            }
        }
    }

    fn not_committed(&self, error: &KafkaError) {
        use RDKafkaErrorCode::{FencedInstanceId, IllegalGeneration, RebalanceInProgress, UnknownMemberId};
        match error.rdkafka_error_code() {
            // The partitions go in a moment; whoever gets them reads again from the last commit.
            Some(FencedInstanceId | IllegalGeneration | RebalanceInProgress | UnknownMemberId) => {
                tracing::debug!(%error, "A commit came too late.");
            }
            _ => self.news.trouble(error, ""),
        }
    }

    /// Partitions come: the nodes of the group have shared them out anew.
    fn come(&self, consumer: &BaseConsumer<Self>, list: &mut TopicPartitionList) {
        let partitions: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        if let Err(error) = self.place(consumer, list).and_then(|()| Ok(consumer.assign(list)?)) {
            self.work().fail(error);
            return;
        }
        gauges::add(&self.gauges.rebalances, 1);
        tracing::info!(partitions = partitions.len(), "Kafka has shared out the partitions.");
        self.work().take(&partitions);
    }

    /// Says where to begin in partitions where the group has committed nothing, if that was asked for.
    fn place(&self, consumer: &BaseConsumer<Self>, list: &mut TopicPartitionList) -> Result<()> {
        let Some(from) = self.from else { return Ok(()) };
        let mut found = self.look_up(consumer, list, from);
        for _ in 1..TRIES {
            if found.is_ok() {
                break;
            }
            found = self.look_up(consumer, list, from);
        }
        for (partition, offset) in found.with_context(|| format!("finding the messages from {from} on"))? {
            list.set_partition_offset(&self.topic, partition, offset)?;
        }
        Ok(())
    }

    fn look_up(
        &self,
        consumer: &BaseConsumer<Self>,
        list: &TopicPartitionList,
        from: Timestamp,
    ) -> KafkaResult<Vec<(i32, Offset)>> {
        let mut wanted = TopicPartitionList::new();
        let committed = consumer.committed_offsets(list.clone(), REQUEST)?;
        for fresh in committed.elements().iter().filter(|element| element.offset() == Offset::Invalid) {
            wanted.add_partition_offset(&self.topic, fresh.partition(), Offset::Offset(from.as_millisecond()))?;
        }
        if wanted.count() == 0 {
            tracing::info!("The group has committed before and goes on there, whatever --from-time says.");
            return Ok(Vec::new());
        }
        let found = consumer.offsets_for_times(wanted, REQUEST)?;
        Ok(found.elements().iter().map(|element| (element.partition(), element.offset())).collect())
    }

    /// Partitions go. They are held on to until what is under way in them is done with, but not for long: the other nodes wait.
    fn go(&self, consumer: &BaseConsumer<Self>) {
        self.work().drop_gathered();
        // Another node may have them already; nothing can be committed any more.
        if !consumer.assignment_lost() {
            self.settle_up(consumer);
        }
        let left = self.work().give_up();
        if left > 0 {
            tracing::warn!(
                messages = left,
                "Partitions went before all was done with; their messages will come again."
            );
        }
        if let Err(error) = consumer.unassign() {
            self.work().fail(anyhow!(error).context("giving up partitions"));
        }
        gauges::add(&self.gauges.rebalances, 1);
    }

    fn settle_up(&self, consumer: &BaseConsumer<Self>) {
        let until = Instant::now() + self.drain;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let mut work = self.work();
            if work.offsets.open() == 0 || left.is_zero() || work.listen(left) == Heard::End {
                break;
            }
        }
        // Once more where it is worth it: else what is done with comes again.
        if !self.commit(consumer) {
            self.commit(consumer);
        }
    }
}

impl ClientContext for Group {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        news::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.news.trouble(&error, reason);
    }

    /// Once a second: how much the brokers have.
    fn stats(&self, statistics: Statistics) {
        if statistics.brokers.values().any(|broker| broker.state == "UP") {
            self.news.fine();
        }
        let mut work = self.work();
        for (partition, says) in statistics.topics.get(&*self.topic).into_iter().flat_map(|topic| &topic.partitions) {
            work.offsets.note(*partition, says.lo_offset, says.hi_offset, says.committed_offset);
        }
        work.tell();
    }
}

impl ConsumerContext for Group {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, list: &mut TopicPartitionList) {
        match what {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.come(consumer, list),
            // By range, all of them go before any come.
            _ => self.go(consumer),
        }
    }
}
