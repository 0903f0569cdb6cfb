//! `--metrics`: what a run can be asked while it goes on, by Prometheus, and by whoever starts and stops it.
//!
//! ```text
//!  run ─► Board (whatever can be asked, as it comes up) ◄─ server ◄─ /metrics, /healthz, /readyz
//! ```
//!
//! Nothing is counted for a scrape: it looks up what the engine, the sources and the desk know anyway. Only the figures of a desk
//! cost something, so a thread of their own reads them now and then.

mod address;
mod desk;
mod engine;
mod health;
mod outlets;
mod page;
mod process;
mod server;
mod sources;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Result;
use hearken::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;

pub(crate) use address::Address;
use desk::Figures;
pub(crate) use engine::Engine;
pub(crate) use health::Phase;
pub(crate) use outlets::Outlets;
use page::Page;
use server::Server;
pub(crate) use sources::Feeds;

use crate::stop::Stop;

/// What there is to ask.
#[derive(Debug)]
pub(crate) struct Board {
    stop: Stop,
    phase: Mutex<Phase>,
    engines: Mutex<Vec<Engine>>,
    feeds: Mutex<Feeds>,
    pub(crate) outlets: Outlets,
    desk: OnceLock<Figures>,
}

/// Serves a board until it is dropped.
#[derive(Debug)]
pub(crate) struct Served(#[expect(dead_code, reason = "it is held")] Server);

impl Board {
    /// A board on which nothing stands yet.
    pub(crate) fn new(stop: &Stop) -> Arc<Self> {
        Arc::new(Self {
            stop: stop.clone(),
            phase: Mutex::default(),
            engines: Mutex::default(),
            feeds: Mutex::default(),
            outlets: Outlets::default(),
            desk: OnceLock::new(),
        })
    }

    /// Serves it there.
    pub(crate) fn serve(self: &Arc<Self>, address: &Address) -> Result<Served> {
        Server::start(address, Arc::clone(self)).map(Served)
    }

    /// Reads the figures of a desk now and then. `now`, where it is set, is the time of it all.
    pub(crate) fn watch_desk(&self, place: &Path, now: Option<Timestamp>) -> Result<()> {
        // There is one desk.
        let _ = self.desk.set(Figures::start(place, now)?);
        Ok(())
    }

    /// Shows a pipeline.
    pub(crate) fn add(&self, engine: Engine) {
        lock(&self.engines).push(engine);
    }

    /// Shows sources.
    pub(crate) fn set_feeds(&self, feeds: Feeds) {
        *lock(&self.feeds) = feeds;
    }

    /// Says what the run is at.
    pub(crate) fn set_phase(&self, phase: Phase) {
        *lock(&self.phase) = phase;
    }

    fn phase(&self) -> Phase {
        *lock(&self.phase)
    }

    fn engines(&self) -> Vec<Engine> {
        lock(&self.engines).clone()
    }

    fn feeds(&self) -> Feeds {
        lock(&self.feeds).clone()
    }

    /// The page that a scrape gets.
    fn page(self: &Arc<Self>) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Scrape(Arc::clone(self))));
        let mut page = String::new();
        text::encode(&mut page, &registry).map(|()| page)
    }
}

#[derive(Debug)]
struct Scrape(Arc<Board>);

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self(board) = self;
        let mut page = Page::new(encoder);
        let version = [("version", env!("CARGO_PKG_VERSION").to_owned()), ("arch", std::env::consts::ARCH.to_owned())];
        page.info("hearken_build", "Which hearken this is.", [version.to_vec()])?;
        let ready = u64::from(health::ready(board).is_ok());
        page.gauge("hearken_ready", "Whether /readyz says so, 1 or 0.", [(Vec::new(), ready)])?;
        engine::write(&board.engines(), &mut page)?;
        board.feeds().write(&mut page)?;
        board.outlets.write(&mut page)?;
        if let Some(desk) = board.desk.get() {
            desk.write(&mut page)?;
        }
        process::write(&mut page)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
