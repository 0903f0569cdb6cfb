//! What a chunk does to the queue, in the order of the input.

use jiff::Timestamp;

use crate::caseload::{Answer, Arrival};
use crate::evidence::Heard;
use crate::format::Deletion;
use crate::likeness::Marks;
use crate::post::Post;
use crate::rank::Ranked;

/// One thing that happens to the queue. A post that needs nobody and answers nobody makes none.
#[derive(Debug)]
pub(super) enum Happening {
    /// A post that is worth a human's time, and what it says of another, if it is a reply.
    Queued(Box<Ranked>, Arrival, Option<Answer>),
    /// A post that is promotion.
    Held(Box<Ranked>, Arrival),
    /// The same where nobody lists what is held back.
    HeldUnlisted(Marks, Timestamp, Arrival),
    /// A post that just misses the queue.
    Missed(Box<Ranked>, Arrival),
    /// A post that is worth a human's time but has no room in the queue: it only counts.
    Noted(Marks, Timestamp, Arrival),
    /// A reply that needs nobody itself.
    Reply(Heard),
    /// Someone passed a post on, by fingerprints.
    Repost { of: u64, by: u64 },
    /// A post, by its fingerprint, doesn't say any more what it said.
    Changed(u64),
    /// A post or all that someone wrote is gone.
    Deleted(Deletion<'static>),
}

/// What a chunk says beside plain posts.
#[derive(Debug)]
pub(super) enum Aside {
    /// The post at this place changes an earlier one.
    Edit,
    /// A post was changed into something that nobody is to judge.
    Unjudged(Box<Post<'static>>),
    /// Someone passed the post at this place on.
    PassedOn { by: u64 },
    /// Someone passed on a post that did not come along; its name, where that is to be told.
    Repost { of: u64, by: u64, post: Option<Box<Post<'static>>> },
    /// A deletion.
    Deleted(Deletion<'static>),
}
