//! Traces: a span for each batch of a live source, from when it came until what became of it is durable.

#[cfg_attr(feature = "otel", path = "enabled.rs")]
#[cfg_attr(not(feature = "otel"), path = "disabled.rs")]
mod kind;

pub(crate) use kind::Traces;
