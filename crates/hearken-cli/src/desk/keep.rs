//! `run --desk`: what the engine says goes into the desk, in batches, and only then is its source told.
//!
//! ```text
//!  collector ─► some batches on the way ─► keeper ─► one transaction ─► receipts
//! ```

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use hearken::{News, Post, Timestamp};
use hearken_desk::{Gate, TakenIn};
use serde::Serialize;

use super::intake;
use super::open::AnyDesk;
use crate::output::say;
use crate::stop::Stop;

/// A transaction is large enough with so many things.
const ENOUGH: usize = 256;

/// After the first thing of a transaction so long is waited for more.
const WITHIN: Duration = Duration::from_millis(100);

/// So often it is looked who has waited too long, whether news come or not.
const WATCHED: Duration = Duration::from_secs(2);

/// News that may wait for the desk: some chunks of posts. Then the pipeline waits.
const ON_THE_WAY: usize = 8;

/// A desk that takes in what a pipeline says.
#[derive(Debug)]
pub(crate) struct Keeper {
    news: SyncSender<News>,
    gate: SharedGate,
    kept: Arc<Mutex<Kept>>,
    thread: JoinHandle<Result<()>>,
}

/// Which posts that nobody needs the desk would keep: read by every worker, written after each transaction.
type SharedGate = Arc<RwLock<Gate>>;

/// What became of all that came to the desk.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Kept {
    pub(crate) opened: u64,
    pub(crate) joined: u64,
    pub(crate) replies: u64,
    pub(crate) changed: u64,
    pub(crate) collapsed: u64,
    pub(crate) deleted: u64,
    pub(crate) unchanged: u64,
    /// Posts that nobody needs, kept to be checked, some of them only for a while.
    pub(crate) sampled: u64,
    /// What can't be kept.
    pub(crate) misfits: u64,
    pub(crate) transactions: u64,
}

impl Keeper {
    /// Starts the thread that writes, and that stops the run when it fails. `now`, where it is set, is the time of it all.
    pub(crate) fn start(desk: Arc<AnyDesk>, now: Option<Timestamp>, stop: &Stop) -> Result<Self> {
        let stop = stop.clone();
        let (news, told) = sync_channel(ON_THE_WAY);
        let gate: SharedGate = Arc::new(RwLock::new(desk.sample_gate()?));
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (shared, counts) = (Arc::clone(&gate), Arc::clone(&kept));
        let body = move || keep(&desk, &told, &shared, &counts, now).inspect_err(|_| stop.now());
        let thread = thread::Builder::new().name("hearken-desk".to_owned()).spawn(body)?;
        Ok(Self { news, gate, kept, thread })
    }

    /// What a pipeline is to do with its news: it waits while the desk is busy, and fails when the desk has.
    pub(crate) fn sink(&self) -> impl FnMut(News) -> io::Result<()> + Send + use<> {
        let news = self.news.clone();
        move |told| news.send(told).map_err(|_| io::Error::other("the desk takes no more"))
    }

    /// Which posts that nobody needs a pipeline is to tell.
    pub(crate) fn sampler(&self) -> impl Fn(&Post<'_>, Timestamp) -> bool + Send + Sync + use<> {
        let gate = Arc::clone(&self.gate);
        move |post, created_at| {
            let gate = gate.read().unwrap_or_else(PoisonError::into_inner);
            gate.admits(post.platform.as_deref().unwrap_or_default(), &post.id, created_at)
        }
    }

    /// What became of all so far, for whoever asks while it goes on.
    pub(crate) fn kept(&self) -> Arc<Mutex<Kept>> {
        Arc::clone(&self.kept)
    }

    /// Waits until all is on disk, once the pipeline has finished.
    pub(crate) fn end(self) -> Result<Kept> {
        drop(self.news);
        self.thread.join().map_err(|_| anyhow!("the thread that writes to the desk died"))??;
        Ok(*self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn keep(
    desk: &AnyDesk,
    told: &Receiver<News>,
    shared: &RwLock<Gate>,
    kept: &Mutex<Kept>,
    now: Option<Timestamp>,
) -> Result<()> {
    let mut gate = desk.sample_gate()?;
    let present = || now.unwrap_or_else(Timestamp::now);
    let mut watched = Instant::now();
    loop {
        let next = told.recv_timeout(WATCHED.saturating_sub(watched.elapsed()));
        if watched.elapsed() >= WATCHED {
            desk.watch(present()).context("watching the desk")?;
            watched = Instant::now();
        }
        let first = match next {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        let until = Instant::now() + WITHIN;
        let mut batch = intake::all_of(&first, &gate);
        let mut gathered = vec![first];
        while batch.len() < ENOUGH
            && let Ok(more) = told.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            batch.extend(intake::all_of(&more, &gate));
            gathered.push(more);
        }
        let taken = desk.take_in(&batch, present()).context("writing to the desk")?;
        kept.lock().unwrap_or_else(PoisonError::into_inner).add(&taken);
        // Each post of the sample may take the place of another, and so lower a bar.
        if gathered.iter().any(|news| !(news.suppressed.is_empty() && news.held.is_empty())) {
            gate = desk.sample_gate()?;
            shared.write().unwrap_or_else(PoisonError::into_inner).clone_from(&gate);
        }
        // IMPORTANT: not before the commit. What a source is told to be done with never comes again.
        gathered.into_iter().for_each(News::settle);
    }
}

impl Kept {
    /// The counts of what came, each with its name.
    pub(crate) fn named(&self) -> [(&'static str, u64); 9] {
        let Self { opened, joined, replies, changed, collapsed, deleted, unchanged, sampled, misfits, .. } = *self;
        [
            ("opened", opened),
            ("joined", joined),
            ("reply", replies),
            ("changed", changed),
            ("collapsed", collapsed),
            ("deleted", deleted),
            ("unchanged", unchanged),
            ("sampled", sampled),
            ("misfit", misfits),
        ]
    }

    fn add(&mut self, taken: &TakenIn) {
        let TakenIn { opened, joined, replies, sampled, changed, collapsed, deleted, unchanged, misfits } = taken;
        if self.misfits == 0
            && let Some(first) = misfits.first()
        {
            say(format_args!("something can't be kept on the desk: {}", first.reason));
        }
        self.opened += opened;
        self.joined += joined;
        self.replies += replies;
        self.changed += changed;
        self.collapsed += collapsed;
        self.deleted += deleted;
        self.unchanged += unchanged;
        self.sampled += sampled;
        self.misfits += misfits.len() as u64;
        self.transactions += 1;
    }
}
