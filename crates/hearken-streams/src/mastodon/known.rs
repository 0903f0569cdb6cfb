//! Which posts were seen, and up to which of them nothing is missing.

use std::collections::BTreeSet;

use super::status::Id;

/// Posts that are known again, at the most: some 500 KiB.
const ROOM: usize = 8192;
/// Posts that are read again after a break. A server gives a post from elsewhere the id of the moment at which it was
/// written, so one that was on its way for long has an id below those of others that came before it.
const OVERLAP: usize = 80;

/// Posts by id.
#[derive(Debug, Default)]
pub(crate) struct Known {
    ids: BTreeSet<Id>,
    /// Up to here nothing is missing.
    covered: Option<Id>,
}

impl Known {
    /// Knows `ids`, and that all up to `covered` was read.
    pub(crate) fn new(ids: impl IntoIterator<Item = Id>, covered: Option<Id>) -> Self {
        Self { ids: ids.into_iter().collect(), covered }
    }

    /// Takes note of a post. `false`: it was seen before.
    pub(crate) fn see(&mut self, id: &Id) -> bool {
        let new = self.ids.insert(id.clone());
        if self.ids.len() > ROOM {
            self.ids.pop_first();
        }
        new
    }

    pub(crate) fn covered(&self) -> Option<&Id> {
        self.covered.as_ref()
    }

    /// Nothing up to `id` is missing.
    pub(crate) fn cover(&mut self, id: &Id) {
        if self.covered.as_ref().is_none_or(|covered| covered < id) {
            self.covered = Some(id.clone());
        }
    }

    /// Nothing up to the last known post is missing.
    pub(crate) fn cover_all(&mut self) {
        if let Some(last) = self.ids.last().cloned() {
            self.cover(&last);
        }
    }

    /// After which post to read on: a little before the covered one, but no post that wouldn't be known again.
    pub(crate) fn resume(&self) -> Option<Id> {
        let covered = self.covered.as_ref()?;
        let again = self.ids.range(..=covered).rev().take(OVERLAP).last();
        Some(again.unwrap_or(covered).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> Id {
        Id(number.to_string())
    }

    #[test]
    fn reading_on_begins_a_little_before_what_is_covered() {
        let mut known = Known::default();
        assert_eq!(known.resume(), None);
        known.cover(&id(50));
        assert_eq!(known.resume(), Some(id(50)), "no post before is known");
        assert!((1..=200).all(|number| known.see(&id(number))));
        assert!(!known.see(&id(7)));
        assert_eq!(known.resume(), Some(id(1)));
        known.cover_all();
        assert_eq!((known.covered(), known.resume()), (Some(&id(200)), Some(id(121))));
        known.cover(&id(9));
        assert_eq!(known.covered(), Some(&id(200)), "nothing is uncovered");
    }

    #[test]
    fn memory_is_bounded() {
        let mut known = Known::default();
        (1..=ROOM + 10).for_each(|number| assert!(known.see(&id(number))));
        assert_eq!(known.ids.len(), ROOM);
        assert_eq!(known.ids.first(), Some(&id(11)));
    }
}
