//! What every sink is: a stream that takes results.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use anyhow::Result;

/// What is to happen once something is durable. It must not wait.
pub type Then = Box<dyn FnOnce() + Send>;

/// A stream that takes results. They are published in the background, each again until it is there.
pub trait Sink: Debug + Send + Sync {
    /// What messages call it.
    fn name(&self) -> &str;

    /// Publishes a record, some time soon. `key` says whose record it is, `id` which one: it is the same when it comes again.
    /// Waits while many are under way; never call it from a task.
    ///
    /// # Errors
    ///
    /// Nobody publishes any more, and why.
    fn publish(&self, key: &str, id: String, record: &[u8]) -> io::Result<()>;

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
