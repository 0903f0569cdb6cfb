//! Parsing: one line of a feed becomes a [`Post`] that borrows from it, or a stated reason why it can't.

mod event;
mod reject;

mod escape;
mod field;
mod json;
mod text;

mod bluesky;
mod generic;
mod html;
mod mastodon;
mod reddit;
mod shape;
mod twitter_v1;
mod twitter_v2;

pub use event::{Deletion, Event, Repost, Skipped};
pub use reject::RejectReason;

use bumpalo::Bump;

use crate::post::Post;
use generic::Told;
use json::Out;

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

/// What a line holds.
#[derive(Debug, PartialEq)]
pub struct Parsed<'a> {
    /// The post. Its id is empty where the line gives none.
    pub post: Post<'a>,
    /// How many known fields were of a type that can't be used and count as absent. A person is not turned away because
    /// a feed sends an odd author.
    pub ignored_fields: u32,
}

/// Parses a line of the generic format that is a post: `id, text, author, created_at, reply_to, thread, quote_of, lang,
/// platform, reach, links, mentions`, of which only `text` is required. Unknown fields are skipped.
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
    let mut ignored_fields = 0;
    match generic::read(utf8(line)?, false, None, &mut ignored_fields)? {
        Told::Event(Event::Post(post) | Event::Edit(post)) => Ok(Parsed { post, ignored_fields }),
        Told::Event(_) | Told::Other(_) => Err(RejectReason::NoPost),
    }
}

/// Reads a line of a feed: everything that it holds is appended to `events`, in its order. Without a `format` it is told from
/// the shape of the line. Returns how many known fields were of a type that can't be used and count as absent.
///
/// A line of the generic format is as for [`parse`], or has `"deleted": true` (the post `id` is gone), `"edited": true` (this is
/// what it says now), or `repost_of` (someone passed that post on; the text, if there is one, is its own).
///
/// ```
/// use hearken::format::{Event, read};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut events = Vec::new();
/// let tweet = br#"{"id_str":"1","full_text":"My dog died","user":{"screen_name":"ann"}}"#;
/// read(tweet, None, &mut events).map_err(|reason| reason.to_string())?;
/// assert!(matches!(&events[..], [Event::Post(post)] if post.author.as_deref() == Some("ann")));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The [`RejectReason`] why nothing of the line can be used; then nothing was appended.
pub fn read<'a>(line: &'a [u8], format: Option<Format>, events: &mut Vec<Event<'a>>) -> Result<u32, RejectReason> {
    read_keeping(line, format, None, events)
}

/// The same; keeps in `texts`, where there is one, what can't be borrowed from the line.
pub(crate) fn read_keeping<'a>(
    line: &'a [u8],
    format: Option<Format>,
    texts: Option<&'a Bump>,
    events: &mut Vec<Event<'a>>,
) -> Result<u32, RejectReason> {
    let before = events.len();
    let read = read_as(utf8(line)?, format, texts, events);
    if read.is_err() {
        events.truncate(before);
    }
    read
}

fn read_as<'a>(
    line: &'a str,
    format: Option<Format>,
    texts: Option<&'a Bump>,
    events: &mut Vec<Event<'a>>,
) -> Result<u32, RejectReason> {
    let mut out = Out { events, ignored: 0 };
    let format = match format {
        None | Some(Format::Generic) => match generic::read(line, format.is_none(), texts, &mut out.ignored)? {
            Told::Event(event) => {
                out.events.push(event);
                return Ok(out.ignored);
            }
            Told::Other(format) => format,
        },
        Some(format) => format,
    };
    // What was met on the way to the shape is met again.
    out.ignored = 0;
    match format {
        Format::Generic => Err(RejectReason::UnknownObject),
        Format::Bluesky => bluesky::read(line, &mut out),
        Format::Mastodon => mastodon::read(line, &mut out),
        Format::TwitterV1 => twitter_v1::read(line, &mut out),
        Format::TwitterV2 => twitter_v2::read(line, &mut out),
        Format::Reddit => reddit::read(line, &mut out),
    }?;
    Ok(out.ignored)
}

fn utf8(line: &[u8]) -> Result<&str, RejectReason> {
    std::str::from_utf8(line).map_err(|error| RejectReason::InvalidUtf8 { at: error.valid_up_to() })
}

#[cfg(test)]
mod tests;
