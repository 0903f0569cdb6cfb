//! Which desk, for whom, and when.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hearken_desk::{Desk, Rules, SqliteStore};

/// A desk in a file.
pub(crate) type FileDesk = Desk<SqliteStore>;

/// Opens a desk, or makes it where there is none.
pub(crate) fn open_or_make(path: &Path) -> Result<FileDesk> {
    if let Some(scheme) = path.to_str().and_then(|path| path.split_once("://")).map(|(scheme, _)| scheme) {
        bail!("--desk {scheme}://…: a desk is a file so far; other databases are not supported yet");
    }
    let store = SqliteStore::open(path).with_context(|| "--desk names the file of a desk")?;
    Ok(Desk::new(store, Rules::default()))
}

/// Opens a desk that is there: who mistypes its name is told so, instead of being shown an empty one.
pub(super) fn open(path: &Path) -> Result<FileDesk> {
    if path.to_str().is_none_or(|path| !path.contains("://")) && !path.exists() {
        bail!("there is no desk {}; hearken run --desk {0} makes one", path.display());
    }
    open_or_make(path)
}

/// The file that `--desk` names.
pub(super) fn path(typed: Option<&PathBuf>) -> Result<&Path> {
    Ok(typed.context("which desk? --desk FILE, or HEARKEN_DESK, names it")?)
}

/// Opens the desk that `--desk` names.
pub(crate) fn open_named(typed: Option<&PathBuf>) -> Result<FileDesk> {
    open(path(typed)?)
}

/// The name of whoever acts: as typed, else their login name.
pub(crate) fn name(typed: Option<&str>) -> Result<String> {
    let login =
        || ["LOGNAME", "USER"].into_iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    typed.map(str::to_owned).or_else(login).context("who are you? --as NAME, or HEARKEN_AS, says so")
}
