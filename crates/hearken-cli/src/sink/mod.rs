//! Where records go instead of standard output.

#[cfg_attr(feature = "nats", path = "nats.rs")]
#[cfg_attr(not(feature = "nats"), path = "none.rs")]
mod kind;

pub(crate) use kind::Sink;
