//! Posts that just miss the queue: what others reply to them may bring them in.

use jiff::Timestamp;

use super::{Arrival, Caseload};
use crate::policy::{Disposition, Reason};
use crate::rank::Ranked;
use crate::recent::Recent;

/// So many of them are remembered, some 2 KB each: 8 MB when full. The oldest is forgotten first.
const MOST: usize = 4096;

#[derive(Debug)]
pub(super) struct Near(Recent<Box<Ranked>>);

impl Near {
    pub(super) fn new() -> Self {
        Self(Recent::new(MOST))
    }

    pub(super) fn remove(&mut self, post: u64) -> Option<Box<Ranked>> {
        self.0.remove(post)
    }

    pub(super) fn posts_by(&self, person: u64) -> Vec<u64> {
        self.0.iter().filter(|(_, ranked)| ranked.marks.person == Some(person)).map(|(post, _)| post).collect()
    }
}

impl Caseload {
    /// Remembers a post that needs nobody by itself, see [`crate::Policy::is_near_miss`]. It has no share in its batch: nothing is
    /// lost that was worth a human's time.
    pub fn miss(&mut self, ranked: Box<Ranked>, arrival: Arrival, now: Timestamp) {
        let post = ranked.marks.post;
        let stands = self.cases.has(post) || self.memory.is_handed_out(post);
        if stands || self.known(&ranked.marks, ranked.created_at, arrival).is_some() {
            return;
        }
        self.near.0.put(post, ranked);
        // Replies may come before what they answer.
        self.lift(post, now);
    }

    /// Brings a post into the queue that missed it, if enough people have replied.
    pub(super) fn lift(&mut self, post: u64, now: Timestamp) {
        let Some(missed) = self.near.0.get(post) else { return };
        let (replies, _) = self.hearsay.about(&[post], missed.marks.person.as_slice());
        let minutes = self.policy.minutes_for_replies(replies.waiting());
        let head_start = missed.head_start.with(Reason::Replies, minutes);
        if self.policy.disposition(&missed.judgement, &head_start) != Disposition::Queued {
            return;
        }
        let Some(mut missed) = self.near.remove(post) else { return };
        missed.due_by = self.policy.due_by(&missed.judgement, missed.created_at);
        self.tally.lifted += 1;
        if self.is_behind_cut(&missed) {
            self.tally.count_left_out(self.when_full, missed.judgement.assigned);
            self.note(&missed.marks, missed.created_at, Arrival::Written, now);
        } else if let Some(missed) = self.look_for_copies(*missed, now) {
            // Nobody waits for room because of a reply: where it must not be lost, it stands over the bound.
            let back = self.place(missed);
            self.put_case(back.into_iter().map(|back| *back).collect());
        }
    }
}
