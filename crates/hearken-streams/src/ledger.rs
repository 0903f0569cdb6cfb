//! Which batches are under way, and up to where all are done.

use std::collections::BTreeMap;

use crate::source::Token;

/// Batches under way. Its memory grows with those that are open, not with those that were settled behind an open one.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Batches that are not settled, and the batch that was handed out before each.
    open: BTreeMap<Token, Option<Token>>,
    last: Option<Token>,
    committed: Option<Token>,
}

impl Ledger {
    /// Takes note of a batch that is handed out. `false`: its token isn't greater than all before.
    pub(crate) fn hand_out(&mut self, token: Token) -> bool {
        if self.last.is_some_and(|last| token <= last) {
            return false;
        }
        self.open.insert(token, self.last);
        self.last = Some(token);
        true
    }

    /// A batch is done with, in whatever order. A token that isn't open changes nothing.
    pub(crate) fn settle(&mut self, token: Token) {
        self.open.remove(&token);
    }

    /// The greatest token up to which every batch is settled, where that isn't committed yet.
    pub(crate) fn due(&self) -> Option<Token> {
        let prefix = match self.open.first_key_value() {
            Some((_, before)) => *before,
            None => self.last,
        };
        prefix.filter(|prefix| self.committed.is_none_or(|committed| *prefix > committed))
    }

    /// The source knows that all up to `token` is done.
    pub(crate) fn commit(&mut self, token: Token) {
        self.committed = Some(token);
    }

    /// How many batches are under way.
    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the order in which batches are handed out and settled, what is due is what a plain list says.
        #[test]
        fn the_settled_prefix_is_due(steps in prop::collection::vec((any::<bool>(), 0usize..40, 1u64..9), 1..120)) {
            let mut ledger = Ledger::default();
            let mut all: Vec<(Token, bool)> = Vec::new();
            for (hand_out, which, gap) in steps {
                if hand_out || all.is_empty() {
                    let token = all.last().map_or(0, |(token, _)| *token) + gap;
                    prop_assert!(ledger.hand_out(token));
                    all.push((token, false));
                } else {
                    let which = which % all.len();
                    all[which].1 = true;
                    ledger.settle(all[which].0);
                }
                let prefix = all.iter().take_while(|(_, settled)| *settled).last().map(|(token, _)| *token);
                prop_assert_eq!(ledger.due(), prefix);
                prop_assert_eq!(ledger.open(), all.iter().filter(|(_, settled)| !settled).count());
            }
        }
    }

    #[test]
    fn what_is_committed_is_not_due_again() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.due(), None);
        assert!(ledger.hand_out(3) && ledger.hand_out(5));
        ledger.settle(3);
        ledger.commit(3);
        assert_eq!(ledger.due(), None);
        ledger.settle(5);
        assert_eq!(ledger.due(), Some(5));
    }

    #[test]
    fn a_token_out_of_order_is_told() {
        let mut ledger = Ledger::default();
        assert!(ledger.hand_out(3));
        assert!(!ledger.hand_out(3) && !ledger.hand_out(2));
    }
}
