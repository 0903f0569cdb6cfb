//! Where it is kept how far sources were read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use hearken_streams::{Cursor, Cursors};
use tracing::info;

use crate::tenants::TenantName;

/// The cursor file, opened for the first source that wants it. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// As it was typed.
    path: Option<PathBuf>,
    opened: Arc<Mutex<Option<Cursors>>>,
}

impl File {
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self { path, opened: Arc::default() }
    }

    /// The cursor of the source with this name, of this tenant where there are several.
    pub(super) fn cursor(&self, name: &str, tenant: Option<&TenantName>) -> Result<Cursor> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let cursors = match opened.take() {
            Some(cursors) => cursors,
            None => {
                let path = self.path.clone().map_or_else(default_path, Ok)?;
                info!(file = %path.display(), "How far sources are read is kept here.");
                Cursors::open(path).context("--cursor FILE names another one")?
            }
        };
        let cursors = opened.insert(cursors);
        cursors.cursor(tenant.map_or_else(|| name.to_owned(), |tenant| format!("{tenant}/{name}")))
    }
}

fn default_path() -> Result<PathBuf> {
    let folder = |name, below: &str| {
        std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute()).map(|path| path.join(below))
    };
    let state = folder("XDG_STATE_HOME", "").or_else(|| folder("HOME", ".local/state"));
    let state = state
        .context("neither XDG_STATE_HOME nor HOME is set: --cursor FILE says where to keep how far sources are read")?;
    Ok(state.join("hearken/cursors.json"))
}
