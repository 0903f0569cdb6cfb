//! The generic format: the engine's own field names, flat.

use std::borrow::Cow;
use std::fmt;

use bumpalo::Bump;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::escape::unescape;
use super::field::{Flag, List, Scalar};
use super::json::invalid;
use super::shape::{Shape, Telltale};
use super::{Deletion, Event, Format, RejectReason, Repost};
use crate::post::Post;

/// What a line turned out to be.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(super) enum Told<'a> {
    Event(Event<'a>),
    /// Written in another format.
    Other(Format),
}

/// Reads a line; counts in `ignored` the fields that can't be used. A text with escapes goes to `texts`, where there is one. With
/// `detect` its shape may say that it is written in another format; this costs a generic line nothing, for keys must be looked
/// at anyway.
pub(super) fn read<'a>(
    line: &'a str,
    detect: bool,
    texts: Option<&'a Bump>,
    ignored: &mut u32,
) -> Result<Told<'a>, RejectReason> {
    let start = line.trim_ascii_start();
    if !start.starts_with('{') {
        serde_json::from_str::<IgnoredAny>(line).map_err(|error| invalid(&error))?;
        let first = start.strip_prefix('[').map(str::trim_ascii_start).filter(|first| first.starts_with('{'));
        let format = first.filter(|_| detect).and_then(format_of);
        return format.map(Told::Other).ok_or(RejectReason::NotAnObject);
    }
    let mut told = None;
    let mut json = serde_json::Deserializer::from_str(line);
    let wire = WireSeed { told: detect.then_some(&mut told) }.deserialize(&mut json);
    let wire = wire.and_then(|wire| json.end().map(|()| wire));
    match (told, wire) {
        (Some(format), _) => Ok(Told::Other(format)),
        (None, Ok(wire)) => event_of(wire, texts, ignored).map(Told::Event),
        (None, Err(error)) => Err(invalid(&error)),
    }
}

/// The format of the object that `json` begins with, if its shape says one.
fn format_of(json: &str) -> Option<Format> {
    let mut told = None;
    // What else is in it, and whether it ends, is for that format to say.
    let _ = WireSeed { told: Some(&mut told) }.deserialize(&mut serde_json::Deserializer::from_str(json));
    told
}

fn event_of<'a>(wire: Wire<'a>, texts: Option<&'a Bump>, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
    let id = wire.id.string(ignored);
    let author = wire.author.string(ignored);
    let platform = wire.platform.string(ignored);
    if wire.deleted.is_set(ignored) {
        let id = id.ok_or(RejectReason::FieldUnusable("id"))?;
        return Ok(Event::Delete(Deletion { id, platform, author }));
    }
    let repost_of = wire.repost_of.string(ignored);
    let text = match text_of(wire.text, texts) {
        Err(RejectReason::TextMissing) if wire.wrapped => return Err(RejectReason::Wrapped),
        // Who passes on a post need not say what it says.
        Err(RejectReason::TextMissing | RejectReason::TextEmpty) if repost_of.is_some() => Cow::default(),
        text => text?,
    };
    let mut post = Post::new(id.unwrap_or_default(), text);
    post.reply_to = wire.reply_to.string(ignored);
    post.thread = wire.thread.string(ignored);
    post.quotes = wire.quote_of.string(ignored);
    post.lang = wire.lang.string(ignored);
    post.platform = platform;
    post.created_at = wire.created_at.timestamp();
    post.reach = wire.reach.count(ignored);
    post.links = wire.links.strings(ignored).collect();
    post.mentions = wire.mentions.strings(ignored).collect();
    let edited = wire.edited.is_set(ignored);
    if let Some(repost_of) = repost_of {
        let id = Some(std::mem::replace(&mut post.id, repost_of)).filter(|id| !id.is_empty());
        return Ok(Event::Repost(Repost { id, author, created_at: post.created_at.take(), of: post }));
    }
    post.author = author;
    Ok(if edited { Event::Edit(post) } else { Event::Post(post) })
}

fn text_of<'a>(text: Scalar<'a>, texts: Option<&'a Bump>) -> Result<Cow<'a, str>, RejectReason> {
    match text {
        Scalar::String(written) => {
            Some(unescape(written, texts)).filter(|text| !text.trim().is_empty()).ok_or(RejectReason::TextEmpty)
        }
        Scalar::Number(_) => Err(RejectReason::TextNotAString("a number")),
        Scalar::Other(found) => Err(RejectReason::TextNotAString(found)),
        Scalar::Absent => Err(RejectReason::TextMissing),
    }
}

#[derive(Default)]
struct Wire<'a> {
    text: Scalar<'a>,
    id: Scalar<'a>,
    author: Scalar<'a>,
    created_at: Scalar<'a>,
    reply_to: Scalar<'a>,
    thread: Scalar<'a>,
    quote_of: Scalar<'a>,
    repost_of: Scalar<'a>,
    lang: Scalar<'a>,
    platform: Scalar<'a>,
    reach: Scalar<'a>,
    links: List<Scalar<'a>>,
    mentions: List<Scalar<'a>>,
    deleted: Flag,
    edited: Flag,
    /// Whether a dump has put the thing into another.
    wrapped: bool,
}

impl Wire<'_> {
    /// Whether the line says something of its own in this format.
    fn says_something(&self) -> bool {
        !self.text.is_absent() || !self.repost_of.is_absent() || matches!(self.deleted, Flag::Set)
    }
}

/// The keys that are known; the last stands for all others.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Text,
    Id,
    Author,
    CreatedAt,
    ReplyTo,
    Thread,
    QuoteOf,
    RepostOf,
    Lang,
    Platform,
    Reach,
    Links,
    Mentions,
    Deleted,
    Edited,
    Foreign(Telltale),
}

/// Reads the fields of an object. Where they give another format away it stores that in `told`, and may leave off.
struct WireSeed<'told> {
    told: Option<&'told mut Option<Format>>,
}

impl<'de> DeserializeSeed<'de> for WireSeed<'_> {
    type Value = Wire<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Wire<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WireSeed<'_> {
    type Value = Wire<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire<'de>, A::Error> {
        let mut wire = Wire::default();
        let mut shape = Shape::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Text => once("text", &mut wire.text, &mut map)?,
                Key::Id => once("id", &mut wire.id, &mut map)?,
                Key::Author => once("author", &mut wire.author, &mut map)?,
                Key::CreatedAt => once("created_at", &mut wire.created_at, &mut map)?,
                Key::ReplyTo => once("reply_to", &mut wire.reply_to, &mut map)?,
                Key::Thread => once("thread", &mut wire.thread, &mut map)?,
                Key::QuoteOf => once("quote_of", &mut wire.quote_of, &mut map)?,
                Key::RepostOf => once("repost_of", &mut wire.repost_of, &mut map)?,
                Key::Lang => once("lang", &mut wire.lang, &mut map)?,
                Key::Platform => once("platform", &mut wire.platform, &mut map)?,
                Key::Reach => once("reach", &mut wire.reach, &mut map)?,
                Key::Links => wire.links = map.next_value()?,
                Key::Mentions => wire.mentions = map.next_value()?,
                Key::Deleted => wire.deleted = map.next_value()?,
                Key::Edited => wire.edited = map.next_value()?,
                Key::Foreign(key) => match &self.told {
                    Some(_) => {
                        if let Some(format) = shape.note(key, &mut map)? {
                            self.told.map(|told| told.replace(format));
                            return Ok(wire);
                        }
                    }
                    None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                },
            }
        }
        if let Some(told) = self.told.filter(|_| !wire.says_something()) {
            *told = shape.without_text();
        }
        wire.wrapped = shape.has_payload();
        Ok(wire)
    }
}

/// Reads the value of a key that must not come twice: which one would be meant?
fn once<'de, A: MapAccess<'de>>(name: &'static str, field: &mut Scalar<'de>, map: &mut A) -> Result<(), A::Error> {
    if !field.is_absent() {
        return Err(A::Error::duplicate_field(name));
    }
    *field = map.next_value()?;
    Ok(())
}
