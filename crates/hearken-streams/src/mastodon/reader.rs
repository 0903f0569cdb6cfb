//! Keeps a stream open, fills the gaps that breaks leave, and makes parcels of what comes.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use rustls::ClientConfig;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, sleep_until};
use url::Url;

use super::fill::Fill;
use super::known::Known;
use super::options::{Options, Transport};
use super::position::Position;
use super::rest::Rest;
use super::status::{Id, Line};
use super::stream::Events;
use crate::backoff::Backoff;
use crate::failure::Failure;
use crate::gathering::Gathering;
use crate::link::Link;

/// What will be a batch.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) name: Arc<str>,
    pub(crate) first_line: u64,
    pub(crate) lines: Vec<u8>,
    /// The new posts among them.
    pub(crate) ids: Vec<Id>,
    /// Up to this post nothing is missing at the end of it.
    pub(crate) covered: Option<Id>,
}

/// Reads one timeline.
pub(crate) struct Reader {
    pub(crate) link: Link,
    name: Arc<str>,
    tls: Arc<ClientConfig>,
    rest: Rest,
    /// Where the streams are, once that is known.
    streaming: Option<Url>,
    known: Known,
    gathering: Gathering,
    ids: Vec<Id>,
    options: Options,
}

/// What a stream that is open brings next.
enum Next {
    Line(Line),
    Page(Vec<Line>),
    Filled,
    NotFilled(Failure),
    Due,
    Broken(anyhow::Error),
}

impl Reader {
    pub(crate) fn new(options: Options, saved: Option<Position>) -> Result<Self> {
        let (seen, covered) = saved.map_or_else(Default::default, |saved| (saved.seen, Some(saved.last)));
        Ok(Self {
            link: Link::default(),
            name: options.name.as_str().into(),
            tls: Arc::new(crate::tls::config()?),
            rest: Rest::new(&options)?,
            streaming: None,
            known: Known::new(seen, covered),
            gathering: Gathering::new(options.linger),
            ids: Vec::new(),
            options,
        })
    }

    /// Reads until nobody takes parcels any more.
    ///
    /// # Errors
    ///
    /// The server refused the very first request, or can't be trusted, and trying again would not change that.
    pub(crate) async fn run(mut self, parcels: Sender<Parcel>) -> Result<()> {
        let mut backoff = Backoff::new(self.options.waits);
        let mut reached = false;
        while !parcels.is_closed() {
            let began = Instant::now();
            let failure = match self.connect().await {
                Ok(events) => {
                    reached = true;
                    self.link.up();
                    Failure::Broken(self.read(events, &parcels).await)
                }
                Err(failure) => failure,
            };
            self.link.down();
            if failure.is_lasting() && !reached {
                let hint = if failure.refusal().is_some_and(|refusal| [401, 403, 422].contains(&refusal.status)) {
                    " (does the token allow to read this?)"
                } else {
                    ""
                };
                bail!("{}: {failure}{hint}", self.options.server.authority());
            }
            let wait = backoff.wait(began.elapsed()).max(failure.retry_after());
            tracing::warn!(source = %self.name, %failure, ?wait, "The stream of a Mastodon server is lost; trying again.");
            tokio::select! {
                () = sleep(wait) => {}
                () = parcels.closed() => {}
            }
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<Events, Failure> {
        let at = match &self.streaming {
            Some(at) => at.clone(),
            None => self.streaming.insert(self.rest.streaming().await?).clone(),
        };
        if self.known.covered().is_none() {
            // Reading begins here: before the stream is open, so that nothing falls between the two.
            let newest = self.rest.clone().newest().await?.pop().and_then(|line| line.id);
            let newest = newest.unwrap_or_else(Id::before_all);
            self.known.cover(&newest);
            // Known as if it had been read: the first post from which to read again.
            self.known.see(&newest);
            self.ids.push(newest);
        }
        if self.options.transport != Transport::ServerSentEvents {
            match Events::over_websocket(&self.options, Arc::clone(&self.tls), &at).await {
                Err(Failure::Refused(refusal))
                    if self.options.transport == Transport::Either
                        && refusal.is_lasting()
                        && ![401, 403].contains(&refusal.status) =>
                {
                    tracing::info!(source = %self.name, status = refusal.status, "No WebSocket there; reading server-sent events.");
                    self.options.transport = Transport::ServerSentEvents;
                }
                answer => return answer,
            }
        }
        Events::server_sent(&self.options, &self.rest, &at).await
    }

    /// Reads until the connection breaks, and says why.
    async fn read(&mut self, mut events: Events, parcels: &Sender<Parcel>) -> anyhow::Error {
        tracing::info!(source = %self.name, after = ?self.known.covered().map(|id| &id.0), "Reading a Mastodon server.");
        // The stream is open, so whatever is posted from now on comes, and the gap has an end.
        let mut fill = self.known.resume().map(|after| Fill::new(self.rest.clone(), after, self.options.settle));
        loop {
            let due = self.gathering.due();
            let next = tokio::select! {
                event = events.next() => event.map_or_else(Next::Broken, Next::Line),
                page = fill_next(&mut fill) => match page {
                    Ok(Some(page)) => Next::Page(page),
                    Ok(None) => Next::Filled,
                    Err(failure) => Next::NotFilled(failure),
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Next::Due,
                () = parcels.closed() => return anyhow!("nobody reads"),
            };
            let mut broken = None;
            match next {
                Next::Line(line) => {
                    self.take(line);
                    if fill.is_none() {
                        self.known.cover_all();
                    }
                }
                Next::Page(page) => {
                    page.into_iter().for_each(|line| self.take(line));
                    if let Some(fill) = &fill {
                        self.known.cover(fill.filled());
                    }
                }
                Next::Filled | Next::NotFilled(_) => {
                    if let Next::NotFilled(failure) = next {
                        tracing::warn!(source = %self.name, %failure, "What was posted while there was no connection can't be had.");
                    }
                    if let Some(fill) = fill.take() {
                        self.known.cover(fill.filled());
                    }
                    self.known.cover_all();
                }
                Next::Due => {}
                Next::Broken(error) => broken = Some(error),
            }
            let is_due = self.gathering.due().is_some_and(|due| due <= Instant::now());
            if self.gathering.is_full() || is_due || broken.is_some() {
                // What came whole before a break is whole.
                self.hand_over(parcels).await;
                events.forgive();
            }
            if let Some(error) = broken {
                return error;
            }
        }
    }

    /// Keeps a line, unless it is a post that came before.
    fn take(&mut self, line: Line) {
        if let Some(id) = line.id {
            if !self.known.see(&id) {
                return;
            }
            self.ids.push(id);
        }
        self.gathering.push(&line.json);
    }

    async fn hand_over(&mut self, parcels: &Sender<Parcel>) {
        let Some((lines, first_line)) = self.gathering.take() else { return };
        let (ids, covered) = (std::mem::take(&mut self.ids), self.known.covered().cloned());
        // When nobody takes it, the reader is about to end.
        let _ = parcels.send(Parcel { name: Arc::clone(&self.name), first_line, lines, ids, covered }).await;
    }
}

/// The next page of a gap; waits for ever where there is none.
async fn fill_next(fill: &mut Option<Fill>) -> Result<Option<Vec<Line>>, Failure> {
    match fill {
        Some(fill) => fill.next().await,
        None => std::future::pending().await,
    }
}
