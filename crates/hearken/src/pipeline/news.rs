//! News: what a stream says, for whoever keeps cases beyond the queue, such as a desk.

use std::sync::Arc;

use jiff::Timestamp;

use crate::campaign::Campaign;
use crate::caseload::Moved;
use crate::format::Deletion;
use crate::policy::Disposition;
use crate::post::Post;
use crate::rank::Ranked;
use crate::receipt::Receipt;
use crate::reply::ReplyKind;

/// What some posts of the input come to. The cases come first: what is said of a post may be said of one of them.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct News {
    /// Posts that are worth a human's time, each with the others of the same person that came with it.
    pub cases: Vec<Ranked>,
    /// Promotion and campaigns.
    pub held: Vec<Ranked>,
    /// Posts that nobody needs, as far as [`Builder::sample`](super::Builder::sample) asks for them.
    pub suppressed: Vec<Ranked>,
    /// What is said of posts, in the order of the input.
    pub tidings: Vec<Tiding>,
    /// The share of it all in the batch that it came with; the posts have shares of their own.
    pub receipt: Option<Receipt>,
}

/// Something that is said of a post, whether or not anyone has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Tiding {
    /// Its author changed it: what it says now, and what is to become of it. If it is worth a human's time, it is among the
    /// cases too, unless it is one of many like texts.
    Edited(Box<Ranked>, Disposition),
    /// Its author changed it into something that the model can't read: what was made of it counts no more.
    Unjudged(Box<Unjudged>),
    /// It is one of many like texts. Comes last: it is said of posts of the same news too.
    Campaign(Box<Campaign>),
    /// Someone answered it.
    Replied(Box<Reply>),
    /// Someone passed it on.
    Reposted {
        /// Its network.
        platform: Option<String>,
        /// Its id.
        id: String,
        /// How often it was passed on, as far as is remembered.
        total: u32,
    },
    /// It was taken back; or all that someone wrote was.
    Deleted(Deletion<'static>),
}

/// What a post says now that nobody has judged.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unjudged {
    /// The post.
    pub post: Post<'static>,
    /// When it was written: its own time, or that of its arrival where its own is missing or absurd.
    pub created_at: Timestamp,
    /// The model that doesn't read it, as records call it.
    pub model: Arc<str>,
}

/// A reply that says something about the post that it answers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The reply; `reply_to` names what it answers.
    pub post: Post<'static>,
    /// When it was written: its own time, or that of its arrival where its own is missing or absurd.
    pub created_at: Timestamp,
    /// What it says.
    pub kind: ReplyKind,
    /// If the post that it answers was told before: where that stands by now.
    pub moves: Option<Moved>,
}

impl News {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.held.is_empty() && self.suppressed.is_empty() && self.tidings.is_empty()
    }

    /// What became of all of it is durable; its source may forget it.
    pub fn settle(self) {
        for mut ranked in self.cases.into_iter().chain(self.held).chain(self.suppressed) {
            ranked.settle();
        }
        for tiding in self.tidings {
            if let Tiding::Edited(mut ranked, _) = tiding {
                ranked.settle();
            }
        }
        if let Some(receipt) = self.receipt {
            receipt.settle();
        }
    }
}
