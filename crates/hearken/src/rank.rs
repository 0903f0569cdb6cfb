//! Ranking: a bounded queue, ordered by who needs a human first.
//!
//! The order is `created_at − head start`, smaller first; ties go to the older post, then to the smaller id. A post that
//! comes twice (same platform and id) stands in the queue once, where it ranks better, so neither the order of arrival
//! nor a redelivery changes the queue.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::label::Label;
use crate::policy::HeadStart;
use crate::post::Post;
use crate::receipt::Receipt;
use crate::score::Judgement;

/// A post worth a human's time, with all that its rank is made of.
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
    /// The post's share in the batch that it came with, if its source wants to know: to be settled when what became of the
    /// post is durable.
    pub receipt: Option<Receipt>,
}

impl Ranked {
    /// What became of the post is durable; its source may forget it.
    pub fn settle(&mut self) {
        if let Some(receipt) = self.receipt.take() {
            receipt.settle();
        }
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

    fn is_grief(&self) -> bool {
        self.judgement.assigned.contains(Label::Grief)
    }
}

/// The moment that decides the rank, milliseconds since 1970: `created_at − head start`.
pub fn rank_at(created_at: Timestamp, head_start: &HeadStart) -> i64 {
    created_at.as_millisecond() - head_start.total().as_millis()
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    entries: BTreeMap<Key, Ranked>,
    /// Where each post of the queue stands.
    keys: HashMap<PostId, Key>,
}

impl Ranker {
    /// A queue of at most `capacity` posts.
    pub fn new(capacity: usize, when_full: WhenFull) -> Self {
        Self { capacity, when_full, unbounded: false, entries: BTreeMap::new(), keys: HashMap::new() }
    }

    /// How many posts wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a post in, as far as there is room for it.
    pub fn offer(&mut self, mut ranked: Ranked) -> Offer {
        let key = ranked.key();
        if let Some(present) = self.keys.get(&key.id) {
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
        self.keys.insert(key.id.clone(), key.clone());
        self.entries.insert(key, ranked);
    }

    fn remove(&mut self, key: &Key) -> Option<Ranked> {
        self.keys.remove(&key.id);
        self.entries.remove(key)
    }

    /// Takes the first post out.
    pub fn pop(&mut self) -> Option<Ranked> {
        let (key, ranked) = self.entries.pop_first()?;
        self.keys.remove(&key.id);
        Some(ranked)
    }

    /// From now on, a post that would have to wait for room finds it. Others go by the bound as before.
    pub fn lift_bound(&mut self) {
        self.unbounded = true;
    }

    /// A post that ranks after this moment (milliseconds since 1970, see [`rank_at`]) can't get into the queue as it is
    /// now, unless it is grief and the queue sheds; `i64::MAX` while there is room. Lets a worker drop such a post
    /// before it is copied.
    pub fn cut(&self) -> i64 {
        if self.entries.len() < self.capacity {
            return i64::MAX;
        }
        match self.when_full {
            WhenFull::Block => i64::MAX,
            // A queue of length 0 keeps nobody.
            WhenFull::KeepBest => self.entries.last_key_value().map_or(i64::MIN, |(last, _)| last.rank_at),
            WhenFull::Shed => self.last_but_grief().map_or(i64::MAX, |last| last.rank_at),
        }
    }
}

#[cfg(test)]
mod tests;
