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
    text: Option<Text<'a>>,
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
    let wire: Wire<'_> = serde_json::from_str(line).map_err(|error| diagnose(line, &error))?;
    let text = wire.text.ok_or(RejectReason::TextMissing)?.0;
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
        Scalar::Other => {
            *ignored += 1;
            None
        }
    }
}

/// Finds out why a line could not be read; costs a second look, which only bad lines pay.
#[cold]
fn diagnose(line: &str, error: &serde_json::Error) -> RejectReason {
    #[derive(Deserialize)]
    struct Probe {
        text: Option<serde_json::Value>,
    }
    if !line.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok() {
        return RejectReason::NotAnObject;
    }
    let found = match serde_json::from_str(line) {
        Ok(Probe { text: Some(text) }) => match text {
            serde_json::Value::Bool(_) => Some("a boolean"),
            serde_json::Value::Number(_) => Some("a number"),
            serde_json::Value::Array(_) => Some("an array"),
            serde_json::Value::Object(_) => Some("an object"),
            serde_json::Value::Null | serde_json::Value::String(_) => None,
        },
        _ => None,
    };
    // A line is one line: its number is in the dead letter already.
    let parser = || error.to_string().replace(" at line 1 column ", " at column ");
    found.map_or_else(|| RejectReason::InvalidJson(parser()), RejectReason::TextNotAString)
}

/// A text, read as bytes so that half of a surrogate pair, which feeds that cut long posts do send, becomes U+FFFD and
/// doesn't cost the post.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
        Ok(Text(String::from_utf8_lossy(bytes)))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
    }
}

/// A field that ought to be a string or a number; anything else is skipped and called `Other`.
enum Scalar<'a> {
    String(Cow<'a, str>),
    Integer(i128),
    Number(f64),
    Other,
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
            Self::Other => None,
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
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}
