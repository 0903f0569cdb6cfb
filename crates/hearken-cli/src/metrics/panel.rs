//! What the run of one tenant shows, or that of nobody in particular.

use std::sync::{Arc, Mutex, OnceLock};

use super::desk::Figures;
use super::health::Phase;
use super::page::Page;
use super::{Engine, Feeds, Outlets};
use crate::tenants::TenantName;

/// One run on a board. What it has not come to yet is not there.
#[derive(Debug)]
pub(crate) struct Panel {
    tenant: Option<TenantName>,
    phase: Mutex<Phase>,
    engine: OnceLock<Engine>,
    feeds: OnceLock<Feeds>,
    pub(crate) outlets: Outlets,
    pub(super) desk: OnceLock<Arc<Figures>>,
}

impl Panel {
    pub(super) fn new(tenant: Option<&TenantName>) -> Self {
        Self {
            tenant: tenant.cloned(),
            phase: Mutex::default(),
            engine: OnceLock::new(),
            feeds: OnceLock::new(),
            outlets: Outlets::default(),
            desk: OnceLock::new(),
        }
    }

    /// Says what the run is at.
    pub(crate) fn set_phase(&self, phase: Phase) {
        *super::lock(&self.phase) = phase;
    }

    /// Shows its pipeline.
    pub(crate) fn set_engine(&self, engine: Engine) {
        let _ = self.engine.set(engine);
    }

    /// Shows its sources.
    pub(crate) fn set_feeds(&self, feeds: Feeds) {
        let _ = self.feeds.set(feeds);
    }

    pub(super) fn tenant(&self) -> Option<&TenantName> {
        self.tenant.as_ref()
    }

    /// What the run is at. One whose pipeline has failed has failed, whatever it still does.
    pub(super) fn phase(&self) -> Phase {
        let failed = self.engine.get().is_some_and(Engine::has_failed);
        if failed { Phase::Failed } else { *super::lock(&self.phase) }
    }

    /// Whether its sources and its desk are there.
    ///
    /// # Errors
    ///
    /// Says in plain words what it waits for.
    pub(super) fn is_connected(&self) -> Result<(), String> {
        if let Some(source) = self.feeds.get().and_then(Feeds::never_reached) {
            return Err(format!("{source} was not reached yet"));
        }
        self.desk.get().map_or(Ok(()), |desk| desk.answers())
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.of(self.tenant());
        let failed = u64::from(self.phase() == Phase::Failed);
        page.gauge(
            "hearken_failed",
            "Whether the run has failed, 1 or 0; those of other tenants go on.",
            [(Vec::new(), failed)],
        );
        if let Some(engine) = self.engine.get() {
            engine.write(page);
        }
        if let Some(feeds) = self.feeds.get() {
            feeds.write(page);
        }
        self.outlets.write(page);
        if let Some(desk) = self.desk.get() {
            desk.write(page);
        }
    }
}
