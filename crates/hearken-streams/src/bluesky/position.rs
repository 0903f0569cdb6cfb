//! How far Jetstream was read, as it is saved.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::window::Seen;
use crate::milestones::Milestones;
use crate::source::Token;

/// Events that are saved with a position, at the most: 64 KiB, and seconds of all that Bluesky says.
const SAVED: usize = 4096;
/// A key in hexadecimal.
const DIGITS: usize = 16;
/// Events that are remembered until they are committed, at the most.
const REMEMBERED: usize = 32 * 1024;

/// How far a server was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The server.
    pub(crate) host: Arc<str>,
    /// The greatest time that it named, in microseconds since 1970.
    pub(crate) time_us: u64,
}

/// A saved position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    time_us: u64,
    host: String,
    /// The last events up to then: keys in hexadecimal, 16 digits each, oldest first.
    seen: String,
    /// The time of the first of them.
    since: u64,
}

impl Position {
    pub(crate) fn progress(&self) -> Progress {
        Progress { host: self.host.as_str().into(), time_us: self.time_us }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = Seen> {
        let keys = self.seen.as_bytes().chunks_exact(DIGITS).filter_map(|digits| str::from_utf8(digits).ok());
        let keys = keys.filter_map(|digits| u64::from_str_radix(digits, 16).ok());
        keys.map(|key| Seen { time_us: self.since, key })
    }
}

/// Events that were handed out, until they are committed. Their tokens count them, from 1.
#[derive(Debug, Default)]
pub(crate) struct HandedOut {
    milestones: Milestones<Progress>,
    recent: VecDeque<Seen>,
    /// The token of the last event; those before a saved position have none.
    last: Token,
}

impl HandedOut {
    /// Goes on from a saved position.
    pub(crate) fn after(position: &Position) -> Self {
        Self { recent: position.seen().collect(), ..Self::default() }
    }

    /// Takes note of a batch; gives its token.
    pub(crate) fn hand_out(&mut self, seen: &[Seen], progress: Progress) -> Token {
        self.recent.extend(seen);
        // What is forgotten here may come twice after a restart; it isn't lost.
        self.recent.drain(..self.recent.len().saturating_sub(REMEMBERED));
        self.last += seen.len() as u64;
        self.milestones.pass(self.last, progress);
        self.last
    }

    /// The position at which all up to `token` is done.
    pub(crate) fn position(&mut self, token: Token) -> Option<Position> {
        let (token, Progress { host, time_us }) = self.milestones.commit(token)?;
        let under_way = usize::try_from(self.last - token).unwrap_or(usize::MAX);
        let done = self.recent.len().saturating_sub(under_way);
        let older = done.saturating_sub(SAVED);
        self.recent.drain(..older);
        let saved = || self.recent.iter().take(done - older);
        Some(Position {
            time_us: *time_us,
            host: host.to_string(),
            seen: saved().map(|seen| format!("{:016x}", seen.key)).collect(),
            since: saved().next().map_or(*time_us, |seen| seen.time_us),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn seen(time_us: u64) -> Seen {
        Seen { time_us, key: time_us * 7 }
    }

    fn progress(time_us: u64) -> Progress {
        Progress { host: "here".into(), time_us }
    }

    #[test]
    fn only_what_is_done_is_saved() {
        let mut handed_out = HandedOut::default();
        assert_eq!(handed_out.hand_out(&[seen(10), seen(11)], progress(11)), 2);
        assert_eq!(handed_out.hand_out(&[seen(12), seen(13)], progress(13)), 4);
        assert_eq!(handed_out.position(1), None);
        let position = handed_out.position(2).unwrap();
        assert_eq!(
            serde_json::to_string(&position).unwrap(),
            r#"{"time_us":11,"host":"here","seen":"0000000000000046000000000000004d","since":10}"#
        );
        assert_eq!(position.progress(), progress(11));
        assert_eq!(handed_out.position(4).unwrap().seen().map(|seen| seen.key).collect::<Vec<_>>(), [70, 77, 84, 91]);

        let mut next = HandedOut::after(&position);
        assert_eq!(next.hand_out(&[seen(12)], progress(12)), 1);
        assert_eq!(next.position(1).unwrap().seen().map(|seen| seen.key).collect::<Vec<_>>(), [70, 77, 84]);
    }

    #[test]
    fn memory_and_files_are_bounded() {
        let mut handed_out = HandedOut::default();
        for time_us in 1..=100_000 {
            handed_out.hand_out(&[seen(time_us)], progress(time_us));
        }
        assert_eq!(handed_out.recent.len(), REMEMBERED);
        let forgotten = handed_out.position(10).unwrap();
        assert_eq!((forgotten.seen().count(), forgotten.since), (0, forgotten.time_us));
        let position = handed_out.position(99_000).unwrap();
        assert!(position.time_us <= 99_000);
        assert_eq!((position.seen().count(), position.since), (SAVED, position.time_us + 1 - SAVED as u64));
    }
}
