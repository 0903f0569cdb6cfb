//! Evidence: what others make of a post, by their replies and reposts, kept until the post itself is in the queue and after.

use serde::Serialize;

use crate::recent::Recent;
use crate::reply::ReplyKind;

/// Replies and reposts of so many posts are remembered; those of which nothing was heard for longest are forgotten first.
/// Some 100 bytes each, and 256 at the most for who reposted.
const MOST_POSTS: usize = 65_536;

/// So many replies are remembered, some 150 bytes each.
const MOST_REPLIES: usize = 65_536;

/// So many replies are remembered for one post: far beyond what counts for its rank.
const MOST_REPLIES_TO_ONE: usize = 256;

/// Of so many who reposted a post it is remembered that they did; those after them count each time.
const MOST_REPOSTERS: usize = 32;

/// So many replies are named in a record.
const NAMED: usize = 5;

/// An id beyond this many bytes is not named.
const LONGEST_NAME: usize = 256;

/// What is known of a case in the queue beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// What others replied.
    pub replies: Replies,
    /// How often it was passed on.
    pub reposts: u32,
    /// Further posts of the same person that ranked too far behind to be kept.
    pub unlisted: u32,
    /// How many like texts stand behind this one.
    pub campaign: Option<Copies>,
}

/// People who replied, each counted once, by the first thing that they said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Replies {
    /// They worry.
    #[serde(skip_serializing_if = "is_none")]
    pub concern: u32,
    /// They mourn with them.
    #[serde(skip_serializing_if = "is_none")]
    pub condolence: u32,
    /// They have the same trouble.
    #[serde(skip_serializing_if = "is_none")]
    pub same_trouble: u32,
    /// They gave advice, which gives no minutes.
    #[serde(skip_serializing_if = "is_none")]
    pub advice: u32,
    /// The ids of the first few replies that give minutes.
    #[serde(skip)]
    pub named: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Replies {
    /// How many people replied as if whoever wrote the post still waits for someone.
    pub fn waiting(&self) -> u32 {
        self.concern + self.condolence + self.same_trouble
    }
}

/// Like texts by many authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// How many posts.
    pub posts: u32,
    /// By how many authors; from 256 on at least so many.
    pub authors: u32,
}

/// A reply that says something about the post that it answers. Posts and people are fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The reply itself.
    pub reply: u64,
    /// The id of the reply.
    pub id: Box<str>,
    /// The post that it answers.
    pub to: u64,
    /// Who replied; where nobody knows, the reply stands for its author.
    pub by: u64,
    /// What it says.
    pub kind: ReplyKind,
}

/// What was said about posts, whether they are known or not: a reply may come before what it answers.
#[derive(Debug)]
pub(crate) struct Hearsay {
    about: Recent<About>,
    /// Replies, by their fingerprints, and what they answer.
    replies: Recent<u64>,
}

#[derive(Debug, Default)]
struct About {
    /// In the order in which they came.
    replies: Vec<Heard>,
    reposters: Vec<u64>,
    reposts: u32,
}

impl Hearsay {
    pub(crate) fn new() -> Self {
        Self { about: Recent::new(MOST_POSTS), replies: Recent::new(MOST_REPLIES) }
    }

    /// Notes a reply; false when it is known already.
    pub(crate) fn reply(&mut self, heard: Heard) -> bool {
        let (reply, to) = (heard.reply, heard.to);
        if self.replies.contains(reply)
            || self.about.get(to).is_some_and(|about| about.replies.len() >= MOST_REPLIES_TO_ONE)
        {
            return false;
        }
        self.entry(to, |about| about.replies.push(heard));
        if let Some((forgotten, to)) = self.replies.put(reply, to) {
            self.forget_in(forgotten, to);
        }
        true
    }

    /// Notes that someone passed a post on; false when it is known that they did.
    pub(crate) fn repost(&mut self, of: u64, by: u64) -> bool {
        if self.about.get(of).is_some_and(|about| about.reposters.contains(&by)) {
            return false;
        }
        self.entry(of, |about| {
            about.reposts = about.reposts.saturating_add(1);
            if about.reposters.len() < MOST_REPOSTERS {
                about.reposters.push(by);
            }
        });
        true
    }

    fn entry(&mut self, key: u64, change: impl FnOnce(&mut About)) {
        if let Some(about) = self.about.get_mut(key) {
            change(about);
            return self.about.touch(key);
        }
        let mut about = About::default();
        change(&mut about);
        if let Some((_, forgotten)) = self.about.put(key, about) {
            for heard in forgotten.replies {
                self.replies.remove(heard.reply);
            }
        }
    }

    /// Forgets a reply; returns what it answers.
    pub(crate) fn forget(&mut self, reply: u64) -> Option<u64> {
        let to = self.replies.remove(reply)?;
        self.forget_in(reply, to);
        Some(to)
    }

    /// Forgets all that someone replied; returns what they answered.
    pub(crate) fn forget_person(&mut self, by: u64) -> Vec<u64> {
        let mut answered = Vec::new();
        for (to, about) in self.about.iter_mut() {
            let before = about.replies.len();
            for gone in about.replies.extract_if(.., |heard| heard.by == by) {
                self.replies.remove(gone.reply);
            }
            if about.replies.len() < before {
                answered.push(to);
            }
        }
        answered
    }

    fn forget_in(&mut self, reply: u64, to: u64) {
        if let Some(about) = self.about.get_mut(to) {
            about.replies.retain(|heard| heard.reply != reply);
        }
    }

    /// The replies to some posts, in the order in which they came to each.
    pub(crate) fn replies(&self, posts: &[u64]) -> impl Iterator<Item = &Heard> {
        posts.iter().filter_map(|post| self.about.get(*post)).flat_map(|about| &about.replies)
    }

    /// What others made of the posts of one case, whose authors don't count themselves.
    pub(crate) fn about(&self, posts: &[u64], authors: &[u64]) -> (Replies, u32) {
        let mut counted: Vec<u64> = authors.to_vec();
        let mut replies = Replies::default();
        for heard in self.replies(posts) {
            if counted.contains(&heard.by) {
                continue;
            }
            counted.push(heard.by);
            *match heard.kind {
                ReplyKind::Concern => &mut replies.concern,
                ReplyKind::Condolence => &mut replies.condolence,
                ReplyKind::SameTrouble => &mut replies.same_trouble,
                ReplyKind::Advice => &mut replies.advice,
            } += 1;
            if heard.kind.is_waiting() && replies.named.len() < NAMED && heard.id.len() <= LONGEST_NAME {
                replies.named.push(heard.id.to_string());
            }
        }
        let reposts = posts.iter().filter_map(|post| self.about.get(*post)).map(|about| about.reposts);
        (replies, reposts.fold(0, u32::saturating_add))
    }
}

#[cfg(test)]
mod tests;
