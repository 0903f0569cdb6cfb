//! From lines and submitted events to posts that are to be judged, and what stands between them.

use std::sync::Arc;

use super::chunk::{Chunk, Outcome, Reject, SUBMITTED};
use super::happening::Aside;
use super::rules::{Rules, Verdict};
use crate::format::{self, Event, RejectReason, Repost};
use crate::language::UnsupportedLanguage;
use crate::likeness;
use crate::post::Post;
use crate::tally::Tally;

/// What of a chunk is to be judged.
pub(super) struct Admitted<'a> {
    pub(super) posts: Vec<Post<'a>>,
    /// Each with the place of the post that it is about or comes before, in their order.
    pub(super) asides: Vec<(usize, Aside)>,
}

/// Where an event comes from, for whoever is told that it is rejected.
struct Line<'a> {
    source: &'a Arc<str>,
    number: u64,
    /// The line; of a submitted post there is none.
    record: Option<&'a [u8]>,
}

impl Rules {
    /// The posts of a chunk that are admitted, each with room among the verdicts; what is no post is counted, and kept if
    /// someone wants it. Beside them what the chunk's outcome goes into.
    pub(super) fn admit_chunk<'a>(
        &self,
        chunk: &'a mut Chunk,
        verdicts: &mut Vec<Option<Verdict>>,
    ) -> (Admitted<'a>, &'a mut Outcome) {
        let Chunk { source, format, numbers, frame, texts, events: submitted, outcome, .. } = chunk;
        outcome.tally.bytes = frame.bytes().len() as u64;
        // A post of the generic format has some 170 bytes.
        let posts = Vec::with_capacity(frame.bytes().len() / 128 + submitted.len());
        let mut admitted = Admitted { posts, asides: Vec::new() };
        let mut events = Vec::new();
        for (number, record) in frame.lines() {
            if record.trim_ascii().is_empty() {
                outcome.tally.blank += 1;
                continue;
            }
            let line = Line { source, number: numbered(numbers, number), record: Some(record) };
            match format::read_keeping(record, *format, Some(texts), &mut events) {
                Ok(ignored_fields) => outcome.tally.ignored_fields += u64::from(ignored_fields),
                Err(reason) => events.push(Event::Rejected(reason)),
            }
            for event in events.drain(..) {
                self.take(event, &line, &mut admitted, verdicts, outcome);
            }
        }
        if let Some(long) = frame.too_long() {
            outcome.tally.bytes += long.length;
            let line = Line { source, number: numbered(numbers, long.line), record: Some(&long.head) };
            let event = Event::Rejected(RejectReason::LineTooLong { length: long.length });
            self.take(event, &line, &mut admitted, verdicts, outcome);
        }
        if !submitted.is_empty() {
            let line = Line { source: &Arc::from(SUBMITTED), number: 0, record: None };
            for event in submitted.drain(..) {
                self.take(event, &line, &mut admitted, verdicts, outcome);
            }
        }
        (admitted, outcome)
    }

    fn take<'a>(
        &self,
        mut event: Event<'a>,
        line: &Line<'_>,
        admitted: &mut Admitted<'a>,
        verdicts: &mut Vec<Option<Verdict>>,
        outcome: &mut Outcome,
    ) {
        let place = admitted.posts.len();
        let tally = &mut outcome.tally;
        if let Some(post) = event.post_mut().filter(|post| post.id.is_empty() && !post.text.trim().is_empty()) {
            post.id = format!("{}:{}", line.source, line.number).into();
        }
        if self.shard.is_some_and(|shard| !shard.takes(&event)) {
            tally.other_shards += 1;
            return;
        }
        let (mut post, aside) = match event {
            Event::Post(post) => (post, None),
            Event::Edit(post) => {
                tally.edits += 1;
                (post, Some(Aside::Edit))
            }
            Event::Repost(repost) => {
                tally.reposts += 1;
                let by = reposter(&repost);
                let of = repost.of;
                if of.text.trim().is_empty() {
                    return admitted.asides.push((place, self.repost(&of, by)));
                }
                (of, Some(Aside::PassedOn { by }))
            }
            Event::Delete(deletion) => return admitted.asides.push((place, Aside::Deleted(deletion.into_owned()))),
            Event::Rejected(reason) => return self.reject(line, reason, None, outcome),
            Event::Skipped(kind) => return tally.skipped.count(kind),
        };
        match self.admit(&mut post, verdicts, tally) {
            Ok(()) => {
                admitted.asides.extend(aside.map(|aside| (place, aside)));
                admitted.posts.push(post);
            }
            Err(reason) => {
                self.reject(line, reason, Some(&post), outcome);
                // What it says can't be judged; what it does to an earlier post counts all the same.
                let aside = match aside {
                    Some(Aside::PassedOn { by }) => self.repost(&post, by),
                    Some(Aside::Edit) => Aside::Unjudged(Box::new(post.into_owned())),
                    _ => return,
                };
                admitted.asides.push((place, aside));
            }
        }
    }

    /// Someone passed on a post that goes no further.
    fn repost(&self, of: &Post<'_>, by: u64) -> Aside {
        let fingerprint = likeness::of_post(of.platform.as_deref(), &of.id);
        Aside::Repost { of: fingerprint, by, post: self.tells.then(|| Box::new(of.clone().into_owned())) }
    }

    /// Looks at the post's language: makes room among the verdicts, or says why the post is rejected.
    fn admit(
        &self,
        post: &mut Post<'_>,
        verdicts: &mut Vec<Option<Verdict>>,
        tally: &mut Tally,
    ) -> Result<(), RejectReason> {
        let read = self.languages.as_ref().is_none_or(|languages| languages.admit(post));
        tally.unsupported_language += u64::from(!read);
        match self.unsupported_language {
            UnsupportedLanguage::Reject if !read => {
                let lang = post.lang.as_deref().unwrap_or_default().to_owned();
                return Err(RejectReason::UnsupportedLanguage { lang });
            }
            UnsupportedLanguage::Skip if !read => verdicts.push(None),
            _ => verdicts.push(Some(Verdict::default())),
        }
        Ok(())
    }

    fn reject(&self, line: &Line<'_>, reason: RejectReason, post: Option<&Post<'_>>, outcome: &mut Outcome) {
        outcome.tally.rejected += u64::from(!matches!(reason, RejectReason::UnsupportedLanguage { .. }));
        if self.keep_rejected {
            let mut record = match line.record {
                Some(record) => record.to_vec(),
                // A post is text, numbers and a time: it can be written.
                None => post.and_then(|post| serde_json::to_vec(post).ok()).unwrap_or_default(),
            };
            if let Some(redactor) = &self.redactor {
                redactor.line(&mut record);
            }
            outcome.rejected.push(Reject { source: Arc::clone(line.source), line: line.number, reason, record });
        }
    }
}

/// The number of a line, of which the frame only knows the place in its batch, from 1.
fn numbered(numbers: &[u64], place: u64) -> u64 {
    let own = usize::try_from(place).ok().and_then(|place| numbers.get(place.checked_sub(1)?));
    own.copied().unwrap_or(place)
}

/// Who passed a post on; where the feed doesn't say, each repost stands for its own.
fn reposter(repost: &Repost<'_>) -> u64 {
    let platform = repost.of.platform.as_deref();
    match (&repost.author, &repost.id) {
        (Some(author), _) => likeness::of_person(platform, author),
        (None, Some(id)) => likeness::of_post(platform, id),
        (None, None) => 0,
    }
}
