//! What people say of what was heard: a colleague who corrects it, the outcome of a case, a verdict of an audit. From these a model
//! can be trained, and thresholds chosen.

use serde::{Deserialize, Serialize};

use crate::intake::{Disposition, NewPost, PostKey, Term};
use crate::label::{Label, Labels};
use crate::time::Timestamp;

/// The highest urgency.
pub const MOST_URGENT: u8 = 3;

/// What is in a post, as far as someone said so; `None` where nobody did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Whether someone mourns.
    pub grief: Option<bool>,
    /// Whether someone has had enough of something.
    pub frustration: Option<bool>,
    /// Whether someone asks for advice.
    pub advice_seeking: Option<bool>,
    /// Whether someone gives it.
    pub advice_giving: Option<bool>,
    /// Whether someone sells.
    pub promotion: Option<bool>,
    /// How urgent it is, 0 to 3.
    pub urgency: Option<u8>,
    /// Whether it is of urgency 2 or more, where no more was asked.
    pub urgent: Option<bool>,
}

impl Truth {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a label is in it: for advice, whether any was asked for or given.
    pub fn label(&self, label: Label) -> Option<bool> {
        match label {
            Label::Grief => self.grief,
            Label::Frustration => self.frustration,
            Label::Promotion => self.promotion,
            Label::Advice => match (self.advice_seeking, self.advice_giving) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }

    /// This, and of what it leaves open what was said before.
    #[must_use]
    pub fn over(self, before: Self) -> Self {
        Self {
            grief: self.grief.or(before.grief),
            frustration: self.frustration.or(before.frustration),
            advice_seeking: self.advice_seeking.or(before.advice_seeking),
            advice_giving: self.advice_giving.or(before.advice_giving),
            promotion: self.promotion.or(before.promotion),
            urgency: self.urgency.or(before.urgency),
            urgent: self.urgent.or(before.urgent),
        }
    }

    /// These labels, corrected by what was said.
    pub fn correct(&self, labels: Labels) -> Labels {
        let is_there = |label: &Label| self.label(*label).unwrap_or(labels.contains(*label));
        Label::ALL.into_iter().filter(is_there).collect::<Vec<_>>().into()
    }
}

/// What a colleague says should have been heard in a post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// The trail's entry that says so.
    pub entry: i64,
    /// The post.
    #[serde(flatten)]
    pub post: PostKey,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What had judged the post, as its annotation names it.
    pub model: String,
    /// What is in it.
    pub truth: Truth,
}

/// A correction as a colleague gives it, with what follows from it for the post's turn by the policy, which a desk doesn't know.
#[derive(Clone, Debug, PartialEq)]
pub struct Relabel {
    /// The post.
    pub post: PostKey,
    /// What is in it.
    pub truth: Truth,
    /// See [`Correction::model`].
    pub model: String,
    /// See [`NewPost::rank_at`].
    pub rank_at: i64,
    /// See [`NewPost::why`].
    pub why: Vec<Term>,
    /// See [`NewPost::due_by`].
    pub due_by: Option<Timestamp>,
    /// Whether it waits for a human by now. A ticket that was held back is opened for it.
    pub disposition: Disposition,
}

/// What was heard in a post before someone corrected it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The post.
    #[serde(flatten)]
    pub post: PostKey,
    /// See [`NewPost::labels`].
    pub labels: Labels,
    /// See [`NewPost::urgency`].
    pub urgency: f64,
    /// See [`NewPost::rank_at`].
    pub rank_at: i64,
    /// See [`NewPost::why`].
    pub why: Vec<Term>,
    /// See [`NewPost::due_by`].
    pub due_by: Option<Timestamp>,
    /// See [`NewPost::disposition`].
    pub disposition: Disposition,
}

impl Heard {
    /// What was heard in a post.
    pub(crate) fn of(post: &NewPost) -> Self {
        let NewPost { labels, urgency, rank_at, why, due_by, disposition, .. } = post;
        Self {
            post: post.key(),
            labels: *labels,
            urgency: *urgency,
            rank_at: *rank_at,
            why: why.clone(),
            due_by: *due_by,
            disposition: *disposition,
        }
    }

    /// The post with that instead of what it has.
    pub(crate) fn put_into(self, post: NewPost) -> NewPost {
        let Self { post: _, labels, urgency, rank_at, why, due_by, disposition } = self;
        NewPost { labels, urgency, rank_at, why, due_by, disposition, ..post }
    }
}

/// How someone came to say what is in a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A colleague corrected what was heard.
    Relabelled,
    /// The case was resolved as misheard, and only one label could be meant.
    Misheard,
    /// It was judged in an audit of what was passed over.
    Audited,
}

impl Origin {
    /// Its name, as records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relabelled => "relabelled",
            Self::Misheard => "misheard",
            Self::Audited => "audited",
        }
    }
}

/// What someone says of a post, with the post.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// The post. Its annotation is that of the model; its labels are what is known by now.
    pub post: NewPost,
    /// What is in it.
    pub truth: Truth,
    /// How someone came to say so.
    pub origin: Origin,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// For how many posts that were passed over it stands, where it was drawn at random.
    pub stands_for: Option<f64>,
}
