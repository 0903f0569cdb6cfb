//! Whoever reads the figures of a desk now and then: one thread and one connection, for all tenants in turn. No scrape waits for
//! it, and neither does whoever writes there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use hearken_desk::AnyStore;

use super::desk::{Figures, Waiting};
use crate::desk::{of_tenant, store_of};

/// A round begins so often.
const EVERY: Duration = Duration::from_secs(10);

/// But reading may take no greater part of the time than one in so many.
const SELDOM: u32 = 20;

/// However long it takes, so often there is a round.
const SELDOMEST: Duration = Duration::from_secs(300);

/// Reads until it is dropped.
#[derive(Debug)]
pub(super) struct Rounds {
    /// Figures that have their first turn at once, and one in each round from then on.
    begin: Option<Sender<Arc<Figures>>>,
    waiting: Arc<Waiting>,
    thread: Option<JoinHandle<()>>,
}

impl Rounds {
    /// Of a desk there.
    pub(super) fn start(place: &Path) -> Result<Self> {
        let waiting = Arc::<Waiting>::default();
        let (begin, begun) = channel();
        let mut reader = Reader { place: place.to_owned(), store: None, waiting: Arc::clone(&waiting) };
        let body = move || reader.run(&begun);
        let thread = thread::Builder::new().name("hearken-figures".to_owned()).spawn(body)?;
        Ok(Self { begin: Some(begin), waiting, thread: Some(thread) })
    }

    /// Since when it waits for the desk.
    pub(super) fn waiting(&self) -> Arc<Waiting> {
        Arc::clone(&self.waiting)
    }

    pub(super) fn add(&self, figures: Arc<Figures>) {
        let _ = self.begin.as_ref().map(|begin| begin.send(figures));
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        drop(self.begin.take());
        // One that waits for a database is left to it: it holds nothing that anyone needs.
        let until = Instant::now() + Duration::from_secs(1);
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            let _ = thread.join();
        }
    }
}

/// Whoever reads.
struct Reader {
    place: PathBuf,
    store: Option<AnyStore>,
    waiting: Arc<Waiting>,
}

impl Reader {
    fn run(&mut self, begun: &Receiver<Arc<Figures>>) {
        let mut all: Vec<Arc<Figures>> = Vec::new();
        let mut next = Instant::now();
        loop {
            let took = match begun.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(figures) => {
                    all.push(Arc::clone(&figures));
                    self.take_turn(&figures)
                }
                Err(RecvTimeoutError::Timeout) => all.iter().map(|figures| self.take_turn(figures)).sum(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // Those that have failed say so; the others are not to blame.
            self.waiting.ends();
            next = next.max(Instant::now() + (took * SELDOM).clamp(EVERY, SELDOMEST));
        }
    }

    /// Reads these figures. Returns how long the desk had to do with it; a desk that doesn't answer has nothing to do.
    fn take_turn(&mut self, figures: &Figures) -> Duration {
        let began = Instant::now();
        self.waiting.begins();
        match self.read(figures) {
            Ok(()) => {
                self.waiting.ends();
                began.elapsed()
            }
            Err(error) => {
                figures.fail(&error);
                Duration::ZERO
            }
        }
    }

    fn read(&mut self, figures: &Figures) -> Result<()> {
        let store = self.store.take().map_or_else(|| store_of(&self.place), Ok)?;
        let desk = of_tenant(store, figures.tenant.as_ref());
        let read = figures.read(&desk);
        self.store = Some(desk.into_store());
        read
    }
}
