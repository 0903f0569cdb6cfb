//! Follows files through rotations, round by round.
//!
//! A round looks which files there are, finds out what became of those that it knows, takes in new ones, and reads each up to
//! where it ended when its turn came, the longest known first. So what a writer wrote before a rotation comes before what it
//! wrote after it.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, ensure};

use super::content::Content;
use super::lines;
use super::newcomer::{self, Verdict};
use super::place::{Likeness, Place, SAMPLE, Sample};
use super::scan::{Found, Identity, Scan, scan};
use crate::source::Batch;

/// How long a file that was rotated, truncated or deleted is thought of after it last grew: its writer may still hold it
/// open, and a copy of it may be under way.
const GRACE: Duration = Duration::from_secs(5);

/// How long an idle file is kept open.
const KEPT_OPEN: Duration = Duration::from_secs(60);

/// How long a file that can't be read is left alone.
const RETRY: Duration = Duration::from_secs(1);

/// How far all files were read.
pub(super) type Places = Vec<Arc<Place>>;

/// Takes a batch, and how far everything was read behind it. An error: nobody wants any more.
pub(super) type Emit<'a> = &'a mut dyn FnMut(Batch, Places) -> std::result::Result<(), Stopped>;

/// Nobody wants any more batches.
#[derive(Debug)]
pub(super) struct Stopped;

#[derive(Debug)]
pub(super) struct Follower {
    pattern: String,
    follow: bool,
    max_line: usize,
    entries: Vec<Entry>,
    /// Whether a rotation's old files are of no interest: nothing is known yet.
    first_look: bool,
    /// Files that can't be read, told once, and when to try them again.
    troubles: HashMap<PathBuf, Instant>,
}

/// A file that is known.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Arc<Place>,
    pub(super) path: PathBuf,
    /// Open while there may be something to read.
    pub(super) content: Option<Content>,
    /// It has left the path that it had, or was a rotated one from the start.
    rotated: bool,
    /// It wasn't found at the last look, or what was read isn't in it any more.
    pub(super) missing: bool,
    /// Length and time of change when it was last read to its end.
    seen: Option<(u64, SystemTime)>,
    /// When something was last read from it.
    grew: Instant,
}

impl Entry {
    fn new(place: Arc<Place>, path: PathBuf) -> Self {
        Self { place, path, content: None, rotated: false, missing: false, seen: None, grew: Instant::now() }
    }

    /// Makes sure that the file is open. False: it isn't the one that was read any more.
    fn reopen(&mut self, here: &Found) -> io::Result<bool> {
        let mut content = match self.content.take() {
            Some(content) => content,
            None => Content::open(&here.path)?,
        };
        // If another one has come to this path since, the next look will tell.
        if Identity::of(&content.metadata()?) == here.identity {
            if self.place.likeness(&mut content)? != Likeness::Same {
                return Ok(false);
            }
            self.content = Some(content);
        }
        Ok(true)
    }

    /// Whether nothing more is to be expected of it.
    fn is_left_behind(&self) -> bool {
        (self.rotated || self.missing) && self.grew.elapsed() >= GRACE
    }
}

impl Follower {
    /// Goes on behind `places`; `None`: nothing was ever read.
    pub(super) fn new(pattern: String, follow: bool, max_line: usize, places: Option<Places>) -> Self {
        let first_look = places.is_none();
        let places = places.unwrap_or_default();
        let entries =
            places.into_iter().map(|place| Entry::new(Arc::clone(&place), place.base.to_path_buf())).collect();
        Self { pattern, follow, max_line, entries, first_look, troubles: HashMap::new() }
    }

    /// One round. Whether there was something to read: else it is too early for the next one.
    pub(super) fn round(&mut self, emit: Emit<'_>) -> std::result::Result<bool, Stopped> {
        self.look();
        let mut progress = false;
        for index in 0..self.entries.len() {
            progress |= self.read(index, emit)?;
        }
        self.entries.retain(|entry| {
            let gone = entry.missing && entry.is_left_behind();
            if gone {
                tracing::info!(file = %entry.path.display(), line = entry.place.line, "The file is gone.");
            }
            !gone
        });
        Ok(progress)
    }

    /// Looks which files there are.
    pub(super) fn look(&mut self) {
        let bases = self.follow.then(|| self.entries.iter().map(|entry| Arc::clone(&entry.place.base)).collect());
        let Scan { found, troubles } = scan(&self.pattern, bases);
        for (path, error) in troubles {
            self.tell(path, &error);
        }
        self.recognise(&found);
        for found in &found {
            self.meet(found);
        }
        self.first_look = false;
    }

    /// How far everything was read.
    pub(super) fn places(&self) -> Places {
        self.entries.iter().map(|entry| Arc::clone(&entry.place)).collect()
    }

    /// Whether all that there is was read.
    pub(super) fn outcome(&self) -> Result<()> {
        let mut troubled: Vec<_> = self.troubles.keys().map(|path| path.display().to_string()).collect();
        troubled.sort();
        ensure!(troubled.is_empty(), "of file:{} these can't be read: {}", self.pattern, troubled.join(", "));
        ensure!(!self.entries.is_empty(), "no file with posts in it matches file:{}", self.pattern);
        Ok(())
    }

    /// Finds the files that are known among those that were found: tells which were truncated, and opens those that have
    /// something new.
    fn recognise(&mut self, found: &[Found]) {
        let found: HashMap<Identity, &Found> = found.iter().map(|found| (found.identity, found)).collect();
        for index in 0..self.entries.len() {
            let entry = &mut self.entries[index];
            let here = entry.place.identity.and_then(|identity| found.get(&identity));
            entry.missing = here.is_none();
            let Some(here) = here else { continue };
            entry.rotated = here.rotated;
            entry.path.clone_from(&here.path);
            let is_new = entry.seen != Some((here.length, here.modified));
            if entry.place.unwanted || !is_new || self.is_troubled(&here.path) {
                continue;
            }
            match self.entries[index].reopen(here) {
                Ok(true) => {}
                Ok(false) => self.lose(index),
                Err(error) => self.tell(here.path.clone(), &error),
            }
        }
    }

    /// Takes a file in that isn't known.
    fn meet(&mut self, found: &Found) {
        let known = self.entries.iter().any(|entry| entry.place.identity == Some(found.identity));
        if known || self.is_troubled(&found.path) {
            return;
        }
        let verdict = newcomer::judge(found, &mut self.entries, self.follow, self.first_look);
        let (index, place, content) = match verdict {
            Ok(Verdict::New(place, content)) => (None, place, content),
            Ok(Verdict::Instead(index, place, content)) => (Some(index), place, content),
            Ok(Verdict::Later) => return,
            Err(error) => return self.tell(found.path.clone(), &error),
        };
        tracing::info!(file = %found.path.display(), line = place.line, wanted = !place.unwanted, "Found a file.");
        let mut entry = Entry::new(Arc::new(place), found.path.clone());
        entry.rotated = found.rotated;
        entry.content = Some(content).filter(|_| !entry.place.unwanted);
        self.troubles.remove(&found.path);
        match index {
            // In the place of the one that it continues: what it has is older than all that came since.
            Some(index) => self.entries[index] = entry,
            None => self.entries.push(entry),
        }
    }

    /// Reads a file up to where it ends now.
    fn read(&mut self, index: usize, emit: Emit<'_>) -> std::result::Result<bool, Stopped> {
        let mut progress = false;
        match self.try_read(index, emit, &mut progress) {
            Ok(Outcome::Whole) => {}
            Ok(Outcome::Stopped) => return Err(Stopped),
            Ok(Outcome::Rewritten) => {
                self.lose(index);
                progress = true;
            }
            Err(error) => {
                self.entries[index].content = None;
                self.tell(self.entries[index].path.clone(), &error);
            }
        }
        Ok(progress)
    }

    fn try_read(&mut self, index: usize, emit: Emit<'_>, progress: &mut bool) -> io::Result<Outcome> {
        let entry = &mut self.entries[index];
        let left_behind = entry.is_left_behind();
        let Some(content) = &mut entry.content else { return Ok(Outcome::Whole) };
        let last = !self.follow || left_behind || content.is_packed();
        let metadata = content.metadata()?;
        let seen = (metadata.len(), metadata.modified()?);
        let end = content.length()?;
        if entry.seen != Some(seen) || last {
            while let Entry { place, content: Some(content), .. } = &mut self.entries[index]
                && place.offset < end
            {
                let Some(lines) = lines::next(content, place.offset, self.max_line, last)? else { break };
                let offset = place.offset + lines.length;
                let Some(tail) = tail(content, offset, &lines)? else { return Ok(Outcome::Rewritten) };
                // IMPORTANT: after the read. A file that is truncated and written anew in between would give half a line.
                if !content.is_packed() && place.likeness(content)? != Likeness::Same {
                    return Ok(Outcome::Rewritten);
                }
                let (name, first_line) = (Arc::clone(&place.name), place.line);
                *place = Arc::new(place.after(lines.length, lines.count, &tail));
                self.entries[index].grew = Instant::now();
                *progress = true;
                let batch = Batch { name, first_line, numbers: Vec::new(), lines: lines.bytes, token: 0 };
                if emit(batch, self.places()).is_err() {
                    return Ok(Outcome::Stopped);
                }
            }
        }
        let entry = &mut self.entries[index];
        let idle = !entry.missing && entry.grew.elapsed() >= KEPT_OPEN;
        // Packed files don't grow: one that was read is done with.
        entry.content = entry.content.take().filter(|content| !content.is_packed() && !idle);
        entry.seen = Some(seen);
        self.troubles.remove(&entry.path);
        Ok(Outcome::Whole)
    }

    /// What was read of this file isn't in it any more; a copy may turn up. What is in it now is another file.
    fn lose(&mut self, index: usize) {
        let entry = &mut self.entries[index];
        tracing::info!(file = %entry.path.display(), line = entry.place.line, "The file was truncated.");
        entry.place = Arc::new(Place { identity: None, ..(*entry.place).clone() });
        entry.content = None;
        entry.missing = true;
        entry.grew = Instant::now();
    }

    fn is_troubled(&self, path: &PathBuf) -> bool {
        self.troubles.get(path).is_some_and(|retry| Instant::now() < *retry)
    }

    fn tell(&mut self, path: PathBuf, error: &io::Error) {
        let told = self.troubles.contains_key(&path);
        if !told {
            tracing::warn!(file = %path.display(), %error, "The file can't be read; it is tried again until it can.");
        }
        self.troubles.insert(path, Instant::now() + RETRY);
    }
}

enum Outcome {
    Whole,
    /// It isn't what it was: truncated, or written anew.
    Rewritten,
    Stopped,
}

/// What stands before `offset` now that `lines` are read; `None` where the content doesn't reach that far any more.
fn tail(content: &mut Content, offset: u64, lines: &lines::Lines) -> io::Result<Option<Vec<u8>>> {
    if content.is_packed() {
        // Going back would mean to unpack it anew. What was cut off a line that is too long isn't there.
        let known = if lines.length == lines.bytes.len() as u64 { &lines.bytes[..] } else { &[] };
        return Ok(Some(known[known.len().saturating_sub(SAMPLE)..].to_vec()));
    }
    let mut tail = vec![0; SAMPLE.min(usize::try_from(offset).unwrap_or(SAMPLE))];
    let count = content.read_at(offset - tail.len() as u64, &mut tail)?;
    Ok((count == tail.len()).then_some(tail))
}

/// What batches of a file are called: its path, and what tells it from those that had the path before it or have it after.
/// Posts without an id are named by it, and must not be taken for those of another file.
pub(super) fn name(found: &Found, head: Sample, follow: bool) -> Arc<str> {
    let base = found.base.display();
    if follow {
        Arc::from(format!("{base}@{:08x}", head.mixed_with(found.identity.inode())))
    } else {
        Arc::from(base.to_string())
    }
}
