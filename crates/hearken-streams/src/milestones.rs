//! Where a source was at each of its batches, until they are committed.

use std::collections::VecDeque;

use crate::source::Token;

/// Positions that are remembered, at the most.
const ROOM: usize = 4096;

/// Positions by token, in bounded memory: when it is full, every second position is forgotten, and so are every second ones
/// that follow. A commit falls back to the one before; then a little more comes twice after a restart, and nothing is lost.
#[derive(Debug)]
pub(crate) struct Milestones<P> {
    passed: VecDeque<(Token, P)>,
    /// The last position, always remembered.
    last: Option<(Token, P)>,
    /// One in this many positions is remembered.
    stride: u64,
    count: u64,
}

impl<P> Default for Milestones<P> {
    fn default() -> Self {
        Self { passed: VecDeque::new(), last: None, stride: 1, count: 0 }
    }
}

impl<P> Milestones<P> {
    /// Takes note of the position at the end of a batch. Tokens go up.
    pub(crate) fn pass(&mut self, token: Token, position: P) {
        let Some(before) = self.last.replace((token, position)) else { return };
        self.count += 1;
        if !self.count.is_multiple_of(self.stride) {
            return;
        }
        if self.passed.len() == ROOM {
            self.stride *= 2;
            let mut keep = false;
            self.passed.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.passed.push_back(before);
    }

    /// The last known position up to which all is done when all up to `token` is; those before it are forgotten.
    pub(crate) fn commit(&mut self, token: Token) -> Option<&(Token, P)> {
        if self.last.as_ref().is_some_and(|(last, _)| *last <= token) {
            self.passed.clear();
            self.stride = 1;
            return self.last.as_ref();
        }
        let done = self.passed.partition_point(|(passed, _)| *passed <= token);
        self.passed.drain(..done.saturating_sub(1));
        self.passed.front().filter(|(passed, _)| *passed <= token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_of_a_token_or_the_one_before_is_given() {
        let mut milestones = Milestones::default();
        assert_eq!(milestones.commit(9), None);
        for token in [10, 20, 30] {
            milestones.pass(token, token * 2);
        }
        assert_eq!(milestones.commit(9), None);
        assert_eq!(milestones.commit(20), Some(&(20, 40)));
        assert_eq!(milestones.commit(29), Some(&(20, 40)));
        assert_eq!(milestones.commit(30), Some(&(30, 60)));
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_skipped() {
        let mut milestones = Milestones::default();
        for token in 1..=1_000_000 {
            milestones.pass(token, token);
            assert!(milestones.passed.len() <= ROOM);
        }
        for token in [1, 2, 500_000, 999_999, 1_000_000] {
            let Some((at, _)) = milestones.commit(token) else { unreachable!("the first position is kept") };
            assert!(*at <= token && token - at < 1024, "{token} falls back to {at}");
        }
        assert_eq!(milestones.commit(1_000_000), Some(&(1_000_000, 1_000_000)), "the last one is exact");
    }
}
