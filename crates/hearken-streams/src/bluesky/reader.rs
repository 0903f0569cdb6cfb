//! Keeps a connection to one of the servers, and makes parcels of what comes.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use rustls::ClientConfig;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::compression::Inflater;
use super::event::Event;
use super::options::Options;
use super::position::{Position, Progress};
use super::window::{Seen, Window};
use crate::backoff::Backoff;
use crate::failure::Failure;
use crate::gathering::Gathering;
use crate::link::Link;
use crate::websocket::{Frame, Socket, Watch};

/// Read again after a break. A server's times go up, so hardly any would do.
const OVERLAP_US: u64 = 200_000;
/// Read again on another server, which may have seen the events sooner or later.
const OVERLAP_ELSEWHERE_US: u64 = 5_000_000;
/// Events that are known again: some 10 MiB.
const WINDOW: usize = 256 * 1024;
/// A longer message breaks the connection, in bytes. Records of Bluesky are far below.
const LONGEST: usize = 16 * 1024 * 1024;

/// What will be a batch.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) name: Arc<str>,
    pub(crate) first_line: u64,
    pub(crate) lines: Vec<u8>,
    /// The event of each line.
    pub(crate) seen: Vec<Seen>,
    /// How far the server was read at the end of it.
    pub(crate) progress: Progress,
}

/// Reads from one server after the other.
pub(crate) struct Reader {
    pub(crate) link: Link,
    options: Options,
    name: Arc<str>,
    hosts: Vec<Arc<str>>,
    tls: Arc<ClientConfig>,
    inflater: Option<Inflater>,
    window: Window,
    progress: Option<Progress>,
    gathering: Gathering,
    seen: Vec<Seen>,
}

impl Reader {
    pub(crate) fn new(options: Options, saved: Option<&Position>) -> Result<Self> {
        let inflater = options.dictionary.as_deref().map(|path| Inflater::open(path, LONGEST)).transpose()?;
        Ok(Self {
            link: Link::default(),
            name: options.name.as_str().into(),
            hosts: options.servers.iter().map(|server| server.authority().into()).collect(),
            tls: Arc::new(crate::tls::config()?),
            inflater,
            window: Window::new(WINDOW, saved.into_iter().flat_map(Position::seen)),
            progress: saved.map(Position::progress),
            gathering: Gathering::new(options.linger),
            seen: Vec::new(),
            options,
        })
    }

    /// Reads until nobody takes parcels any more.
    ///
    /// # Errors
    ///
    /// Every server refused the very first request, or could not be trusted, and trying again would not change that.
    pub(crate) async fn run(mut self, parcels: Sender<Parcel>) -> Result<()> {
        let mut backoff = Backoff::new(self.options.waits);
        // The server that was read last goes on best.
        let last = self.progress.as_ref().and_then(|last| self.hosts.iter().position(|host| *host == last.host));
        let mut server = last.unwrap_or_default();
        // How many servers in a row have refused, until one of them was reached.
        let mut refusals = Some(0);
        while !parcels.is_closed() {
            let host = Arc::clone(&self.hosts[server]);
            let began = Instant::now();
            let (failure, brought) = match self.connect(server).await {
                Ok(socket) => {
                    refusals = None;
                    self.link.up();
                    self.read(socket, &host, &parcels).await
                }
                Err(failure) => (failure, false),
            };
            self.link.down();
            refusals = refusals.map(|refusals| if failure.is_lasting() { refusals + 1 } else { 0 });
            if refusals == Some(self.hosts.len()) {
                bail!("{host}: {failure}");
            }
            if !brought {
                server = (server + 1) % self.hosts.len();
            }
            let wait = backoff.wait(began.elapsed()).max(failure.retry_after());
            tracing::warn!(%host, %failure, ?wait, "The connection to Jetstream is lost; trying again.");
            tokio::select! {
                () = sleep(wait) => {}
                () = parcels.closed() => {}
            }
        }
        Ok(())
    }

    async fn connect(&self, server: usize) -> Result<Socket, Failure> {
        let cursor = match &self.progress {
            Some(last) if last.host == self.hosts[server] => Some(self.window.resume(last.time_us, OVERLAP_US)),
            Some(last) => Some(last.time_us.saturating_sub(OVERLAP_ELSEWHERE_US)),
            None => self.options.from,
        };
        let url = self.options.request(server, cursor);
        let request = url.as_str().into_client_request().context("making a request")?;
        // Of few people nothing may come for long; then an answer to a ping is a sign of life.
        let events_only = self.options.dids.is_empty();
        let watch = Watch { stall: self.options.stall, events_only, longest: LONGEST };
        let socket = Socket::connect(request, Arc::clone(&self.tls), watch).await?;
        tracing::info!(host = %self.hosts[server], ?cursor, "Connected to Jetstream.");
        Ok(socket)
    }

    /// Reads until the connection breaks: why, and whether it brought anything.
    async fn read(&mut self, mut socket: Socket, host: &Arc<str>, parcels: &Sender<Parcel>) -> (Failure, bool) {
        let mut brought = false;
        loop {
            let due = self.gathering.due();
            let broken = tokio::select! {
                // Messages first: on a busy feed a batch is full before it is due.
                biased;
                frame = socket.next() => match frame.and_then(|frame| self.take(&frame, host)) {
                    Ok(()) => {
                        brought = true;
                        None
                    }
                    Err(error) => Some(error),
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => None,
                () = parcels.closed() => return (Failure::Broken(anyhow!("nobody reads")), brought),
            };
            let is_due = self.gathering.due().is_some_and(|due| due <= Instant::now());
            if self.gathering.is_full() || is_due || broken.is_some() {
                // What came whole before a break is whole.
                self.hand_over(parcels).await;
                socket.forgive();
            }
            if let Some(error) = broken {
                return (Failure::Broken(error), brought);
            }
        }
    }

    /// Keeps a message, unless it came before.
    fn take(&mut self, frame: &Frame, host: &Arc<str>) -> Result<()> {
        let message = match (frame, &mut self.inflater) {
            (Frame::Text(text), _) => text.as_bytes(),
            (Frame::Binary(bytes), Some(inflater)) => inflater.inflate(bytes)?,
            (Frame::Binary(_), None) => bail!("the server sent a compressed message, and nobody asked for one"),
        };
        let event = Event::of(message);
        let here = self.progress.as_ref().filter(|progress| progress.host == *host).map_or(0, |here| here.time_us);
        if let Some(time_us) = event.time_us {
            self.progress = Some(Progress { host: Arc::clone(host), time_us: here.max(time_us) });
        }
        let seen = Seen { time_us: event.time_us.unwrap_or(here), key: event.key };
        if self.window.see(seen) {
            self.gathering.push(message);
            self.seen.push(seen);
        }
        Ok(())
    }

    async fn hand_over(&mut self, parcels: &Sender<Parcel>) {
        let Some((lines, first_line)) = self.gathering.take() else { return };
        let progress = self.progress.clone().unwrap_or_else(|| Progress { host: "".into(), time_us: 0 });
        let seen = std::mem::take(&mut self.seen);
        let parcel = Parcel { name: Arc::clone(&self.name), first_line, lines, seen, progress };
        // When nobody takes it, the reader is about to end.
        let _ = parcels.send(parcel).await;
    }
}
