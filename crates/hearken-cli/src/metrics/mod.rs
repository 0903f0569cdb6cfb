//! `--metrics`: what a run can be asked while it goes on, by Prometheus, and by whoever starts and stops it.
//!
//! ```text
//!  run of a tenant ─► Panel ─┐
//!                            ├─► Board ◄─ server ◄─ /metrics, /healthz, /readyz
//!  run of a tenant ─► Panel ─┘
//! ```
//!
//! On its panel a run puts whatever can be asked, as it comes up. Nothing is counted for a scrape: it looks up what the engine, the
//! sources and the desk know anyway. Only the figures of a desk cost something, so a thread of their own reads them now and then.

mod address;
mod desk;
mod engine;
mod health;
mod outlets;
mod page;
mod panel;
mod process;
mod rounds;
mod server;
mod sources;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
pub(crate) use panel::Panel;
use rounds::Rounds;
use server::Server;
pub(crate) use sources::Feeds;

use crate::stop::Stop;
use crate::tenants::TenantName;

/// What there is to ask.
#[derive(Debug)]
pub(crate) struct Board {
    stop: Stop,
    panels: Mutex<Vec<Arc<Panel>>>,
    /// Once there is a desk.
    rounds: Mutex<Option<Rounds>>,
}

/// Serves a board until it is dropped.
#[derive(Debug)]
pub(crate) struct Served(#[expect(dead_code, reason = "it is held")] Server);

impl Board {
    /// A board on which nothing stands yet.
    pub(crate) fn new(stop: &Stop) -> Arc<Self> {
        Arc::new(Self { stop: stop.clone(), panels: Mutex::default(), rounds: Mutex::default() })
    }

    /// The panel of a tenant's run, or of nobody's in particular. As soon as it stands there, it is waited for.
    pub(crate) fn panel(&self, tenant: Option<&TenantName>) -> Arc<Panel> {
        let mut panels = lock(&self.panels);
        if let Some(panel) = panels.iter().find(|panel| panel.tenant() == tenant) {
            return Arc::clone(panel);
        }
        let panel = Arc::new(Panel::new(tenant));
        panels.push(Arc::clone(&panel));
        panel
    }

    /// Serves it there.
    pub(crate) fn serve(self: &Arc<Self>, address: &Address) -> Result<Served> {
        Server::start(address, Arc::clone(self)).map(Served)
    }

    /// Shows the figures of the desk on a panel, read now and then. All runs have one desk. `now`, where it is set, is the time of it
    /// all.
    pub(crate) fn watch_desk(&self, panel: &Panel, place: &Path, now: Option<Timestamp>) -> Result<()> {
        let mut rounds = lock(&self.rounds);
        let rounds = match &mut *rounds {
            Some(rounds) => rounds,
            none => none.insert(Rounds::start(place)?),
        };
        let figures = panel.desk.get_or_init(|| Arc::new(Figures::new(panel.tenant().cloned(), now, rounds.waiting())));
        rounds.add(Arc::clone(figures));
        Ok(())
    }

    fn panels(&self) -> Vec<Arc<Panel>> {
        lock(&self.panels).clone()
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
        let mut page = Page::default();
        let version = [("version", env!("CARGO_PKG_VERSION").to_owned()), ("arch", std::env::consts::ARCH.to_owned())];
        page.info("hearken_build", "Which hearken this is.", [version.to_vec()]);
        let ready = u64::from(health::ready(board).is_ok());
        page.gauge("hearken_ready", "Whether /readyz says so, 1 or 0.", [(Vec::new(), ready)]);
        process::write(&mut page);
        board.panels().iter().for_each(|panel| panel.write(&mut page));
        page.encode(encoder)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
