//! The promises of a desk, on every store; then what only a file has to keep: several processes, kills, migrations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod architecture;
mod clocks;
mod conformance;
mod model;
mod testing;

#[cfg(feature = "postgres")]
mod postgres;

#[cfg(feature = "sqlite")]
mod claims;
#[cfg(feature = "sqlite")]
mod kills;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod processes;
#[cfg(feature = "sqlite")]
mod sqlite;
