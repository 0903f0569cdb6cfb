//! Parsing: one line of a feed becomes a [`Post`] that borrows from it, or a stated reason why it can't.

mod event;
mod generic;

use std::fmt;

pub use event::{Deletion, Event, Repost, Skipped};

use crate::post::Post;

/// How a feed writes its posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The engine's own field names, flat.
    Generic,
    /// Events of Bluesky's Jetstream.
    Bluesky,
    /// Statuses of Mastodon, and events of its streaming API.
    Mastodon,
    /// Tweets of Twitter's API v1.1, and what its streams send between them.
    TwitterV1,
    /// Responses of Twitter's API v2.
    TwitterV2,
    /// Submissions and comments of Reddit, and listings of them.
    Reddit,
}

/// Why a line is not a post. The line goes to the dead letter, the stream goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The line is not UTF-8; `at` is the offset of the first bad byte.
    InvalidUtf8 {
        /// Offset in the line, bytes.
        at: usize,
    },
    /// The line is not JSON; what the parser said.
    InvalidJson(String),
    /// The line is JSON, but not an object.
    NotAnObject,
    /// The object has no `text`.
    TextMissing,
    /// The `text` is of another type, which is named.
    TextNotAString(&'static str),
    /// The `text` is empty or white space.
    TextEmpty,
    /// The line is longer than the limit.
    LineTooLong {
        /// Length of the line, bytes.
        length: u64,
    },
    /// The post is in a language that the model doesn't read, and the caller wants such posts rejected.
    UnsupportedLanguage {
        /// The ISO 639 code of the language, or the tag that the feed gave.
        lang: String,
    },
}

impl RejectReason {
    /// A stable name for machines, such as `text_missing`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUtf8 { .. } => "invalid_utf8",
            Self::InvalidJson(_) => "invalid_json",
            Self::NotAnObject => "not_an_object",
            Self::TextMissing => "text_missing",
            Self::TextNotAString(_) => "text_not_a_string",
            Self::TextEmpty => "text_empty",
            Self::LineTooLong { .. } => "line_too_long",
            Self::UnsupportedLanguage { .. } => "unsupported_language",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 { at } => write!(f, "not UTF-8 from byte {at} of the line on"),
            Self::InvalidJson(error) => write!(f, "not JSON: {error}"),
            Self::NotAnObject => f.write_str("not a JSON object"),
            Self::TextMissing => f.write_str("the object has no \"text\""),
            Self::TextNotAString(found) => write!(f, "\"text\" is {found}, not a string"),
            Self::TextEmpty => f.write_str("\"text\" is empty"),
            Self::LineTooLong { length } => write!(f, "the line is {length} bytes long, which is over the limit"),
            Self::UnsupportedLanguage { lang } => write!(f, "unsupported language: {lang}"),
        }
    }
}

/// What a line holds.
#[derive(Debug, PartialEq)]
pub struct Parsed<'a> {
    /// The post. Its id is empty where the line gives none.
    pub post: Post<'a>,
    /// How many known fields were of a type that can't be used and count as absent. A person is not turned away because
    /// a feed sends an odd author.
    pub ignored_fields: u32,
}

/// Parses a line of the generic format: `id, text, author, created_at, reply_to, thread, lang, platform, reach`, of which
/// only `text` is required. Unknown fields are skipped.
///
/// ```
/// use hearken::format::{RejectReason, parse};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let post = parse(br#"{"id":17,"text":"My dog died","likes":3}"#).map_err(|reason| reason.to_string())?.post;
/// assert_eq!((&*post.id, &*post.text), ("17", "My dog died"));
/// assert_eq!(parse(br#"{"id":18}"#), Err(RejectReason::TextMissing));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The [`RejectReason`] why the line is no post.
pub fn parse(line: &[u8]) -> Result<Parsed<'_>, RejectReason> {
    let line = std::str::from_utf8(line).map_err(|error| RejectReason::InvalidUtf8 { at: error.valid_up_to() })?;
    generic::parse(line)
}

/// Reads a line of a feed: everything that it holds is appended to `events`, in its order. Without a `format` it is told from
/// the shape of the line. Returns how many known fields were of a type that can't be used and count as absent.
///
/// # Errors
///
/// The [`RejectReason`] why nothing of the line can be used; then nothing was appended.
pub fn read<'a>(line: &'a [u8], format: Option<Format>, events: &mut Vec<Event<'a>>) -> Result<u32, RejectReason> {
    match format {
        None | Some(_) => {
            let Parsed { post, ignored_fields } = parse(line)?;
            events.push(Event::Post(post));
            Ok(ignored_fields)
        }
    }
}

#[cfg(test)]
mod tests;
