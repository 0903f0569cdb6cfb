//! Which files there are: those that a pattern matches, and what a rotation made of them.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// What a file stays when it is renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    pub(super) fn inode(self) -> u64 {
        self.inode
    }
}

/// A file that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The path without the marks of a rotation.
    pub(super) base: Arc<PathBuf>,
    pub(super) identity: Identity,
    pub(super) length: u64,
    pub(super) modified: SystemTime,
    /// It doesn't match the pattern; its name says that it is what a rotation made of one that does or did.
    pub(super) rotated: bool,
}

/// What was found, the longest untouched first.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) found: Vec<Found>,
    /// Folders and files that can't be looked at, and why.
    pub(super) troubles: Vec<(PathBuf, std::io::Error)>,
}

/// Looks for files that match `pattern`; with `bases` also for what rotations made of these and of the matches.
pub(super) fn scan(pattern: &str, bases: Option<HashSet<Arc<PathBuf>>>) -> Scan {
    let mut scan = Scan::default();
    // The pattern was checked when the source was set up.
    for path in glob::glob(pattern).into_iter().flatten() {
        match path {
            Ok(path) => scan.add(path.clone(), Arc::new(path), false),
            Err(error) => {
                let path = error.path().to_owned();
                scan.troubles.push((path, error.into()));
            }
        }
    }
    if let Some(mut bases) = bases {
        bases.extend(scan.found.iter().map(|found| Arc::clone(&found.base)));
        let folders: HashSet<&Path> = bases.iter().filter_map(|base| base.parent()).collect();
        for folder in folders {
            scan.add_rotated(folder, &bases);
        }
    }
    let mut seen = HashSet::new();
    // Of a file with two names the one that matches counts: rotated ones come last.
    scan.found.retain(|found| seen.insert(found.identity));
    // Of two that are equally old, what a rotation left is the older one.
    scan.found.sort_by(|a, b| (a.modified, !a.rotated, &a.path).cmp(&(b.modified, !b.rotated, &b.path)));
    scan
}

impl Scan {
    fn add(&mut self, path: PathBuf, base: Arc<PathBuf>, rotated: bool) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => self.found.push(Found {
                identity: Identity::of(&metadata),
                length: metadata.len(),
                modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                path,
                base,
                rotated,
            }),
            Ok(_) => {}
            // Renamed or deleted a moment ago.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.troubles.push((path, error)),
        }
    }

    fn add_rotated(&mut self, folder: &Path, bases: &HashSet<Arc<PathBuf>>) {
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        for entry in fs::read_dir(listed).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let base = bases_of(name).find_map(|base| bases.get(&folder.join(base)));
            if let Some(base) = base {
                self.add(folder.join(name), Arc::clone(base), true);
            }
        }
    }
}

/// What a file may have been called before a rotation: `posts.jsonl` of `posts.jsonl.1`, `posts.jsonl-20261122.gz`, ….
fn bases_of(name: &str) -> impl Iterator<Item = &str> {
    let unpacked = name.strip_suffix(".gz");
    let marked = unpacked.unwrap_or(name);
    let cuts = marked.char_indices().filter(|(_, letter)| matches!(letter, '.' | '-' | '_')).map(|(at, _)| at);
    let is_mark = |mark: &str| {
        mark.starts_with(|first: char| first.is_ascii_digit())
            && mark.chars().all(|letter| letter.is_ascii_digit() || "-_.:TZ".contains(letter))
    };
    let bases = cuts.filter(move |at| is_mark(&marked[at + 1..])).map(|at| &marked[..at]);
    unpacked.into_iter().chain(bases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rotated_files_lead_back() {
        let led = |name, base| bases_of(name).any(|found| found == base);
        for name in ["p.jsonl.1", "p.jsonl-20261122", "p.jsonl.2.gz", "p.jsonl.gz", "p.jsonl-2026-11-22T10:00:00Z.gz"] {
            assert!(led(name, "p.jsonl"), "{name}");
        }
        for name in ["p.jsonl", "p.jsonl.bak", "p.jsonl.1.swp", "p.jsonl-errors", "p.jsonl1", "old-p.jsonl.1"] {
            assert!(!led(name, "p.jsonl"), "{name}");
        }
        assert!(led("log1.2", "log1") && !led("log12.2", "log1"));
    }
}
