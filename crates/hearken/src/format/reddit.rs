//! Submissions (`t3`) and comments (`t1`) of Reddit: `{"kind", "data"}` as the API wraps them, the bare data, listings of them,
//! and the pair of listings that a page of comments is. Markdown is kept as text.

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{Flag, List, Object, Scalar};
use super::json::{Out, each};
use super::text::unescaped;
use super::{Deletion, Event, RejectReason, Skipped};
use crate::post::Post;

const PLATFORM: Cow<'static, str> = Cow::Borrowed("reddit");

pub(super) fn read<'a>(line: &'a str, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    each(line, out, read_thing)
}

/// Whatever Reddit sends. A thing that is wrapped has `kind` and `data` only, and `data` has the rest.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Thing<'a> {
    kind: Scalar<'a>,
    data: Object<Box<Thing<'a>>>,
    /// Of a listing.
    children: List<Object<Box<Thing<'a>>>>,
    /// Of a comment: the listing of its answers, or "".
    replies: Object<Box<Thing<'a>>>,
    name: Scalar<'a>,
    id: Scalar<'a>,
    author: Scalar<'a>,
    created_utc: Scalar<'a>,
    edited: Scalar<'a>,
    body: Scalar<'a>,
    link_id: Scalar<'a>,
    parent_id: Scalar<'a>,
    title: Scalar<'a>,
    selftext: Scalar<'a>,
    is_self: Flag,
    url: Scalar<'a>,
    crosspost_parent: Scalar<'a>,
}

/// Reads a thing and all that is in it. It calls itself as deep as the JSON goes, which the parser bounds.
fn read_thing<'a>(thing: Thing<'a>, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    if thing.kind.is_absent() {
        return read_post(thing, out);
    }
    let known = matches!(&*thing.kind.word(), "t1" | "t3" | "Listing");
    if !known {
        // Subreddits, votes, messages, and "more", which stands for comments that are not sent along.
        out.events.push(Event::Skipped(Skipped::NoPost));
        return Ok(());
    }
    let data = thing.data.get(&mut out.ignored).ok_or(RejectReason::FieldUnusable("data"))?;
    if thing.kind.word() != "Listing" {
        return read_post(*data, out);
    }
    for child in data.children.elements {
        let outcome = match child {
            Object::Is(child) => read_thing(*child, out),
            Object::Absent | Object::Other => Err(RejectReason::NotAnObject),
        };
        if let Err(reason) = outcome {
            out.events.push(Event::Rejected(reason));
        }
    }
    Ok(())
}

/// Reads a submission, or a comment with its answers.
fn read_post<'a>(mut thing: Thing<'a>, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    let replies = std::mem::take(&mut thing.replies);
    let event = thing.event(&mut out.ignored)?;
    out.events.push(event);
    // Without any it is an empty string.
    let Object::Is(listing) = replies else { return Ok(()) };
    if let Err(reason) = read_thing(*listing, out) {
        out.events.push(Event::Rejected(reason));
    }
    Ok(())
}

impl<'a> Thing<'a> {
    fn event(self, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        let is_comment = !self.body.is_absent();
        if !is_comment && self.title.is_absent() {
            return Err(RejectReason::UnknownObject);
        }
        let prefix = if is_comment { "t1_" } else { "t3_" };
        // Archives leave out the full name.
        let by_id = |id: Scalar<'a>, ignored: &mut u32| Some(Cow::Owned(format!("{prefix}{}", id.string(ignored)?)));
        let id = self.name.string(ignored).or_else(|| by_id(self.id, ignored));
        let id = id.ok_or(RejectReason::FieldUnusable("name"))?;
        let author = self.author.string(ignored).filter(|author| author != "[deleted]");
        let words = |text: Scalar<'a>, name, ignored: &mut u32| match text {
            Scalar::String(_) => Ok(unescaped(text.word())),
            Scalar::Absent => Ok(Cow::default()),
            other => other.string(ignored).ok_or(RejectReason::FieldUnusable(name)),
        };
        let text = words(self.body, "body", ignored)?;
        let (title, selftext) = (words(self.title, "title", ignored)?, words(self.selftext, "selftext", ignored)?);
        if is_gone(&text) || is_gone(&selftext) {
            return Ok(Event::Delete(Deletion { id, platform: Some(PLATFORM), author }));
        }
        let text = match (is_comment, selftext.trim().is_empty()) {
            (true, _) => text,
            (false, true) => title,
            (false, false) => Cow::Owned(format!("{title}\n\n{selftext}")),
        };
        if text.trim().is_empty() {
            return Ok(Event::Skipped(Skipped::NoPost));
        }
        let mut post = Post::new(id, text);
        post.platform = Some(PLATFORM);
        post.author = author;
        post.created_at = self.created_utc.timestamp();
        post.quotes = self.crosspost_parent.string(ignored);
        if is_comment {
            post.reply_to = self.parent_id.string(ignored);
            post.thread = self.link_id.string(ignored);
        } else if !self.is_self.is_set(ignored) {
            post.links.extend(self.url.string(ignored));
        }
        // False, or when.
        let edited = self.edited.timestamp().is_some();
        Ok(if edited { Event::Edit(post) } else { Event::Post(post) })
    }
}

/// What stands in place of a text that its author deleted, or a moderator removed.
fn is_gone(text: &str) -> bool {
    matches!(text.trim(), "[deleted]" | "[removed]" | "[ Removed by Reddit ]" | "[deleted by user]")
}
