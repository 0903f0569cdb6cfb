//! From judged posts to what becomes of them.

use std::sync::Arc;

use jiff::Timestamp;

use super::chunk::Outcome;
use super::rules::{Rules, Verdict};
use super::shared::Shared;
use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, LabelSet};
use crate::policy::{Disposition, HeadStart};
use crate::post::{Post, effective_time};
use crate::rank::{Ranked, WhenFull, rank_at};
use crate::record::{Annotated, Queued};
use crate::tally::Tally;

impl Rules {
    /// Decides what becomes of each post; only what a person should see is copied.
    pub(super) fn settle(
        &self,
        posts: &[Post<'_>],
        verdicts: &[Option<Verdict>],
        received: Timestamp,
        outcome: &mut Outcome,
        shared: &Shared,
    ) -> Result<()> {
        let policy = &self.policy;
        for (post, verdict) in posts.iter().zip(verdicts) {
            let Some(Verdict { judgement, with_care }) = verdict else {
                if self.annotate {
                    let record = Annotated::unsupported_language(&post.id, post.lang.as_deref(), shared.judge(false));
                    write_line(&mut outcome.annotated, &record)?;
                }
                continue;
            };
            let judge = shared.judge(*with_care);
            let head_start = policy.head_start(judgement, post);
            let (created_at, own) = effective_time(post.created_at, received);
            let tally = &mut outcome.tally;
            tally.posts += 1;
            tally.with_care += u64::from(*with_care);
            tally.undated += u64::from(!own);
            Tally::count_labels(&mut tally.assigned, judgement.assigned);
            if self.annotate {
                let record = Annotated::new(&post.id, post.lang.as_deref(), judgement, &head_start, judge);
                write_line(&mut outcome.annotated, &record)?;
            }
            let own_it = |due_by, receipt| Ranked {
                post: self.owned(post),
                created_at,
                judgement: *judgement,
                model: Arc::clone(judge),
                head_start,
                due_by,
                receipt,
            };
            match policy.disposition(judgement, &head_start) {
                Disposition::Neutral => tally.neutral += 1,
                Disposition::Held => {
                    tally.held += 1;
                    if self.list_held {
                        write_line(&mut outcome.held, &Queued::new(&own_it(None, None), None))?;
                    }
                }
                Disposition::Queued => {
                    tally.queued += 1;
                    if !below_cut(shared, created_at, &head_start, judgement.assigned, tally) {
                        let receipt = outcome.receipt.clone();
                        outcome.queued.push(own_it(policy.due_by(judgement, created_at), receipt));
                    }
                }
            }
        }
        Ok(())
    }

    /// The post as it leaves the pipeline.
    fn owned(&self, post: &Post<'_>) -> Post<'static> {
        let mut post = post.clone().into_owned();
        if let Some(redactor) = &self.redactor {
            redactor.post(&mut post);
        }
        post
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
