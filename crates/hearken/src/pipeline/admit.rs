//! From lines and submitted posts to posts that are to be judged.

use std::sync::Arc;

use super::chunk::{Chunk, Outcome, Reject};
use super::rules::{Rules, Verdict};
use crate::format::{self, Event, Format, RejectReason};
use crate::frame::Frame;
use crate::language::UnsupportedLanguage;
use crate::post::Post;
use crate::tally::Tally;

impl Rules {
    /// The posts of a chunk that are admitted, each with room among the verdicts; what is no post is counted, and kept if
    /// someone wants it. Beside them what the chunk's outcome goes into.
    pub(super) fn admit_chunk<'a>(
        &self,
        chunk: &'a mut Chunk,
        verdicts: &mut Vec<Option<Verdict>>,
    ) -> (Vec<Post<'a>>, &'a mut Outcome) {
        let Chunk { source, format, frame, posts: submitted, outcome, .. } = chunk;
        let mut posts = self.parse(frame, source, *format, verdicts, outcome);
        posts.extend(submitted.drain(..).filter_map(|post| self.admit_submitted(post, verdicts, outcome)));
        (posts, outcome)
    }

    /// Parses the lines of a frame.
    fn parse<'a>(
        &self,
        frame: &'a Frame,
        source: &Arc<str>,
        format: Option<Format>,
        verdicts: &mut Vec<Option<Verdict>>,
        outcome: &mut Outcome,
    ) -> Vec<Post<'a>> {
        outcome.tally.bytes = frame.bytes().len() as u64;
        // A post of the generic format has some 170 bytes.
        let mut events = Vec::new();
        let mut posts = Vec::with_capacity(frame.bytes().len() / 128);
        for (line, record) in frame.lines() {
            if record.trim_ascii().is_empty() {
                outcome.tally.blank += 1;
                continue;
            }
            match format::read(record, format, &mut events) {
                Ok(ignored_fields) => outcome.tally.ignored_fields += u64::from(ignored_fields),
                Err(reason) => self.reject(source, line, reason, record, outcome),
            }
            for event in events.drain(..) {
                let (Event::Post(mut post) | Event::Edit(mut post)) = event else { continue };
                if post.id.is_empty() {
                    post.id = format!("{source}:{line}").into();
                }
                match self.admit(&mut post, verdicts, &mut outcome.tally) {
                    Ok(()) => posts.push(post),
                    Err(reason) => self.reject(source, line, reason, record, outcome),
                }
            }
        }
        if let Some(long) = frame.too_long() {
            outcome.tally.bytes += long.length;
            let reason = RejectReason::LineTooLong { length: long.length };
            self.reject(source, long.line, reason, &long.head, outcome);
        }
        posts
    }

    fn admit_submitted(
        &self,
        mut post: Post<'static>,
        verdicts: &mut Vec<Option<Verdict>>,
        outcome: &mut Outcome,
    ) -> Option<Post<'static>> {
        match self.admit(&mut post, verdicts, &mut outcome.tally) {
            Ok(()) => Some(post),
            Err(reason) => {
                // A post is text, numbers and a time: it can be written.
                let record = serde_json::to_vec(&post).unwrap_or_default();
                self.reject(&Arc::from("submitted"), 0, reason, &record, outcome);
                None
            }
        }
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

    fn reject(&self, source: &Arc<str>, line: u64, reason: RejectReason, record: &[u8], outcome: &mut Outcome) {
        outcome.tally.rejected += u64::from(!matches!(reason, RejectReason::UnsupportedLanguage { .. }));
        if self.keep_rejected {
            let mut record = record.to_vec();
            if let Some(redactor) = &self.redactor {
                redactor.bytes(&mut record);
            }
            outcome.rejected.push(Reject { source: Arc::clone(source), line, reason, record });
        }
    }
}
