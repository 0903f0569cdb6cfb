//! Tweets of Twitter's API v1.1 in all the ways in which it cuts and lengthens them, and what its streams send between them.
//!
//! Ids are taken from `id_str`: the numbers beside them are cut by whoever reads JSON numbers as floats. An author is called by
//! the screen name, as in a mention.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::Deserialize;

use super::field::{List, Object, Scalar};
use super::json::{Out, each};
use super::text::unescaped;
use super::{Deletion, Event, RejectReason, Repost, Skipped};
use crate::post::Post;

const PLATFORM: Cow<'static, str> = Cow::Borrowed("twitter");

pub(super) fn read<'a>(line: &'a str, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    each(line, out, |tweet: Tweet<'a>, out| {
        let event = tweet.event(&mut out.ignored)?;
        out.events.push(event);
        Ok(())
    })
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Tweet<'a> {
    id: Scalar<'a>,
    id_str: Scalar<'a>,
    created_at: Scalar<'a>,
    /// The whole text, where the API was asked for it; else `text` may be cut, and `extended_tweet` has the whole.
    full_text: Scalar<'a>,
    text: Scalar<'a>,
    extended_tweet: Object<Extended<'a>>,
    entities: Object<Entities<'a>>,
    user: Object<User<'a>>,
    in_reply_to_status_id: Scalar<'a>,
    in_reply_to_status_id_str: Scalar<'a>,
    quoted_status_id: Scalar<'a>,
    quoted_status_id_str: Scalar<'a>,
    retweeted_status: Object<Box<Tweet<'a>>>,
    lang: Scalar<'a>,
    /// What streams send between tweets has one of these, and nothing else.
    delete: Object<Delete<'a>>,
    #[serde(
        alias = "warning",
        alias = "disconnect",
        alias = "scrub_geo",
        alias = "status_withheld",
        alias = "user_withheld"
    )]
    limit: Object<Notice>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Extended<'a> {
    full_text: Scalar<'a>,
    entities: Object<Entities<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Entities<'a> {
    urls: List<Object<Url<'a>>>,
    user_mentions: List<Object<User<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Url<'a> {
    expanded_url: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct User<'a> {
    screen_name: Scalar<'a>,
    followers_count: Scalar<'a>,
}

/// Names the author by a number, which no tweet is known by here.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Delete<'a> {
    status: Object<Deleted<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Deleted<'a> {
    id: Scalar<'a>,
    id_str: Scalar<'a>,
}

#[derive(Deserialize)]
struct Notice {}

impl<'a> Tweet<'a> {
    fn event(mut self, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        if let Object::Is(delete) = self.delete {
            let deleted = delete.status.get(ignored).ok_or(RejectReason::FieldUnusable("status"))?;
            let id = either(deleted.id_str, deleted.id, ignored).ok_or(RejectReason::FieldUnusable("id_str"))?;
            return Ok(Event::Delete(Deletion { id, platform: Some(PLATFORM), author: None }));
        }
        if let Object::Is(_) = self.limit {
            return Ok(Event::Skipped(Skipped::Control));
        }
        if let Some(of) = std::mem::take(&mut self.retweeted_status).get(ignored) {
            let id = either(self.id_str, self.id, ignored);
            let author = self.user.get(ignored).and_then(|user| user.screen_name.string(ignored));
            let created_at = timestamp(self.created_at);
            return Ok(Event::Repost(Repost { id, author, created_at, of: of.post(ignored)? }));
        }
        let post = self.post(ignored)?;
        Ok(if post.text.trim().is_empty() { Event::Skipped(Skipped::NoPost) } else { Event::Post(post) })
    }

    fn post(self, ignored: &mut u32) -> Result<Post<'a>, RejectReason> {
        let id = either(self.id_str, self.id, ignored).ok_or(RejectReason::FieldUnusable("id_str"))?;
        let extended = self.extended_tweet.get(ignored).unwrap_or_default();
        let text = extended.full_text.text().or_else(|| self.full_text.text()).or_else(|| self.text.text());
        let text = text.ok_or(RejectReason::FieldUnusable("text"))?;
        let mut post = Post::new(id, unescaped(text));
        post.platform = Some(PLATFORM);
        post.created_at = timestamp(self.created_at);
        post.reply_to = either(self.in_reply_to_status_id_str, self.in_reply_to_status_id, ignored);
        post.quotes = either(self.quoted_status_id_str, self.quoted_status_id, ignored);
        // "und": undetermined.
        post.lang = self.lang.string(ignored).filter(|lang| lang != "und");
        if let Some(user) = self.user.get(ignored) {
            post.author = user.screen_name.string(ignored);
            post.reach = user.followers_count.count(ignored);
        }
        let entities = extended.entities.get(ignored).or_else(|| self.entities.get(ignored)).unwrap_or_default();
        for url in entities.urls.objects(ignored) {
            post.links.extend(url.expanded_url.string(ignored));
        }
        for mentioned in entities.user_mentions.objects(ignored) {
            post.mentions.extend(mentioned.screen_name.string(ignored));
        }
        Ok(post)
    }
}

fn either<'a>(string: Scalar<'a>, number: Scalar<'a>, ignored: &mut u32) -> Option<Cow<'a, str>> {
    string.string(ignored).or_else(|| number.string(ignored))
}

/// `Wed Oct 10 20:19:24 +0000 2018`, or as other formats have it.
fn timestamp(time: Scalar<'_>) -> Option<Timestamp> {
    let own = |text: &str| strtime::parse("%a %b %d %H:%M:%S %z %Y", text).ok()?.to_timestamp().ok();
    own(&time.word()).or_else(|| time.timestamp())
}
