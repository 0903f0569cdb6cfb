//! From judged posts to what becomes of them.

use std::sync::Arc;

use jiff::Timestamp;

use super::chunk::Outcome;
use super::happening::{Aside, Happening};
use super::news::{Reply, Tiding, Unjudged};
use super::rules::{Rules, Verdict};
use super::shared::Shared;
use super::worker::Part;
use crate::caseload::{Answer, Arrival, is_behind};
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::{Evidence, Heard};
use crate::format::Deletion;
use crate::key;
use crate::label::{Label, LabelSet};
use crate::likeness::{self, Marks};
use crate::policy::{Disposition, HeadStart};
use crate::post::{Post, effective_time};
use crate::rank::{Ranked, WhenFull, rank_at};
use crate::record::{Annotated, Tombstone};
use crate::tally::Tally;

impl Rules {
    /// Decides what becomes of each post; only what a person should see is copied.
    pub(super) fn settle(&self, part: Part<'_>, verdicts: &[Option<Verdict>], shared: &Shared) -> Result<()> {
        let Part { received, posts, asides, outcome, .. } = part;
        let mut asides = asides.into_iter().peekable();
        for (place, (post, verdict)) in posts.iter().zip(verdicts).enumerate() {
            let mut arrival = Arrival::Written;
            while let Some((_, aside)) = asides.next_if(|(at, _)| *at <= place) {
                arrival = self.put_aside(aside, Some(post), received, outcome, shared)?.unwrap_or(arrival);
            }
            self.settle_one(post, verdict.as_ref(), arrival, received, outcome, shared)?;
        }
        for (_, aside) in asides {
            self.put_aside(aside, None, received, outcome, shared)?;
        }
        Ok(())
    }

    /// Has what is said beside the posts happen; tells how `post` comes where it is said of it.
    fn put_aside(
        &self,
        aside: Aside,
        post: Option<&Post<'_>>,
        received: Timestamp,
        outcome: &mut Outcome,
        shared: &Shared,
    ) -> Result<Option<Arrival>> {
        let fingerprint = |post: &Post<'_>| likeness::of_post(post.platform.as_deref(), &post.id);
        match (aside, post) {
            (Aside::Edit, Some(post)) => {
                outcome.happenings.push(Happening::Changed(fingerprint(post)));
                return Ok(Some(Arrival::Edited));
            }
            (Aside::PassedOn { by }, Some(post)) => {
                outcome.happenings.push(Happening::Repost { of: fingerprint(post), by });
                self.tell_repost(post, outcome);
                return Ok(Some(Arrival::PassedOn));
            }
            // These are said of a post, and nothing is said of one that is not there.
            (Aside::Edit | Aside::PassedOn { .. }, None) => {}
            (Aside::Unjudged(post), _) => {
                outcome.happenings.push(Happening::Changed(fingerprint(&post)));
                self.tell_unjudged(&post, received, outcome, shared);
            }
            (Aside::Repost { of, by, post }, _) => {
                outcome.happenings.push(Happening::Repost { of, by });
                if let Some(post) = post {
                    self.tell_repost(&post, outcome);
                }
            }
            (Aside::Deleted(deletion), _) => {
                if self.annotate {
                    write_line(&mut outcome.annotated, &Tombstone::new(&self.nameless(&deletion)))?;
                    outcome.keys.extend(self.keep_keys.then(|| key::of_deletion(&deletion)));
                }
                // Of an account that has no name, the queue tells which posts are gone.
                if self.tells && !(self.masks_handles() && deletion.id.is_empty()) {
                    outcome.tidings.push(Tiding::Deleted(self.nameless(&deletion)));
                }
                outcome.happenings.push(Happening::Deleted(deletion));
            }
        }
        Ok(None)
    }

    fn settle_one(
        &self,
        post: &Post<'_>,
        verdict: Option<&Verdict>,
        arrival: Arrival,
        received: Timestamp,
        outcome: &mut Outcome,
        shared: &Shared,
    ) -> Result<()> {
        let policy = &self.policy;
        let Some(verdict) = verdict else {
            if self.annotate {
                let record = Annotated::unsupported_language(&post.id, post.lang.as_deref(), shared.judge(false));
                write_line(&mut outcome.annotated, &record)?;
                outcome.keys.extend(self.keep_keys.then(|| key::of_post(post)));
            }
            if arrival == Arrival::Edited {
                self.tell_unjudged(post, received, outcome, shared);
            }
            return Ok(());
        };
        let Verdict { judgement, with_care } = verdict;
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
            outcome.keys.extend(self.keep_keys.then(|| key::of_post(post)));
        }
        let disposition = policy.disposition(judgement, &head_start);
        let answer = post.reply_to.as_deref().and_then(|to| self.answer(post, to, verdict));
        if let Some(answer) = answer.as_ref().filter(|_| self.tells) {
            let reply = Reply { post: self.owned(post), created_at, kind: answer.heard.kind, moves: None };
            outcome.tidings.push(Tiding::Replied(Box::new(reply)));
        }
        // IMPORTANT: a share is taken only with a post that goes on; one that is dropped keeps its batch open for ever.
        let own_it = |marks, due_by| {
            Box::new(Ranked {
                post: self.owned(post),
                created_at,
                judgement: *judgement,
                model: Arc::clone(judge),
                head_start,
                due_by,
                evidence: Evidence::default(),
                also: Vec::new(),
                marks,
                receipt: outcome.receipt.clone(),
            })
        };
        let is_edit = self.tells && arrival == Arrival::Edited;
        let is_near = policy.is_near_miss(judgement, &head_start)
            && !is_behind_cut(shared, self, created_at, &head_start, judgement.assigned);
        let is_sampled = || self.sample.as_ref().is_some_and(|sample| sample(post, created_at));
        if disposition == Disposition::Neutral && !is_edit && is_sampled() {
            outcome.suppressed.push(*own_it(Marks::default(), None));
        }
        if (disposition == Disposition::Neutral && !is_edit && !is_near) || !self.collects {
            match disposition {
                Disposition::Neutral => tally.neutral += 1,
                Disposition::Held => tally.held += 1,
                Disposition::Queued => {
                    tally.queued += 1;
                    tally.count_left_out(shared.queue.when_full(), judgement.assigned);
                }
            }
            outcome.happenings.extend(answer.map(|answer| Happening::Reply(answer.heard)));
            return Ok(());
        }
        let marks = self.marker.marks(post);
        if is_edit {
            let due_by = (disposition == Disposition::Queued).then(|| policy.due_by(judgement, created_at)).flatten();
            outcome.tidings.push(Tiding::Edited(own_it(marks.clone(), due_by), disposition));
        }
        let happening = if disposition == Disposition::Neutral {
            tally.neutral += 1;
            if is_near {
                let mut missed = own_it(marks, None);
                missed.settle();
                outcome.happenings.push(Happening::Missed(missed, arrival));
            }
            outcome.happenings.extend(answer.map(|answer| Happening::Reply(answer.heard)));
            return Ok(());
        } else if disposition == Disposition::Held {
            tally.held += 1;
            if self.list_held {
                Happening::Held(own_it(marks, None), arrival)
            } else {
                Happening::HeldUnlisted(marks, created_at, arrival)
            }
        } else {
            tally.queued += 1;
            if !is_behind_cut(shared, self, created_at, &head_start, judgement.assigned) {
                Happening::Queued(own_it(marks, policy.due_by(judgement, created_at)), arrival, answer)
            } else {
                tally.count_left_out(shared.queue.when_full(), judgement.assigned);
                outcome.happenings.extend(answer.map(|answer| Happening::Reply(answer.heard)));
                Happening::Noted(marks, created_at, arrival)
            }
        };
        outcome.happenings.push(happening);
        Ok(())
    }

    fn tell_unjudged(&self, post: &Post<'_>, received: Timestamp, outcome: &mut Outcome, shared: &Shared) {
        if self.tells {
            let (created_at, _) = effective_time(post.created_at, received);
            let unjudged = Unjudged { post: self.owned(post), created_at, model: Arc::clone(shared.judge(false)) };
            outcome.tidings.push(Tiding::Unjudged(Box::new(unjudged)));
        }
    }

    fn tell_repost(&self, of: &Post<'_>, outcome: &mut Outcome) {
        if self.tells {
            let platform = of.platform.as_deref().map(str::to_owned);
            // How often is for the queue to say, which counts.
            outcome.tidings.push(Tiding::Reposted { platform, id: of.id.to_string(), total: 0 });
        }
    }

    /// The post as it leaves the pipeline.
    fn owned(&self, post: &Post<'_>) -> Post<'static> {
        let mut post = post.clone().into_owned();
        if let Some(redactor) = &self.redactor {
            redactor.post(&mut post);
        }
        post
    }

    /// The deletion as it leaves the pipeline.
    fn nameless(&self, deletion: &Deletion<'static>) -> Deletion<'static> {
        let mut deletion = deletion.clone();
        if let Some(redactor) = &self.redactor {
            redactor.deletion(&mut deletion);
        }
        deletion
    }

    /// What a reply says about the post that it answers.
    fn answer(&self, post: &Post<'_>, to: &str, verdict: &Verdict) -> Option<Answer> {
        let kind = self.listener.hear(&post.text, &verdict.judgement)?;
        let platform = post.platform.as_deref();
        let reply = likeness::of_post(platform, &post.id);
        let by = post.author.as_deref().map_or(reply, |author| likeness::of_person(platform, author));
        let heard = Heard { reply, id: post.id.as_ref().into(), to: likeness::of_post(platform, to), by, kind };
        let needs_someone_too = self.listener.needs_someone_too(kind, &post.text, &verdict.judgement);
        Some(Answer { heard, needs_someone_too })
    }
}

/// Whether a post can't get into the queue any more, whatever is replied to it, and would be copied for nothing.
fn is_behind_cut(
    shared: &Shared,
    rules: &Rules,
    created_at: Timestamp,
    head_start: &HeadStart,
    labels: LabelSet,
) -> bool {
    let may_be_lost = match shared.queue.when_full() {
        WhenFull::Block => false,
        WhenFull::KeepBest => true,
        WhenFull::Shed => !labels.contains(Label::Grief),
    };
    may_be_lost && is_behind(rank_at(created_at, head_start), shared.queue.cut(), &rules.policy)
}

pub(super) fn write_line(out: &mut Vec<u8>, record: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, record)
        .map_err(|error| Error::with_source(ErrorKind::Output, format!("a record can't be written: {error}"), error))?;
    out.push(b'\n');
    Ok(())
}
