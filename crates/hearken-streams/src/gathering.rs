//! Lines that gather to batches.

use std::time::Duration;

#[cfg(any(feature = "nats", feature = "kafka"))]
use serde::de::IgnoredAny;
use tokio::time::Instant;

/// When lines are a batch.
#[derive(Clone, Copy, Debug)]
pub struct Linger {
    /// At this many lines.
    pub lines: u64,
    /// At this many bytes.
    pub bytes: usize,
    /// When the first of them is this old.
    pub time: Duration,
}

impl Default for Linger {
    fn default() -> Self {
        Self { lines: 512, bytes: 256 * 1024, time: Duration::from_millis(20) }
    }
}

/// Lines that are not a batch yet.
#[derive(Debug)]
pub(crate) struct Gathering {
    linger: Linger,
    lines: Vec<u8>,
    count: u64,
    /// The number of the first line.
    first: u64,
    due: Option<Instant>,
}

impl Gathering {
    pub(crate) fn new(linger: Linger) -> Self {
        Self { linger, lines: Vec::new(), count: 0, first: 1, due: None }
    }

    /// Adds one JSON value. Line breaks in it can only stand between its parts, where a space does as well.
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.due.get_or_insert_with(|| Instant::now() + self.linger.time);
        self.lines.extend(value.iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        self.lines.push(b'\n');
        self.count += 1;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.count >= self.linger.lines || self.lines.len() >= self.linger.bytes
    }

    /// When what is there has lingered enough; `None` while nothing is there.
    #[cfg(any(feature = "_websocket", feature = "nats", test))]
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The lines, and the number of the first; `None` while there are none.
    pub(crate) fn take(&mut self) -> Option<(Vec<u8>, u64)> {
        self.due.take()?;
        let first = self.first;
        self.first += std::mem::take(&mut self.count);
        Some((std::mem::take(&mut self.lines), first))
    }
}

/// Whether a message is one JSON value, whatever its line breaks, or no more than one line.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) fn is_one_line(payload: &[u8]) -> bool {
    !payload.trim_ascii().contains(&b'\n') || serde_json::from_slice::<IgnoredAny>(payload).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "nats", feature = "kafka"))]
    #[test]
    fn a_value_of_several_lines_is_one_line() {
        assert!(is_one_line(b"{\"text\":\"a\"}\n"));
        assert!(is_one_line(b"{\n  \"text\": \"a\"\n}\n"));
        assert!(is_one_line(b"no post") && is_one_line(b""));
        assert!(!is_one_line(b"{\"text\":\"a\"}\n{\"text\":\"b\"}"));
    }

    #[test]
    fn lines_gather_until_one_limit_is_reached() {
        let mut gathering = Gathering::new(Linger { lines: 3, bytes: 19, time: Duration::ZERO });
        assert_eq!(gathering.take(), None);
        gathering.push(b"{\"a\":1,\r\n\"b\":2}");
        assert!(!gathering.is_full() && gathering.due().is_some());
        gathering.push(b"{}");
        assert!(gathering.is_full(), "by its bytes");
        assert_eq!(gathering.take(), Some((b"{\"a\":1,  \"b\":2}\n{}\n".to_vec(), 1)));
        assert_eq!(gathering.due(), None);
        (0..3).for_each(|_| gathering.push(b"1"));
        assert!(gathering.is_full(), "by its lines");
        assert_eq!(gathering.take(), Some((b"1\n1\n1\n".to_vec(), 3)));
    }
}
