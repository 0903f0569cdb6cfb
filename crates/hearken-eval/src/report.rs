//! The report: every figure with its interval, of one model or of two side by side.

use crate::binary::Binary;
pub use crate::binary::Confusion;
use crate::bootstrap::Resampler;
use crate::figure::Columns;
pub use crate::figure::{Difference, Estimate, Figure, Figures};
use crate::measure::Measure;
use crate::question::{PerQuestion, Prediction, Predictions, Question, Truth};
use crate::ranking::Ranking;

/// How intervals are made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often posts are drawn anew; with 0 there are no intervals.
    pub resamples: u32,
    /// Decides what is drawn.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { resamples: 1000, seed: 1 }
    }
}

/// Why there is no report.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the messages are the definition")]
pub enum Error {
    #[error("no label of any post is known")]
    NothingKnown,
    #[error("{model} has {found} predictions for {posts} posts")]
    Misaligned { model: String, found: usize, posts: usize },
    #[error("{model}: a value of post {post} (the first is 0) is out of range")]
    OutOfRange { model: String, post: usize },
    #[error("the urgency of post {post} (the first is 0) is {urgency}, not 0 to 3")]
    Urgency { post: usize, urgency: u8 },
    #[error("{posts} posts are too many")]
    TooMany { posts: usize },
}

/// How one model does, or two on the same posts.
#[derive(Clone, Debug, serde::Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many posts there are.
    pub posts: usize,
    /// What is reported on.
    pub models: Vec<ModelReport>,
    /// How often posts were drawn anew.
    pub resamples: u32,
    /// What decided the draws.
    pub seed: u64,
    /// The labels, and the two halves of advice as far as they are known.
    pub labels: Vec<LabelReport>,
    /// The mean over labels.
    #[serde(rename = "macro")]
    pub macro_average: MacroReport,
    /// What is known of urgency, if anything is.
    pub urgency: Option<UrgencyReport>,
}

/// A model of the report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ModelReport {
    /// Its name.
    pub model: String,
    /// How many posts it left unjudged; they count as probability 0 and last in the queue.
    pub unjudged: usize,
}

/// One yes-or-no question.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LabelReport {
    /// The question.
    pub label: Question,
    /// Of how many posts the answer is known; the others are left out of account.
    pub known: usize,
    /// How often it is yes.
    pub positives: usize,
    /// Decisions and answers, by model; nothing where a model doesn't decide.
    pub confusion: Vec<Option<Confusion>>,
    /// The figures of [`Measure::OF_LABEL`].
    pub figures: Figures,
}

/// The mean over labels.
#[derive(Clone, Debug, serde::Serialize)]
pub struct MacroReport {
    /// The labels that have a known positive. A figure that is not defined for one of them has no mean.
    pub labels: Vec<Question>,
    /// The figures of [`Measure::OF_LABEL`].
    pub figures: Figures,
}

/// The rankings.
#[derive(Clone, Debug, serde::Serialize)]
pub struct UrgencyReport {
    /// Of how many posts urgency is known; the others are left out of account.
    pub known: usize,
    /// How many of them have urgency 3.
    pub urgent: usize,
    /// The figures of [`Measure::OF_RANKING`] for the order of expected urgency.
    pub by_urgency: Figures,
    /// The same for the order of priority.
    pub by_priority: Figures,
}

/// Reports how well one model does on posts with known labels, or two models on the same posts.
///
/// # Errors
///
/// [`Error`] when a model has not one usable prediction for each post, or when no label is known.
pub fn evaluate(
    truths: &[Truth],
    first: &Predictions,
    second: Option<&Predictions>,
    options: &Options,
) -> Result<Report, Error> {
    let posts = u32::try_from(truths.len()).map_err(|_| Error::TooMany { posts: truths.len() })?;
    if !truths.iter().any(Truth::is_known) {
        return Err(Error::NothingKnown);
    }
    let beyond = |(post, truth): (usize, &Truth)| Some((post, truth.urgency.filter(|urgency| *urgency > 3)?));
    if let Some((post, urgency)) = truths.iter().enumerate().find_map(beyond) {
        return Err(Error::Urgency { post, urgency });
    }
    let models: Vec<&Predictions> = std::iter::once(first).chain(second).collect();
    for model in &models {
        check(model, truths.len())?;
    }
    let prepared: Vec<Prepared> = models.iter().map(|model| Prepared::new(truths, &model.posts)).collect();

    let once = vec![1; truths.len()];
    let values: Vec<Vec<Option<f64>>> = prepared.iter().map(|model| model.figures(&once)).collect();
    let resampler = Resampler { posts, seed: options.seed };
    let mut draws: Vec<Vec<Vec<Option<f64>>>> = vec![Vec::new(); prepared.len()];
    let mut weights = Vec::new();
    for resample in 0..options.resamples {
        resampler.draw(resample, &mut weights);
        for (draws, model) in draws.iter_mut().zip(&prepared) {
            draws.push(model.figures(&weights));
        }
    }
    let mut figures = Columns::new(&values, &draws);

    // IMPORTANT: in the order of `Prepared::figures`.
    let shape = &prepared[0];
    let labels = Question::ALL.map(|question| {
        let binary = &shape.binaries[question];
        LabelReport {
            label: question,
            known: binary.known(),
            positives: binary.positives(),
            confusion: prepared.iter().map(|model| model.binaries[question].confusion()).collect(),
            figures: figures.take(&Measure::OF_LABEL),
        }
    });
    let macro_average = MacroReport { labels: shape.averaged.clone(), figures: figures.take(&Measure::OF_LABEL) };
    let urgency = UrgencyReport {
        known: shape.by_urgency.known(),
        urgent: shape.by_urgency.urgent(),
        by_urgency: figures.take(&Measure::OF_RANKING),
        by_priority: figures.take(&Measure::OF_RANKING),
    };
    Ok(Report {
        posts: truths.len(),
        models: models.iter().map(|model| ModelReport::new(model)).collect(),
        resamples: options.resamples,
        seed: options.seed,
        labels: labels.into_iter().filter(|label| label.label.is_label() || label.known > 0).collect(),
        macro_average,
        urgency: Some(urgency).filter(|urgency| urgency.known > 0),
    })
}

impl ModelReport {
    fn new(predictions: &Predictions) -> Self {
        let unjudged = predictions.posts.iter().filter(|post| !post.judged).count();
        Self { model: predictions.model.clone(), unjudged }
    }
}

fn check(predictions: &Predictions, posts: usize) -> Result<(), Error> {
    let model = || predictions.model.clone();
    let found = predictions.posts.len();
    if found != posts {
        return Err(Error::Misaligned { model: model(), found, posts });
    }
    let usable = |post: &Prediction| {
        let probabilities = &post.probabilities.0;
        probabilities.iter().all(|p| (0.0..=1.0).contains(p)) && !post.urgency.is_nan() && !post.priority.is_nan()
    };
    match predictions.posts.iter().position(|post| !usable(post)) {
        Some(post) => Err(Error::OutOfRange { model: model(), post }),
        None => Ok(()),
    }
}

/// One model's answers, sorted once for all resamples.
struct Prepared {
    binaries: PerQuestion<Binary>,
    /// The labels of the macro average.
    averaged: Vec<Question>,
    by_urgency: Ranking,
    by_priority: Ranking,
}

impl Prepared {
    fn new(truths: &[Truth], posts: &[Prediction]) -> Self {
        let binaries = PerQuestion(Question::ALL.map(|question| Binary::new(question, truths, posts)));
        let averaged = Question::LABELS.into_iter().filter(|label| binaries[*label].positives() > 0).collect();
        Self {
            binaries,
            averaged,
            by_urgency: Ranking::new(truths, |post| posts[post].urgency),
            by_priority: Ranking::new(truths, |post| posts[post].priority),
        }
    }

    /// All figures in a row: those of each question, their macro average, and those of the two rankings.
    fn figures(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let of_question = PerQuestion(Question::ALL.map(|question| self.binaries[question].figures(weights)));
        let macro_average = (0..Measure::OF_LABEL.len()).map(|measure| {
            let sum: Option<f64> = self.averaged.iter().map(|label| of_question[*label][measure]).sum();
            sum.filter(|_| !self.averaged.is_empty()).map(|sum| sum / self.averaged.len() as f64)
        });
        let rankings = [&self.by_urgency, &self.by_priority].map(|ranking| ranking.figures(weights));
        of_question.0.into_iter().flatten().chain(macro_average).chain(rankings.into_iter().flatten()).collect()
    }
}

#[cfg(test)]
mod tests;
