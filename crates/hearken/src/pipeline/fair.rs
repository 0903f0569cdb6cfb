//! Whose turn it is: start-time fair queueing over the pipelines of a pool. Pure: no clock, no thread.
//!
//! Each lane has a virtual time, at which its next piece of work begins, and which moves on by the cost of what was done over the
//! lane's share. The lane whose time is least comes first. One that had nothing to do begins at the time of whoever was served last:
//! it is not paid for having been idle, and it waits for no more than one piece of each other lane.

use std::collections::{BTreeMap, BTreeSet};

/// Names a lane for as long as it is there.
pub(super) type LaneId = u64;

/// A cost of one, for a share of one, in virtual time: room for shares that don't divide it.
const SCALE: u128 = 1 << 32;

/// The lanes, and which of them have something to do.
#[derive(Debug, Default)]
pub(super) struct Fair {
    /// Where whoever was served last began.
    now: u128,
    lanes: BTreeMap<LaneId, Lane>,
    /// Lanes that have something to do, by the virtual time at which it begins.
    ready: BTreeSet<(u128, LaneId)>,
}

#[derive(Debug)]
struct Lane {
    share: u32,
    begins: u128,
}

impl Fair {
    /// Adds a lane, which gets `share` parts of what all lanes with something to do get.
    pub(super) fn join(&mut self, id: LaneId, share: u32) {
        self.lanes.insert(id, Lane { share: share.max(1), begins: self.now });
    }

    pub(super) fn leave(&mut self, id: LaneId) {
        self.rests(id);
        self.lanes.remove(&id);
    }

    /// The lane has something to do.
    pub(super) fn wakes(&mut self, id: LaneId) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        if !self.ready.contains(&(lane.begins, id)) {
            lane.begins = lane.begins.max(self.now);
            self.ready.insert((lane.begins, id));
        }
    }

    /// The lane has nothing to do.
    pub(super) fn rests(&mut self, id: LaneId) {
        if let Some(lane) = self.lanes.get(&id) {
            self.ready.remove(&(lane.begins, id));
        }
    }

    /// Whether any lane has something to do.
    pub(super) fn any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The lane whose turn it is, which rests until it is woken again.
    pub(super) fn next(&mut self) -> Option<LaneId> {
        let (begins, id) = self.ready.pop_first()?;
        self.now = self.now.max(begins);
        Some(id)
    }

    /// So much was done for the lane.
    pub(super) fn charge(&mut self, id: LaneId, cost: usize) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        let is_ready = self.ready.remove(&(lane.begins, id));
        lane.begins += cost as u128 * SCALE / u128::from(lane.share);
        if is_ready {
            self.ready.insert((lane.begins, id));
        }
    }
}

#[cfg(test)]
mod tests;
