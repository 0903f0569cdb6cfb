//! Tests of the engine from outside, in one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod architecture;
mod bad_input;
mod bounds;
mod cascade;
mod explaining;
mod feeding;
mod foreign;
mod judging;
mod language;
mod metering;
mod news;
mod order;
mod payloads;
mod queueing;
mod runtime;
mod sharing;
mod shipped;
mod stream;
mod tenants;
#[path = "../../src/testing.rs"]
mod testing;
