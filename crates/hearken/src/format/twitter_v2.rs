//! Responses of Twitter's API v2: `data`, a tweet or an array of them, and beside it in `includes` who wrote them and the tweets
//! that they refer to. A bare tweet is read as well, as tools keep it that take responses apart.
//!
//! An author is called by the username where `includes` has it, as in a mention, else by the number.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::field::{List, Many, Object, Scalar};
use super::json::{Out, each};
use super::text::unescaped;
use super::{Deletion, Event, RejectReason, Repost, Skipped};
use crate::post::Post;

const PLATFORM: Cow<'static, str> = Cow::Borrowed("twitter");

pub(super) fn read<'a>(line: &'a str, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    each(line, out, read_response)
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Tweet<'a> {
    /// Of a response, which has these and nothing else.
    data: Many<Tweet<'a>>,
    includes: Object<Includes<'a>>,
    errors: List<IgnoredAny>,
    meta: Object<Meta>,
    id: Scalar<'a>,
    text: Scalar<'a>,
    /// The whole of a text that is longer than a tweet used to be.
    note_tweet: Object<Note<'a>>,
    created_at: Scalar<'a>,
    author_id: Scalar<'a>,
    /// In a bare tweet.
    author: Object<User<'a>>,
    conversation_id: Scalar<'a>,
    referenced_tweets: List<Object<Reference<'a>>>,
    /// The ids of all versions of a tweet, the first first.
    edit_history_tweet_ids: List<Scalar<'a>>,
    lang: Scalar<'a>,
    entities: Object<Entities<'a>>,
    /// Of a compliance stream.
    delete: Object<Delete<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Includes<'a> {
    users: List<Object<User<'a>>>,
    tweets: List<Object<Tweet<'a>>>,
}

#[derive(Deserialize)]
struct Meta {}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Note<'a> {
    text: Scalar<'a>,
    entities: Object<Entities<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct User<'a> {
    id: Scalar<'a>,
    username: Scalar<'a>,
    public_metrics: Object<Metrics<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Metrics<'a> {
    followers_count: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Reference<'a> {
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    id: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Entities<'a> {
    urls: List<Object<Url<'a>>>,
    mentions: List<Object<User<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Url<'a> {
    expanded_url: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Delete<'a> {
    tweet: Object<Deleted<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Deleted<'a> {
    id: Scalar<'a>,
}

/// Who wrote the tweets of a response and what they refer to, by id. A response may have hundreds of both.
#[derive(Default)]
struct Context<'a> {
    authors: Vec<Author<'a>>,
    tweets: Vec<Post<'a>>,
}

struct Author<'a> {
    id: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    followers: Option<u64>,
}

fn read_response<'a>(mut response: Tweet<'a>, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    let ignored = &mut out.ignored;
    let includes = std::mem::take(&mut response.includes).get(ignored).unwrap_or_default();
    let context = Context::new(includes, ignored);
    let tweets = match std::mem::take(&mut response.data) {
        Many::Absent => {
            let event = if !response.id.is_absent() {
                response.event(&context, ignored)?
            } else if !response.errors.elements.is_empty() || matches!(response.meta, Object::Is(_)) {
                // A search that found nothing, or a stream that ends.
                Event::Skipped(Skipped::Control)
            } else {
                return Err(RejectReason::FieldUnusable("data"));
            };
            out.events.push(event);
            return Ok(());
        }
        Many::Other => return Err(RejectReason::FieldUnusable("data")),
        Many::One(tweet) => {
            let event = tweet.event(&context, ignored)?;
            out.events.push(event);
            return Ok(());
        }
        Many::All(tweets) => tweets,
    };
    for tweet in tweets {
        let event = match tweet {
            Object::Is(tweet) => tweet.event(&context, ignored).unwrap_or_else(Event::Rejected),
            Object::Absent | Object::Other => Event::Rejected(RejectReason::NotAnObject),
        };
        out.events.push(event);
    }
    Ok(())
}

impl<'a> Context<'a> {
    fn new(includes: Includes<'a>, ignored: &mut u32) -> Self {
        let mut context = Self::default();
        for mut user in includes.users.objects(ignored) {
            let Some(id) = std::mem::take(&mut user.id).string(ignored) else { continue };
            let (name, followers) = user.known_as(ignored);
            context.authors.push(Author { id, name, followers });
        }
        context.authors.sort_unstable_by(|left, right| left.id.cmp(&right.id));
        for tweet in includes.tweets.objects(ignored) {
            context.tweets.extend(tweet.post(&context, ignored).ok());
        }
        context.tweets.sort_unstable_by(|left, right| left.id.cmp(&right.id));
        context
    }

    fn author(&self, id: &str) -> Option<&Author<'a>> {
        let at = self.authors.binary_search_by(|known| (*known.id).cmp(id)).ok()?;
        self.authors.get(at)
    }

    /// The tweet as far as the response has it.
    fn tweet(&self, id: Cow<'a, str>) -> Post<'a> {
        if let Ok(at) = self.tweets.binary_search_by(|known| known.id.cmp(&id)) {
            return self.tweets[at].clone();
        }
        let mut post = Post::new(id, "");
        post.platform = Some(PLATFORM);
        post
    }
}

impl<'a> User<'a> {
    /// The username, and how many follow.
    fn known_as(self, ignored: &mut u32) -> (Option<Cow<'a, str>>, Option<u64>) {
        let metrics = self.public_metrics.get(ignored).unwrap_or_default();
        (self.username.string(ignored), metrics.followers_count.count(ignored))
    }
}

impl<'a> Tweet<'a> {
    fn event(mut self, context: &Context<'a>, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        if let Object::Is(delete) = self.delete {
            let id = delete.tweet.get(ignored).and_then(|tweet| tweet.id.string(ignored));
            let id = id.ok_or(RejectReason::FieldUnusable("delete"))?;
            return Ok(Event::Delete(Deletion { id, platform: Some(PLATFORM), author: None }));
        }
        let references = &mut self.referenced_tweets.elements;
        let retweeted = references.iter_mut().find_map(|reference| match reference {
            Object::Is(reference) if reference.kind.word() == "retweeted" => {
                std::mem::take(&mut reference.id).string(ignored)
            }
            _ => None,
        });
        let versions: Vec<_> = std::mem::take(&mut self.edit_history_tweet_ids).strings(ignored).collect();
        let mut post = self.post(context, ignored)?;
        if let Some(of) = retweeted {
            let Post { id, author, created_at, .. } = post;
            return Ok(Event::Repost(Repost { id: Some(id), author, created_at, of: context.tweet(of) }));
        }
        if post.text.trim().is_empty() {
            return Ok(Event::Skipped(Skipped::NoPost));
        }
        // Each version has an id of its own; the post is that of the first.
        match versions.into_iter().next() {
            Some(first) if first != post.id => {
                post.id = first;
                Ok(Event::Edit(post))
            }
            _ => Ok(Event::Post(post)),
        }
    }

    fn post(self, context: &Context<'a>, ignored: &mut u32) -> Result<Post<'a>, RejectReason> {
        let id = self.id.string(ignored).ok_or(RejectReason::FieldUnusable("id"))?;
        let note = self.note_tweet.get(ignored).unwrap_or_default();
        let text = note.text.text().or_else(|| self.text.text()).ok_or(RejectReason::FieldUnusable("text"))?;
        // Of the first tweet of a conversation it is its own id.
        let thread = self.conversation_id.string(ignored).filter(|thread| *thread != id);
        let mut post = Post::new(id, unescaped(text));
        post.platform = Some(PLATFORM);
        post.thread = thread;
        post.created_at = self.created_at.timestamp();
        // "und": undetermined.
        post.lang = self.lang.string(ignored).filter(|lang| lang != "und");
        let author_id = self.author_id.string(ignored);
        let (name, followers) = match author_id.as_deref().and_then(|id| context.author(id)) {
            Some(author) => (author.name.clone(), author.followers),
            None => self.author.get(ignored).unwrap_or_default().known_as(ignored),
        };
        post.author = name.or(author_id);
        post.reach = followers;
        for reference in self.referenced_tweets.objects(ignored) {
            match &*reference.kind.word() {
                "replied_to" => post.reply_to = reference.id.string(ignored),
                "quoted" => post.quotes = reference.id.string(ignored),
                _ => {}
            }
        }
        let entities = note.entities.get(ignored).or_else(|| self.entities.get(ignored)).unwrap_or_default();
        for url in entities.urls.objects(ignored) {
            post.links.extend(url.expanded_url.string(ignored));
        }
        for mentioned in entities.mentions.objects(ignored) {
            post.mentions.extend(mentioned.username.string(ignored));
        }
        Ok(post)
    }
}
