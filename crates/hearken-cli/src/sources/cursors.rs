//! Where it is kept how far sources were read.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use hearken_streams::{Cursor, Cursors};
use tracing::info;

use crate::settings::Settings;

/// The cursor file, opened for the first source that wants it.
#[derive(Debug)]
pub(super) struct File<'a> {
    settings: &'a Settings,
    opened: Option<Cursors>,
}

impl<'a> File<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { settings, opened: None }
    }

    /// The cursor of the source with this name.
    pub(super) fn cursor(&mut self, name: &str) -> Result<Cursor> {
        if self.opened.is_none() {
            let path = path(self.settings)?;
            info!(file = %path.display(), "How far sources are read is kept here.");
            let opened = Cursors::open(path).context("--cursor FILE names another one")?;
            self.opened = Some(opened);
        }
        match &self.opened {
            Some(cursors) => cursors.cursor(name),
            None => bail!("no cursor file is open"),
        }
    }
}

fn path(settings: &Settings) -> Result<PathBuf> {
    if let Some(path) = &settings.cursor {
        return Ok(path.clone());
    }
    let folder = |name, below: &str| {
        std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute()).map(|path| path.join(below))
    };
    let state = folder("XDG_STATE_HOME", "").or_else(|| folder("HOME", ".local/state"));
    let state = state
        .context("neither XDG_STATE_HOME nor HOME is set: --cursor FILE says where to keep how far sources are read")?;
    Ok(state.join("hearken/cursors.json"))
}
