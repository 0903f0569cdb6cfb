//! A worker: carries chunks from parse to score, with sessions and buffers of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, select};
use jiff::Timestamp;

use super::admit::Admitted;
use super::careful::Careful;
use super::chunk::{Chunk, Outcome};
use super::happening::Aside;
use super::meter::Stage;
use super::rules::{Rules, Verdict};
use super::shared::Shared;
use crate::error::Result;
use crate::judge::Judge;
use crate::post::Post;

pub(super) struct Worker {
    rules: Arc<Rules>,
    judge: Judge,
    /// The second model of a cascade.
    careful: Option<Careful>,
    /// One for each post of a group; `None` where the model doesn't read its language.
    verdicts: Vec<Option<Verdict>>,
}

/// A chunk of a group while it is worked on.
pub(super) struct Part<'a> {
    pub(super) arrived: Instant,
    pub(super) received: Timestamp,
    pub(super) pressed: bool,
    pub(super) posts: Vec<Post<'a>>,
    pub(super) asides: Vec<(usize, Aside)>,
    pub(super) outcome: &'a mut Outcome,
}

/// A group is complete when it has so many bytes: some thousand posts, of which the careful model finds a batch worth
/// judging even when it has time for one in five hundred.
const GROUP_BYTES: usize = 1 << 20;

/// How long a group waits for more posts to choose from: a batch of one costs the careful model twice as much for a post as
/// one of sixteen.
const LINGER: Duration = Duration::from_millis(20);

impl Worker {
    pub(super) fn new(rules: Arc<Rules>, judge: Judge, careful: Option<Careful>) -> Self {
        Self { rules, judge, careful, verdicts: Vec::new() }
    }

    /// Works until the input is closed and done, or the pipeline has failed.
    pub(super) fn run(
        &mut self,
        work: &Receiver<Box<Chunk>>,
        done: &Sender<Box<Chunk>>,
        shared: &Shared,
    ) -> Result<()> {
        let mut group = Vec::new();
        while let Some(chunk) = next_chunk(work, shared) {
            group.push(chunk);
            if let Some(careful) = &self.careful {
                gather(&mut group, careful.is_selective(), work, shared);
            }
            self.process(&mut group, shared)?;
            for chunk in group.drain(..) {
                if done.send(chunk).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn process(&mut self, group: &mut [Box<Chunk>], shared: &Shared) -> Result<()> {
        let started = Instant::now();
        self.verdicts.clear();
        let mut parts = Vec::with_capacity(group.len());
        for chunk in group {
            #[cfg(test)]
            if let Some(fault) = &self.rules.fault {
                fault(chunk.number);
            }
            parts.push(self.judge_chunk(chunk, shared)?);
        }
        let mut watch = shared.gauges.watch();
        if let Some(careful) = &mut self.careful {
            careful.look(&parts, &mut self.verdicts, &self.rules, shared)?;
            watch.lap(Stage::Careful);
        }
        let mut settled = 0;
        for part in parts {
            let verdicts = &self.verdicts[settled..settled + part.posts.len()];
            settled += part.posts.len();
            self.rules.settle(part, verdicts, shared)?;
            watch.lap(Stage::Settle);
        }
        if let Some(careful) = &mut self.careful {
            careful.learn(started.elapsed());
        }
        Ok(())
    }

    /// Parse, language, tokenize, batch, classify, score.
    fn judge_chunk<'a>(&mut self, chunk: &'a mut Chunk, shared: &Shared) -> Result<Part<'a>> {
        let Chunk { arrived, received, pressed, .. } = *chunk;
        let before = self.verdicts.len();
        shared.gauges.took(Stage::Wait, arrived.elapsed());
        let mut watch = shared.gauges.watch();
        let (Admitted { posts, asides }, outcome) = self.rules.admit_chunk(chunk, &mut self.verdicts);
        watch.lap(Stage::Parse);
        let verdicts = &mut self.verdicts[before..];
        for (place, post) in posts.iter().enumerate().filter(|(place, _)| verdicts[*place].is_some()) {
            self.judge.hear(place, &post.text)?;
        }
        watch.lap(Stage::Tokenize);
        self.judge.judge(|place, judgement| verdicts[place] = Some(Verdict { judgement, with_care: false }))?;
        watch.lap(Stage::Classify);
        Ok(Part { arrived, received, pressed, posts, asides, outcome })
    }
}

/// The next chunk to work on: whole ones first, then the open one; `None` at the end.
fn next_chunk(work: &Receiver<Box<Chunk>>, shared: &Shared) -> Option<Box<Chunk>> {
    loop {
        if shared.has_failed() {
            return None;
        }
        match work.try_recv() {
            Ok(chunk) => return Some(chunk),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        if let Some(chunk) = shared.take_open() {
            return Some(chunk);
        }
        select! {
            recv(work) -> chunk => return chunk.ok(),
            recv(shared.wake()) -> _ => {}
            recv(shared.dead()) -> _ => return None,
        }
    }
}

/// Adds chunks that wait already to a group, and those that come in a moment.
#[allow(clippy::vec_box, reason = "chunks travel boxed; here they are on their way")]
fn gather(group: &mut Vec<Box<Chunk>>, linger: bool, work: &Receiver<Box<Chunk>>, shared: &Shared) {
    let until = Instant::now() + if linger { LINGER } else { Duration::ZERO };
    let mut bytes: usize = group.iter().map(|chunk| chunk.bytes()).sum();
    while bytes < GROUP_BYTES && group.len() < shared.most_in_group() {
        let next = work.try_recv().ok().or_else(|| shared.take_open());
        let chunk = match next {
            Some(chunk) => chunk,
            None => match work.recv_deadline(until) {
                Ok(chunk) => chunk,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            },
        };
        bytes += chunk.bytes();
        group.push(chunk);
    }
}
