//! A worker: carries a chunk from parse to score, with a session and buffers of its own.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError, select};
use jiff::Timestamp;

use super::chunk::{Chunk, Outcome, Reject};
use super::shared::Shared;
use crate::batch::Batcher;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{self, RejectReason};
use crate::frame::Frame;
use crate::label::{Label, LabelSet};
use crate::model::Classifier;
use crate::policy::{Disposition, HeadStart, Policy};
use crate::post::{Post, effective_time};
use crate::rank::{Ranked, WhenFull, rank_at};
use crate::record::{Annotated, Queued};
use crate::score::{Judgement, Scorer};
use crate::tally::Tally;
use crate::tokenize::{Tokenizer, Tokens};

/// What all workers judge by.
pub(super) struct Judge {
    pub(super) tokenizer: Tokenizer,
    pub(super) scorer: Scorer,
    pub(super) policy: Policy,
    pub(super) annotate: bool,
    pub(super) list_held: bool,
    pub(super) keep_rejected: bool,
    #[cfg(test)]
    pub(super) fault: Option<Fault>,
}

/// Called with each chunk's number, to let a test break a worker.
#[cfg(test)]
pub(super) type Fault = Arc<dyn Fn(u64) + Send + Sync>;

pub(super) struct Worker {
    judge: Arc<Judge>,
    classifier: Classifier,
    batcher: Batcher,
    tokens: Tokens,
    judgements: Vec<Judgement>,
}

impl Worker {
    pub(super) fn new(judge: Arc<Judge>, batcher: Batcher, classifier: Classifier) -> Self {
        Self { judge, classifier, batcher, tokens: Tokens::default(), judgements: Vec::new() }
    }

    /// Works until the input is closed and done, or the pipeline has failed.
    pub(super) fn run(
        &mut self,
        work: &Receiver<Box<Chunk>>,
        done: &Sender<Box<Chunk>>,
        shared: &Shared,
    ) -> Result<()> {
        while let Some(mut chunk) = next_chunk(work, shared) {
            self.process(&mut chunk, shared)?;
            if done.send(chunk).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn process(&mut self, chunk: &mut Chunk, shared: &Shared) -> Result<()> {
        #[cfg(test)]
        if let Some(fault) = &self.judge.fault {
            fault(chunk.number);
        }
        let Chunk { source, received, frame, posts, outcome, .. } = chunk;
        outcome.tally.bytes = frame.bytes().len() as u64;
        let parsed = parse(frame, source, self.judge.keep_rejected, outcome);
        self.judge_all(&parsed)?;
        self.settle(&parsed, *received, outcome, shared)?;
        self.judge_all(posts)?;
        self.settle(posts, *received, outcome, shared)
    }

    /// Tokenize, batch, classify, score: fills `judgements`, one for each post.
    fn judge_all(&mut self, posts: &[Post<'_>]) -> Result<()> {
        self.tokens.clear();
        for post in posts {
            self.judge.tokenizer.encode(&post.text, &mut self.tokens)?;
        }
        self.judgements.clear();
        self.judgements.resize(posts.len(), Judgement::default());
        self.batcher.start(&self.tokens);
        while let Some(batch) = self.batcher.next_batch(&self.tokens) {
            let logits = self.classifier.classify(&batch)?;
            for (&row, logits) in batch.rows.iter().zip(logits.rows()) {
                self.judgements[row] = self.judge.scorer.judge(&logits);
            }
        }
        Ok(())
    }

    /// Decides what becomes of each post; only what a person should see is copied.
    fn settle(&self, posts: &[Post<'_>], received: Timestamp, outcome: &mut Outcome, shared: &Shared) -> Result<()> {
        let policy = &self.judge.policy;
        for (post, judgement) in posts.iter().zip(&self.judgements) {
            let head_start = policy.head_start(judgement, post);
            let (created_at, own) = effective_time(post.created_at, received);
            let tally = &mut outcome.tally;
            tally.posts += 1;
            tally.undated += u64::from(!own);
            Tally::count_labels(&mut tally.assigned, judgement.assigned);
            if self.judge.annotate {
                let record = Annotated::new(&post.id, post.lang.as_deref(), judgement, &head_start, shared.judge());
                write_line(&mut outcome.annotated, &record)?;
            }
            let own_it = |due_by| Ranked {
                post: post.clone().into_owned(),
                created_at,
                judgement: *judgement,
                head_start,
                due_by,
            };
            match policy.disposition(judgement, &head_start) {
                Disposition::Neutral => tally.neutral += 1,
                Disposition::Held => {
                    tally.held += 1;
                    if self.judge.list_held {
                        write_line(&mut outcome.held, &Queued::new(&own_it(None), None, shared.judge()))?;
                    }
                }
                Disposition::Queued => {
                    tally.queued += 1;
                    if !below_cut(shared, created_at, &head_start, judgement.assigned, tally) {
                        outcome.queued.push(own_it(policy.due_by(judgement, created_at)));
                    }
                }
            }
        }
        Ok(())
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

/// Parses the lines of a frame; what is no post is counted, and kept if someone wants it.
fn parse<'a>(frame: &'a Frame, source: &Arc<str>, keep_rejected: bool, outcome: &mut Outcome) -> Vec<Post<'a>> {
    // A post of the generic format has some 170 bytes.
    let mut posts = Vec::with_capacity(frame.bytes().len() / 128);
    let reject = |line, reason, record: &[u8], outcome: &mut Outcome| {
        outcome.tally.rejected += 1;
        if keep_rejected {
            outcome.rejected.push(Reject { source: Arc::clone(source), line, reason, record: record.to_vec() });
        }
    };
    for (number, line) in frame.lines() {
        if line.trim_ascii().is_empty() {
            outcome.tally.blank += 1;
            continue;
        }
        match format::parse(line) {
            Ok(parsed) => {
                outcome.tally.ignored_fields += u64::from(parsed.ignored_fields);
                let mut post = parsed.post;
                if post.id.is_empty() {
                    post.id = format!("{source}:{number}").into();
                }
                posts.push(post);
            }
            Err(reason) => reject(number, reason, line, outcome),
        }
    }
    if let Some(long) = frame.too_long() {
        outcome.tally.bytes += long.length;
        reject(long.line, RejectReason::LineTooLong { length: long.length }, &long.head, outcome);
    }
    posts
}

/// Whether a post can't get into the queue any more, and is counted as such here instead of being copied for nothing.
fn below_cut(
    shared: &Shared,
    created_at: Timestamp,
    head_start: &HeadStart,
    labels: LabelSet,
    tally: &mut Tally,
) -> bool {
    let when_full = shared.queue.when_full();
    let may_be_lost = match when_full {
        WhenFull::Block => false,
        WhenFull::KeepBest => true,
        WhenFull::Shed => !labels.contains(Label::Grief),
    };
    let below = may_be_lost && rank_at(created_at, head_start) > shared.queue.cut();
    if below {
        tally.count_left_out(when_full, labels);
    }
    below
}

fn write_line(out: &mut Vec<u8>, record: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, record)
        .map_err(|error| Error::with_source(ErrorKind::Output, format!("a record can't be written: {error}"), error))?;
    out.push(b'\n');
    Ok(())
}
