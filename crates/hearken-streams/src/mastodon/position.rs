//! How far a timeline was read, as it is saved.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::status::Id;
use crate::milestones::Milestones;
use crate::source::Token;

/// Posts that are saved with a position, at the most. More than are read again after a start.
const SAVED: usize = 256;
/// Posts that are remembered until they are committed, at the most.
const REMEMBERED: usize = 8192;

/// A saved position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Up to this post nothing is missing.
    pub(crate) last: Id,
    /// The last posts that were read.
    pub(crate) seen: Vec<Id>,
}

/// Batches that were handed out, until they are committed. Their tokens count them, from 1.
#[derive(Debug, Default)]
pub(crate) struct HandedOut {
    covered: Milestones<Id>,
    recent: VecDeque<(Token, Id)>,
    last: Token,
}

impl HandedOut {
    /// Goes on from a saved position.
    pub(crate) fn after(position: &Position) -> Self {
        Self { recent: position.seen.iter().map(|id| (0, id.clone())).collect(), ..Self::default() }
    }

    /// Takes note of a batch; gives its token.
    pub(crate) fn hand_out(&mut self, ids: Vec<Id>, covered: Option<Id>) -> Token {
        self.last += 1;
        self.recent.extend(ids.into_iter().map(|id| (self.last, id)));
        // What is forgotten here may come twice after a restart; it isn't lost.
        self.recent.drain(..self.recent.len().saturating_sub(REMEMBERED));
        if let Some(covered) = covered {
            self.covered.pass(self.last, covered);
        }
        self.last
    }

    /// The position at which all up to `token` is done.
    pub(crate) fn position(&mut self, token: Token) -> Option<Position> {
        let (_, last) = self.covered.commit(token)?;
        let done = self.recent.partition_point(|(batch, _)| *batch <= token);
        let older = done.saturating_sub(SAVED);
        self.recent.drain(..older);
        let seen = self.recent.iter().take(done - older).map(|(_, id)| id.clone()).collect();
        Some(Position { last: last.clone(), seen })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn ids(numbers: std::ops::Range<u32>) -> Vec<Id> {
        numbers.map(|number| Id(number.to_string())).collect()
    }

    #[test]
    fn only_what_is_done_is_saved() {
        let mut handed_out = HandedOut::default();
        assert_eq!(handed_out.hand_out(ids(0..1), None), 1);
        assert_eq!(handed_out.position(1), None, "nothing is covered yet");
        assert_eq!(handed_out.hand_out(ids(10..12), Some(Id("9".into()))), 2);
        assert_eq!(handed_out.hand_out(ids(12..13), Some(Id("12".into()))), 3);
        let position = handed_out.position(2).unwrap();
        assert_eq!(serde_json::to_string(&position).unwrap(), r#"{"last":"9","seen":["0","10","11"]}"#);
        let mut next = HandedOut::after(&position);
        assert_eq!(next.hand_out(ids(12..13), Some(Id("12".into()))), 1);
        assert_eq!(next.position(1).unwrap().seen.len(), 4);
    }

    #[test]
    fn memory_and_files_are_bounded() {
        let mut handed_out = HandedOut::default();
        for number in 0..20_000 {
            handed_out.hand_out(ids(number..number + 1), Some(Id(number.to_string())));
        }
        assert_eq!(handed_out.recent.len(), REMEMBERED);
        assert_eq!(handed_out.position(19_999).unwrap().seen.len(), SAVED);
    }
}
