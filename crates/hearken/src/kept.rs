//! Records that are kept, so that another policy can be tried on them later without the model.
//!
//! An annotated record has no steps of urgency and no reach, which a head start is made of too; a kept one has. What is read back is the
//! judgement to the step, so [`Policy::head_start`](crate::Policy::head_start) makes of it what it would have made of the post.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, PerLabel};
use crate::post::Post;
use crate::rank::Ranked;
use crate::record::Annotated;
use crate::score::{Judgement, Probability};

/// The annotated record of a post, with all that a policy goes by.
#[derive(Debug, Serialize)]
pub struct Keep<'a> {
    #[serde(flatten)]
    annotated: Annotated<'a>,
    /// Probabilities that urgency is at least 1, at least 2, and 3.
    urgency_at_least: [Probability; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<u64>,
}

impl<'a> Keep<'a> {
    /// The record of one post.
    pub fn new(ranked: &'a Ranked) -> Self {
        let Ranked { post, judgement, head_start, model, .. } = ranked;
        Self {
            annotated: Annotated::new(&post.id, post.lang.as_deref(), judgement, head_start, model),
            urgency_at_least: judgement.urgency_at_least,
            reach: post.reach,
        }
    }
}

/// What is read back of a kept record.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What the model made of the post, and the labels by the thresholds of that time.
    pub judgement: Judgement,
    /// How many people may have seen it.
    pub reach: Option<u64>,
    /// What judged it, such as `fast@0123456789ab`.
    pub judge: String,
}

/// The fields that count here; the others only say the same again.
#[derive(Deserialize)]
struct Fields {
    labels: PerLabel<f64>,
    advice: Advice,
    assigned: Vec<Label>,
    urgency_at_least: [f64; 3],
    reach: Option<u64>,
    model: String,
}

#[derive(Deserialize)]
struct Advice {
    seeking: f64,
    giving: f64,
}

impl Kept {
    /// Reads a record that [`Keep`] wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`] naming what is missing, as in the record of a post that nobody judged.
    pub fn from_json(record: &str) -> Result<Self> {
        let fields: Fields = serde_json::from_str(record).map_err(|error| {
            Error::with_source(ErrorKind::Input, format!("the record can't be weighed anew: {error}"), error)
        })?;
        let judgement = Judgement {
            grief: Probability::new(fields.labels.grief),
            frustration: Probability::new(fields.labels.frustration),
            advice_seeking: Probability::new(fields.advice.seeking),
            advice_giving: Probability::new(fields.advice.giving),
            promotion: Probability::new(fields.labels.promotion),
            urgency_at_least: fields.urgency_at_least.map(Probability::new),
            assigned: fields.assigned.into_iter().collect(),
        };
        Ok(Self { judgement, reach: fields.reach, judge: fields.model })
    }

    /// The name of the model, without the digest.
    pub fn model(&self) -> &str {
        self.judge.split('@').next().unwrap_or_default()
    }

    /// The post, as far as a head start is made of it.
    pub fn post(&self) -> Post<'static> {
        Post { reach: self.reach, ..Post::default() }
    }
}

#[cfg(test)]
mod tests;
