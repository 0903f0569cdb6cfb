//! The records of the output. Other programs are written against these field names.

use jiff::Timestamp;
use serde::Serialize;

use crate::evidence::{Copies, Evidence, Replies};
use crate::explain::{Effect, Explainer, Explanation, Findings, Word};
use crate::format::Deletion;
use crate::label::{Label, LabelSet, PerLabel};
use crate::policy::{Disposition, HeadStart, Minutes, Reason, Term};
use crate::post::Post;
use crate::rank::Ranked;
use crate::score::{Judgement, Probability};

/// Why a post was left unjudged.
const UNSUPPORTED_LANGUAGE: &str = "unsupported language";

/// What `--output annotated` says of a post.
#[derive(Debug, Serialize)]
pub struct Annotated<'a> {
    id: &'a str,
    labels: Option<Labels>,
    advice: Option<Advice>,
    assigned: LabelSet,
    urgency: Option<f64>,
    priority: Option<Minutes>,
    lang: Option<&'a str>,
    model: &'a str,
    /// Why there is no judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Labels {
    grief: Probability,
    frustration: Probability,
    advice: Probability,
    promotion: Probability,
}

#[derive(Debug, Serialize)]
struct Advice {
    seeking: Probability,
    giving: Probability,
}

impl Labels {
    fn new(judgement: &Judgement) -> Self {
        Self {
            grief: judgement.grief,
            frustration: judgement.frustration,
            advice: judgement.probability(Label::Advice),
            promotion: judgement.promotion,
        }
    }
}

impl Advice {
    fn new(judgement: &Judgement) -> Self {
        Self { seeking: judgement.advice_seeking, giving: judgement.advice_giving }
    }
}

impl<'a> Annotated<'a> {
    /// The record of one post. `model` names what judged it: `fast@` and the first digits of a digest.
    pub fn new(
        id: &'a str,
        lang: Option<&'a str>,
        judgement: &Judgement,
        head_start: &HeadStart,
        model: &'a str,
    ) -> Self {
        Self {
            id,
            labels: Some(Labels::new(judgement)),
            advice: Some(Advice::new(judgement)),
            assigned: judgement.assigned,
            urgency: Some(judgement.urgency()),
            priority: Some(head_start.total()),
            lang,
            model,
            reason: None,
        }
    }

    /// The record of a post that was not judged because `model` doesn't read its language.
    pub fn unsupported_language(id: &'a str, lang: Option<&'a str>, model: &'a str) -> Self {
        Self {
            id,
            labels: None,
            advice: None,
            assigned: LabelSet::default(),
            urgency: None,
            priority: None,
            lang,
            model,
            reason: Some(UNSUPPORTED_LANGUAGE),
        }
    }
}

/// What `--output queue` says of a post: the annotation, who wrote what and when, and why it stands where it stands.
#[derive(Debug, Serialize)]
pub struct Queued<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<usize>,
    #[serde(flatten)]
    annotated: Annotated<'a>,
    author: Option<&'a str>,
    text: &'a str,
    created_at: Timestamp,
    due_by: Option<Timestamp>,
    why: Vec<Why<'a>>,
    /// People who replied, by what they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    replies: Option<&'a Replies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reposts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<Case<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<Copies>,
}

/// A term of the head start, with the posts that it comes from where these are others' than the record's own.
#[derive(Debug, Serialize)]
struct Why<'a> {
    #[serde(flatten)]
    term: Term,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    posts: &'a [String],
}

/// The posts of one person that stand in the queue as one.
#[derive(Debug, Serialize)]
struct Case<'a> {
    count: usize,
    /// The ids, best first, as far as they were kept.
    posts: Vec<&'a str>,
}

/// What takes the place of a post that was deleted: whoever has it must let go of it.
#[derive(Debug, Serialize)]
pub struct Tombstone<'a> {
    /// The id of the post; absent where all that `author` wrote is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    deleted: bool,
}

impl<'a> Tombstone<'a> {
    /// The record of a deletion.
    pub fn new(deletion: &'a Deletion<'_>) -> Self {
        let id = (!deletion.id.is_empty()).then_some(&*deletion.id);
        let author = deletion.author.as_deref().filter(|_| id.is_none());
        Self { id, author, platform: deletion.platform.as_deref(), deleted: true }
    }
}

impl<'a> Queued<'a> {
    /// The record of one post at `rank` (from 1), or of one that is held back and so has no rank.
    pub fn new(ranked: &'a Ranked, rank: Option<usize>) -> Self {
        let Ranked { post, judgement, model, head_start, evidence, .. } = ranked;
        let Evidence { replies, reposts, unlisted, campaign } = evidence;
        let count = 1 + ranked.also.len() + *unlisted as usize;
        let why = |term: Term| Why { term, posts: if term.reason == Reason::Replies { &replies.named } else { &[] } };
        Self {
            rank,
            annotated: Annotated::new(&post.id, post.lang.as_deref(), judgement, head_start, model),
            author: post.author.as_deref(),
            text: &post.text,
            created_at: ranked.created_at,
            due_by: ranked.due_by,
            why: ranked.head_start.why().into_iter().map(why).collect(),
            replies: (*replies != Replies::default()).then_some(replies),
            reposts: (*reposts > 0).then_some(*reposts),
            case: (count > 1).then(|| Case { count, posts: ranked.posts().map(|ranked| &*ranked.post.id).collect() }),
            campaign: *campaign,
        }
    }
}

/// What `hearken explain --json` says of a post: what is heard in it, why it stands where it stands, and each word's part.
#[derive(Debug, Serialize)]
pub struct Explained<'a> {
    text: &'a str,
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    labels: Labels,
    advice: Advice,
    assigned: LabelSet,
    urgency: f64,
    thresholds: PerLabel<f64>,
    priority: Minutes,
    why: Vec<Term>,
    disposition: Disposition,
    due_by: Option<Timestamp>,
    words: Vec<ExplainedWord<'a>>,
    model: &'a str,
}

#[derive(Debug, Serialize)]
struct ExplainedWord<'a> {
    word: &'a str,
    start: usize,
    end: usize,
    read: bool,
    effect: Option<ExplainedEffect>,
    log_odds: Option<Findings>,
}

#[derive(Debug, Serialize)]
struct ExplainedEffect {
    #[serde(flatten)]
    probability: Findings,
    priority: Minutes,
}

impl<'a> Explained<'a> {
    /// The record of a post that `by` has explained.
    pub fn new(post: &'a Post<'_>, explanation: &'a Explanation, due_by: Option<Timestamp>, by: &'a Explainer) -> Self {
        let judgement = &explanation.judgement;
        Self {
            text: &post.text,
            lang: explanation.lang.as_deref(),
            reason: (!explanation.lang_is_read).then_some(UNSUPPORTED_LANGUAGE),
            labels: Labels::new(judgement),
            advice: Advice::new(judgement),
            assigned: judgement.assigned,
            urgency: judgement.urgency(),
            thresholds: by.thresholds(),
            priority: explanation.head_start.total(),
            why: explanation.head_start.why(),
            disposition: explanation.disposition,
            due_by,
            words: explanation.words.iter().map(|word| ExplainedWord::new(word, &post.text)).collect(),
            model: by.judge(),
        }
    }
}

impl<'a> ExplainedWord<'a> {
    fn new(word: &Word, text: &'a str) -> Self {
        let effect = |Effect { probability, priority, .. }| ExplainedEffect { probability, priority };
        Self {
            word: text.get(word.start..word.end).unwrap_or_default(),
            start: word.start,
            end: word.end,
            read: word.read,
            effect: word.effect.map(effect),
            log_odds: word.effect.map(|effect| effect.log_odds),
        }
    }
}
