//! Receipts: how a source learns that what became of a batch of its posts is durable, so that it need not send it again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A share in a batch that is under way. When every share is settled, the batch is, and its source is told.
///
/// A share that is dropped instead of settled keeps its batch open for ever: whatever goes wrong, the batch comes again and
/// is not lost.
///
/// ```
/// use hearken::Receipt;
/// use std::sync::mpsc::channel;
///
/// let (settled, committed) = channel();
/// let receipt = Receipt::new(move || settled.send("batch 1").unwrap());
/// let of_a_post = receipt.clone();
/// receipt.settle();
/// assert!(committed.try_recv().is_err());
/// of_a_post.settle();
/// assert_eq!(committed.try_recv(), Ok("batch 1"));
/// ```
pub struct Receipt(Arc<Batch>);

struct Batch {
    /// Shares that are not settled.
    open: AtomicUsize,
    settled: Box<dyn Fn() + Send + Sync>,
}

impl Receipt {
    /// The first share in a batch. `settled` is called once, by the thread that settles the last share.
    pub fn new(settled: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Batch { open: AtomicUsize::new(1), settled: Box::new(settled) }))
    }

    /// What became of this share is durable, or it needs nothing.
    pub fn settle(self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            (self.0.settled)();
        }
    }
}

/// Another share in the same batch, to be settled on its own.
impl Clone for Receipt {
    fn clone(&self) -> Self {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

/// Shares in the same batch are equal.
impl PartialEq for Receipt {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").field("open", &self.0.open).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
