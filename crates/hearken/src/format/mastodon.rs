//! Statuses of Mastodon, and the events of its streaming API: `{"event": "update", "payload": "…"}`, in which the payload is
//! JSON in a string. Events that come as server-sent events are brought into this shape by whoever receives them.
//!
//! A status is called by its `id`, which is that of the server it is read from, and not by its `uri`, which is the same on all
//! servers: answers, quotes and deletions name the id only. A status that is read from two servers is therefore two posts;
//! author, text and time tell that they are one.

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{List, Object, Scalar};
use super::json::{Out, each, invalid};
use super::{Deletion, Event, RejectReason, Repost, Skipped, html};
use crate::post::Post;

const PLATFORM: Cow<'static, str> = Cow::Borrowed("mastodon");

pub(super) fn read<'a>(line: &'a str, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    each(line, out, |mut status: Status<'a>, out| {
        let event = if let Some(name) = std::mem::take(&mut status.event).string(&mut out.ignored) {
            streamed(&name, status.payload, &mut out.ignored)
        } else if status.id.is_absent() && !status.error.is_absent() {
            Ok(Event::Skipped(Skipped::Control))
        } else {
            status.event(&mut out.ignored)
        }?;
        out.events.push(event);
        Ok(())
    })
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Status<'a> {
    /// Of an event of a stream, which has a payload and nothing else.
    event: Scalar<'a>,
    payload: Scalar<'a>,
    /// What a server says instead of a status.
    error: Scalar<'a>,
    id: Scalar<'a>,
    created_at: Scalar<'a>,
    edited_at: Scalar<'a>,
    in_reply_to_id: Scalar<'a>,
    language: Scalar<'a>,
    /// The warning that hides the content until someone wants to see it.
    spoiler_text: Scalar<'a>,
    content: Scalar<'a>,
    account: Object<Account<'a>>,
    mentions: List<Object<Account<'a>>>,
    reblog: Object<Box<Status<'a>>>,
    quote: Object<Quote<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Account<'a> {
    acct: Scalar<'a>,
    followers_count: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Quote<'a> {
    quoted_status_id: Scalar<'a>,
    quoted_status: Object<Quoted<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Quoted<'a> {
    id: Scalar<'a>,
}

/// What tells a user that someone named them, or that someone they follow wrote.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Notification<'a> {
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    status: Object<Status<'a>>,
}

/// The event that the stream calls `name`. What it says is unwrapped from a string, so it can't borrow from the line.
fn streamed<'a>(name: &str, payload: Scalar<'a>, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
    let mut payload = || payload.string(ignored).ok_or(RejectReason::FieldUnusable("payload"));
    let (event, ignored_within) = match name {
        "update" => status(&payload()?)?,
        "status.update" => match status(&payload()?)? {
            (Event::Post(post), ignored) => (Event::Edit(post), ignored),
            other => other,
        },
        "notification" => notification(&payload()?)?,
        "delete" => {
            let id = payload()?;
            return Ok(Event::Delete(Deletion { id, platform: Some(PLATFORM), author: None }));
        }
        _ => return Ok(Event::Skipped(Skipped::Control)),
    };
    *ignored += ignored_within;
    Ok(event)
}

fn status(json: &str) -> Result<(Event<'static>, u32), RejectReason> {
    let status: Object<Status<'_>> = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    let mut ignored = 0;
    let status = status.get(&mut ignored).ok_or(RejectReason::FieldUnusable("payload"))?;
    Ok((status.event(&mut ignored)?.into_owned(), ignored))
}

fn notification(json: &str) -> Result<(Event<'static>, u32), RejectReason> {
    let notification: Object<Notification<'_>> = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    let mut ignored = 0;
    let notification = notification.get(&mut ignored).ok_or(RejectReason::FieldUnusable("payload"))?;
    // Others bring along a status that is not new, as when someone liked it.
    let event = match (&*notification.kind.word(), notification.status.get(&mut ignored)) {
        ("mention" | "status" | "quote" | "update", Some(status)) => status.event(&mut ignored)?.into_owned(),
        _ => Event::Skipped(Skipped::NoPost),
    };
    Ok((event, ignored))
}

impl<'a> Status<'a> {
    fn event(mut self, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        if let Some(of) = std::mem::take(&mut self.reblog).get(ignored) {
            let id = self.id.string(ignored);
            let author = self.account.get(ignored).and_then(|account| account.acct.string(ignored));
            let created_at = self.created_at.timestamp();
            // A picture is passed on as well.
            return Ok(Event::Repost(Repost { id, author, created_at, of: of.post(ignored)? }));
        }
        let edited = !self.edited_at.is_absent();
        let post = self.post(ignored)?;
        Ok(match post.text.trim() {
            "" => Event::Skipped(Skipped::NoPost),
            _ if edited => Event::Edit(post),
            _ => Event::Post(post),
        })
    }

    fn post(self, ignored: &mut u32) -> Result<Post<'a>, RejectReason> {
        let id = self.id.string(ignored).ok_or(RejectReason::FieldUnusable("id"))?;
        let content = self.content.text().ok_or(RejectReason::FieldUnusable("content"))?;
        let (mut text, links) = html::read(content);
        if let Some(warning) = self.spoiler_text.string(ignored) {
            text = Cow::Owned(format!("{warning}\n\n{text}"));
        }
        let mut post = Post::new(id, text);
        post.platform = Some(PLATFORM);
        post.created_at = self.created_at.timestamp();
        post.reply_to = self.in_reply_to_id.string(ignored);
        post.lang = self.language.string(ignored);
        post.links.extend(links.into_iter().map(Cow::Owned));
        for mentioned in self.mentions.objects(ignored) {
            post.mentions.extend(mentioned.acct.string(ignored));
        }
        if let Some(account) = self.account.get(ignored) {
            post.author = account.acct.string(ignored);
            post.reach = account.followers_count.count(ignored);
        }
        if let Some(quote) = self.quote.get(ignored) {
            let quoted = quote.quoted_status.get(ignored).unwrap_or_default();
            post.quotes = quoted.id.string(ignored).or_else(|| quote.quoted_status_id.string(ignored));
        }
        Ok(post)
    }
}
