//! JetStream as a source and as a sink, with real servers that are killed at every occasion.

#![cfg(feature = "nats")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../shared/driven.rs"]
mod driven;

mod server;

mod stream;

mod connecting;
mod consuming;
mod partitions;
mod publishing;
