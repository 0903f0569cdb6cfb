//! What the caseload remembers of posts that are not in the queue: deleted, edited, handed out, too far behind.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::format::Deletion;
use crate::policy::HeadStart;
use crate::post::PostName;
use crate::rank::Ranked;
use crate::recent::Recent;

/// So many fingerprints are remembered of each kind, some 80 bytes each, 170 of a post that was handed out: 26 MB in all when
/// full.
const MOST: usize = 65_536;

/// So many deletions of posts that were handed out wait to be told; beyond that, the oldest are dropped.
const MOST_TO_TELL: usize = 10_000;

/// What is remembered of a post that was handed out.
#[derive(Debug)]
pub(super) struct HandedOut {
    /// Who wrote it.
    pub(super) by: Option<u64>,
    /// The time that it is ranked by.
    pub(super) created_at: Timestamp,
    /// Of a post that was edited since, what was judged doesn't count any more.
    pub(super) head_start: Option<HeadStart>,
    /// Kept only where a deletion is to be told without its author.
    name: Option<PostName>,
}

#[derive(Debug)]
pub(super) struct Memory {
    gone: Recent<()>,
    /// People whose accounts were deleted, and when that was heard.
    people_gone: Recent<Timestamp>,
    edited: Recent<()>,
    handed_out: Recent<HandedOut>,
    noted: Recent<()>,
    to_tell: VecDeque<Deletion<'static>>,
    nameless: bool,
}

impl Memory {
    pub(super) fn new(nameless: bool) -> Self {
        Self {
            gone: Recent::new(MOST),
            people_gone: Recent::new(MOST),
            edited: Recent::new(MOST),
            handed_out: Recent::new(MOST),
            noted: Recent::new(MOST),
            to_tell: VecDeque::new(),
            nameless,
        }
    }

    pub(super) fn gone(&mut self, post: u64) {
        self.gone.put(post, ());
    }

    pub(super) fn is_gone(&self, post: u64) -> bool {
        self.gone.contains(post)
    }

    pub(super) fn person_gone(&mut self, person: u64, now: Timestamp) {
        self.people_gone.put(person, now);
    }

    /// Whether a post was written by someone who has deleted their account since. Whoever comes back is heard again.
    pub(super) fn is_person_gone(&self, person: u64, created_at: Timestamp) -> bool {
        self.people_gone.get(person).is_some_and(|since| created_at <= *since)
    }

    pub(super) fn edited(&mut self, post: u64) {
        self.edited.put(post, ());
        if let Some(handed_out) = self.handed_out.get_mut(post) {
            handed_out.head_start = None;
        }
    }

    pub(super) fn was_edited(&self, post: u64) -> bool {
        self.edited.contains(post)
    }

    pub(super) fn handed_out(&mut self, ranked: &Ranked) {
        let Ranked { marks, created_at, head_start, .. } = ranked;
        let name = self.nameless.then(|| PostName::of(&ranked.post)).flatten();
        let handed_out = HandedOut { by: marks.person, created_at: *created_at, head_start: Some(*head_start), name };
        self.handed_out.put(marks.post, handed_out);
    }

    pub(super) fn as_handed_out(&self, post: u64) -> Option<&HandedOut> {
        self.handed_out.get(post)
    }

    /// Whether it was handed out as what it still says.
    pub(super) fn is_handed_out(&self, post: u64) -> bool {
        self.handed_out.get(post).is_some_and(|post| post.head_start.is_some())
    }

    pub(super) fn was_handed_out(&self, post: u64) -> bool {
        self.handed_out.contains(post)
    }

    pub(super) fn handed_out_by(&self, person: u64) -> Vec<u64> {
        self.handed_out.iter().filter(|(_, post)| post.by == Some(person)).map(|(post, _)| post).collect()
    }

    /// Whether a post that is too far behind is counted for the first time.
    pub(super) fn is_new(&mut self, post: u64) -> bool {
        let new = !self.noted.contains(post);
        self.noted.put(post, ());
        new
    }

    /// Has a deletion told to whoever takes posts, if one of these posts was handed out.
    pub(super) fn tell(&mut self, posts: &[u64], deletion: &Deletion<'_>) {
        // None is skipped: all of them are gone now.
        let handed_out: Vec<HandedOut> = posts.iter().filter_map(|post| self.handed_out.remove(*post)).collect();
        if deletion.id.is_empty() && self.nameless {
            let of_post = |PostName { platform, id }| Deletion {
                id: String::from(id).into(),
                platform: platform.map(|platform| String::from(platform).into()),
                author: None,
            };
            self.to_tell.extend(handed_out.into_iter().filter_map(|post| post.name).map(of_post));
        } else if !handed_out.is_empty() {
            let author = deletion.author.clone().filter(|_| !self.nameless);
            self.to_tell.push_back(Deletion { author, ..deletion.clone() }.into_owned());
        }
        let over = self.to_tell.len().saturating_sub(MOST_TO_TELL);
        self.to_tell.drain(..over);
    }

    pub(super) fn take_deletions(&mut self) -> Vec<Deletion<'static>> {
        std::mem::take(&mut self.to_tell).into()
    }
}
