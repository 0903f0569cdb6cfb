//! Counts of what became of the input.

use std::ops::AddAssign;

use serde::Serialize;

use crate::label::{Label, LabelSet, PerLabel};
use crate::rank::WhenFull;

/// What became of the lines and posts so far. Each post that was read is counted once under `queued`, `held` or
/// `neutral`; of the queued ones, some are `duplicates`, `below_cut` or `shed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Bytes of input, line ends included.
    pub bytes: u64,
    /// Posts that were judged.
    pub posts: u64,
    /// Those of them that the careful model of a cascade judged.
    pub with_care: u64,
    /// Lines that are no post.
    pub rejected: u64,
    /// Posts in a language that the model doesn't read. Unless such posts are let through, they are not judged, and are
    /// not among `posts`.
    pub unsupported_language: u64,
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
    /// Posts that came again while they were waiting.
    pub duplicates: u64,
    /// Queued posts below the cut of the queue (`WhenFull::KeepBest`).
    pub below_cut: u64,
    /// Queued posts given up because the queue was full (`WhenFull::Shed`), by assigned label; grief stays 0.
    pub shed: PerLabel<u64>,
    /// The same posts, each counted once.
    pub shed_posts: u64,
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
        self.posts += other.posts;
        self.with_care += other.with_care;
        self.rejected += other.rejected;
        self.unsupported_language += other.unsupported_language;
        self.blank += other.blank;
        self.undated += other.undated;
        self.ignored_fields += other.ignored_fields;
        self.queued += other.queued;
        self.held += other.held;
        self.neutral += other.neutral;
        self.duplicates += other.duplicates;
        self.below_cut += other.below_cut;
        self.shed_posts += other.shed_posts;
        for label in Label::ALL {
            *self.assigned.get_mut(label) += other.assigned.get(label);
            *self.shed.get_mut(label) += other.shed.get(label);
        }
    }
}
