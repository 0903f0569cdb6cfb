//! Which messages of each partition are under way, and up to where all are done.

use std::collections::BTreeMap;

use crate::ledger::Ledger;
use crate::source::Token;

/// Batches under way, by the partitions of this node.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    partitions: BTreeMap<i32, Partition>,
    /// Batches that are not settled.
    open: BTreeMap<Token, Open>,
    /// Messages in these.
    under_way: u64,
    last: Token,
}

#[derive(Debug)]
struct Open {
    partition: i32,
    messages: u64,
}

/// Where a batch ends: behind its last message.
#[derive(Debug)]
struct End {
    offset: i64,
    messages: u64,
}

#[derive(Debug, Default)]
struct Partition {
    ledger: Ledger,
    /// Where each batch ends that isn't committed.
    ends: BTreeMap<Token, End>,
    /// Where the group would go on; `None`: nobody has said.
    committed: Option<i64>,
    /// Behind the last message that the brokers have.
    high: i64,
}

/// All messages of a partition before an offset are done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) partition: i32,
    pub(super) offset: i64,
    token: Token,
}

impl Offsets {
    /// Partitions are this node's from now on.
    pub(super) fn take(&mut self, partitions: impl IntoIterator<Item = i32>) {
        self.partitions = partitions.into_iter().map(|partition| (partition, Partition::default())).collect();
    }

    /// The partitions are another node's from now on: what is under way is no longer told of. How many messages that are.
    pub(super) fn give_up(&mut self) -> u64 {
        self.partitions.clear();
        self.open.clear();
        std::mem::take(&mut self.under_way)
    }

    /// How many partitions there are.
    pub(super) fn partitions(&self) -> u64 {
        self.partitions.len() as u64
    }

    /// A batch is handed out that ends before the offset `end`. `None`: its partition is another node's.
    pub(super) fn hand_out(&mut self, partition: i32, end: i64, messages: u64) -> Option<Token> {
        let of = self.partitions.get_mut(&partition)?;
        self.last += 1;
        of.ledger.hand_out(self.last);
        of.ends.insert(self.last, End { offset: end, messages });
        of.high = of.high.max(end);
        self.open.insert(self.last, Open { partition, messages });
        self.under_way += messages;
        Some(self.last)
    }

    /// A batch is done with, in whatever order. One of a partition that was given up meanwhile changes nothing, even if the
    /// partition has come back.
    pub(super) fn settle(&mut self, token: Token) {
        let Some(Open { partition, messages }) = self.open.remove(&token) else { return };
        self.under_way -= messages;
        if let Some(partition) = self.partitions.get_mut(&partition) {
            partition.ledger.settle(token);
        }
    }

    /// What can be committed: of each partition the end of the batches that are all done with.
    pub(super) fn due(&self) -> Vec<Due> {
        let due = |(&partition, of): (&i32, &Partition)| {
            let token = of.ledger.due()?;
            Some(Due { partition, offset: of.ends.get(&token)?.offset, token })
        };
        self.partitions.iter().filter_map(due).collect()
    }

    /// The brokers know of these. How many messages that are.
    pub(super) fn commit(&mut self, all: &[Due]) -> u64 {
        let mut messages = 0;
        for due in all {
            if let Some(of) = self.partitions.get_mut(&due.partition) {
                of.ledger.commit(due.token);
                let left = of.ends.split_off(&(due.token + 1));
                messages += std::mem::replace(&mut of.ends, left).into_values().map(|end| end.messages).sum::<u64>();
                of.committed = Some(due.offset);
            }
        }
        messages
    }

    /// Batches that are not settled.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Messages in batches that are not settled.
    pub(super) fn under_way(&self) -> u64 {
        self.under_way
    }

    /// What the brokers say of a partition: the offset of its first message, that behind its last, and where the group would go
    /// on. Less than nothing means that they don't say.
    pub(super) fn note(&mut self, partition: i32, low: i64, high: i64, committed: i64) {
        if let Some(of) = self.partitions.get_mut(&partition) {
            of.high = of.high.max(high);
            let committed = if committed >= 0 { committed } else { low.max(0) };
            of.committed = of.committed.max(Some(committed));
        }
    }

    /// How many messages are behind the commits.
    pub(super) fn lag(&self) -> u64 {
        let lag = |of: &Partition| of.high.saturating_sub(of.committed.unwrap_or_default());
        self.partitions.values().map(|of| u64::try_from(lag(of)).unwrap_or_default()).sum()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn commit(offsets: &mut Offsets) -> Vec<(i32, i64)> {
        let due = offsets.due();
        offsets.commit(&due);
        due.iter().map(|due| (due.partition, due.offset)).collect()
    }

    #[test]
    fn a_commit_never_passes_a_batch_that_is_under_way() {
        let mut offsets = Offsets::default();
        offsets.take([0, 1]);
        let first = offsets.hand_out(0, 10, 10).unwrap();
        let other = offsets.hand_out(1, 5, 5).unwrap();
        let second = offsets.hand_out(0, 25, 15).unwrap();
        offsets.settle(second);
        offsets.settle(other);
        assert_eq!(commit(&mut offsets), [(1, 5)]);
        assert_eq!((offsets.open(), offsets.under_way()), (1, 10));
        offsets.settle(first);
        assert_eq!(commit(&mut offsets), [(0, 25)]);
        assert_eq!(commit(&mut offsets), []);
    }

    #[test]
    fn what_was_under_way_when_a_partition_went_is_never_committed() {
        let mut offsets = Offsets::default();
        offsets.take([0]);
        let before = offsets.hand_out(0, 10, 10).unwrap();
        assert_eq!(offsets.give_up(), 10);
        assert_eq!(offsets.hand_out(0, 10, 10), None);
        offsets.take([0]);
        let after = offsets.hand_out(0, 7, 7).unwrap();
        offsets.settle(before);
        assert_eq!(commit(&mut offsets), []);
        offsets.settle(after);
        assert_eq!(commit(&mut offsets), [(0, 7)]);
    }

    #[test]
    fn lag_is_what_the_brokers_have_behind_the_commits() {
        let mut offsets = Offsets::default();
        offsets.take([0, 1]);
        assert_eq!(offsets.lag(), 0, "nobody has said anything");
        offsets.note(0, 40, 100, -1001);
        offsets.note(1, 0, 30, 20);
        assert_eq!(offsets.lag(), 60 + 10);
        let token = offsets.hand_out(0, 90, 50).unwrap();
        offsets.settle(token);
        commit(&mut offsets);
        offsets.note(0, 40, 100, 60);
        assert_eq!(offsets.lag(), 10 + 10, "what was committed here is newer");
    }

    proptest! {
        /// Whatever the order in which batches settle and commits happen, a commit is where a plain list says.
        #[test]
        fn commits_are_the_finished_prefix(steps in prop::collection::vec((0i32..3, 1i64..9, 0usize..30, 0u8..3), 1..90)) {
            let mut offsets = Offsets::default();
            offsets.take(0..3);
            let mut all: Vec<(i32, i64, Token, bool)> = Vec::new();
            let mut committed = BTreeMap::new();
            for (partition, gap, which, what) in steps {
                match what {
                    0 => {
                        let end = gap + all.iter().filter(|batch| batch.0 == partition).map(|batch| batch.1).max().unwrap_or(0);
                        let token = offsets.hand_out(partition, end, gap as u64).unwrap();
                        all.push((partition, end, token, false));
                    }
                    1 if !all.is_empty() => {
                        let which = which % all.len();
                        all[which].3 = true;
                        offsets.settle(all[which].2);
                    }
                    _ => committed.extend(commit(&mut offsets)),
                }
            }
            committed.extend(commit(&mut offsets));
            for partition in 0..3 {
                let of = all.iter().filter(|batch| batch.0 == partition);
                let prefix = of.take_while(|batch| batch.3).last().map(|batch| batch.1);
                prop_assert_eq!(committed.get(&partition).copied(), prefix);
            }
        }
    }
}
