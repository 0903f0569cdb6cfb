//! What is measured.

use serde::Serialize;

/// How many posts NDCG looks at.
pub const NDCG_DEPTH: usize = 50;

/// The shares of a ranking, from its top, in which urgent posts are looked for.
pub const TOP_SHARES: [f64; 3] = [0.01, 0.05, 0.10];

/// A measure of how well a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Share of the assigned that are right. Not defined where nothing is assigned.
    Precision,
    /// Share of the positives that are assigned. Not defined without positives.
    Recall,
    /// Harmonic mean of precision and recall. Not defined where nothing is positive nor assigned.
    F1,
    /// Area under precision over recall in steps, equal probabilities counted as one step. Not defined without positives.
    AveragePrecision,
    /// Mean squared error of the probabilities.
    Brier,
    /// Expected calibration error: mean distance of probability and share of positives over 10 bins of equal width,
    /// weighted by posts.
    CalibrationError,
    /// Normalised discounted cumulative gain of the first 50 posts, gain 2^urgency − 1. Not defined where all urgency is 0.
    #[serde(rename = "ndcg_50")]
    Ndcg,
    /// Share of urgency 3 in the top 1 % (rounded to the nearest number of posts, at least one). Not defined without any.
    #[serde(rename = "urgent_in_top_1_percent")]
    UrgentInTop1,
    /// The same in the top 5 %.
    #[serde(rename = "urgent_in_top_5_percent")]
    UrgentInTop5,
    /// The same in the top 10 %.
    #[serde(rename = "urgent_in_top_10_percent")]
    UrgentInTop10,
    /// Rank correlation with urgency, equal values sharing their mean rank. Not defined where either never varies.
    Spearman,
}

impl Measure {
    /// What is measured of a yes-or-no question, in the order of a report.
    pub const OF_LABEL: [Self; 6] =
        [Self::Precision, Self::Recall, Self::F1, Self::AveragePrecision, Self::Brier, Self::CalibrationError];

    /// What is measured of a ranking by urgency. Where scores are equal, what counts is the mean over all orders of them:
    /// the order of the input can't flatter.
    pub const OF_RANKING: [Self; 5] =
        [Self::Ndcg, Self::UrgentInTop1, Self::UrgentInTop5, Self::UrgentInTop10, Self::Spearman];

    /// Whether more is better; of an error, less is.
    pub fn more_is_better(self) -> bool {
        !matches!(self, Self::Brier | Self::CalibrationError)
    }
}
