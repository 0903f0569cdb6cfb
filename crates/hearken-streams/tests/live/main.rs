//! Sources against servers on loopback that speak as the real ones do, and break at every occasion.

#![cfg(all(feature = "bluesky", feature = "mastodon"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod bluesky;
mod instance;
mod jetstream;
mod mastodon;
mod proxy;
mod sink;
mod tls;
#[cfg(feature = "webhook")]
mod webhook;
