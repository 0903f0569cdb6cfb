//! What is asked about a post, what people answered, and what a model answered.

use std::fmt;
use std::ops::{Index, IndexMut};

use serde::Serialize;

/// A yes-or-no question about a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the definition")]
pub enum Question {
    Grief,
    Frustration,
    /// Sought or given.
    Advice,
    AdviceSeeking,
    AdviceGiving,
    Promotion,
}

impl Question {
    /// All questions, in the order of a report.
    pub const ALL: [Self; 6] =
        [Self::Grief, Self::Frustration, Self::Advice, Self::AdviceSeeking, Self::AdviceGiving, Self::Promotion];

    /// The questions that are labels: a model decides them, and the macro average is over them.
    pub const LABELS: [Self; 4] = [Self::Grief, Self::Frustration, Self::Advice, Self::Promotion];

    /// The name in records and labelled files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grief => "grief",
            Self::Frustration => "frustration",
            Self::Advice => "advice",
            Self::AdviceSeeking => "advice_seeking",
            Self::AdviceGiving => "advice_giving",
            Self::Promotion => "promotion",
        }
    }

    /// Whether it is one of [`Question::LABELS`].
    pub fn is_label(self) -> bool {
        Self::LABELS.contains(&self)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One value for each question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerQuestion<T>(pub [T; Question::ALL.len()]);

impl<T> Index<Question> for PerQuestion<T> {
    type Output = T;

    fn index(&self, question: Question) -> &T {
        &self.0[question as usize]
    }
}

impl<T> IndexMut<Question> for PerQuestion<T> {
    fn index_mut(&mut self, question: Question) -> &mut T {
        &mut self.0[question as usize]
    }
}

/// What people said of a post; `None` is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// The answers to the yes-or-no questions.
    pub labels: PerQuestion<Option<bool>>,
    /// 0 to 3.
    pub urgency: Option<u8>,
}

impl Truth {
    /// Whether anything is known of the post.
    pub fn is_known(&self) -> bool {
        self.urgency.is_some() || self.labels.0.iter().any(Option::is_some)
    }
}

/// What a model said of a post.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Probabilities, 0 to 1.
    pub probabilities: PerQuestion<f64>,
    /// The decisions; `None` for a question that the model doesn't decide.
    pub assigned: PerQuestion<Option<bool>>,
    /// Expected urgency, 0 to 3.
    pub urgency: f64,
    /// Who comes first: more is earlier.
    pub priority: f64,
    /// Whether the model judged the post at all.
    pub judged: bool,
}

impl Prediction {
    /// Of a post that the model left unjudged: probability 0, nothing assigned, no urgency, last in the queue.
    pub fn unjudged() -> Self {
        let assigned = PerQuestion(Question::ALL.map(|question| question.is_label().then_some(false)));
        Self {
            probabilities: PerQuestion::default(),
            assigned,
            urgency: 0.0,
            priority: f64::NEG_INFINITY,
            judged: false,
        }
    }
}

impl Default for Prediction {
    /// See [`Prediction::unjudged`].
    fn default() -> Self {
        Self::unjudged()
    }
}

/// What one model said of all posts.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// What the report calls the model.
    pub model: String,
    /// One prediction for each post, in the order of the truths.
    pub posts: Vec<Prediction>,
}
