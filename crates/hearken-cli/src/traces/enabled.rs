//! Spans go to an OpenTelemetry collector over HTTP, as the usual variables `OTEL_*` say; without an endpoint nothing is traced.

use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::output::say;

/// Traces are wanted where one of these names a collector.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/// Whoever takes spans. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Traces(Option<(SdkTracerProvider, SdkTracer)>);

/// A batch on its way. Cloning gives another handle to the same one; when the last is dropped before it was durable, the span
/// says so.
#[derive(Clone, Debug)]
pub(crate) struct Span(Option<Arc<Open>>);

#[derive(Debug)]
struct Open(Mutex<opentelemetry_sdk::trace::Span>);

impl Traces {
    /// Starts the thread that sends spans, if a collector is named.
    ///
    /// # Errors
    ///
    /// What the variables say can't be used.
    pub(crate) fn start() -> Result<Self> {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let disabled = env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
        if disabled || !ENDPOINTS.into_iter().any(set) {
            return Ok(Self(None));
        }
        // The client wants one, also for a collector on this machine. Another may have been there first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpJson).build();
        let exporter = exporter.context("OTEL_EXPORTER_OTLP_ENDPOINT: traces can't be sent there")?;
        let mut resource = Resource::builder();
        if !set("OTEL_SERVICE_NAME") {
            resource = resource.with_service_name("hearken");
        }
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build());
        let provider = provider.build();
        let tracer = provider.tracer("hearken");
        Ok(Self(Some((provider, tracer))))
    }

    /// A batch came.
    pub(crate) fn batch(&self, source: &str, bytes: usize) -> Span {
        let Some((_, tracer)) = &self.0 else { return Span(None) };
        let attributes = [
            KeyValue::new("messaging.source.name", source.to_owned()),
            KeyValue::new("messaging.message.body.size", i64::try_from(bytes).unwrap_or(i64::MAX)),
        ];
        let span = tracer.span_builder("batch").with_kind(SpanKind::Consumer).with_attributes(attributes).start(tracer);
        Span(Some(Arc::new(Open(Mutex::new(span)))))
    }

    /// Sends what is left.
    pub(crate) fn end(&self) {
        if let Some((provider, _)) = &self.0
            && let Err(error) = provider.shutdown()
        {
            say(format_args!("some traces were not sent: {error}"));
        }
    }
}

impl Span {
    /// The pipeline has all of it.
    pub(crate) fn read(&self) {
        self.with(|span| span.add_event("read", Vec::new()));
    }

    /// What became of it is durable.
    pub(crate) fn durable(&self) {
        self.with(|span| {
            span.set_status(Status::Ok);
            span.end();
        });
    }

    fn with(&self, act: impl FnOnce(&mut opentelemetry_sdk::trace::Span)) {
        if let Some(open) = &self.0 {
            act(&mut open.0.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let span = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if span.is_recording() {
            span.set_status(Status::error("it was not done with; its source will bring it again"));
            span.end();
        }
    }
}
