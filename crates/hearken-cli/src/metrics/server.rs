//! The server: `/metrics`, `/healthz` and `/readyz` on a thread of their own.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::{Board, health};
use crate::output::say;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    #[cfg(test)]
    pub(super) address: std::net::SocketAddr,
    end: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens, and says where.
    ///
    /// # Errors
    ///
    /// The address can't be had.
    pub(super) fn start(address: &Address, board: Arc<Board>) -> Result<Self> {
        let listener = TcpListener::bind(address.as_str()).map_err(|error| {
            let taken = error.kind() == ErrorKind::AddrInUse;
            let hint = if taken { ": another program listens there; a port of 0 takes any that is free" } else { "" };
            anyhow::Error::new(error).context(format!("--metrics {address}{hint}"))
        })?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        say(format_args!("metrics at http://{at}/metrics"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("starting the thread of the metrics")?;
        let end = CancellationToken::new();
        let ended = end.clone();
        let body = move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                // Not `with_graceful_shutdown`: a client that keeps its connection must not hold up the end of a run.
                tokio::select! {
                    _ = axum::serve(listener, router(&board)) => {}
                    () = ended.cancelled() => {}
                }
            });
        };
        let thread = thread::Builder::new().name("hearken-metrics".to_owned()).spawn(body)?;
        Ok(Self {
            #[cfg(test)]
            address: at,
            end,
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end.cancel();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn router(board: &Arc<Board>) -> Router {
    let [of_metrics, of_health, of_readiness] = std::array::from_fn(|_| Arc::clone(board));
    Router::new()
        .route("/metrics", get(async move || page(of_metrics.page())))
        .route("/healthz", get(async move || said(health::alive(&of_health))))
        .route("/readyz", get(async move || said(health::ready(&of_readiness))))
}

fn page(written: Result<String, std::fmt::Error>) -> Response {
    match written {
        Ok(page) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the page can't be written\n").into_response(),
    }
}

fn said(health: Result<(), String>) -> Response {
    match health {
        Ok(()) => "ok\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}
