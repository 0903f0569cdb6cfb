//! Cases: which posts are one person's trouble.

use std::collections::HashMap;

use super::{Caseload, is_within};
use crate::evidence::Evidence;
use crate::likeness::Marks;
use crate::policy::{HeadStart, Minutes, Reason};
use crate::rank::{Offer, Ranked};

/// So many further posts of a case are kept with it; those after them, the last in rank, only count.
const MOST_ALSO: usize = 32;

/// Where each post of the queue stands, by fingerprints: bounded by the queue and by what a case may hold.
#[derive(Debug, Default)]
pub(super) struct Cases {
    /// Posts: the first post of the case and the author.
    pub(super) posts: HashMap<u64, (u64, Option<u64>)>,
    /// What marks a case, an author or words: the first post of the latest case that has the mark.
    marked: HashMap<u64, u64>,
}

impl Cases {
    pub(super) fn has(&self, post: u64) -> bool {
        self.posts.contains_key(&post)
    }

    pub(super) fn is_by(&self, post: u64, person: u64) -> bool {
        self.posts.get(&post).is_some_and(|(_, by)| *by == Some(person))
    }

    pub(super) fn posts_by(&self, person: u64) -> Vec<u64> {
        self.posts.iter().filter(|(_, (_, by))| *by == Some(person)).map(|(post, _)| *post).collect()
    }

    pub(super) fn lead(&self, post: u64) -> Option<u64> {
        self.posts.get(&post).map(|(lead, _)| *lead)
    }

    pub(super) fn of_person(&self, marks: &Marks) -> Option<u64> {
        self.marked.get(&marks.person?).copied()
    }

    fn insert(&mut self, marks: &Marks, lead: u64) {
        self.posts.insert(marks.post, (lead, marks.person));
        for mark in [marks.person, marks.words_and_name, marks.words].into_iter().flatten() {
            self.marked.insert(mark, lead);
        }
    }

    pub(super) fn remove(&mut self, marks: &Marks) {
        let Some((lead, _)) = self.posts.remove(&marks.post) else { return };
        for mark in [marks.person, marks.words_and_name, marks.words].into_iter().flatten() {
            if self.marked.get(&mark) == Some(&lead) {
                self.marked.remove(&mark);
            }
        }
    }
}

impl Caseload {
    /// Gives a post its place: with the same post, with others of the same person, or one of its own as far as there is room.
    /// Comes back where there is none and it must not be lost.
    pub fn place(&mut self, ranked: Ranked) -> Option<Box<Ranked>> {
        let post = ranked.marks.post;
        if let Some((twin, mut others)) = self.take_post(post) {
            self.tally.duplicates += 1;
            let (mut kept, mut dropped) = if ranked.is_before(&twin) { (ranked, twin) } else { (twin, ranked) };
            dropped.settle();
            kept.evidence.unlisted = kept.evidence.unlisted.max(dropped.evidence.unlisted);
            kept.evidence.campaign = kept.evidence.campaign.or(dropped.evidence.campaign);
            others.push(kept);
            self.put_case(others);
            return None;
        }
        let mut joined = self.same_person(&ranked);
        if !joined.is_empty() {
            self.tally.merged += 1;
            joined.push(ranked);
            self.put_case(joined);
            self.drop_replies_to(post);
            return None;
        }
        let case = self.assemble(vec![ranked])?;
        match self.ranker.offer(case) {
            Offer::Kept | Offer::Duplicate => self.enter(post),
            Offer::Displaced(mut out) => {
                if out.marks.post != post {
                    self.enter(post);
                }
                for ranked in out.posts() {
                    self.cases.remove(&ranked.marks);
                    self.tally.count_left_out(self.when_full, ranked.judgement.assigned);
                }
                out.settle();
            }
            Offer::Full(back) => return Some(back),
        }
        None
    }

    /// Notes where a new case stands, and lets it speak for those who only reply to it.
    fn enter(&mut self, post: u64) {
        if let Some(case) = self.ranker.get(post) {
            self.cases.insert(&case.marks, post);
            self.drop_replies_to(post);
        }
    }

    /// Takes replies out of the queue that only speak to a post which is in it now.
    fn drop_replies_to(&mut self, post: u64) {
        let replies: Vec<u64> = self.hearsay.replies(&[post]).map(|heard| heard.reply).collect();
        for reply in replies {
            let Some((mut gone, mut rest)) = self.take_post(reply) else { continue };
            if gone.marks.answers == Some(post) && !rest.iter().any(|other| other.marks.post == post) {
                gone.settle();
                self.tally.replies_only += 1;
            } else {
                rest.push(gone);
            }
            self.put_case(rest);
        }
    }

    /// Takes the cases out that a post belongs to: of the same person, or of the same words copied to another network.
    fn same_person(&mut self, ranked: &Ranked) -> Vec<Ranked> {
        let Marks { person, words_and_name, words, .. } = ranked.marks;
        let mut joined = Vec::new();
        for (mark, is_words) in [(person, false), (words_and_name, false), (words, true)] {
            let Some(lead) = mark.and_then(|mark| self.cases.marked.get(&mark).copied()) else { continue };
            let Some(case) = self.ranker.get(lead) else { continue };
            let near = is_within(case.created_at, ranked.created_at, self.policy.case_within);
            // One author each: two of one network who say the same are two.
            let elsewhere = || case.posts().all(|other| other.post.platform != ranked.post.platform);
            if near && (!is_words || elsewhere()) {
                joined.extend(self.take_case(lead));
            }
        }
        joined
    }

    /// Takes a whole case out, post by post.
    fn take_case(&mut self, lead: u64) -> Vec<Ranked> {
        let Some(mut case) = self.ranker.take_out(lead) else { return Vec::new() };
        case.head_start = by_itself(&case);
        let also = std::mem::take(&mut case.also);
        let posts: Vec<Ranked> = std::iter::once(case).chain(also).collect();
        for ranked in &posts {
            self.cases.remove(&ranked.marks);
        }
        posts
    }

    /// Puts a post in that was in the queue before: with others of the same person, or by itself as far as there is room.
    /// Where it must not be lost, it stands over the bound.
    pub(super) fn rejoin(&mut self, ranked: Ranked) {
        let mut posts = self.same_person(&ranked);
        if posts.is_empty() {
            let back = self.place(ranked);
            self.put_case(back.into_iter().map(|back| *back).collect());
        } else {
            posts.push(ranked);
            self.put_case(posts);
        }
    }

    /// Takes one post out of the queue, and the others of its case with it.
    pub(super) fn take_post(&mut self, post: u64) -> Option<(Ranked, Vec<Ranked>)> {
        let mut posts = self.take_case(self.cases.lead(post)?);
        let place = posts.iter().position(|ranked| ranked.marks.post == post)?;
        let mut taken = posts.remove(place);
        if let Some(next) = posts.first_mut() {
            // What counts for the case stays with it.
            next.evidence.unlisted = next.evidence.unlisted.max(std::mem::take(&mut taken.evidence.unlisted));
        }
        Some((taken, posts))
    }

    /// Puts posts of one case in, or back; there is room for them.
    pub(super) fn put_case(&mut self, posts: Vec<Ranked>) {
        if let Some(case) = self.assemble(posts) {
            for ranked in case.posts() {
                self.cases.insert(&ranked.marks, case.marks.post);
            }
            self.ranker.put_back(case);
        }
    }

    /// Ranks a case anew, as others say something about one of its posts.
    pub(super) fn refresh(&mut self, post: u64) {
        if let Some(lead) = self.cases.lead(post) {
            let posts = self.take_case(lead);
            self.put_case(posts);
        }
    }

    /// Makes posts one case: the best by what they say themselves comes first, and all that others say counts for it.
    fn assemble(&mut self, mut posts: Vec<Ranked>) -> Option<Ranked> {
        let mut unlisted = 0u32;
        let mut campaign = None;
        for ranked in &mut posts {
            unlisted = unlisted.saturating_add(ranked.evidence.unlisted);
            campaign = campaign.or(ranked.evidence.campaign);
            ranked.evidence = Evidence::default();
            ranked.head_start = by_itself(ranked);
        }
        posts.sort_by(Ranked::compare);
        while posts.len() > 1 + MOST_ALSO {
            let mut last = posts.pop()?;
            last.settle();
            unlisted = unlisted.saturating_add(1);
        }
        let fingerprints: Vec<u64> = posts.iter().map(|ranked| ranked.marks.post).collect();
        let authors: Vec<u64> = posts.iter().filter_map(|ranked| ranked.marks.person).collect();
        let (replies, reposts) = self.hearsay.about(&fingerprints, &authors);
        let mut posts = posts.into_iter();
        let mut case = posts.next()?;
        case.also = posts.collect();
        let minutes = self.policy.minutes_for_replies(replies.waiting());
        case.head_start = case.head_start.with(Reason::Replies, minutes);
        case.evidence.replies = replies;
        case.evidence.reposts = reposts;
        case.evidence.unlisted = unlisted;
        case.evidence.campaign = campaign;
        Some(case)
    }
}

/// The head start of a post without what others say about it.
fn by_itself(ranked: &Ranked) -> HeadStart {
    ranked.head_start.with(Reason::Replies, Minutes::default())
}
