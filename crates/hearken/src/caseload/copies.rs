//! Campaigns in the queue: many like texts become one entry, which is held back unless it is grief.

use jiff::Timestamp;

use super::{Arrival, Caseload};
use crate::campaign::{Campaign, Seen, leads};
use crate::likeness::Marks;
use crate::policy::{Disposition, Reason};
use crate::post::PostName;
use crate::rank::Ranked;

impl Caseload {
    /// Takes in a post that is promotion and held back.
    pub fn hold_back(&mut self, mut ranked: Ranked, arrival: Arrival, now: Timestamp) {
        if self.known(&ranked.marks, ranked.created_at, arrival).is_some() {
            return ranked.settle();
        }
        if let Some(ranked) = self.look_for_copies(ranked, now) {
            self.held.push(ranked, now);
        }
    }

    /// The same for a post that nobody will list: it counts if it is one of many.
    pub fn hold_back_unlisted(&mut self, marks: &Marks, created_at: Timestamp, arrival: Arrival, now: Timestamp) {
        if self.known(marks, created_at, arrival).is_none() {
            self.see_copy(marks, created_at, now);
        }
    }

    /// Sees one of perhaps many like texts that is not kept itself.
    pub(super) fn see_copy(&mut self, marks: &Marks, created_at: Timestamp, now: Timestamp) {
        match self.see(marks, None, created_at, now) {
            Seen::Alone => {}
            Seen::Recognised(number, others) => {
                // What stands for the campaign was in the queue before, and is there again.
                self.gather(number, others, None);
            }
            Seen::Known(number) => {
                self.tally.campaign_posts += 1;
                self.count_copies(number);
            }
        }
    }

    /// The campaigns that have grown since the last call, for whoever keeps posts beyond the queue.
    pub fn take_campaigns(&mut self) -> Vec<Campaign> {
        self.campaigns.take_news()
    }

    /// What is held back and is to be listed now; at the `end` all.
    pub fn take_held(&mut self, now: Timestamp, end: bool) -> Vec<Ranked> {
        let mut over = Vec::new();
        if end {
            self.campaigns.end(&mut over);
        } else {
            self.campaigns.expire(now, &mut over);
        }
        let mut held = self.held.take(now, end);
        held.append(&mut over);
        held
    }

    /// Looks whether a post is one of many; comes back if it is to be placed all the same.
    pub(super) fn look_for_copies(&mut self, ranked: Ranked, now: Timestamp) -> Option<Ranked> {
        match self.see(&ranked.marks, self.campaigns.name_of(&ranked), ranked.created_at, now) {
            Seen::Alone => Some(ranked),
            Seen::Recognised(number, others) => self.gather(number, others, Some(ranked)),
            Seen::Known(number) => {
                self.tally.campaign_posts += 1;
                self.add(number, ranked)
            }
        }
    }

    fn see(&mut self, marks: &Marks, name: Option<PostName>, created_at: Timestamp, now: Timestamp) -> Seen {
        let mut over = Vec::new();
        let seen = self.campaigns.see(marks, name, created_at, now, &mut over);
        self.held.list(over);
        seen
    }

    /// Makes one entry of the posts of a campaign that was recognised just now, `newest` among them; which comes back if it
    /// is the one that stands for all.
    fn gather(&mut self, number: u64, others: Vec<u64>, newest: Option<Ranked>) -> Option<Ranked> {
        self.tally.campaigns += 1;
        self.tally.campaign_posts += others.len() as u64 + 1;
        let newest_post = newest.as_ref().map(|newest| newest.marks.post);
        let mut posts: Vec<Ranked> = newest.into_iter().collect();
        for post in others {
            if let Some((taken, rest)) = self.take_post(post) {
                self.put_case(rest);
                posts.push(taken);
            }
            posts.extend(self.held.remove(post));
        }
        let first =
            (0..posts.len()).reduce(|best, other| if leads(&posts[other], &posts[best]) { other } else { best })?;
        let first = posts.swap_remove(first);
        let first = self.add(number, first);
        for ranked in posts {
            self.fold(number, ranked);
        }
        self.count_copies(number);
        let mut first = first?;
        first.evidence.campaign = self.campaigns.cluster(number).map(|cluster| cluster.copies());
        if Some(first.marks.post) == newest_post {
            return Some(first);
        }
        self.rejoin(first);
        None
    }

    /// Adds a post to a campaign. Grief stands for it in the queue unless other grief does, and comes back to be placed;
    /// anything else is folded.
    fn add(&mut self, number: u64, mut ranked: Ranked) -> Option<Ranked> {
        let cluster = self.campaigns.cluster(number)?;
        let in_queue = cluster.queued.is_some_and(|post| self.cases.has(post));
        if !ranked.is_grief() || in_queue {
            self.fold(number, ranked);
            return None;
        }
        cluster.queued = Some(ranked.marks.post);
        ranked.evidence.campaign = Some(cluster.copies());
        let receipt = ranked.receipt.take();
        cluster.keep(ranked.clone());
        ranked.receipt = receipt;
        Some(ranked)
    }

    /// Lets a post only count for its campaign.
    fn fold(&mut self, number: u64, mut ranked: Ranked) {
        let queued = self.policy.disposition(&ranked.judgement, &ranked.head_start) != Disposition::Held;
        self.tally.folded += u64::from(queued);
        if !ranked.is_grief() {
            ranked.head_start = ranked.head_start.with(Reason::Campaign, self.policy.minutes_for_campaign());
        }
        ranked.settle();
        if let Some(cluster) = self.campaigns.cluster(number) {
            cluster.keep(ranked);
        }
        self.count_copies(number);
    }

    /// Tells the entry of a campaign in the queue how many stand behind it.
    fn count_copies(&mut self, number: u64) {
        let Some(cluster) = self.campaigns.cluster(number) else { return };
        let copies = cluster.copies();
        if let Some(post) = cluster.queued
            && let Some(lead) = self.cases.lead(post)
            && let Some(entry) = self.ranker.get_mut(lead)
        {
            entry.evidence.campaign = Some(copies);
        }
    }
}
