//! How far everything was read behind each batch that is under way.

use std::collections::VecDeque;

use super::follower::Places;
use crate::source::Token;

/// How many batches under way are told apart. Beyond that some are forgotten: then less is committed than could be.
const MOST: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Journal {
    last: Token,
    /// In order of their tokens.
    under_way: VecDeque<(Token, Places)>,
}

impl Journal {
    /// Notes a batch behind which everything was read up to `places`, and names it.
    pub(super) fn note(&mut self, places: Places) -> Token {
        if self.under_way.len() >= MOST {
            // Every other one, and not the last.
            let mut keep = true;
            self.under_way.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.last += 1;
        self.under_way.push_back((self.last, places));
        self.last
    }

    /// How far everything was read behind this batch, or behind the last one before it that is remembered.
    pub(super) fn at(&self, token: Token) -> Option<&Places> {
        let noted = self.under_way.iter().rev().find(|(noted, _)| *noted <= token);
        noted.map(|(_, places)| places)
    }

    /// This batch and all before it are no longer under way.
    pub(super) fn forget(&mut self, token: Token) {
        while self.under_way.front().is_some_and(|(noted, _)| *noted <= token) {
            self.under_way.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_are_under_way_memory_is_bounded_and_no_commit_is_ahead() {
        let mut journal = Journal::default();
        for _ in 0..100_000 {
            journal.note(Places::new());
        }
        assert!(journal.under_way.len() <= MOST);
        let noted: Vec<Token> = journal.under_way.iter().map(|(token, _)| *token).collect();
        assert!(noted.is_sorted() && noted.last() == Some(&100_000));
        journal.forget(50_000);
        assert!(journal.at(50_000).is_none() && journal.at(100_000).is_some());
    }
}
