//! Which events were seen lately, so that an overlap can be asked for after a break and nothing comes twice.

use std::collections::{HashSet, VecDeque};

/// An event that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// In microseconds since 1970, by the server that brought it.
    pub(crate) time_us: u64,
    pub(crate) key: u64,
}

/// The last events that were seen, as many as there is room for.
#[derive(Debug)]
pub(crate) struct Window {
    room: usize,
    order: VecDeque<Seen>,
    keys: HashSet<u64>,
}

impl Window {
    /// A window for `room` events that knows `seen`, oldest first.
    pub(crate) fn new(room: usize, seen: impl IntoIterator<Item = Seen>) -> Self {
        let mut window = Self { room, order: VecDeque::new(), keys: HashSet::new() };
        for seen in seen {
            window.see(seen);
        }
        window
    }

    /// Takes note of an event. `false`: it was seen before.
    pub(crate) fn see(&mut self, seen: Seen) -> bool {
        if !self.keys.insert(seen.key) {
            return false;
        }
        if self.order.len() == self.room
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest.key);
        }
        self.order.push_back(seen);
        true
    }

    /// From where to read on after `time_us`: `overlap` before it, but after the oldest event that would be known again. Others
    /// of its time may be forgotten.
    pub(crate) fn resume(&self, time_us: u64, overlap: u64) -> u64 {
        let oldest = self.order.front().map_or(time_us, |oldest| oldest.time_us + 1);
        time_us.saturating_sub(overlap).max(oldest).min(time_us)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_event_is_asked_for_that_would_not_be_known_again() {
        let mut window = Window::new(2, []);
        assert_eq!(window.resume(100, 30), 100);
        assert!(window.see(Seen { time_us: 60, key: 1 }));
        assert_eq!(window.resume(100, 30), 70);
        assert_eq!(window.resume(100, 50), 61);
        assert!(!window.see(Seen { time_us: 60, key: 1 }));
        assert!(window.see(Seen { time_us: 60, key: 2 }) && window.see(Seen { time_us: 90, key: 3 }));
        assert!(window.see(Seen { time_us: 90, key: 1 }), "it was forgotten");
        assert_eq!(window.resume(100, 50), 91);
        assert_eq!(window.resume(80, 50), 80);
    }

    proptest! {
        /// A server that is asked to go on from `resume`, again and again, is read without gap and without duplicate.
        #[test]
        fn reading_on_is_exact(
            gaps in prop::collection::vec(0u64..3, 1..200),
            breaks in prop::collection::vec(1usize..60, 0..20),
            room in 12usize..40,
            overlap in 0u64..12,
        ) {
            let mut time_us = 1000;
            let event = |(key, gap)| { time_us += gap; Seen { time_us, key } };
            let feed: Vec<Seen> = (0..).zip(gaps).map(event).collect();
            // The events of one moment must all fit into the window.
            prop_assume!(feed.chunk_by(|a, b| a.time_us == b.time_us).all(|moment| moment.len() < 6));
            let mut window = Window::new(room, []);
            let (mut read, mut last) = (Vec::new(), 0);
            for length in breaks.into_iter().chain([usize::MAX]) {
                let from = window.resume(last, overlap);
                for seen in feed.iter().filter(|seen| seen.time_us >= from).take(length) {
                    last = last.max(seen.time_us);
                    if window.see(*seen) {
                        read.push(*seen);
                    }
                }
            }
            prop_assert_eq!(read, feed);
        }
    }
}
