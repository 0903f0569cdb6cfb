//! `run --tenants`: many tenants in one process, each with its own sources, policy and outputs, and with its rows of one desk.
//!
//! ```text
//!  tenant's sources ─► tenant's pipeline ─┐             ┌─► tenant's sinks
//!  tenant's sources ─► tenant's pipeline ─┴─► one pool ─┴─► tenant's rows of the desk
//! ```
//!
//! Each tenant is a run of its own on threads of its own; only the workers with their models are shared, by fair turns.

mod file;
mod name;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};
use hearken::Pool;

pub(crate) use file::HTTP_TOKEN;
pub(crate) use name::TenantName;

use crate::metrics::{Board, Phase};
use crate::models;
use crate::output::say;
use crate::run::{Shared, one};
use crate::settings::Settings;
use crate::stop::Stop;

/// Runs all tenants of a file until all have ended or a signal comes. One that fails is told of, and the others go on.
pub(crate) fn run(file: &Path, settings: &Settings, stop: &Stop, board: &Arc<Board>) -> Result<bool> {
    let tenants = file::read(file, settings)?;
    let (model, careful) = models::load_cascade(&settings.model, settings.careful.as_deref())?;
    let workers = settings.workers.unwrap_or_else(Pool::default_workers);
    let pool = Pool::new(model, careful.map(|model| (model, settings.budget)), workers)?;
    let shared = Shared::new(settings, Some(pool));
    // IMPORTANT: before the first one runs, or the process would be ready while others are still starting.
    let panels = tenants.iter().map(|own| board.panel(own.tenant.as_ref())).collect::<Vec<_>>();
    let ended = thread::scope(|scope| {
        let threads: Vec<_> = tenants
            .into_iter()
            .zip(panels)
            .map(|(own, panel)| {
                let name = own.tenant.as_ref().map(TenantName::to_string).unwrap_or_default();
                let (stop, shared) = (stop.another()?, &shared);
                let named = name.clone();
                let body = move || {
                    let outcome = one(own, &stop, board, shared).with_context(|| format!("tenant {named}"));
                    outcome.inspect_err(|error| {
                        panel.set_phase(Phase::Failed);
                        say(format_args!("{error:#}; other tenants go on"));
                    })
                };
                let thread = thread::Builder::new().name(format!("hearken-{name}")).spawn_scoped(scope, body)?;
                Ok((name, thread))
            })
            .collect::<Result<_>>()?;
        let ended = threads.into_iter().map(|(name, thread)| {
            let outcome = thread.join();
            outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("tenant {name}: its thread died")))
        });
        anyhow::Ok(ended.collect::<Vec<_>>())
    })?;
    let failed = ended.iter().filter(|outcome| outcome.is_err()).count();
    // Why, was said when it happened.
    ensure!(failed == 0, "{failed} of {} tenants failed", ended.len());
    Ok(ended.into_iter().flatten().all(|clean| clean))
}
