//! Files by a pattern, read to their ends or followed while they are written, through rotations of every kind.
//!
//! A file is known by its device and inode, by its first line and by what stands before the place that was reached. So it is
//! found again when it was renamed, copied and truncated, or packed, while the program runs or while it doesn't. A line
//! counts when its end is there.
//!
//! ```text
//!  scan ─► newcomer ─► follower ─► lines ─► Batch      journal ─► cursor
//! ```

mod content;
mod follower;
mod journal;
mod lines;
mod newcomer;
mod place;
mod scan;

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::cursor::Cursor;
use crate::source::{Batch, Source, Token};
use follower::{Follower, Places, Stopped};
use journal::Journal;

/// How often followed files are looked at.
const POLL: Duration = Duration::from_millis(100);

/// Batches that were read and wait to be taken.
const AHEAD: usize = 2;

/// What is read, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pattern: String,
    follow: bool,
    max_line: usize,
}

impl Options {
    /// Files whose paths match `pattern`, in which `*`, `?`, `[…]` and `**` (folders) stand for others.
    ///
    /// # Errors
    ///
    /// The pattern is none.
    pub fn new(pattern: &str) -> Result<Self> {
        anyhow::ensure!(!pattern.is_empty(), "which files? Such as file:/var/log/posts/*.jsonl");
        glob::Pattern::new(pattern).with_context(|| format!("{pattern} is no pattern for files"))?;
        // A cursor must mean the same files wherever it is used.
        let pattern = if Path::new(pattern).is_absolute() {
            pattern.to_owned()
        } else {
            let here = std::env::current_dir().context("finding out where the files are")?;
            format!("{}/{pattern}", glob::Pattern::escape(&here.to_string_lossy()))
        };
        Ok(Self { pattern, follow: false, max_line: 4 * 1024 * 1024 })
    }

    /// What the source is called, and its cursor.
    pub fn name(&self) -> String {
        format!("file:{}", self.pattern)
    }

    /// Waits for more at the end, and for new files; else each is read to its end as it is.
    pub fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// How many bytes of a line are held at the most [default: 4 MiB]. A longer one is cut off one byte later, so that who
    /// has the same limit sees that it is too long.
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }
}

/// A source of files.
#[derive(Debug)]
pub struct Files {
    name: String,
    read: Receiver<Result<(Batch, Places)>>,
    journal: Journal,
    cursor: Option<Cursor>,
}

impl Files {
    /// Starts to read, behind what `cursor` says was read. Without one everything is read, and nothing is remembered.
    ///
    /// # Errors
    ///
    /// The cursor is none of files or can't be saved, or a thread can't be started.
    pub async fn start(options: Options, cursor: Option<Cursor>) -> Result<Self> {
        let name = options.name();
        let Options { pattern, follow, max_line } = options;
        let places: Option<Places> = cursor.as_ref().map(Cursor::load).transpose()?.flatten();
        let mut follower = Follower::new(pattern, follow, max_line, places);
        if let Some(cursor) = &cursor {
            // Else a run that ends before its first commit would not be known by the next one, which would take what was
            // rotated in between for older than the first look.
            follower.look();
            cursor.save(follower.places()).await?;
        }
        let (batches, read) = channel(AHEAD);
        let body = move || run(follower, follow, &batches);
        thread::Builder::new().name("hearken-files".to_owned()).spawn(body).context("starting to read files")?;
        Ok(Self { name, read, journal: Journal::default(), cursor })
    }
}

impl Source for Files {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        let Some((mut batch, places)) = self.read.recv().await.transpose()? else { return Ok(None) };
        batch.token = self.journal.note(places);
        Ok(Some(batch))
    }

    async fn commit(&mut self, token: Token) -> Result<()> {
        if let (Some(places), Some(cursor)) = (self.journal.at(token), &self.cursor) {
            cursor.save(places).await?;
            self.journal.forget(token);
        }
        Ok(())
    }
}

/// Reads until the end, or until nobody wants any more.
fn run(mut follower: Follower, follow: bool, batches: &Sender<Result<(Batch, Places)>>) {
    let mut emit = |batch, places| batches.blocking_send(Ok((batch, places))).map_err(|_| Stopped);
    while !batches.is_closed() {
        match follower.round(&mut emit) {
            Ok(_) if !follow => {
                // Without anybody who would wait for it, a file that can't be read is an error.
                let _ = follower.outcome().map_err(|error| batches.blocking_send(Err(error)));
                break;
            }
            Ok(true) => {}
            Ok(false) => thread::sleep(POLL),
            Err(Stopped) => break,
        }
    }
}

#[cfg(test)]
mod tests;
