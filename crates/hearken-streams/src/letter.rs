//! Dead letters: lines of a stream that are no posts, kept beside it with the reason.

use std::fmt::Debug;
use std::io;

use crate::sink::Then;

/// Why a letter is one, in a stable word.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) const REASON: &str = "Hearken-Reason";
/// The same for people.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) const DETAIL: &str = "Hearken-Detail";
/// Where it stood.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) const SOURCE: &str = "Hearken-Source";

/// A line that is no post.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The name of the batch that the line came in.
    pub source: &'a str,
    /// Its number there.
    pub line: u64,
    /// A stable name for why it is none.
    pub reason: &'static str,
    /// The same in words.
    pub detail: &'a str,
    /// The line.
    pub record: &'a [u8],
}

/// Takes the lines of one source that are no posts.
pub trait Letters: Debug + Send + Sync {
    /// Whether a batch of this name is of the source, and letters are wanted of it.
    fn want(&self, source: &str) -> bool;

    /// Publishes a line that is no post, some time soon. May wait; never call it from a task.
    ///
    /// # Errors
    ///
    /// Nobody publishes any more, and why.
    fn send(&self, letter: Letter<'_>) -> io::Result<()>;

    /// Does something when all letters so far are where they belong; never, if it doesn't come to that. May wait; never call it
    /// from a task.
    fn then(&self, then: Then);
}

/// Whether `source` names a batch of the stream `name`: all of it, or a part below it.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) fn is_of(name: &str, source: &str) -> bool {
    source.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A header is one line.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
