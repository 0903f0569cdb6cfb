//! Live sources: where posts come from while they are written.
//!
//! A source hands over batches of lines, as they came from the network; what they mean is the engine's business. Each batch
//! has a token. It is committed only when what became of the batch is durable: at least once, never lost.

pub mod source;

pub use source::{Batch, Source};
