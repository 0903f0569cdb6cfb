//! What every sink is: a stream that takes results.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use anyhow::Result;

/// What is to happen once something is durable. It must not wait.
pub type Then = Box<dyn FnOnce() + Send>;

/// Which record a line is.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Whose it is.
    pub key: &'a str,
    /// Its name, the same when it comes again.
    pub id: String,
}

/// Records with their lines.
#[cfg(any(feature = "nats", feature = "kafka"))]
pub(crate) fn each<'a, 'l>(records: Vec<Record<'a>>, lines: &'l [u8]) -> impl Iterator<Item = (Record<'a>, &'l [u8])> {
    records.into_iter().zip(lines.split(|&byte| byte == b'\n'))
}

/// A stream that takes results. They are published in the background, each again until it is there.
pub trait Sink: Debug + Send + Sync {
    /// What messages call it.
    fn name(&self) -> &str;

    /// Publishes records, a line for each, some time soon. Waits while many are under way; never call it from a task.
    ///
    /// # Errors
    ///
    /// Nobody publishes any more, and why.
    fn publish(&self, records: Vec<Record<'_>>, lines: &[u8]) -> io::Result<()>;

    /// Publishes a record.
    ///
    /// # Errors
    ///
    /// As above.
    fn publish_one(&self, record: Record<'_>, line: &[u8]) -> io::Result<()> {
        self.publish(vec![record], line)
    }

    /// Does something when all that was published so far is on the stream; never, if it doesn't come to that. May wait; never
    /// call it from a task.
    fn then(&self, then: Then);

    /// Waits until all that was published so far is on the stream.
    ///
    /// # Errors
    ///
    /// It isn't within `patience`, and why.
    fn wait(&self, patience: Duration) -> Result<()>;
}
