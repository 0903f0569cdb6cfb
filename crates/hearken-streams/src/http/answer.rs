//! What clients are answered.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request is not taken. Nothing of it is processed.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into(), header: None }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a body may have {limit} bytes, unpacked too"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "the header Authorization: Bearer TOKEN is wanted, with the right token")
            .with(header::WWW_AUTHENTICATE, "Bearer")
    }

    pub(super) fn full() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "as many requests wait as may; send this one again later")
            .with(header::RETRY_AFTER, "1")
    }

    pub(super) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the server stops; send this again")
            .with(header::CONNECTION, "close")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({"error": self.why}))).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// So many lines were taken, and what became of them is durable.
pub(super) fn durable(accepted: u64) -> Response {
    Json(json!({"accepted": accepted})).into_response()
}

/// So many lines were taken, and what becomes of them isn't durable yet.
pub(super) fn under_way(accepted: u64) -> Response {
    (StatusCode::ACCEPTED, Json(json!({"accepted": accepted, "durable": false}))).into_response()
}
