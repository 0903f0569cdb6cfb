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
use crate::language::{Languages, UnsupportedLanguage};
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
    /// `None`: the model reads all.
    pub(super) languages: Option<Languages>,
    pub(super) unsupported_language: UnsupportedLanguage,
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
    /// Which post each row of `tokens` is.
    rows: Vec<usize>,
    /// One for each post; `None` where the model doesn't read its language.
    judgements: Vec<Option<Judgement>>,
}

impl Worker {
    pub(super) fn new(judge: Arc<Judge>, batcher: Batcher, classifier: Classifier) -> Self {
        let (tokens, rows, judgements) = (Tokens::default(), Vec::new(), Vec::new());
        Self { judge, classifier, batcher, tokens, rows, judgements }
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
        self.judgements.clear();
        let parsed = self.parse(frame, source, outcome);
        self.judge_all(&parsed)?;
        self.settle(&parsed, *received, outcome, shared)?;
        self.judgements.clear();
        self.admit_all(posts, outcome);
        self.judge_all(posts)?;
        self.settle(posts, *received, outcome, shared)
    }

    /// Parses the lines of a frame to posts that are admitted; what is none is counted, and kept if someone wants it.
    fn parse<'a>(&mut self, frame: &'a Frame, source: &Arc<str>, outcome: &mut Outcome) -> Vec<Post<'a>> {
        // A post of the generic format has some 170 bytes.
        let mut posts = Vec::with_capacity(frame.bytes().len() / 128);
        for (line, record) in frame.lines() {
            if record.trim_ascii().is_empty() {
                outcome.tally.blank += 1;
                continue;
            }
            let admitted = format::parse(record).and_then(|parsed| {
                outcome.tally.ignored_fields += u64::from(parsed.ignored_fields);
                let mut post = parsed.post;
                self.admit(&mut post, &mut outcome.tally)?;
                if post.id.is_empty() {
                    post.id = format!("{source}:{line}").into();
                }
                Ok(post)
            });
            match admitted {
                Ok(post) => posts.push(post),
                Err(reason) => self.reject(source, line, reason, record, outcome),
            }
        }
        if let Some(long) = frame.too_long() {
            outcome.tally.bytes += long.length;
            let reason = RejectReason::LineTooLong { length: long.length };
            self.reject(source, long.line, reason, &long.head, outcome);
        }
        posts
    }

    /// Takes those of the submitted posts out that are not admitted.
    fn admit_all(&mut self, posts: &mut Vec<Post<'static>>, outcome: &mut Outcome) {
        posts.retain_mut(|post| match self.admit(post, &mut outcome.tally) {
            Ok(()) => true,
            Err(reason) => {
                // A post is text, numbers and a time: it can be written.
                let record = serde_json::to_vec(post).unwrap_or_default();
                self.reject(&Arc::from("submitted"), 0, reason, &record, outcome);
                false
            }
        });
    }

    /// Looks at the post's language: makes room among the judgements, or says why the post is rejected.
    fn admit(&mut self, post: &mut Post<'_>, tally: &mut Tally) -> Result<(), RejectReason> {
        let read = self.judge.languages.as_ref().is_none_or(|languages| languages.admit(post));
        tally.unsupported_language += u64::from(!read);
        match self.judge.unsupported_language {
            UnsupportedLanguage::Reject if !read => {
                let lang = post.lang.as_deref().unwrap_or_default().to_owned();
                return Err(RejectReason::UnsupportedLanguage { lang });
            }
            UnsupportedLanguage::Skip if !read => self.judgements.push(None),
            _ => self.judgements.push(Some(Judgement::default())),
        }
        Ok(())
    }

    fn reject(&self, source: &Arc<str>, line: u64, reason: RejectReason, record: &[u8], outcome: &mut Outcome) {
        outcome.tally.rejected += u64::from(!matches!(reason, RejectReason::UnsupportedLanguage { .. }));
        if self.judge.keep_rejected {
            outcome.rejected.push(Reject { source: Arc::clone(source), line, reason, record: record.to_vec() });
        }
    }

    /// Tokenize, batch, classify, score: fills in the judgements there is room for.
    fn judge_all(&mut self, posts: &[Post<'_>]) -> Result<()> {
        self.tokens.clear();
        self.rows.clear();
        for (place, post) in posts.iter().enumerate().filter(|(place, _)| self.judgements[*place].is_some()) {
            self.judge.tokenizer.encode(&post.text, &mut self.tokens)?;
            self.rows.push(place);
        }
        self.batcher.start(&self.tokens);
        while let Some(batch) = self.batcher.next_batch(&self.tokens) {
            let logits = self.classifier.classify(&batch)?;
            for (&row, logits) in batch.rows.iter().zip(logits.rows()) {
                self.judgements[self.rows[row]] = Some(self.judge.scorer.judge(&logits));
            }
        }
        Ok(())
    }

    /// Decides what becomes of each post; only what a person should see is copied.
    fn settle(&self, posts: &[Post<'_>], received: Timestamp, outcome: &mut Outcome, shared: &Shared) -> Result<()> {
        let policy = &self.judge.policy;
        for (post, judgement) in posts.iter().zip(&self.judgements) {
            let Some(judgement) = judgement else {
                if self.judge.annotate {
                    let record = Annotated::unsupported_language(&post.id, post.lang.as_deref(), shared.judge());
                    write_line(&mut outcome.annotated, &record)?;
                }
                continue;
            };
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
