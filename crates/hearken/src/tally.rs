//! Counts of what became of the input.

use std::ops::AddAssign;

use serde::Serialize;

use crate::format::Skipped;
use crate::label::{Label, LabelSet, PerLabel};
use crate::rank::WhenFull;

/// What became of the lines and posts so far. Each post that was read is counted once under `queued`, `held` or
/// `neutral`. Of the queued ones, some are `duplicates`, `below_cut` or `shed`, or stand in the queue with another: `merged`,
/// `replies_only`, `folded`; or they were `withdrawn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Bytes of input, line ends included.
    pub bytes: u64,
    /// Lines and submitted posts that had to wait for the pipeline's quota before they were taken in.
    pub waited_for_quota: u64,
    /// Posts that were judged.
    pub posts: u64,
    /// Those of them that the careful model of a cascade judged.
    pub with_care: u64,
    /// Lines that are no post.
    pub rejected: u64,
    /// Posts in a language that the model doesn't read. Unless such posts are let through, they are not judged, and are
    /// not among `posts`.
    pub unsupported_language: u64,
    /// Posts, and what is said of them, that other shards take.
    pub other_shards: u64,
    /// Empty lines.
    pub blank: u64,
    /// Posts without a usable time of their own, ranked by their arrival.
    pub undated: u64,
    /// Fields of a type that can't be used, which count as absent.
    pub ignored_fields: u64,
    /// Posts by assigned label.
    pub assigned: PerLabel<u64>,
    /// Posts worth a human's time.
    pub queued: u64,
    /// Promotion held back.
    pub held: u64,
    /// Posts that need nobody.
    pub neutral: u64,
    /// Those of them that came into the queue all the same, as others replied.
    pub lifted: u64,
    /// Posts that came again while they were waiting.
    pub duplicates: u64,
    /// Queued posts that stand with another of the same person, as one case.
    pub merged: u64,
    /// Queued posts that only reply to someone else who needs somebody, and count with them.
    pub replies_only: u64,
    /// Queued posts that stand for nothing of their own, being one of many like texts.
    pub folded: u64,
    /// Queued posts that were deleted, or changed by an edit, while they waited or before they came.
    pub withdrawn: u64,
    /// Deletions of posts or accounts.
    pub deletions: u64,
    /// Edits of posts.
    pub edits: u64,
    /// Posts passed on.
    pub reposts: u64,
    /// Replies that say something about the post that they answer.
    pub replies: u64,
    /// Like texts by many authors, each counted once.
    pub campaigns: u64,
    /// Posts that belong to them, queued or held.
    pub campaign_posts: u64,
    /// What is no post and was skipped.
    pub skipped: Skips,
    /// Queued posts below the cut of the queue (`WhenFull::KeepBest`).
    pub below_cut: u64,
    /// Queued posts given up because the queue was full (`WhenFull::Shed`), by assigned label; grief stays 0.
    pub shed: PerLabel<u64>,
    /// The same posts, each counted once.
    pub shed_posts: u64,
}

/// What is skipped, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skips {
    /// Acts without words: likes, follows, votes.
    pub no_post: u64,
    /// News of accounts.
    pub account: u64,
    /// What a server says of the stream itself.
    pub control: u64,
}

impl Skips {
    /// How many in all.
    pub fn total(&self) -> u64 {
        self.no_post + self.account + self.control
    }

    pub(crate) fn count(&mut self, kind: Skipped) {
        *match kind {
            Skipped::NoPost => &mut self.no_post,
            Skipped::Account => &mut self.account,
            Skipped::Control => &mut self.control,
        } += 1;
    }
}

impl Tally {
    /// Counts a post that was worth a human's time and found no room in the queue.
    pub(crate) fn count_left_out(&mut self, when_full: WhenFull, labels: LabelSet) {
        if when_full == WhenFull::KeepBest {
            self.below_cut += 1;
        } else {
            self.shed_posts += 1;
            Self::count_labels(&mut self.shed, labels);
        }
    }

    pub(crate) fn count_labels(counts: &mut PerLabel<u64>, labels: LabelSet) {
        for label in labels.iter() {
            *counts.get_mut(label) += 1;
        }
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.bytes += other.bytes;
        self.waited_for_quota += other.waited_for_quota;
        self.posts += other.posts;
        self.with_care += other.with_care;
        self.rejected += other.rejected;
        self.unsupported_language += other.unsupported_language;
        self.other_shards += other.other_shards;
        self.blank += other.blank;
        self.undated += other.undated;
        self.ignored_fields += other.ignored_fields;
        self.queued += other.queued;
        self.held += other.held;
        self.neutral += other.neutral;
        self.lifted += other.lifted;
        self.duplicates += other.duplicates;
        self.merged += other.merged;
        self.replies_only += other.replies_only;
        self.folded += other.folded;
        self.withdrawn += other.withdrawn;
        self.deletions += other.deletions;
        self.edits += other.edits;
        self.reposts += other.reposts;
        self.replies += other.replies;
        self.campaigns += other.campaigns;
        self.campaign_posts += other.campaign_posts;
        self.skipped.no_post += other.skipped.no_post;
        self.skipped.account += other.skipped.account;
        self.skipped.control += other.skipped.control;
        self.below_cut += other.below_cut;
        self.shed_posts += other.shed_posts;
        for label in Label::ALL {
            *self.assigned.get_mut(label) += other.assigned.get(label);
            *self.shed.get_mut(label) += other.shed.get(label);
        }
    }
}
