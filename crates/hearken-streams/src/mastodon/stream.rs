//! A stream of events, whichever way they come.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, anyhow, bail, ensure};
use eventsource_stream::{EventStream, Eventsource as _};
use futures_util::{Stream, StreamExt as _};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use rustls::ClientConfig;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use url::Url;

use super::options::Options;
use super::rest::{Rest, accepted, broken};
use super::status::Line;
use crate::failure::Failure;
use crate::websocket::{Frame, Socket, Watch};

/// A longer event breaks the connection, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

type Chunks = Pin<Box<dyn Stream<Item = anyhow::Result<Bytes>> + Send>>;

/// An open stream.
pub(crate) enum Events {
    WebSocket(Box<Socket>),
    ServerSent { events: EventStream<Chunks>, since_event: Arc<AtomicUsize> },
}

impl Events {
    pub(crate) async fn over_websocket(options: &Options, tls: Arc<ClientConfig>, at: &Url) -> Result<Self, Failure> {
        let url = options.timeline.socket(at);
        let mut request = url.as_str().into_client_request().context("making a request")?;
        if let Some(token) = &options.token {
            let mut token =
                HeaderValue::from_str(&token.bearer()).context("the token has characters that no token has")?;
            token.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, token);
        }
        // Timelines can be quiet for hours: an answer to a ping is a sign of life.
        let watch = Watch { stall: options.stall, events_only: false, longest: LONGEST };
        Ok(Self::WebSocket(Box::new(Socket::connect(request, tls, watch).await?)))
    }

    pub(crate) async fn server_sent(options: &Options, rest: &Rest, at: &Url) -> Result<Self, Failure> {
        let mut server = at.clone();
        // Between schemes of the web this never fails.
        let _ = server.set_scheme(options.server.scheme());
        let request = rest.client.get(options.timeline.events(&server)).header(ACCEPT, "text/event-stream");
        let response = accepted(request.send().await.map_err(broken)?).await?;
        let since_event = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&since_event);
        let chunks = response.bytes_stream().map(move |chunk| {
            let chunk = chunk.map_err(reqwest::Error::without_url)?;
            let length = count.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
            ensure!(length <= LONGEST, "an event longer than {LONGEST} bytes");
            Ok(chunk)
        });
        let chunks: Chunks = Box::pin(chunks);
        Ok(Self::ServerSent { events: chunks.eventsource(), since_event })
    }

    /// Waits for the next event. May be dropped half-way.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Line> {
        match self {
            Self::WebSocket(socket) => match socket.next().await? {
                Frame::Text(text) => Ok(Line::of_message(&text)),
                Frame::Binary(bytes) => bail!("the server sent {} bytes that are no text", bytes.len()),
            },
            Self::ServerSent { events, since_event } => {
                let event = events.next().await.context("the server closed")?;
                since_event.store(0, Ordering::Relaxed);
                let event = event.map_err(|error| anyhow!("the connection broke: {error:#}"))?;
                Ok(Line::of_event(&event.event, &event.data))
            }
        }
    }

    /// Begins to count silence anew: nobody listened.
    pub(crate) fn forgive(&mut self) {
        if let Self::WebSocket(socket) = self {
            socket.forgive();
        }
    }
}
