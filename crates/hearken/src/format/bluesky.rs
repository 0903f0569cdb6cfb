//! Events of Bluesky's Jetstream, in both of its wire shapes: `{"did", "kind": "commit", "commit": {…}}`, and
//! `{"$type": "message", "payload": {"$type": "…#commit", "did", …}}`.
//!
//! A post is called by its `at://` address, which replies, quotes, reposts and deletions name too; an author by the DID, which
//! stays when the handle changes.

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{List, Object, Scalar};
use super::json::{Out, each};
use super::{Deletion, Event, RejectReason, Repost, Skipped};
use crate::post::Post;

const PLATFORM: Cow<'static, str> = Cow::Borrowed("bluesky");
const POST: &str = "app.bsky.feed.post";
const REPOST: &str = "app.bsky.feed.repost";

pub(super) fn read<'a>(line: &'a str, out: &mut Out<'_, 'a>) -> Result<(), RejectReason> {
    each(line, out, |wire: Wire<'a>, out| {
        let event = match &*wire.frame.word() {
            "message" => {
                let payload = wire.payload.get(&mut out.ignored).ok_or(RejectReason::FieldUnusable("payload"))?;
                payload.event(&mut out.ignored)
            }
            "error" => Ok(Event::Skipped(Skipped::Control)),
            _ => wire.event(&mut out.ignored),
        }?;
        out.events.push(event);
        Ok(())
    })
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Wire<'a> {
    #[serde(rename = "$type")]
    frame: Scalar<'a>,
    payload: Object<Payload<'a>>,
    did: Scalar<'a>,
    kind: Scalar<'a>,
    commit: Object<Commit<'a>>,
    account: Object<Account<'a>>,
}

/// What is in a message of the second shape.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Payload<'a> {
    #[serde(rename = "$type")]
    kind: Scalar<'a>,
    did: Scalar<'a>,
    operation: Scalar<'a>,
    collection: Scalar<'a>,
    rkey: Scalar<'a>,
    record: Object<Record<'a>>,
    account: Object<Account<'a>>,
    status: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Commit<'a> {
    operation: Scalar<'a>,
    collection: Scalar<'a>,
    rkey: Scalar<'a>,
    record: Object<Record<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Account<'a> {
    status: Scalar<'a>,
}

/// A post or a repost.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Record<'a> {
    text: Scalar<'a>,
    created_at: Scalar<'a>,
    langs: List<Scalar<'a>>,
    reply: Object<Reply<'a>>,
    embed: Object<Embed<'a>>,
    facets: List<Object<Facet<'a>>>,
    subject: Object<Link<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Reply<'a> {
    root: Object<Link<'a>>,
    parent: Object<Link<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Link<'a> {
    uri: Scalar<'a>,
}

/// What is attached: a quoted post, with or without pictures, or the card of a link.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Embed<'a> {
    record: Object<Quoted<'a>>,
    external: Object<Link<'a>>,
    media: Object<Media<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Quoted<'a> {
    uri: Scalar<'a>,
    /// One level deeper where there are pictures too.
    record: Object<Link<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Media<'a> {
    external: Object<Link<'a>>,
}

/// A part of the text that leads somewhere.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Facet<'a> {
    features: List<Object<Feature<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Feature<'a> {
    uri: Scalar<'a>,
    did: Scalar<'a>,
}

impl<'a> Wire<'a> {
    fn event(self, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        let did = self.did.string(ignored).ok_or(RejectReason::FieldUnusable("did"))?;
        match &*self.kind.word() {
            "commit" => self.commit.get(ignored).ok_or(RejectReason::FieldUnusable("commit"))?.event(did, ignored),
            "account" => Ok(account(did, &self.account.get(ignored).unwrap_or_default())),
            "identity" => Ok(Event::Skipped(Skipped::Account)),
            _ => Err(RejectReason::FieldUnusable("kind")),
        }
    }
}

impl<'a> Payload<'a> {
    fn event(self, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        let kind = self.kind.word();
        let kind = kind.rsplit_once('#').map(|(_, kind)| kind);
        if kind == Some("info") {
            return Ok(Event::Skipped(Skipped::Control));
        }
        let did = self.did.string(ignored).ok_or(RejectReason::FieldUnusable("did"))?;
        match kind {
            Some("commit") => {
                let Self { operation, collection, rkey, record, .. } = self;
                Commit { operation, collection, rkey, record }.event(did, ignored)
            }
            // The news of an account may be wrapped once more.
            Some("account") => Ok(account(did, &self.account.get(ignored).unwrap_or(Account { status: self.status }))),
            // The posts of a repository that is read anew follow one by one.
            Some("identity" | "sync") => Ok(Event::Skipped(Skipped::Account)),
            _ => Err(RejectReason::FieldUnusable("$type")),
        }
    }
}

/// Other states than these two, such as `deactivated`, may end again.
fn account<'a>(did: Cow<'a, str>, account: &Account<'a>) -> Event<'a> {
    match &*account.status.word() {
        "deleted" | "takendown" => {
            Event::Delete(Deletion { id: Cow::default(), platform: Some(PLATFORM), author: Some(did) })
        }
        _ => Event::Skipped(Skipped::Account),
    }
}

impl<'a> Commit<'a> {
    fn event(self, did: Cow<'a, str>, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        let collection = self.collection.word();
        if collection != POST && (collection != REPOST || self.operation.word() == "delete") {
            return Ok(Event::Skipped(Skipped::NoPost));
        }
        let rkey = self.rkey.string(ignored).ok_or(RejectReason::FieldUnusable("rkey"))?;
        let id = Cow::Owned(format!("at://{did}/{collection}/{rkey}"));
        let edited = match &*self.operation.word() {
            "create" => false,
            "update" => true,
            "delete" => return Ok(Event::Delete(Deletion { id, platform: Some(PLATFORM), author: Some(did) })),
            _ => return Err(RejectReason::FieldUnusable("operation")),
        };
        let record = self.record.get(ignored).ok_or(RejectReason::FieldUnusable("record"))?;
        if collection == REPOST {
            return record.repost(id, did, ignored);
        }
        let Some(mut post) = record.post(id, ignored)? else { return Ok(Event::Skipped(Skipped::NoPost)) };
        post.author = Some(did);
        Ok(if edited { Event::Edit(post) } else { Event::Post(post) })
    }
}

impl<'a> Record<'a> {
    fn repost(self, id: Cow<'a, str>, author: Cow<'a, str>, ignored: &mut u32) -> Result<Event<'a>, RejectReason> {
        let subject = self.subject.get(ignored).and_then(|subject| subject.uri.string(ignored));
        let mut of = Post::new(subject.ok_or(RejectReason::FieldUnusable("subject"))?, "");
        of.platform = Some(PLATFORM);
        let created_at = self.created_at.timestamp();
        Ok(Event::Repost(Repost { id: Some(id), author: Some(author), created_at, of }))
    }

    /// The post; `None` where it has no words, only pictures.
    fn post(self, id: Cow<'a, str>, ignored: &mut u32) -> Result<Option<Post<'a>>, RejectReason> {
        let text = match self.text.text() {
            Some(text) if !text.trim().is_empty() => text,
            None if !self.text.is_absent() => return Err(RejectReason::FieldUnusable("text")),
            _ => return Ok(None),
        };
        let mut post = Post::new(id, text);
        post.platform = Some(PLATFORM);
        post.created_at = self.created_at.timestamp();
        post.lang = self.langs.strings(ignored).next();
        if let Some(reply) = self.reply.get(ignored) {
            post.reply_to = uri(reply.parent, ignored);
            post.thread = uri(reply.root, ignored);
        }
        for facet in self.facets.objects(ignored) {
            for feature in facet.features.objects(ignored) {
                post.links.extend(feature.uri.string(ignored));
                post.mentions.extend(feature.did.string(ignored));
            }
        }
        if let Some(embed) = self.embed.get(ignored) {
            let media = embed.media.get(ignored).unwrap_or_default();
            let cards = [embed.external, media.external].into_iter().filter_map(|card| uri(card, ignored));
            let cards: Vec<_> = cards.filter(|card| !post.links.contains(card)).collect();
            post.links.extend(cards);
            let quoted = embed.record.get(ignored).unwrap_or_default();
            post.quotes = quoted.uri.string(ignored).or_else(|| uri(quoted.record, ignored));
        }
        Ok(Some(post))
    }
}

fn uri<'a>(link: Object<Link<'a>>, ignored: &mut u32) -> Option<Cow<'a, str>> {
    link.get(ignored)?.uri.string(ignored)
}
