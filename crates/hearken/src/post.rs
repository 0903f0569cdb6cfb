//! The record that everything else works on: one post, borrowed from the line it was read from, or owned.

use std::borrow::Cow;

pub use jiff::Timestamp;
use serde::Serialize;

/// One post of a social stream. Only `text` is always there.
///
/// Text fields borrow from the input line where they can; [`Post::into_owned`] cuts the tie. Serialized, it is a line of the
/// generic format.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Post<'a> {
    /// Identifies the post within its platform. A line without one is called `FILE:LINE`, a submitted post `submitted:N`.
    pub id: Cow<'a, str>,
    /// What the person wrote.
    pub text: Cow<'a, str>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Cow<'a, str>>,
    /// When it was written. Without it the post counts as written when it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The id of the post that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Cow<'a, str>>,
    /// The id of the first post of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<Cow<'a, str>>,
    /// The id of the post that this one quotes.
    #[serde(rename = "quote_of", skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Cow<'a, str>>,
    /// BCP 47 tag of the language, as the feed gave it; after the model's language check what is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<Cow<'a, str>>,
    /// The network the post comes from; part of its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Cow<'a, str>>,
    /// How many people may see the post: followers, as a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<u64>,
    /// Where the post points to: addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Cow<'a, str>>,
    /// Whom the post names: the authors' names, as in `author`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Cow<'a, str>>,
}

impl<'a> Post<'a> {
    /// A post with an id and a text; set the other fields as far as they are known.
    pub fn new(id: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { id: id.into(), text: text.into(), ..Self::default() }
    }

    /// The same post with every field owned.
    pub fn into_owned(self) -> Post<'static> {
        fn own(field: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
            field.map(|text| Cow::Owned(text.into_owned()))
        }
        fn own_all(fields: Vec<Cow<'_, str>>) -> Vec<Cow<'static, str>> {
            fields.into_iter().map(|text| Cow::Owned(text.into_owned())).collect()
        }
        Post {
            id: Cow::Owned(self.id.into_owned()),
            text: Cow::Owned(self.text.into_owned()),
            author: own(self.author),
            created_at: self.created_at,
            reply_to: own(self.reply_to),
            thread: own(self.thread),
            quotes: own(self.quotes),
            lang: own(self.lang),
            platform: own(self.platform),
            reach: self.reach,
            links: own_all(self.links),
            mentions: own_all(self.mentions),
        }
    }
}

/// A longer id is not remembered: no network has any. Bytes.
const LONGEST_NAME: usize = 256;

/// What a post is called, for whoever has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostName {
    /// The network it is on.
    pub platform: Option<Box<str>>,
    /// Its id there.
    pub id: Box<str>,
}

impl PostName {
    /// The name of a post; none where it is longer than 256 bytes, so that what remembers names is bounded.
    pub fn of(post: &Post<'_>) -> Option<Self> {
        let platform = post.platform.as_deref();
        let is_short = post.id.len() <= LONGEST_NAME && platform.is_none_or(|platform| platform.len() <= LONGEST_NAME);
        is_short.then(|| Self { platform: platform.map(Into::into), id: post.id.as_ref().into() })
    }
}

/// Posts dated before this (2000-01-01T00:00:00Z, seconds) carry a broken clock, not an old cry for help.
const EARLIEST_SECOND: i64 = 946_684_800;

/// How far a post may be dated ahead of its arrival, seconds: one day covers every time-zone mistake.
const LATEST_AHEAD: i64 = 86_400;

/// The creation time to rank by, and whether it is the post's own.
///
/// A missing or absurd time is replaced by the time of arrival: taken at its word, a date far in the past would put the
/// post on top for ever, and one far in the future would starve it.
///
/// ```
/// use hearken::{Timestamp, post::effective_time};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let received: Timestamp = "2026-11-20T12:00:00Z".parse()?;
/// let yesterday = "2026-11-19T12:00:00Z".parse()?;
/// assert_eq!(effective_time(Some(yesterday), received), (yesterday, true));
/// assert_eq!(effective_time(Some(Timestamp::UNIX_EPOCH), received), (received, false));
/// # Ok(())
/// # }
/// ```
pub fn effective_time(created_at: Option<Timestamp>, received: Timestamp) -> (Timestamp, bool) {
    match created_at {
        Some(time)
            if time.as_second() >= EARLIEST_SECOND && time.as_second() <= received.as_second() + LATEST_AHEAD =>
        {
            (time, true)
        }
        _ => (received, false),
    }
}
