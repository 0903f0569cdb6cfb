//! From what the engine says of a stream to what a desk takes in.

use std::collections::BTreeMap;

use hearken::kept::Keep;
use hearken::label::LabelSet;
use hearken::pipeline::{Campaign, News, Reply, Tiding, Unjudged};
use hearken::policy::{HeadStart, Reason};
use hearken::post::PostName;
use hearken::rank::rank_at;
use hearken::record::Annotated;
use hearken::redact::HANDLE;
use hearken::{Post, Ranked, Timestamp, policy, reply};
use hearken_desk::{Disposition, Gate, Intake, Label, Labels, NewPost, NewReply, Person, PostKey, ReplyKind, Term};

use super::annotation;

/// All that some news says, in an order in which a desk understands it: what is said of a post comes after the post. Of the posts
/// that nobody needs only those that the gate admits: it has fallen since a worker asked.
pub(super) fn all_of(news: &News, gate: &Gate) -> Vec<Intake> {
    // What an edit says now is among the cases where it is worth a human's time, and there with all that others say.
    let mut edits: BTreeMap<PostKey, Option<(&Ranked, Disposition)>> = BTreeMap::new();
    for tiding in &news.tidings {
        if let Tiding::Edited(ranked, disposition) = tiding {
            edits.insert(key_of(ranked), Some((ranked, disposition_of(*disposition))));
        }
    }
    let mut all = Vec::new();
    let cases = news.cases.iter().flat_map(Ranked::posts).map(|ranked| (ranked, Disposition::Queued));
    let held = news.held.iter().map(|ranked| (ranked, Disposition::Held));
    let suppressed = news.suppressed.iter().filter(|ranked| {
        gate.admits(ranked.post.platform.as_deref().unwrap_or_default(), &ranked.post.id, ranked.created_at)
    });
    let suppressed = suppressed.map(|ranked| (ranked, Disposition::Suppressed));
    for (ranked, disposition) in cases.chain(held).chain(suppressed) {
        let edited = edits.get_mut(&key_of(ranked)).and_then(Option::take).is_some();
        let post = post(ranked, disposition);
        all.push(if edited { Intake::Edit(post) } else { Intake::Post(post) });
    }
    for tiding in &news.tidings {
        let told = match tiding {
            Tiding::Edited(ranked, _) => {
                let edit = edits.get_mut(&key_of(ranked)).and_then(Option::take);
                edit.map(|(ranked, disposition)| Intake::Edit(post(ranked, disposition)))
            }
            Tiding::Unjudged(unjudged) => Some(Intake::Unjudged(unread(unjudged))),
            Tiding::Campaign(campaign) => Some(collapsed(campaign)),
            Tiding::Replied(reply) => answer(reply).map(Intake::Reply),
            Tiding::Reposted { platform, id, total } => {
                let post = PostKey::new(platform.as_deref().unwrap_or_default(), id);
                Some(Intake::Reposts { post, total: u64::from(*total) })
            }
            Tiding::Deleted(deletion) => {
                let platform = deletion.platform.as_deref().unwrap_or_default().to_owned();
                match &deletion.author {
                    Some(author) if deletion.id.is_empty() => {
                        Some(Intake::AccountDeletion(Person { platform, author: author.to_string() }))
                    }
                    _ => Some(Intake::Deletion(PostKey::new(platform, &*deletion.id))),
                }
            }
            _ => None,
        };
        all.extend(told);
        if let Tiding::Replied(reply) = tiding {
            all.extend(moved(reply));
        }
    }
    all
}

fn key_of(ranked: &Ranked) -> PostKey {
    PostKey::new(ranked.post.platform.as_deref().unwrap_or_default(), &*ranked.post.id)
}

fn post(ranked: &Ranked, disposition: Disposition) -> NewPost {
    let Ranked { post, judgement, head_start, evidence, .. } = ranked;
    NewPost {
        labels: labels(judgement.assigned),
        urgency: judgement.urgency(),
        rank_at: rank_at(ranked.created_at, head_start),
        due_by: ranked.due_by,
        why: terms(head_start, &evidence.replies.named),
        disposition,
        record: annotation::kept(Keep::new(ranked), evidence.campaign),
        ..written(post, ranked.created_at)
    }
}

fn unread(unjudged: &Unjudged) -> NewPost {
    let Unjudged { post, created_at, model, .. } = unjudged;
    let annotated = Annotated::unsupported_language(&post.id, post.lang.as_deref(), model);
    NewPost { record: annotation::kept(annotated, None), ..written(post, *created_at) }
}

/// Who wrote a post. Where all have one name, nobody knows who is who.
fn name(post: &Post<'_>) -> Option<String> {
    post.author.as_deref().filter(|name| *name != HANDLE).map(str::to_owned)
}

/// Who wrote what, and when.
fn written(post: &Post<'_>, created_at: Timestamp) -> NewPost {
    let own = |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().map(str::to_owned);
    NewPost {
        author: name(post),
        reply_to: own(&post.reply_to),
        thread: own(&post.thread),
        lang: own(&post.lang),
        ..NewPost::new(post.platform.as_deref().unwrap_or_default(), &*post.id, &*post.text, created_at)
    }
}

fn collapsed(campaign: &Campaign) -> Intake {
    let key = |name: &PostName| PostKey::new(name.platform.as_deref().unwrap_or_default(), &*name.id);
    Intake::Campaign {
        entry: Box::new(post(&campaign.entry, Disposition::Held)),
        copies: campaign.posts.iter().map(key).collect(),
    }
}

/// A reply may bring the turn of the post forward that it answers.
fn moved(reply: &Reply) -> Option<Intake> {
    let moved = reply.moves.as_ref()?;
    let post = PostKey::new(reply.post.platform.as_deref().unwrap_or_default(), reply.post.reply_to.as_deref()?);
    Some(Intake::HeadStart {
        post,
        rank_at: rank_at(moved.created_at, &moved.head_start),
        why: terms(&moved.head_start, &moved.replies),
    })
}

fn answer(reply: &Reply) -> Option<NewReply> {
    let post = &reply.post;
    Some(NewReply {
        platform: post.platform.as_deref().unwrap_or_default().to_owned(),
        id: post.id.to_string(),
        of: post.reply_to.as_deref()?.to_owned(),
        author: name(post),
        text: post.text.to_string(),
        created_at: reply.created_at,
        kind: match reply.kind {
            reply::ReplyKind::Concern => ReplyKind::Concern,
            reply::ReplyKind::Condolence => ReplyKind::Condolence,
            reply::ReplyKind::SameTrouble => ReplyKind::SameTrouble,
            reply::ReplyKind::Advice => ReplyKind::Advice,
        },
    })
}

/// What a head start is made of, and which replies speak for it.
pub(crate) fn terms(head_start: &HeadStart, replies: &[String]) -> Vec<Term> {
    let term = |term: policy::Term| Term {
        reason: term.reason.name().to_owned(),
        minutes: term.minutes.value(),
        posts: if term.reason == Reason::Replies { replies.to_vec() } else { Vec::new() },
    };
    head_start.why().into_iter().map(term).collect()
}

/// What was heard, as a desk has it.
pub(crate) fn labels(assigned: LabelSet) -> Labels {
    let label = |label| match label {
        hearken::Label::Grief => Label::Grief,
        hearken::Label::Frustration => Label::Frustration,
        hearken::Label::Advice => Label::Advice,
        hearken::Label::Promotion => Label::Promotion,
    };
    assigned.iter().map(label).collect()
}

/// What is to become of a post, likewise.
pub(crate) fn disposition_of(disposition: policy::Disposition) -> Disposition {
    match disposition {
        policy::Disposition::Queued => Disposition::Queued,
        policy::Disposition::Held => Disposition::Held,
        policy::Disposition::Neutral => Disposition::Suppressed,
    }
}
