//! Campaigns: nearly the same words by many authors within a window of time.
//!
//! Texts that are like one another are a cluster; a cluster with posts by enough authors is a campaign. Likeness is to the
//! first text of the cluster, so a chain of small changes does not grow into one of everything. What a campaign makes of the
//! queue is `caseload`'s.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::evidence::Copies;
use crate::likeness::{Marks, SignatureIndex};
use crate::post::PostName;
use crate::rank::Ranked;
use crate::recent::Recent;

/// So many texts are held against each new one; those of which no copy was seen for longest are forgotten first. With its
/// signature in the index about 1 KB each, so 16 MB when full.
const MOST_TEXTS: usize = 16_384;

/// So many posts of a cluster are known one by one; those after them are only counted.
const MOST_KNOWN: usize = 256;

/// So many posts of a campaign are kept whole: the one that stands for all, and those that take its place if it is deleted.
const MOST_KEPT: usize = 5;

/// The clusters of the last texts.
#[derive(Debug)]
pub(crate) struct Campaigns {
    index: SignatureIndex,
    clusters: Recent<Cluster>,
    /// The cluster of each post that is known.
    numbers: HashMap<u64, u64>,
    next: u64,
    /// By so many authors a text is a campaign.
    authors: usize,
    window: i64,
    /// The campaigns that have grown and were not told since, if anyone is to be told.
    grown: Option<BTreeSet<u64>>,
}

#[derive(Debug, Default)]
pub(crate) struct Cluster {
    known: Vec<Sighting>,
    /// Posts beyond those that are known.
    more: u32,
    /// When its last post was seen, seconds since 1970: by arrival.
    last: i64,
    recognised: bool,
    /// The best of its posts, as soon as it is recognised.
    kept: Vec<Ranked>,
    /// The post that stands for all in the queue, by its fingerprint; without one the campaign is held back.
    pub(crate) queued: Option<u64>,
    /// What was told to stand for it. It stays the same while it is there, however many better ones come.
    entry: Option<Box<Ranked>>,
    /// Posts that were not told yet to belong to it.
    untold: Vec<PostName>,
}

#[derive(Debug)]
struct Sighting {
    post: u64,
    author: u64,
    at: i64,
    /// Whoever keeps posts beyond the queue may have it before it is one of many.
    name: Option<Box<PostName>>,
}

/// Many like texts by many authors, as told to whoever keeps posts beyond the queue.
#[derive(Debug)]
#[non_exhaustive]
pub struct Campaign {
    /// The post that stands for all, with their number in its evidence. Grief never does.
    pub entry: Ranked,
    /// Posts that belong to it, as far as this was not told before: each has come earlier or with it, and may be in the queue no
    /// more.
    pub posts: Vec<PostName>,
}

/// What a post is among those like it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// One of few.
    Alone,
    /// It makes a campaign, the number of the cluster, of these earlier posts.
    Recognised(u64, Vec<u64>),
    /// It belongs to a campaign that is known already.
    Known(u64),
}

impl Campaigns {
    /// `window` is in minutes. Without `tells` nothing is kept for [`Campaigns::take_news`].
    pub(crate) fn new(authors: u32, window: u32, tells: bool) -> Self {
        Self {
            index: SignatureIndex::new(),
            clusters: Recent::new(MOST_TEXTS),
            numbers: HashMap::new(),
            next: 0,
            authors: authors as usize,
            window: i64::from(window) * 60,
            grown: tells.then(BTreeSet::new),
        }
    }

    /// What a post is called, if anyone is to be told.
    pub(crate) fn name_of(&self, ranked: &Ranked) -> Option<PostName> {
        self.grown.as_ref().and_then(|_| PostName::of(&ranked.post))
    }

    /// Sees a post, written at `at` and arrived at `now`; seen again it counts no more. What had to be forgotten for it and
    /// was held back goes to `over`.
    pub(crate) fn see(
        &mut self,
        marks: &Marks,
        name: Option<PostName>,
        at: Timestamp,
        now: Timestamp,
        over: &mut Vec<Ranked>,
    ) -> Seen {
        let (Some(signature), Some(author)) = (&marks.signature, marks.person) else { return Seen::Alone };
        self.expire(now, over);
        let sighting = Sighting { post: marks.post, author, at: at.as_second(), name: name.map(Box::new) };
        let Some(number) = self.index.like(signature) else {
            let number = self.next;
            self.next += 1;
            self.index.insert(number, signature);
            let cluster = Cluster { known: vec![sighting], last: now.as_second(), ..Cluster::default() };
            self.numbers.insert(marks.post, number);
            if let Some((gone, cluster)) = self.clusters.put(number, cluster) {
                self.drop_cluster(gone, cluster, over);
            }
            return Seen::Alone;
        };
        self.clusters.touch(number);
        let Some(cluster) = self.clusters.get_mut(number) else { return Seen::Alone };
        cluster.last = now.as_second();
        if cluster.recognised {
            cluster.untold.extend(sighting.name.as_deref().cloned());
        }
        cluster.see(sighting, number, self.window, &mut self.numbers);
        if cluster.recognised {
            self.grown.as_mut().map(|grown| grown.insert(number));
            return Seen::Known(number);
        }
        if cluster.authors() < self.authors {
            return Seen::Alone;
        }
        cluster.recognised = true;
        cluster.untold =
            cluster.known.iter_mut().filter_map(|sighting| sighting.name.take()).map(|name| *name).collect();
        self.grown.as_mut().map(|grown| grown.insert(number));
        let others = cluster.known.iter().map(|sighting| sighting.post).filter(|post| *post != marks.post);
        Seen::Recognised(number, others.collect())
    }

    pub(crate) fn cluster(&mut self, number: u64) -> Option<&mut Cluster> {
        self.clusters.get_mut(number)
    }

    /// Forgets a post that was deleted or changed. Where it stood for all in the queue, the next one comes back to take its
    /// place.
    pub(crate) fn forget(&mut self, post: u64) -> Option<Ranked> {
        let number = self.numbers.remove(&post)?;
        let cluster = self.clusters.get_mut(number)?;
        cluster.known.retain(|sighting| sighting.post != post);
        cluster.kept.retain(|kept| kept.marks.post != post);
        if let Some(gone) = cluster.entry.take_if(|entry| entry.marks.post == post) {
            // Where it stood there stands the next one.
            cluster.untold.extend(PostName::of(&gone.post));
            self.grown.as_mut().map(|grown| grown.insert(number));
        }
        if cluster.queued != Some(post) {
            return None;
        }
        // Without grief to take its place, the rest is held back.
        let next = cluster.kept.first().filter(|next| next.is_grief()).cloned();
        cluster.queued = next.as_ref().map(|next| next.marks.post);
        let campaign = Some(cluster.copies());
        next.map(|mut next| {
            next.evidence.campaign = campaign;
            next
        })
    }

    /// The campaigns that have grown since the last call, or were recognised, as far as they are held back.
    pub(crate) fn take_news(&mut self) -> Vec<Campaign> {
        let grown = self.grown.as_mut().map(std::mem::take).unwrap_or_default();
        grown.into_iter().filter_map(|number| self.clusters.get_mut(number)?.told()).collect()
    }

    /// Whether a post stands for a campaign in the queue.
    pub(crate) fn is_led_by(&self, post: u64) -> bool {
        let cluster = self.numbers.get(&post).and_then(|number| self.clusters.get(*number));
        cluster.is_some_and(|cluster| cluster.queued == Some(post))
    }

    /// The posts of someone, as far as they are known.
    pub(crate) fn posts_by(&self, author: u64) -> Vec<u64> {
        let known = self.clusters.iter().flat_map(|(_, cluster)| &cluster.known);
        known.filter(|sighting| sighting.author == author).map(|sighting| sighting.post).collect()
    }

    /// Ends what no copy was seen of for the whole window.
    pub(crate) fn expire(&mut self, now: Timestamp, over: &mut Vec<Ranked>) {
        let since = now.as_second() - self.window;
        while self.clusters.oldest().is_some_and(|cluster| cluster.last < since) {
            let Some((number, cluster)) = self.clusters.pop_oldest() else { return };
            self.drop_cluster(number, cluster, over);
        }
    }

    /// Ends all.
    pub(crate) fn end(&mut self, over: &mut Vec<Ranked>) {
        while let Some((number, cluster)) = self.clusters.pop_oldest() {
            self.drop_cluster(number, cluster, over);
        }
    }

    fn drop_cluster(&mut self, number: u64, cluster: Cluster, over: &mut Vec<Ranked>) {
        self.index.remove(number);
        for sighting in &cluster.known {
            self.numbers.remove(&sighting.post);
        }
        over.extend(cluster.held());
    }
}

impl Cluster {
    fn see(&mut self, sighting: Sighting, number: u64, window: i64, numbers: &mut HashMap<u64, u64>) {
        if self.known.iter().any(|known| known.post == sighting.post) {
            return;
        }
        if !self.recognised {
            for old in self.known.extract_if(.., |known| (known.at - sighting.at).abs() > window) {
                numbers.remove(&old.post);
            }
        }
        if self.known.len() < MOST_KNOWN {
            numbers.insert(sighting.post, number);
            self.known.push(sighting);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn authors(&self) -> usize {
        let mut authors: Vec<u64> = self.known.iter().map(|sighting| sighting.author).collect();
        authors.sort_unstable();
        authors.dedup();
        authors.len()
    }

    /// How many like texts there are.
    pub(crate) fn copies(&self) -> Copies {
        Copies { posts: self.known.len() as u32 + self.more, authors: self.authors() as u32 }
    }

    /// Keeps a post whole if it is among the best.
    pub(crate) fn keep(&mut self, mut ranked: Ranked) {
        // It is counted; what becomes of the campaign doesn't depend on it.
        ranked.settle();
        ranked.also.clear();
        if self.kept.iter().any(|kept| kept.marks.post == ranked.marks.post) {
            return;
        }
        let place = self.kept.partition_point(|kept| leads(kept, &ranked));
        self.kept.insert(place, ranked);
        self.kept.truncate(MOST_KEPT);
    }

    /// What is to be told of the campaign by now. Of one that is all grief nothing: nobody holds that back.
    fn told(&mut self) -> Option<Campaign> {
        let posts = std::mem::take(&mut self.untold);
        let best = || self.kept.iter().find(|kept| !kept.is_grief()).cloned().map(Box::new);
        let mut entry = *self.entry.take().or_else(best)?;
        entry.evidence.campaign = Some(self.copies());
        self.entry = Some(Box::new(entry.clone()));
        Some(Campaign { entry, posts })
    }

    /// What stands for the campaign if it is held back, with its final count.
    fn held(self) -> Option<Ranked> {
        if !self.recognised || self.queued.is_some() {
            return None;
        }
        let campaign = Some(self.copies());
        // What was told to stand for it is known where it was told.
        self.entry.map(|entry| *entry).or_else(|| self.kept.into_iter().next()).map(|mut best| {
            best.evidence.campaign = campaign;
            best
        })
    }
}

/// Whether a post rather stands for a campaign than another: grief before all else, then the better rank.
pub(crate) fn leads(one: &Ranked, other: &Ranked) -> bool {
    if one.is_grief() == other.is_grief() { one.is_before(other) } else { one.is_grief() }
}

#[cfg(test)]
mod tests;
