//! The caseload: the queue as a stream of posts, edits, deletions, reposts and replies makes it.
//!
//! In the queue stands a person's trouble, once: all that one author wrote within a day, on one network or copied to
//! another, is one case at the place of its best post; what others reply to it moves it ahead; many like texts by many
//! authors are one entry with a count. A plain value: it knows no thread and no clock, and what it makes of a stream depends
//! on the order of the stream alone.
//!
//! Beside the queue it remembers, each bounded by a constant here or in its module: what was deleted, edited and handed out,
//! what was replied (`evidence`), what texts were seen (`campaign`), what just missed the queue, and what is held back for a while.

mod cases;
mod copies;
mod held;
mod memory;
mod near;

use jiff::Timestamp;

use crate::campaign::Campaigns;
use crate::evidence::{Heard, Hearsay};
use crate::format::Deletion;
use crate::likeness::{self, Marks};
use crate::policy::{HeadStart, Policy, Reason};
use crate::rank::{Ranked, Ranker, WhenFull, rank_at};
use crate::tally::Tally;
use cases::Cases;
use held::Held;
use memory::{HandedOut, Memory};
use near::Near;

/// How a post came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Its author wrote it.
    Written,
    /// Its author changed it.
    Edited,
    /// Someone passed it on.
    PassedOn,
}

/// Why a post doesn't come in.
enum Known {
    /// It was deleted, or its author's account was.
    Gone,
    /// It was there before, or a newer version of it.
    Seen,
}

/// A reply that would stand in the queue for itself.
#[derive(Debug)]
pub struct Answer {
    /// What it says about the post that it answers.
    pub heard: Heard,
    /// Whether its author needs someone too.
    pub needs_someone_too: bool,
}

/// What the caller wants to be told beside the queue; the rest is not kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// What is held back.
    pub held: bool,
    /// The campaigns that have grown.
    pub campaigns: bool,
    /// Deletions without a name: of someone who deleted their account, the posts that were handed out, one by one.
    pub nameless: bool,
}

/// Where a post that was handed out stands by now.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Moved {
    /// The time that it is ranked by.
    pub created_at: Timestamp,
    /// What counts for it, the replies included.
    pub head_start: HeadStart,
    /// The ids of the first few replies that give minutes.
    pub replies: Vec<String>,
}

/// The queue of cases. See the module.
#[derive(Debug)]
pub struct Caseload {
    policy: Policy,
    when_full: WhenFull,
    ranker: Ranker,
    cases: Cases,
    hearsay: Hearsay,
    campaigns: Campaigns,
    held: Held,
    near: Near,
    memory: Memory,
    tally: Tally,
}

impl Caseload {
    /// A queue of at most `capacity` cases.
    pub fn new(policy: Policy, capacity: usize, when_full: WhenFull, wants: Wants) -> Self {
        Self {
            ranker: Ranker::new(capacity, when_full),
            cases: Cases::default(),
            hearsay: Hearsay::new(),
            campaigns: Campaigns::new(policy.campaign_authors, policy.campaign_within, wants.campaigns),
            held: Held::new(wants.held),
            near: Near::new(),
            memory: Memory::new(wants.nameless),
            tally: Tally::default(),
            policy,
            when_full,
        }
    }

    /// How many cases wait.
    pub fn len(&self) -> usize {
        self.ranker.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.ranker.is_empty()
    }

    /// Who waits, best first.
    pub fn iter(&self) -> impl Iterator<Item = &Ranked> {
        self.ranker.iter()
    }

    /// See [`Ranker::cut`].
    pub fn cut(&self) -> i64 {
        self.ranker.cut()
    }

    /// See [`Ranker::lift_bound`].
    pub fn lift_bound(&mut self) {
        self.ranker.lift_bound();
    }

    /// What was counted since the last call.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// Takes a post in that is worth a human's time. Where there is no room and it must not be lost it comes back, to be
    /// offered to [`Caseload::place`] when someone has left.
    pub fn offer(&mut self, mut ranked: Ranked, arrival: Arrival, now: Timestamp) -> Option<Box<Ranked>> {
        if !self.comes_in(&ranked.marks, ranked.created_at, arrival) {
            ranked.settle();
            return None;
        }
        if self.is_behind_cut(&ranked) {
            ranked.settle();
            self.tally.count_left_out(self.when_full, ranked.judgement.assigned);
            self.note(&ranked.marks, ranked.created_at, arrival, now);
            return None;
        }
        // The same post again is no copy of itself.
        if !self.cases.has(ranked.marks.post) {
            ranked = self.look_for_copies(ranked, now)?;
        }
        self.place(ranked)
    }

    /// Takes in a reply that would stand in the queue for itself: where it only speaks to someone who is there already, or was
    /// handed out, it counts for them instead.
    pub fn answer(
        &mut self,
        mut ranked: Ranked,
        answer: Answer,
        arrival: Arrival,
        now: Timestamp,
    ) -> Option<Box<Ranked>> {
        let Answer { heard, needs_someone_too } = answer;
        let to = heard.to;
        self.reply(heard, now);
        let same_person = ranked.marks.person.is_some_and(|person| self.cases.is_by(to, person));
        if !needs_someone_too && !same_person && !self.is_behind_cut(&ranked) {
            ranked.marks.answers = Some(to);
            if self.cases.has(to) || self.memory.was_handed_out(to) {
                ranked.settle();
                self.tally.replies_only += 1;
                return None;
            }
        }
        self.offer(ranked, arrival, now)
    }

    /// A reply that says something about the post that it answers. It may bring that post into the queue.
    pub fn reply(&mut self, heard: Heard, now: Timestamp) {
        let to = heard.to;
        if !self.memory.is_gone(heard.reply) && self.hearsay.reply(heard) {
            self.tally.replies += 1;
            self.refresh(to);
            self.lift(to, now);
        }
    }

    /// Someone passed a post on.
    pub fn repost(&mut self, of: u64, by: u64) {
        if self.hearsay.repost(of, by) {
            self.refresh(of);
        }
    }

    /// How often a post was passed on, as far as is remembered.
    pub fn reposts_of(&self, post: u64) -> u32 {
        self.hearsay.about(&[post], &[]).1
    }

    /// What the head start of a post that was handed out is by now: others may have replied since.
    pub fn moved(&self, post: u64) -> Option<Moved> {
        let HandedOut { by, created_at, head_start, .. } = self.memory.as_handed_out(post)?;
        let (replies, _) = self.hearsay.about(&[post], by.as_slice());
        let minutes = self.policy.minutes_for_replies(replies.waiting());
        let head_start = head_start.as_ref()?.with(Reason::Replies, minutes);
        Some(Moved { created_at: *created_at, head_start, replies: replies.named })
    }

    /// A post is not what it was, as its author has changed it: what it says now comes as [`Arrival::Edited`] if it is worth
    /// a human's time.
    pub fn retract(&mut self, post: u64) {
        self.memory.edited(post);
        self.forget(post);
    }

    /// A post ranks so far behind that a full queue has no room for it: it only counts.
    pub fn note(&mut self, marks: &Marks, created_at: Timestamp, arrival: Arrival, now: Timestamp) {
        let known = self.known(marks, created_at, arrival).is_some();
        if known || self.cases.has(marks.post) || !self.memory.is_new(marks.post) {
            return;
        }
        self.see_copy(marks, created_at, now);
        if let Some(lead) = self.cases.of_person(marks)
            && let Some(case) = self.ranker.get_mut(lead)
            && is_within(case.created_at, created_at, self.policy.case_within)
        {
            case.evidence.unlisted = case.evidence.unlisted.saturating_add(1);
        }
    }

    /// A post, or all that someone wrote until `now`, was deleted.
    pub fn delete(&mut self, deletion: &Deletion<'_>, now: Timestamp) {
        self.tally.deletions += 1;
        let platform = deletion.platform.as_deref();
        if !deletion.id.is_empty() {
            let post = likeness::of_post(platform, &deletion.id);
            self.memory.gone(post);
            self.forget(post);
            self.memory.tell(&[post], deletion);
        } else if let Some(author) = deletion.author.as_deref() {
            let person = likeness::of_person(platform, author);
            self.memory.person_gone(person, now);
            let mut posts = self.cases.posts_by(person);
            posts.extend(self.campaigns.posts_by(person));
            posts.extend(self.held.posts_by(person));
            posts.extend(self.near.posts_by(person));
            for post in in_order(posts) {
                self.forget(post);
            }
            for answered in in_order(self.hearsay.forget_person(person)) {
                self.refresh(answered);
            }
            let handed_out = in_order(self.memory.handed_out_by(person));
            self.memory.tell(&handed_out, deletion);
        }
    }

    /// Takes the first case out.
    pub fn pop(&mut self) -> Option<Ranked> {
        let case = self.ranker.pop()?;
        for ranked in case.posts() {
            self.cases.remove(&ranked.marks);
            self.memory.handed_out(ranked);
        }
        Some(case)
    }

    /// Deletions of posts that were handed out, since the last call: whoever has them must let go of them.
    pub fn take_deletions(&mut self) -> Vec<Deletion<'static>> {
        self.memory.take_deletions()
    }

    /// Whether a post may come in; counts it if not.
    fn comes_in(&mut self, marks: &Marks, created_at: Timestamp, arrival: Arrival) -> bool {
        match self.known(marks, created_at, arrival) {
            None => return true,
            Some(Known::Gone) => self.tally.withdrawn += 1,
            Some(Known::Seen) => self.tally.duplicates += 1,
        }
        false
    }

    /// Why a post may not come in: it was deleted, or is an older version, or was passed on and is known.
    fn known(&self, marks: &Marks, created_at: Timestamp, arrival: Arrival) -> Option<Known> {
        let post = marks.post;
        if self.memory.is_gone(post)
            || marks.person.is_some_and(|person| self.memory.is_person_gone(person, created_at))
        {
            return Some(Known::Gone);
        }
        let seen = match arrival {
            Arrival::Edited => false,
            Arrival::Written => self.memory.was_edited(post),
            Arrival::PassedOn => {
                self.memory.was_edited(post) || self.memory.was_handed_out(post) || self.cases.has(post)
            }
        };
        seen.then_some(Known::Seen)
    }

    /// Whether a post can't get into a full queue whatever is replied to it.
    fn is_behind_cut(&self, ranked: &Ranked) -> bool {
        let may_be_lost = match self.when_full {
            WhenFull::Block => false,
            WhenFull::KeepBest => true,
            WhenFull::Shed => !ranked.is_grief(),
        };
        let rank_at = rank_at(ranked.created_at, &ranked.head_start);
        may_be_lost && is_behind(rank_at, self.ranker.cut(), &self.policy)
    }

    /// Takes a post out of everything but the replies to it.
    fn forget(&mut self, post: u64) {
        self.withdraw(post);
        if let Some(answered) = self.hearsay.forget(post) {
            self.refresh(answered);
        }
    }

    /// Takes a post out of the queue, of what is held back and of what just missed it; those of the same case stay.
    fn withdraw(&mut self, post: u64) {
        self.near.remove(post);
        if let Some(mut gone) = self.held.remove(post) {
            gone.settle();
        }
        let led = self.campaigns.is_led_by(post);
        let next = self.campaigns.forget(post);
        let Some((mut gone, mut rest)) = self.take_post(post) else { return };
        gone.settle();
        if led {
            rest.iter_mut().for_each(|ranked| ranked.evidence.campaign = None);
        }
        self.put_case(rest);
        match next {
            // It was folded before, and now it is the other one that does not stand for itself.
            Some(next) if !self.cases.has(next.marks.post) => self.rejoin(next),
            _ => self.tally.withdrawn += 1,
        }
    }
}

/// Whether a post that ranks at this moment is behind the cut, and would be with all that replies can add.
pub fn is_behind(rank_at: i64, cut: i64, policy: &Policy) -> bool {
    rank_at.saturating_sub(policy.most_for_replies().as_millis()) > cut
}

/// In an order that is the same each time: that of a map is not, and what stands for a campaign depends on what is forgotten first.
fn in_order(mut posts: Vec<u64>) -> Vec<u64> {
    posts.sort_unstable();
    posts.dedup();
    posts
}

fn is_within(one: Timestamp, other: Timestamp, minutes: u32) -> bool {
    (one.as_second() - other.as_second()).abs() <= i64::from(minutes) * 60
}

#[cfg(test)]
mod tests;
