//! A map of bounded size that forgets what it has not been shown for longest.

use std::collections::{HashMap, VecDeque};

/// Values by fingerprint, at most `capacity` of them. Knows no clock: what is oldest is what was put or touched first.
#[derive(Debug)]
pub(crate) struct Recent<V> {
    capacity: usize,
    entries: HashMap<u64, Entry<V>>,
    /// Keys by the turn in which they were put or touched; a key's earlier turns are stale.
    order: VecDeque<(u64, u64)>,
    turn: u64,
}

#[derive(Debug)]
struct Entry<V> {
    turn: u64,
    value: V,
}

impl<V> Recent<V> {
    /// An empty map that grows as it is filled.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, entries: HashMap::new(), order: VecDeque::new(), turn: 0 }
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.entries.get(&key).map(|entry| &entry.value)
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.entries.get_mut(&key).map(|entry| &mut entry.value)
    }

    pub(crate) fn contains(&self, key: u64) -> bool {
        self.entries.contains_key(&key)
    }

    /// Puts a value in the place of what the key had; returns what had to go for it, with its key.
    pub(crate) fn put(&mut self, key: u64, value: V) -> Option<(u64, V)> {
        let turn = self.next_turn(key);
        self.entries.insert(key, Entry { turn, value });
        if self.entries.len() > self.capacity { self.pop_oldest() } else { None }
    }

    /// Counts a key as put just now.
    pub(crate) fn touch(&mut self, key: u64) {
        if self.contains(key) {
            let turn = self.next_turn(key);
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.turn = turn;
            }
        }
    }

    pub(crate) fn remove(&mut self, key: u64) -> Option<V> {
        self.entries.remove(&key).map(|entry| entry.value)
    }

    /// The value that was put or touched longest ago.
    pub(crate) fn oldest(&mut self) -> Option<&V> {
        self.drop_stale();
        let (key, _) = self.order.front()?;
        self.get(*key)
    }

    pub(crate) fn pop_oldest(&mut self) -> Option<(u64, V)> {
        self.drop_stale();
        let (key, _) = self.order.pop_front()?;
        Some((key, self.remove(key)?))
    }

    /// All values with their keys, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        self.entries.iter().map(|(key, entry)| (*key, &entry.value))
    }

    /// The same, to change them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut V)> {
        self.entries.iter_mut().map(|(key, entry)| (*key, &mut entry.value))
    }

    fn next_turn(&mut self, key: u64) -> u64 {
        self.turn += 1;
        self.order.push_back((key, self.turn));
        // Stale turns may not outgrow what is remembered.
        if self.order.len() > 2 * self.capacity + 16 {
            let entries = &self.entries;
            let last = self.turn;
            self.order.retain(|(key, turn)| *turn == last || entries.get(key).is_some_and(|entry| entry.turn == *turn));
        }
        self.turn
    }

    fn drop_stale(&mut self) {
        while let Some((key, turn)) = self.order.front() {
            if self.entries.get(key).is_some_and(|entry| entry.turn == *turn) {
                return;
            }
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Act {
        Put(u64, u8),
        Touch(u64),
        Remove(u64),
        PopOldest,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (0..9u64, any::<u8>()).prop_map(|(key, value)| Act::Put(key, value)),
            3 => (0..9u64).prop_map(Act::Touch),
            1 => (0..9u64).prop_map(Act::Remove),
            1 => Just(Act::PopOldest),
        ]
    }

    proptest! {
        #[test]
        fn it_remembers_what_a_list_would(acts in proptest::collection::vec(act(), 0..200), capacity in 1..6usize) {
            let mut recent = Recent::new(capacity);
            // Oldest first.
            let mut list: Vec<(u64, u8)> = Vec::new();
            for act in acts {
                let place = |list: &Vec<(u64, u8)>, key| list.iter().position(|(listed, _)| *listed == key);
                match act {
                    Act::Put(key, value) => {
                        place(&list, key).map(|at| list.remove(at));
                        list.push((key, value));
                        let gone = (list.len() > capacity).then(|| list.remove(0));
                        prop_assert_eq!(recent.put(key, value), gone);
                    }
                    Act::Touch(key) => {
                        if let Some(at) = place(&list, key) {
                            let touched = list.remove(at);
                            list.push(touched);
                        }
                        recent.touch(key);
                    }
                    Act::Remove(key) => {
                        let gone = place(&list, key).map(|at| list.remove(at).1);
                        prop_assert_eq!(recent.remove(key), gone);
                    }
                    Act::PopOldest => {
                        let gone = (!list.is_empty()).then(|| list.remove(0));
                        prop_assert_eq!(recent.pop_oldest(), gone);
                    }
                }
                prop_assert_eq!(recent.oldest(), list.first().map(|(_, value)| value));
                prop_assert!(list.iter().all(|(key, value)| recent.get(*key) == Some(value)));
                prop_assert!(recent.iter_mut().count() == list.len() && recent.order.len() <= 2 * capacity + 16);
            }
        }
    }
}
