//! Figures of where posts go: dead letters, the desk, hooks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::page::{self, Page};
use crate::desk::{Failures, Kept};

/// Counts that others keep, as far as there are such others.
#[derive(Debug, Default)]
pub(crate) struct Outlets {
    rejections: Mutex<BTreeMap<&'static str, u64>>,
    letters: Mutex<Option<u64>>,
    kept: OnceLock<Arc<Mutex<Kept>>>,
    failures: OnceLock<Failures>,
}

impl Outlets {
    /// Lines will be kept that are no posts.
    pub(crate) fn keeps_letters(&self) {
        super::lock(&self.letters).get_or_insert(0);
    }

    /// A line was rejected.
    pub(crate) fn rejected(&self, reason: &'static str) {
        *super::lock(&self.rejections).entry(reason).or_default() += 1;
    }

    /// A line was kept.
    pub(crate) fn letter_kept(&self) {
        *super::lock(&self.letters).get_or_insert(0) += 1;
    }

    /// What came to the desk is counted there.
    pub(crate) fn set_kept(&self, kept: Arc<Mutex<Kept>>) {
        let _ = self.kept.set(kept);
    }

    /// Deliveries that failed are counted there.
    pub(crate) fn set_failures(&self, failures: Failures) {
        let _ = self.failures.set(failures);
    }

    pub(super) fn write(&self, page: &mut Page) {
        let rejections = super::lock(&self.rejections).clone();
        page.counter(
            "hearken_rejections",
            "Lines that are no posts, and posts that were rejected for their language, by reason.",
            rejections.into_iter().map(|(reason, count)| (vec![("reason", reason.to_owned())], count)),
        );
        let letters = *super::lock(&self.letters);
        page.counter(
            "hearken_dead_letters",
            "Lines that were put into a dead letter.",
            letters.map(|count| (Vec::new(), count)),
        );
        if let Some(kept) = self.kept.get() {
            let kept = *super::lock(kept);
            page.counter(
                "hearken_desk_taken_in",
                "What this run brought to the desk, by what became of it.",
                kept.named().map(|(what, count)| (vec![("what", what.to_owned())], count)),
            );
            page.counter("hearken_desk_transactions", "How often it did.", [(Vec::new(), kept.transactions)]);
        }
        let failures = self.failures.get().map(|failures| super::lock(failures).clone()).unwrap_or_default();
        page.counter(
            "hearken_outbox_failures",
            "Deliveries by this run that failed; most are tried again.",
            failures.into_iter().map(|(hook, count)| (vec![("hook", page::plain(&hook))], count)),
        );
    }
}
