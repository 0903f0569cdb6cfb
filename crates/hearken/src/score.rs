//! Scoring: logits to calibrated probabilities, assigned labels and an expected urgency.

use ndarray::ArrayView1;

use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, LabelSet, PerLabel};
use crate::manifest::{Activation, Column, Manifest, Platt};

/// A calibrated probability, kept in steps of 1/10,000.
///
/// The steps are what is printed, compared with a threshold and weighed, so a record holds all that its priority was made
/// of, and a rounding error in a batch can't move a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probability(u16);

impl Probability {
    const STEPS: f64 = 10_000.0;

    /// The nearest step to `value`, which is cut to 0..=1.
    pub fn new(value: f64) -> Self {
        Self((value.clamp(0.0, 1.0) * Self::STEPS).round() as u16)
    }

    /// The probability as a number from 0 to 1.
    pub fn value(self) -> f64 {
        f64::from(self.0) / Self::STEPS
    }
}

impl serde::Serialize for Probability {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

/// What the model makes of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Probability of grief.
    pub grief: Probability,
    /// Probability of frustration.
    pub frustration: Probability,
    /// Probability that the author seeks advice.
    pub advice_seeking: Probability,
    /// Probability that the author gives advice.
    pub advice_giving: Probability,
    /// Probability of promotion.
    pub promotion: Probability,
    /// Probabilities that urgency is at least 1, at least 2, and 3.
    pub urgency_at_least: [Probability; 3],
    /// The labels whose probability reaches their threshold.
    pub assigned: LabelSet,
}

impl Judgement {
    /// The probability of a label; advice is the greater of seeking and giving.
    pub fn probability(&self, label: Label) -> Probability {
        match label {
            Label::Grief => self.grief,
            Label::Frustration => self.frustration,
            Label::Advice => self.advice_seeking.max(self.advice_giving),
            Label::Promotion => self.promotion,
        }
    }

    /// The labels whose probability reaches these thresholds.
    pub fn assigned_by(&self, thresholds: &PerLabel<Probability>) -> LabelSet {
        Label::ALL.into_iter().filter(|label| self.probability(*label) >= *thresholds.get(*label)).collect()
    }

    /// Expected urgency, 0 to 3: the sum over the levels of the probability that they are reached.
    pub fn urgency(&self) -> f64 {
        let steps: u32 = self.urgency_at_least.iter().map(|level| u32::from(level.0)).sum();
        f64::from(steps) / Probability::STEPS
    }
}

/// Turns a row of logits into a [`Judgement`].
#[derive(Clone, Debug)]
pub struct Scorer {
    activation: Activation,
    heads: Vec<Head>,
    thresholds: PerLabel<Probability>,
}

/// What the columns of one meaning make up.
#[derive(Clone, Debug)]
struct Head {
    column: Column,
    platt: Platt,
    /// Where they stand in the model's output.
    places: Vec<usize>,
    /// Where the columns of any other meaning stand, or of none.
    others: Vec<usize>,
}

impl Scorer {
    /// A scorer with the columns and the calibration of the manifest, and thresholds of its own.
    pub fn new(manifest: &Manifest, thresholds: PerLabel<f64>) -> Self {
        let head = |column| {
            let means = |place: &usize| manifest.heads().any(|head| head == (*place, column));
            let (places, others) = (0..manifest.columns.len()).partition(means);
            Head { column, platt: manifest.calibration.get(&column).copied().unwrap_or_default(), places, others }
        };
        let heads = Column::ALL.into_iter().map(head).filter(|head| !head.places.is_empty()).collect();
        Self { activation: manifest.activation, heads, thresholds: thresholds.map(Probability::new) }
    }

    /// Judges one post by its logits, one per column of the manifest.
    pub fn judge(&self, logits: &ArrayView1<'_, f32>) -> Judgement {
        let mut judgement = Judgement::default();
        for (column, log_odds) in self.log_odds(logits) {
            let probability = Probability::new(sigmoid(log_odds));
            let field = match column {
                Column::Grief => &mut judgement.grief,
                Column::Frustration => &mut judgement.frustration,
                Column::AdviceSeeking => &mut judgement.advice_seeking,
                Column::AdviceGiving => &mut judgement.advice_giving,
                Column::Promotion => &mut judgement.promotion,
                Column::Urgency1 => &mut judgement.urgency_at_least[0],
                Column::Urgency2 => &mut judgement.urgency_at_least[1],
                Column::Urgency3 => &mut judgement.urgency_at_least[2],
            };
            *field = probability;
        }
        judgement.assigned = judgement.assigned_by(&self.thresholds);
        judgement
    }

    /// The calibrated log-odds of each column, of which [`Scorer::judge`] makes probabilities: they still tell texts apart
    /// whose probabilities are all 0 or 1.
    pub(crate) fn log_odds(&self, logits: &ArrayView1<'_, f32>) -> impl Iterator<Item = (Column, f64)> {
        self.heads.iter().map(|Head { column, platt, places, others }| {
            // Log-odds either way, so that one calibration serves both.
            let log_odds = match self.activation {
                Activation::Sigmoid => largest(logits, places),
                Activation::Softmax => log_sum_exp(logits, places) - log_sum_exp(logits, others),
            };
            (*column, platt.scale * log_odds + platt.bias)
        })
    }
}

/// The probability that has these log-odds.
pub(crate) fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Which thresholds assign labels: a set of the model's, and the caller's own for single labels.
#[derive(Clone, Debug, Default)]
pub struct Thresholds {
    /// The name of one of the manifest's sets; its first one unless set.
    pub set: Option<String>,
    /// What overrides the set.
    pub own: PerLabel<Option<f64>>,
}

impl Thresholds {
    /// The thresholds in force with a model.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] naming a set that the model doesn't have, or the label whose threshold is no probability.
    pub fn in_force(&self, manifest: &Manifest) -> Result<PerLabel<f64>> {
        let set = self.set.as_deref().map(|name| manifest.threshold_set(name)).transpose()?;
        let mut thresholds = set.unwrap_or(manifest.thresholds);
        for label in Label::ALL {
            let Some(threshold) = *self.own.get(label) else { continue };
            if !(0.0..=1.0).contains(&threshold) {
                let message = format!("the threshold of {label} is {threshold}: it must be 0 to 1");
                return Err(Error::new(ErrorKind::Config, message));
            }
            *thresholds.get_mut(label) = threshold;
        }
        Ok(thresholds)
    }
}

/// `ln Σ exp(logit)` over some columns, without leaving the range of a number on the way.
fn log_sum_exp(logits: &ArrayView1<'_, f32>, places: &[usize]) -> f64 {
    let largest = largest(logits, places);
    largest + logits_at(logits, places).map(|logit| (logit - largest).exp()).sum::<f64>().ln()
}

fn largest(logits: &ArrayView1<'_, f32>, places: &[usize]) -> f64 {
    logits_at(logits, places).fold(f64::NEG_INFINITY, f64::max)
}

/// Infinite logits become the greatest finite ones: the difference of two infinities is no number.
fn logits_at(logits: &ArrayView1<'_, f32>, places: &[usize]) -> impl Iterator<Item = f64> {
    places.iter().map(|&place| f64::from(logits[place].clamp(f32::MIN, f32::MAX)))
}

#[cfg(test)]
mod tests;
