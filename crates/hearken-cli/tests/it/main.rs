//! The command `hearken` as its users see it: one module for each thing that is promised to them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod broker;
mod cascade;
mod cli;
#[cfg(feature = "kafka")]
#[path = "../../../hearken-streams/tests/kafka/broker.rs"]
mod kafka_broker;
mod live;
#[path = "../../../hearken-streams/tests/nats/server.rs"]
mod nats_server;
#[cfg(feature = "postgres")]
#[path = "../../../hearken-desk/tests/it/postgres/server.rs"]
#[allow(dead_code, reason = "the desk's own tests do more with it")]
mod postgres_server;
mod pty;
mod receiver;
mod records;
mod scrape;

mod audit;
#[cfg(feature = "postgres")]
mod cluster;
mod config;
mod contracts;
mod day;
mod dead_letter;
mod deletions;
mod desk;
mod doctor;
mod durable;
mod eval;
mod exit_status;
mod explain;
mod formats;
mod held;
mod hooks;
mod input;
#[cfg(feature = "kafka")]
mod kafka;
mod kills;
mod language;
mod metrics;
#[cfg(feature = "nats")]
mod metrics_deployed;
mod metrics_tenants;
mod model;
mod nats;
mod pages;
mod policy;
#[cfg(feature = "postgres")]
mod postgres;
mod redact;
mod relabel;
mod service;
mod signals;
mod sources;
mod starting;
mod stats;
mod table;
mod tenants;
mod terminal;
#[cfg(feature = "otel")]
mod traces;
mod tune;
mod workers;
