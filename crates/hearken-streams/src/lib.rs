//! Live sources: where posts come from while they are written.
//!
//! A source hands over batches of lines, as they came from the network; what they mean is the engine's business. Each batch
//! has a token. It is committed only when what became of the batch is durable: at least once, never lost.
//!
//! ```text
//!  source ─► driver ─► Delivery ─► whoever processes it ─► Settled ─► ledger ─► commit
//! ```

pub mod source;

mod ledger;

pub mod driver;

pub mod cursor;

pub use cursor::{Cursor, Cursors};
pub use driver::{Delivery, Pace, Settled, drive};
pub use source::{Batch, Source};
