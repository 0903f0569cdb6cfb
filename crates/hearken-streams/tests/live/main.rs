//! Sources against servers on loopback that speak as the real ones do, and break at every occasion.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod sink;

#[cfg(feature = "bluesky")]
mod bluesky;
#[cfg(feature = "mastodon")]
mod instance;
#[cfg(feature = "bluesky")]
mod jetstream;
#[cfg(feature = "mastodon")]
mod mastodon;
#[cfg(feature = "mastodon")]
mod proxy;
