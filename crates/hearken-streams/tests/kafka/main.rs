//! Kafka as a source and as a sink, with a mock cluster and a real broker.

#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../shared/driven.rs"]
mod driven;

mod broker;

mod topic;

mod connecting;
mod consuming;
mod publishing;
mod sharing;
