//! Cursor files: how far each source was read, kept over restarts.
//!
//! One file holds the cursors of several sources by their names, as JSON:
//!
//! ```json
//! {"version":1,"cursors":{"bluesky://jetstream1.us-east.bsky.network":{"time_us":1725911162329308}}}
//! ```
//!
//! A write replaces the whole file at once and is on the disk when it returns; after a crash there is the old file or the
//! new one. One process at a time may use a file, which a lock on `FILE.lock` beside it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    version: u32,
    cursors: BTreeMap<String, Value>,
}

/// An open cursor file. Clones are the same file.
#[derive(Clone, Debug)]
pub struct Cursors(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    state: Mutex<State>,
    /// Held until the last clone and the last [`Cursor`] are gone.
    _lock: File,
}

#[derive(Debug)]
struct State {
    contents: Contents,
    taken: BTreeSet<String>,
}

/// The cursor of one source.
#[derive(Debug)]
pub struct Cursor {
    name: String,
    file: Arc<Opened>,
}

impl Cursors {
    /// Opens a cursor file; one that isn't there is empty, and its folder is made.
    ///
    /// # Errors
    ///
    /// Another process uses the file, it can't be read or written, or it isn't a cursor file of this version.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let folder = folder(&path);
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        let lock = lock(&path)?;
        let contents = match fs::read(&path) {
            Ok(bytes) => parse(&bytes)
                .with_context(|| format!("{} is no cursor file; move it away to begin anew", path.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Contents { version: VERSION, cursors: BTreeMap::new() }
            }
            Err(error) => return Err(error).with_context(|| format!("reading the cursor file {}", path.display())),
        };
        let state = Mutex::new(State { contents, taken: BTreeSet::new() });
        Ok(Self(Arc::new(Opened { path, state, _lock: lock })))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The cursor of the source called `name`.
    ///
    /// # Errors
    ///
    /// Another source of this process has that name.
    pub fn cursor(&self, name: impl Into<String>) -> Result<Cursor> {
        let name = name.into();
        let fresh = self.0.state.lock().unwrap_or_else(PoisonError::into_inner).taken.insert(name.clone());
        ensure!(fresh, "{name} is read twice");
        Ok(Cursor { name, file: Arc::clone(&self.0) })
    }
}

impl Cursor {
    /// What was saved last; `None` for a source that was never read.
    ///
    /// # Errors
    ///
    /// Something else was saved.
    pub fn load<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let state = self.file.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(saved) = state.contents.cursors.get(&self.name) else { return Ok(None) };
        let saved = T::deserialize(saved)
            .with_context(|| format!("the cursor of {} in {}", self.name, self.file.path.display()))?;
        Ok(Some(saved))
    }

    /// Saves `cursor`. When this returns, it is on the disk. Where it is dropped half-way, either is: the old or the new.
    ///
    /// # Errors
    ///
    /// The file can't be written; then the old one is still there.
    pub async fn save(&self, cursor: impl Serialize + Send) -> Result<()> {
        let cursor = serde_json::to_value(cursor)?;
        let (file, name) = (Arc::clone(&self.file), self.name.clone());
        tokio::task::spawn_blocking(move || {
            let mut state = file.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.contents.cursors.insert(name, cursor);
            write(&file.path, &state.contents)
                .with_context(|| format!("writing the cursor file {}", file.path.display()))
        })
        .await?
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.file.state.lock().unwrap_or_else(PoisonError::into_inner).taken.remove(&self.name);
    }
}

fn parse(bytes: &[u8]) -> Result<Contents> {
    let contents: Contents = serde_json::from_slice(bytes)?;
    ensure!(contents.version == VERSION, "its version is {}, this program knows {VERSION}", contents.version);
    Ok(contents)
}

fn lock(path: &Path) -> Result<File> {
    let at = beside(path, ".lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&at)
        .with_context(|| format!("opening {}", at.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another process uses the cursor file {}", path.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", at.display())),
    }
}

/// The lock is held, so the name of the temporary file is ours, and one that a crash left is written over.
fn write(path: &Path, contents: &Contents) -> Result<()> {
    let temporary = beside(path, ".new");
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(contents)?)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    // Else the rename may be lost with the power, and the old cursor come back: posts twice.
    File::open(folder(path))?.sync_all()?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
