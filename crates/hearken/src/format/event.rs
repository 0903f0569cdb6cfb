//! What a feed can say: here is a post, it was changed, passed on, taken back.

use std::borrow::Cow;

use jiff::Timestamp;

use super::RejectReason;
use crate::post::Post;

/// One thing that a feed says.
#[derive(Debug, PartialEq)]
pub enum Event<'a> {
    /// Someone wrote a post.
    Post(Post<'a>),
    /// An author changed a post: this is what it says now.
    Edit(Post<'a>),
    /// Someone passed on another's post.
    Repost(Repost<'a>),
    /// A post was taken back, or taken down.
    Delete(Deletion<'a>),
    /// One of several things of a line is no post.
    Rejected(RejectReason),
    /// It is nothing that anyone wrote.
    Skipped(Skipped),
}

/// A post of another's, passed on without a word of one's own.
#[derive(Debug, PartialEq)]
pub struct Repost<'a> {
    /// The id of the repost itself, where it has one.
    pub id: Option<Cow<'a, str>>,
    /// Who passed it on.
    pub author: Option<Cow<'a, str>>,
    /// When.
    pub created_at: Option<Timestamp>,
    /// What was passed on: the whole post where the feed brings it along, else one whose text is empty.
    pub of: Post<'a>,
}

/// The end of a post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion<'a> {
    /// The id of the post.
    pub id: Cow<'a, str>,
    /// The network the post was on.
    pub platform: Option<Cow<'a, str>>,
    /// Who wrote it. Where `id` is empty, all that this author wrote is gone: the account was deleted.
    pub author: Option<Cow<'a, str>>,
}

/// What is skipped, and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// A like, a follow, a block, a vote, a picture: an act without words.
    NoPost,
    /// News of an account, such as another handle.
    Account,
    /// What a server says of the stream itself: notices, limits, keep-alives.
    Control,
}

impl<'a> Event<'a> {
    /// The post that was written, changed or passed on.
    pub(crate) fn post_mut(&mut self) -> Option<&mut Post<'a>> {
        match self {
            Self::Post(post) | Self::Edit(post) => Some(post),
            Self::Repost(repost) => Some(&mut repost.of),
            Self::Delete(_) | Self::Rejected(_) | Self::Skipped(_) => None,
        }
    }

    /// The same with every field owned.
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Post(post) => Event::Post(post.into_owned()),
            Self::Edit(post) => Event::Edit(post.into_owned()),
            Self::Repost(repost) => Event::Repost(repost.into_owned()),
            Self::Delete(deletion) => Event::Delete(deletion.into_owned()),
            Self::Rejected(reason) => Event::Rejected(reason),
            Self::Skipped(what) => Event::Skipped(what),
        }
    }
}

impl Repost<'_> {
    /// The same with every field owned.
    pub fn into_owned(self) -> Repost<'static> {
        let Self { id, author, created_at, of } = self;
        Repost { id: own(id), author: own(author), created_at, of: of.into_owned() }
    }
}

impl Deletion<'_> {
    /// The same with every field owned.
    pub fn into_owned(self) -> Deletion<'static> {
        Deletion { id: Cow::Owned(self.id.into_owned()), platform: own(self.platform), author: own(self.author) }
    }
}

fn own(field: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
    field.map(|text| Cow::Owned(text.into_owned()))
}
