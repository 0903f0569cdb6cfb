//! What is held back and will be listed: each post by itself, unless it turns out to be one of many.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::rank::Ranked;

/// So long a post waits for others like it before it is listed by itself, by time of arrival, seconds.
const PATIENCE: i64 = 10 * 60;

/// So many posts wait at the most; beyond that the oldest is listed at once.
const MOST: usize = 4096;

#[derive(Debug)]
pub(super) struct Held {
    /// Whether anybody wants the list.
    listed: bool,
    /// In the order in which they arrived, and when.
    waiting: VecDeque<(Timestamp, Ranked)>,
    /// To be written.
    ready: Vec<Ranked>,
}

impl Held {
    pub(super) fn new(listed: bool) -> Self {
        Self { listed, waiting: VecDeque::new(), ready: Vec::new() }
    }

    pub(super) fn push(&mut self, mut ranked: Ranked, now: Timestamp) {
        if !self.listed {
            return ranked.settle();
        }
        self.waiting.push_back((now, ranked));
        if self.waiting.len() > MOST {
            self.ready.extend(self.waiting.pop_front().map(|(_, ranked)| ranked));
        }
    }

    /// What is over, and to be listed.
    pub(super) fn list(&mut self, over: Vec<Ranked>) {
        if self.listed {
            self.ready.extend(over);
        }
    }

    pub(super) fn remove(&mut self, post: u64) -> Option<Ranked> {
        let place = self.waiting.iter().position(|(_, ranked)| ranked.marks.post == post)?;
        self.waiting.remove(place).map(|(_, ranked)| ranked)
    }

    pub(super) fn posts_by(&self, person: u64) -> Vec<u64> {
        let by = |ranked: &Ranked| ranked.marks.person == Some(person);
        self.waiting.iter().filter(|(_, ranked)| by(ranked)).map(|(_, ranked)| ranked.marks.post).collect()
    }

    /// What is to be written now: what has waited long enough, and, where a source wants to know when a post is durable, what
    /// it is of; at the `end` all.
    pub(super) fn take(&mut self, now: Timestamp, end: bool) -> Vec<Ranked> {
        let until = now.as_second() - PATIENCE;
        let due = |(since, ranked): &(Timestamp, Ranked)| end || since.as_second() <= until || ranked.receipt.is_some();
        while self.waiting.front().is_some_and(due) {
            self.ready.extend(self.waiting.pop_front().map(|(_, ranked)| ranked));
        }
        std::mem::take(&mut self.ready)
    }
}
