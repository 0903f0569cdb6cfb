//! A WebSocket that says so when nothing comes any more.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use crate::failure::{Failure, Refusal};

/// For the whole of DNS, TCP, TLS and WebSocket.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How a connection is watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    /// A connection over which nothing came for this long is broken.
    pub(crate) stall: Duration,
    /// Whether only events count as something, or answers to pings too: on a quiet feed these are all there is.
    pub(crate) events_only: bool,
    /// A longer message breaks the connection; in bytes.
    pub(crate) longest: usize,
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    watch: Watch,
    heard: Instant,
    pinged: bool,
}

/// What a server sent.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(Utf8Bytes),
    Binary(Bytes),
}

impl Socket {
    pub(crate) async fn connect(request: Request, tls: Arc<ClientConfig>, watch: Watch) -> Result<Self, Failure> {
        let config =
            WebSocketConfig::default().max_message_size(Some(watch.longest)).max_frame_size(Some(watch.longest));
        let connecting = connect_async_tls_with_config(request, Some(config), true, Some(Connector::Rustls(tls)));
        let (stream, _) = timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| anyhow!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))?
            .map_err(refused)?;
        Ok(Self { stream, watch, heard: Instant::now(), pinged: false })
    }

    /// Waits for the next message, and answers pings meanwhile. May be dropped half-way.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Frame> {
        loop {
            let patience = if self.pinged { self.watch.stall } else { self.watch.stall / 2 };
            let message = match timeout_at(self.heard + patience, self.stream.next()).await {
                Ok(message) => message.context("the server is gone")?.context("the connection broke")?,
                Err(_) if self.pinged => return Err(anyhow!("nothing came for {} s", self.watch.stall.as_secs_f32())),
                Err(_) => {
                    self.pinged = true;
                    self.stream.send(Message::Ping(Bytes::new())).await.context("the connection broke")?;
                    continue;
                }
            };
            match message {
                Message::Text(text) => {
                    self.forgive();
                    return Ok(Frame::Text(text));
                }
                Message::Binary(bytes) => {
                    self.forgive();
                    return Ok(Frame::Binary(bytes));
                }
                Message::Close(Some(frame)) => {
                    return Err(anyhow!("the server closed: {} {}", frame.code, frame.reason));
                }
                Message::Close(None) => return Err(anyhow!("the server closed")),
                _ if !self.watch.events_only => self.forgive(),
                _ => {}
            }
        }
    }

    /// Begins to count silence anew: nobody listened.
    pub(crate) fn forgive(&mut self) {
        self.heard = Instant::now();
        self.pinged = false;
    }
}

fn refused(error: Error) -> Failure {
    match error {
        Error::Http(response) => {
            let retry_after = response.headers().get("retry-after").map(|value| value.as_bytes());
            let body = response.body().as_deref().unwrap_or_default();
            Failure::Refused(Refusal::new(response.status().as_u16(), body, retry_after))
        }
        error => Failure::Broken(error.into()),
    }
}
