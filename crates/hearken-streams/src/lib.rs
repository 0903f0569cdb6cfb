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

mod away;
mod link;

#[cfg(feature = "files")]
pub mod files;

#[cfg(feature = "http")]
pub mod http;

#[cfg(any(feature = "_websocket", feature = "nats"))]
mod backoff;
#[cfg(any(feature = "nats", feature = "kafka"))]
mod cluster;
#[cfg(feature = "_websocket")]
mod failure;
#[cfg(feature = "_websocket")]
mod feed;
#[cfg(any(feature = "_websocket", feature = "nats", feature = "kafka"))]
mod gathering;
#[cfg(feature = "_websocket")]
mod milestones;
#[cfg(any(feature = "_websocket", feature = "webhook"))]
mod tls;
#[cfg(feature = "_websocket")]
mod websocket;

#[cfg(feature = "bluesky")]
pub mod bluesky;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "mastodon")]
pub mod mastodon;
#[cfg(feature = "nats")]
pub mod nats;

// The other way: messages out.
pub mod letter;
pub mod sink;
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(test)]
mod testing;

pub use away::Away;
#[cfg(any(feature = "_websocket", feature = "nats"))]
pub use backoff::Waits;
pub use cursor::{Cursor, Cursors};
pub use driver::{Delivery, Pace, Settled, drive};
#[cfg(any(feature = "_websocket", feature = "nats", feature = "kafka"))]
pub use gathering::Linger;
pub use letter::Letter;
pub use link::Link;
pub use source::{Batch, Source};
