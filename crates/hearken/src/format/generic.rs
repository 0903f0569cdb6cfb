//! The generic format: the engine's own field names, flat.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Parsed, RejectReason};
use crate::post::Post;

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    text: Option<Scalar<'a>>,
    #[serde(borrow)]
    id: Option<Scalar<'a>>,
    #[serde(borrow)]
    author: Option<Scalar<'a>>,
    #[serde(borrow)]
    created_at: Option<Scalar<'a>>,
    #[serde(borrow)]
    reply_to: Option<Scalar<'a>>,
    #[serde(borrow)]
    thread: Option<Scalar<'a>>,
    #[serde(borrow)]
    lang: Option<Scalar<'a>>,
    #[serde(borrow)]
    platform: Option<Scalar<'a>>,
    #[serde(borrow)]
    reach: Option<Scalar<'a>>,
}

pub(super) fn parse(line: &str) -> Result<Parsed<'_>, RejectReason> {
    // Serde would take an array of nine for the fields in order.
    if !line.trim_ascii_start().starts_with('{') {
        let syntax = serde_json::from_str::<IgnoredAny>(line);
        return Err(syntax.map_or_else(|error| invalid(&error), |_| RejectReason::NotAnObject));
    }
    let error = match serde_json::from_str(line) {
        Ok(wire) => return post_of(wire),
        Err(error) => error,
    };
    let repaired = without_half_pairs(line).ok_or_else(|| invalid(&error))?;
    let wire = serde_json::from_str(&repaired).map_err(|error| invalid(&error))?;
    let Parsed { post, ignored_fields } = post_of(wire)?;
    Ok(Parsed { post: post.into_owned(), ignored_fields })
}

fn post_of(wire: Wire<'_>) -> Result<Parsed<'_>, RejectReason> {
    let text = match wire.text {
        Some(Scalar::String(text)) => text,
        Some(Scalar::Integer(_) | Scalar::Number(_)) => return Err(RejectReason::TextNotAString("a number")),
        Some(Scalar::Other(found)) => return Err(RejectReason::TextNotAString(found)),
        None => return Err(RejectReason::TextMissing),
    };
    if text.trim().is_empty() {
        return Err(RejectReason::TextEmpty);
    }
    let mut ignored_fields = 0;
    let ignored = &mut ignored_fields;
    let mut post = Post::new(string_of(wire.id, ignored).unwrap_or_default(), text);
    post.author = string_of(wire.author, ignored);
    post.reply_to = string_of(wire.reply_to, ignored);
    post.thread = string_of(wire.thread, ignored);
    post.lang = string_of(wire.lang, ignored);
    post.platform = string_of(wire.platform, ignored);
    post.created_at = wire.created_at.and_then(|time| time.timestamp());
    post.reach = match wire.reach {
        None => None,
        Some(Scalar::Integer(reach)) => u64::try_from(reach.max(0)).ok(),
        Some(Scalar::Number(reach)) => Some(reach.max(0.0) as u64),
        Some(_) => {
            ignored_fields += 1;
            None
        }
    };
    Ok(Parsed { post, ignored_fields })
}

fn string_of<'a>(field: Option<Scalar<'a>>, ignored: &mut u32) -> Option<Cow<'a, str>> {
    match field? {
        Scalar::String(text) => Some(text),
        Scalar::Integer(number) => Some(Cow::Owned(number.to_string())),
        Scalar::Number(number) => Some(Cow::Owned(number.to_string())),
        Scalar::Other(_) => {
            *ignored += 1;
            None
        }
    }
}

fn invalid(error: &serde_json::Error) -> RejectReason {
    // A line is one line: its number is in the dead letter already.
    RejectReason::InvalidJson(error.to_string().replace(" at line 1 column ", " at column "))
}

/// The line with U+FFFD in place of each half of a surrogate pair; `None` where it has no such half. Feeds that cut long
/// posts do send them, which must not cost the post.
#[cold]
fn without_half_pairs(line: &str) -> Option<String> {
    fn unit(escape: &str) -> Option<u16> {
        u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
    }
    let mut repaired = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        let (length, half) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0xD800..=0xDFFF), _) => (6, true),
            // The backslash and what it escapes.
            _ => (escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end), false),
        };
        repaired.push_str(before);
        repaired.push_str(if half { "\\ufffd" } else { &escape[..length] });
        rest = &escape[length..];
    }
    repaired.push_str(rest);
    (repaired != line).then_some(repaired)
}

/// A field that ought to be a string or a number; anything else is skipped.
enum Scalar<'a> {
    String(Cow<'a, str>),
    Integer(i128),
    Number(f64),
    /// Of another type, which is named.
    Other(&'static str),
}

impl Scalar<'_> {
    /// RFC 3339, a civil date and time taken as UTC, or seconds or milliseconds since 1970.
    fn timestamp(&self) -> Option<Timestamp> {
        /// Seconds would lie beyond the year 5138: it's milliseconds.
        const MILLISECONDS_FROM: i128 = 100_000_000_000;
        match self {
            Self::String(text) => text.parse().ok().or_else(|| {
                let civil: DateTime = text.parse().ok()?;
                Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
            }),
            Self::Integer(number) if number.abs() < MILLISECONDS_FROM => {
                Timestamp::from_second(i64::try_from(*number).ok()?).ok()
            }
            Self::Integer(number) => Timestamp::from_millisecond(i64::try_from(*number).ok()?).ok(),
            // Fractions of a second.
            Self::Number(number) => Timestamp::from_microsecond((number * 1e6) as i64).ok(),
            Self::Other(_) => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a number")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::String(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Integer(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Integer(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other("a boolean"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other("an object"))
    }
}
