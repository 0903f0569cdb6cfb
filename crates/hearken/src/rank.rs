//! Ranking: a bounded queue, ordered by who needs a human first.
//!
//! The order is `created_at − head start`, smaller first; ties go to the older post, then to the smaller id. A post that
//! comes twice (same platform and id) stands in the queue once, where it ranks better, so neither the order of arrival
//! nor a redelivery changes the queue. What makes several posts one case is `caseload`'s.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::evidence::Evidence;
use crate::label::Label;
use crate::likeness::{self, Marks};
use crate::policy::HeadStart;
use crate::post::Post;
use crate::receipt::Receipt;
use crate::score::Judgement;

/// A post worth a human's time, with all that its rank is made of, and the further posts of the same case.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The post, owned.
    pub post: Post<'static>,
    /// The time it is ranked by: its own, or that of its arrival where its own is missing or absurd.
    pub created_at: Timestamp,
    /// What the model makes of it.
    pub judgement: Judgement,
    /// Which model that is, as records call it.
    pub model: Arc<str>,
    /// Why it stands where it stands.
    pub head_start: HeadStart,
    /// When a person should have seen it.
    pub due_by: Option<Timestamp>,
    /// What others make of it, and how many posts stand behind it.
    pub evidence: Evidence,
    /// What the same person wrote beside it, best first; their head starts add nothing to this one.
    pub also: Vec<Ranked>,
    /// What it is recognised by.
    pub marks: Marks,
    /// The post's share in the batch that it came with, if its source wants to know: to be settled when what became of the
    /// post is durable.
    pub receipt: Option<Receipt>,
}

impl Ranked {
    /// What became of the post and of all that stand with it is durable; their source may forget them.
    pub fn settle(&mut self) {
        if let Some(receipt) = self.receipt.take() {
            receipt.settle();
        }
        for other in &mut self.also {
            other.settle();
        }
    }

    /// The post and those that stand with it, best first.
    pub fn posts(&self) -> impl Iterator<Item = &Ranked> {
        std::iter::once(self).chain(&self.also)
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        likeness::of_post(self.post.platform.as_deref(), &self.post.id)
    }

    /// Whether it comes before another in a queue.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.compare(other).is_lt()
    }

    /// The order of the queue.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    fn key(&self) -> Key {
        Key {
            rank_at: rank_at(self.created_at, &self.head_start),
            created_at: self.created_at.as_millisecond(),
            id: self.id(),
        }
    }

    fn id(&self) -> PostId {
        let platform = self.post.platform.as_deref().unwrap_or_default();
        PostId { id: self.post.id.to_string(), platform: platform.to_owned() }
    }

    pub(crate) fn is_grief(&self) -> bool {
        self.judgement.assigned.contains(Label::Grief)
    }
}

/// The moment that decides the rank, milliseconds since 1970: `created_at − head start`.
pub fn rank_at(created_at: Timestamp, head_start: &HeadStart) -> i64 {
    created_at.as_millisecond() - head_start.total().as_millis()
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PostId {
    id: String,
    platform: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rank_at: i64,
    created_at: i64,
    id: PostId,
}

/// What happens when a post comes and the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The pipeline waits until someone takes posts out. Nothing is lost.
    #[default]
    Block,
    /// The last post gives way: the queue is the best of all that came, as for a report at the end of a file.
    KeepBest,
    /// The last post that is not grief gives way and counts as shed; when all are grief, the pipeline waits.
    Shed,
}

/// What became of a post that was offered.
#[derive(Debug, PartialEq)]
pub enum Offer {
    /// It is in the queue.
    Kept,
    /// It, or its twin in the queue, was dropped: they are the same post.
    Duplicate,
    /// The queue was full, and this post is out of it now; it may be the one that was offered.
    Displaced(Box<Ranked>),
    /// The queue is full, and the post comes back.
    Full(Box<Ranked>),
}

/// The queue. A plain value: it knows no thread and no clock.
#[derive(Debug)]
pub struct Ranker {
    capacity: usize,
    when_full: WhenFull,
    /// Whether the bound was lifted for what must not be lost.
    unbounded: bool,
    /// The strictest [`Ranker::cut`] so far of a queue that keeps the best: what ranks behind it was turned away, so when
    /// someone leaves, whoever comes next and ranks behind it must not take their place.
    strictest: i64,
    entries: BTreeMap<Key, Ranked>,
    /// Where each post of the queue stands, by its fingerprint.
    keys: HashMap<u64, Key>,
}

impl Ranker {
    /// A queue of at most `capacity` posts.
    pub fn new(capacity: usize, when_full: WhenFull) -> Self {
        // A queue of length 0 keeps nobody.
        let strictest = if capacity == 0 && when_full == WhenFull::KeepBest { i64::MIN } else { i64::MAX };
        Self { capacity, when_full, unbounded: false, strictest, entries: BTreeMap::new(), keys: HashMap::new() }
    }

    /// How many posts wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Who waits, best first.
    pub fn iter(&self) -> impl Iterator<Item = &Ranked> {
        self.entries.values()
    }

    /// Takes a post in, as far as there is room for it.
    pub fn offer(&mut self, mut ranked: Ranked) -> Offer {
        let key = ranked.key();
        if let Some(present) = self.keys.get(&ranked.fingerprint()) {
            if key < *present {
                let present = present.clone();
                if let Some(mut twin) = self.entries.remove(&present) {
                    twin.settle();
                }
                self.insert(key, ranked);
            } else {
                ranked.settle();
            }
            return Offer::Duplicate;
        }
        if key.rank_at > self.strictest {
            return Offer::Displaced(Box::new(ranked));
        }
        if self.entries.len() < self.capacity {
            self.insert(key, ranked);
            return Offer::Kept;
        }
        let last = match self.when_full {
            WhenFull::Block => None,
            WhenFull::KeepBest => self.entries.last_key_value().map(|(last, _)| last.clone()),
            WhenFull::Shed => self.last_but_grief(),
        };
        let must_not_be_lost = match self.when_full {
            WhenFull::Block => true,
            WhenFull::KeepBest => false,
            WhenFull::Shed => ranked.is_grief(),
        };
        match last {
            Some(last) if key < last || must_not_be_lost => {
                self.insert(key, ranked);
                self.remove(&last).map_or(Offer::Kept, |last| Offer::Displaced(Box::new(last)))
            }
            None if must_not_be_lost && self.unbounded => {
                self.insert(key, ranked);
                Offer::Kept
            }
            None if must_not_be_lost => Offer::Full(Box::new(ranked)),
            _ => Offer::Displaced(Box::new(ranked)),
        }
    }

    fn last_but_grief(&self) -> Option<Key> {
        self.entries.iter().rev().find(|(_, ranked)| !ranked.is_grief()).map(|(key, _)| key.clone())
    }

    fn insert(&mut self, key: Key, ranked: Ranked) {
        self.keys.insert(ranked.fingerprint(), key.clone());
        self.entries.insert(key, ranked);
        if self.when_full == WhenFull::KeepBest && self.entries.len() >= self.capacity {
            // One too many is about to be removed.
            let last = self.entries.keys().rev().nth(self.entries.len() - self.capacity);
            self.strictest = last.map_or(self.strictest, |last| self.strictest.min(last.rank_at));
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Ranked> {
        let ranked = self.entries.remove(key)?;
        self.keys.remove(&ranked.fingerprint());
        Some(ranked)
    }

    /// A post that waits, by its fingerprint.
    pub(crate) fn get(&self, post: u64) -> Option<&Ranked> {
        self.entries.get(self.keys.get(&post)?)
    }

    /// A post that waits, to change what its rank is not made of.
    pub(crate) fn get_mut(&mut self, post: u64) -> Option<&mut Ranked> {
        self.entries.get_mut(self.keys.get(&post)?)
    }

    /// Takes one post out, by its fingerprint.
    pub(crate) fn take_out(&mut self, post: u64) -> Option<Ranked> {
        let key = self.keys.get(&post)?.clone();
        self.remove(&key)
    }

    /// Puts back what was taken out, perhaps to another place; there is room for it.
    pub(crate) fn put_back(&mut self, ranked: Ranked) {
        self.insert(ranked.key(), ranked);
    }

    /// Takes the first post out.
    pub fn pop(&mut self) -> Option<Ranked> {
        let (_, ranked) = self.entries.pop_first()?;
        self.keys.remove(&ranked.fingerprint());
        if self.capacity > 0 {
            // The room is for whoever comes.
            self.strictest = i64::MAX;
        }
        Some(ranked)
    }

    /// From now on, a post that would have to wait for room finds it. Others go by the bound as before.
    pub fn lift_bound(&mut self) {
        self.unbounded = true;
    }

    /// A post that ranks after this moment (milliseconds since 1970, see [`rank_at`]) can't get into the queue as it is
    /// now, unless it is grief and the queue sheds; `i64::MAX` while there is room. Lets a worker drop such a post
    /// before it is copied. Of a queue that keeps the best it only falls until someone takes posts out, so what a worker
    /// drops by an earlier cut would be turned away by the present one too.
    pub fn cut(&self) -> i64 {
        match self.when_full {
            WhenFull::Block => i64::MAX,
            WhenFull::KeepBest => self.strictest,
            WhenFull::Shed if self.entries.len() < self.capacity => i64::MAX,
            WhenFull::Shed => self.last_but_grief().map_or(i64::MAX, |last| last.rank_at),
        }
    }
}

#[cfg(test)]
mod tests;
