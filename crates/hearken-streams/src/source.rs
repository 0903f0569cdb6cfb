//! What every source is.

use std::future::Future;
use std::sync::Arc;

/// Names a batch within its source. A later batch has a greater token.
pub type Token = u64;

/// Some whole lines of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Stands in dead letters, and in ids of posts without one: a file's path, a server's address.
    pub name: Arc<str>,
    /// The number of the first line within `name`, from 1.
    pub first_line: u64,
    /// The number of each line, where they don't follow one another from `first_line`; else none.
    pub numbers: Vec<u64>,
    /// JSON, one value a line.
    pub lines: Vec<u8>,
    /// What to commit when the batch is done with.
    pub token: Token,
}

/// A live source.
///
/// Both methods must be safe to drop half-way: [`Source::next`] is waited for beside other things and begun anew.
pub trait Source: Send {
    /// What is read, for messages.
    fn name(&self) -> &str;

    /// Waits for the next batch; `None` when the source has come to its end. Trouble that passes (a lost connection) is the
    /// source's own business; it tries again for as long as that makes sense.
    fn next(&mut self) -> impl Future<Output = anyhow::Result<Option<Batch>>> + Send;

    /// What became of this batch is durable, whatever becomes of those before it. For sources that acknowledge each batch on its
    /// own; others wait for [`Source::commit`].
    fn settled(&mut self, _token: Token) {}

    /// What became of this batch and of all before it is durable: none of them is wanted again.
    fn commit(&mut self, token: Token) -> impl Future<Output = anyhow::Result<()>> + Send;
}
