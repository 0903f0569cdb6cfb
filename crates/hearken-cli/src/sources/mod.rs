//! Live sources: each is driven on its own, and a thread of its own brings its batches to the pipeline.
//!
//! ```text
//!  source ─► driver (runtime) ─► thread ─► pipeline ─► printed, written or needed by nobody ─► driver ─► source
//! ```

#![cfg_attr(
    not(all(
        feature = "files",
        feature = "http",
        feature = "bluesky",
        feature = "mastodon",
        feature = "nats",
        feature = "kafka"
    )),
    allow(dead_code, reason = "which sources there are is up to the features")
)]

mod address;
mod after;
mod cursors;
mod links;
mod standing;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use std::{fmt, io};

use anyhow::{Context, Result, bail};
use hearken::{Format, Origin, Pipeline, Receipt};
use hearken_streams::{Delivery, Link, Pace, Source, drive, letter};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, channel};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

pub(crate) use address::Address;
use after::After;
pub(crate) use after::Letters;
pub(crate) use cursors::File as Cursors;
pub(crate) use links::Links;
pub(crate) use standing::{Standing, Standings};

use crate::input;
#[cfg(any(feature = "nats", feature = "kafka"))]
use crate::reach::reach;
use crate::settings::Settings;
use crate::sink::Sink;
use crate::stop::Stop;
use crate::traces::Traces;

/// Batches between a driver and the thread that brings them to the pipeline.
const ON_THE_WAY: usize = 2;

/// After a stop, the pipeline says when nothing is under way any more; a driver doesn't give up before.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Live sources that are driven.
#[derive(Debug)]
pub(crate) struct Live {
    /// Shared with whoever still connects when a stop comes.
    runtime: Arc<Runtime>,
    stop: CancellationToken,
    feeds: Vec<Feed>,
    /// Of sources that have dead letters of their own.
    letters: Vec<Letters>,
    standings: Standings,
    links: Links,
    traces: Traces,
    stdin: bool,
    /// One outcome for each driver.
    ended: mpsc::Receiver<Result<()>>,
    ended_to: mpsc::Sender<Result<()>>,
    count: Count,
}

/// How many sources there are, and how many of them still run.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    running: Arc<AtomicUsize>,
    all: usize,
}

impl Count {
    fn any(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    fn one_ended(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.running.load(Ordering::Relaxed), self.all) {
            (1, 1) => f.write_str("1 source"),
            (running, all) if running == all => write!(f, "{all} sources"),
            (running, all) => write!(f, "{running} of {all} sources"),
        }
    }
}

/// Batches of a source, and how their posts are written.
#[derive(Debug)]
struct Feed {
    name: String,
    batches: Receiver<Delivery>,
    format: Option<Format>,
    /// What each batch waits for beside the pipeline.
    letters: Option<Letters>,
}

impl Live {
    /// Starts all sources of the settings.
    pub(crate) fn start(settings: &Settings, stop: &Stop, cursors: &Cursors) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("hearken-sources")
            .enable_all()
            .build()
            .context("starting the threads of live sources")?;
        let (ended_to, ended) = mpsc::channel();
        let stdin = settings.sources.contains(&Address::Stdin);
        let all = settings.sources.len();
        let count = Count { running: Arc::new(AtomicUsize::new(all)), all };
        let token = CancellationToken::new();
        let mut live = Self {
            runtime: Arc::new(runtime),
            stop: token,
            feeds: Vec::new(),
            letters: Vec::new(),
            standings: Standings::default(),
            links: Links::default(),
            traces: Traces::start()?,
            stdin,
            ended,
            ended_to,
            count,
        };
        live.cancel_on(stop)?;
        for address in &settings.sources {
            live.open(address, settings, stop, cursors).with_context(|| format!("--source {}", address.name()))?;
        }
        Ok(live)
    }

    fn cancel_on(&self, stop: &Stop) -> io::Result<()> {
        let (woken, stop) = (stop.woken()?, self.stop.clone());
        woken.set_nonblocking(true)?;
        let _inside = self.runtime.enter();
        let woken = tokio::net::UnixStream::from_std(woken)?;
        self.runtime.spawn(async move {
            let _ = woken.readable().await;
            stop.cancel();
        });
        Ok(())
    }

    #[allow(unused_variables, reason = "without a source's feature some are not used")]
    fn open(&mut self, address: &Address, settings: &Settings, stop: &Stop, cursors: &Cursors) -> Result<()> {
        let tenant = settings.tenant.as_ref();
        match address {
            Address::Stdin => {}
            #[cfg(feature = "files")]
            Address::Files(pattern) => {
                use hearken_streams::files::{Files, Options};
                let mut options = Options::new(pattern)?.follow(settings.follow);
                if let Some(bytes) = settings.max_line_bytes {
                    options = options.max_line(bytes);
                }
                let wanted = settings.follow || settings.cursor.is_some();
                let cursor = if wanted { Some(cursors.cursor(&options.name(), tenant)?) } else { None };
                let files = self.runtime.block_on(Files::start(options, cursor))?;
                self.drive(files, None, Pace::default());
            }
            #[cfg(feature = "http")]
            Address::Listen(url) => {
                use hearken_streams::http::{Http, Options};
                let options = Options::from_url(url)?.token(std::env::var(&settings.http_token_env).ok());
                let (http, server) = self.runtime.block_on(Http::listen(options, self.stop.clone()))?;
                let whose = settings.whose();
                crate::output::say(format_args!("{whose}listening at http://{}/posts", http.address()));
                // Clients wait for each commit.
                let pace = Pace { commit_every: Duration::ZERO, ..Pace::default() };
                let ended = self.drive(http, None, pace);
                self.runtime.spawn(async move {
                    server.ended().await;
                    drop(ended);
                });
            }
            #[cfg(feature = "bluesky")]
            Address::Bluesky(url) => {
                use hearken_streams::bluesky::{Bluesky, Options};
                let options = Options::from_url(url)?;
                let cursor = cursors.cursor(&options.name, tenant)?;
                let source = Bluesky::new(options, Some(cursor))?;
                let link = source.link();
                self.drive_linked(source, Some(Format::Bluesky), Pace::default(), link);
            }
            #[cfg(feature = "mastodon")]
            Address::Mastodon(url) => {
                use hearken_streams::mastodon::{Mastodon, Options};
                let options = Options::from_url(url)?;
                let cursor = cursors.cursor(&options.name, tenant)?;
                let source = Mastodon::new(options, Some(cursor))?;
                let link = source.link();
                self.drive_linked(source, Some(Format::Mastodon), Pace::default(), link);
            }
            #[cfg(feature = "nats")]
            Address::Nats(url) => {
                use hearken_streams::nats::{Nats, Options, Start};
                let start = match (settings.from_seq, settings.from_time) {
                    (Some(sequence), _) => Start::Sequence(sequence),
                    (None, Some(time)) => Start::Time(time),
                    (None, None) => Start::First,
                };
                let options = Options::from_url(url)?.start(start);
                let runtime = Arc::clone(&self.runtime);
                let connect = move || runtime.block_on(Nats::connect(options.clone()));
                let (source, closing) = reach(stop, connect)?;
                let (letters, gauges, link) = (source.letters(), source.gauges(), source.link());
                self.standings.add(source.name(), move || gauges.read().into());
                self.drive_messages(source, letters, link, closing.ended());
            }
            #[cfg(feature = "kafka")]
            Address::Kafka(url) => {
                use hearken_streams::kafka::{Kafka, Options};
                let options = Options::from_url(url)?.from(settings.from_time);
                let runtime = Arc::clone(&self.runtime);
                let connect = move || runtime.block_on(Kafka::connect(options.clone()));
                let (source, closing) = reach(stop, connect)?;
                let (letters, gauges, link) = (source.letters(), source.gauges(), source.link());
                self.standings.add(source.name(), move || gauges.read().into());
                self.drive_messages(source, letters, link, closing.ended());
            }
            #[allow(unreachable_patterns, reason = "which sources there are is up to the features")]
            _ => bail!("this hearken is built without such sources"),
        }
        Ok(())
    }

    /// Drives a source that needs no connection. Whoever holds what is returned keeps [`Live::end`] waiting.
    fn drive(&mut self, source: impl Source + 'static, format: Option<Format>, pace: Pace) -> mpsc::Sender<Result<()>> {
        self.drive_linked(source, format, pace, Link::always_up())
    }

    /// The same for one that has a connection.
    fn drive_linked(
        &mut self,
        source: impl Source + 'static,
        format: Option<Format>,
        pace: Pace,
        link: Link,
    ) -> mpsc::Sender<Result<()>> {
        let name = source.name().to_owned();
        let (deliver, batches) = channel(ON_THE_WAY);
        let driven = drive(source, deliver, self.stop.clone(), Pace { grace: GRACE, ..pace });
        let (ended, count, named) = (self.ended_to.clone(), self.count.clone(), name.clone());
        let watched = self.links.add(&name, link);
        self.runtime.spawn(async move {
            let outcome = driven.await;
            count.one_ended();
            watched.ended(outcome.is_ok());
            match &outcome {
                Ok(()) => info!(source = named, "The source has ended."),
                // Else it is told in a moment, when the run ends with it.
                Err(cause) if count.any() => {
                    error!(source = named, error = format!("{cause:#}"), "The source has failed; others go on.");
                }
                Err(_) => {}
            }
            let _ = ended.send(outcome.with_context(|| format!("--source {named}")));
        });
        self.feeds.push(Feed { name, batches, format, letters: None });
        self.ended_to.clone()
    }

    /// Drives a source of messages, which has dead letters of its own, and an end that is to be waited for.
    fn drive_messages(
        &mut self,
        source: impl Source + 'static,
        letters: impl letter::Letters + 'static,
        link: Link,
        closed: impl Future<Output = ()> + Send + 'static,
    ) {
        let letters = Letters(Arc::new(letters));
        let ended = self.drive_linked(source, None, Pace::default(), link);
        if let Some(feed) = self.feeds.last_mut() {
            feed.letters = Some(letters.clone());
        }
        self.letters.push(letters);
        self.runtime.spawn(async move {
            closed.await;
            drop(ended);
        });
    }

    /// How many sources there are and still run, for whoever shows it.
    pub(crate) fn count(&self) -> Count {
        self.count.clone()
    }

    /// Where lines of sources go that are no posts.
    pub(crate) fn letters(&self) -> Vec<Letters> {
        self.letters.clone()
    }

    /// How sources of messages stand.
    pub(crate) fn standings(&self) -> Standings {
        self.standings.clone()
    }

    /// Which sources there are, and whether each has its connection.
    pub(crate) fn links(&self) -> Links {
        self.links.clone()
    }

    /// Brings batches to the pipeline until all sources have ended or a stop has come. What is published on `sink` before a batch
    /// is done with must be there before its source is told.
    pub(crate) fn feed(&mut self, pipeline: &Pipeline, stop: &Stop, sink: Option<&Sink>) -> Result<()> {
        let feeds = std::mem::take(&mut self.feeds);
        let (stdin, count, traces) = (self.stdin, &self.count, &self.traces);
        thread::scope(|scope| {
            for feed in feeds {
                let after = After { sink: sink.cloned(), letters: feed.letters.clone() };
                let body = move || feed.bring_to(pipeline, &after, traces);
                thread::Builder::new().name("hearken-feed".to_owned()).spawn_scoped(scope, body)?;
            }
            if !stdin {
                return Ok(());
            }
            let source = input::Source::Stdin;
            let read = source.open(stop).and_then(|reader| Ok(pipeline.read(reader, &source.name())?));
            count.one_ended();
            if stop.is_set() { Ok(()) } else { read.context("--source -") }
        })
    }

    /// Waits until every source has been told what became of its posts.
    pub(crate) fn end(self) -> Result<()> {
        let Self { runtime, ended, ended_to, traces, .. } = self;
        drop(ended_to);
        let failed: Vec<_> = ended.iter().filter_map(Result::err).collect();
        if let Some(runtime) = Arc::into_inner(runtime) {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        traces.end();
        let count = failed.len();
        match failed.into_iter().next() {
            Some(first) if count > 1 => Err(first.context(format!("{count} sources have failed"))),
            Some(first) => Err(first),
            None => Ok(()),
        }
    }
}

impl Feed {
    fn bring_to(mut self, pipeline: &Pipeline, after: &After, traces: &Traces) {
        info!(source = self.name, "Reading.");
        while let Some(Delivery { batch, settled }) = self.batches.blocking_recv() {
            let origin = Origin {
                name: &batch.name,
                counted_as: Some(&self.name),
                format: self.format,
                first_line: batch.first_line,
            };
            let after = after.clone();
            let span = traces.batch(&self.name, batch.lines.len());
            let receipt = Receipt::new({
                let span = span.clone();
                move || {
                    let (settled, span) = (settled.clone(), span.clone());
                    after.all(move || {
                        settled.settle();
                        span.durable();
                    });
                }
            });
            // The pipeline has failed: it says why when it is finished, and the driver sees that nobody takes any more.
            if pipeline.read_numbered_batch(&batch.lines, &batch.numbers, origin, receipt).is_err() {
                break;
            }
            span.read();
        }
    }
}
