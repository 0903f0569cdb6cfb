//! Which sources are read, whether each has its connection, and how it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use hearken_streams::Link;

/// Sources of a run. Cloning gives another handle to the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links(Vec<Arc<Watched>>);

/// A source that is read.
#[derive(Debug)]
pub(super) struct Watched {
    name: String,
    link: Link,
    end: AtomicU8,
}

const READS: u8 = 0;
const ENDED: u8 = 1;
const FAILED: u8 = 2;

impl Links {
    pub(super) fn add(&mut self, name: &str, link: Link) -> Arc<Watched> {
        let watched = Arc::new(Watched { name: name.to_owned(), link, end: AtomicU8::new(READS) });
        self.0.push(Arc::clone(&watched));
        watched
    }

    /// A source that is read and never had a connection.
    pub(crate) fn never_reached(&self) -> Option<&str> {
        let never = self.0.iter().find(|source| source.end() == READS && !source.link.was_up());
        never.map(|source| source.name.as_str())
    }

    /// Each source that has not come to its end, and whether it is read and has its connection.
    pub(crate) fn up(&self) -> impl Iterator<Item = (&str, bool)> {
        let unended = self.0.iter().filter(|source| source.end() != ENDED);
        unended.map(|source| (source.name.as_str(), source.end() == READS && source.link.is_up()))
    }
}

impl Watched {
    fn end(&self) -> u8 {
        self.end.load(Ordering::Relaxed)
    }

    pub(super) fn ended(&self, well: bool) {
        self.end.store(if well { ENDED } else { FAILED }, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_up_while_it_is_read_and_connected() {
        let mut links = Links::default();
        let file = links.add("file:a", Link::always_up());
        let away = links.add("nats://b", Link::default());
        let up = |links: &Links| links.up().map(|(name, up)| format!("{name} {up}")).collect::<Vec<_>>().join(", ");
        assert_eq!((up(&links).as_str(), links.never_reached()), ("file:a true, nats://b false", Some("nats://b")));
        file.ended(true);
        away.ended(false);
        assert_eq!((up(&links).as_str(), links.never_reached()), ("nats://b false", None));
    }
}
