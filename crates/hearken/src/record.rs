//! The records of the output. Other programs are written against these field names.

use jiff::Timestamp;
use serde::Serialize;

use crate::label::{Label, LabelSet};
use crate::policy::{HeadStart, Minutes, Term};
use crate::rank::Ranked;
use crate::score::{Judgement, Probability};

/// What `--output annotated` says of a post.
#[derive(Debug, Serialize)]
pub struct Annotated<'a> {
    id: &'a str,
    labels: Labels,
    advice: Advice,
    assigned: LabelSet,
    urgency: f64,
    priority: Minutes,
    lang: Option<&'a str>,
    model: &'a str,
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
            labels: Labels {
                grief: judgement.grief,
                frustration: judgement.frustration,
                advice: judgement.probability(Label::Advice),
                promotion: judgement.promotion,
            },
            advice: Advice { seeking: judgement.advice_seeking, giving: judgement.advice_giving },
            assigned: judgement.assigned,
            urgency: judgement.urgency(),
            priority: head_start.total(),
            lang,
            model,
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
    why: Vec<Term>,
}

impl<'a> Queued<'a> {
    /// The record of one post at `rank` (from 1), or of one that is held back and so has no rank.
    pub fn new(ranked: &'a Ranked, rank: Option<usize>, model: &'a str) -> Self {
        let post = &ranked.post;
        Self {
            rank,
            annotated: Annotated::new(&post.id, post.lang.as_deref(), &ranked.judgement, &ranked.head_start, model),
            author: post.author.as_deref(),
            text: &post.text,
            created_at: ranked.created_at,
            due_by: ranked.due_by,
            why: ranked.head_start.why(),
        }
    }
}
