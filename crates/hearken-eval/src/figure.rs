//! A figure of the report: its value by model, the intervals of the draws, the difference of two models.

use serde::ser::{Serialize, Serializer};

use crate::bootstrap::interval;
use crate::measure::Measure;

/// Some figures in their order; in JSON an object with the measures for keys.
#[derive(Clone, Debug)]
pub struct Figures(pub Vec<Figure>);

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|figure| (figure.measure, figure)))
    }
}

/// One figure of each model.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Figure {
    /// What is measured.
    #[serde(skip)]
    pub measure: Measure,
    /// By model.
    pub models: Vec<Estimate>,
    /// The second model minus the first, on the same draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// A value and its 95 % interval; `None` is not defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// Of the posts as they are.
    #[serde(serialize_with = "rounded")]
    pub value: Option<f64>,
    /// Lower end of the interval.
    #[serde(serialize_with = "rounded")]
    pub low: Option<f64>,
    /// Upper end of the interval.
    #[serde(serialize_with = "rounded")]
    pub high: Option<f64>,
}

/// A difference and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Difference {
    /// How much more the second has.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Whether the interval excludes 0.
    pub clear: bool,
}

/// More digits would only show how a processor rounds.
fn rounded<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|value| (value * 1e6).round() / 1e6 + 0.0).serialize(serializer)
}

/// Hands out figures in their order, each with its interval.
pub(crate) struct Columns<'a> {
    /// `[model][figure]`
    values: &'a [Vec<Option<f64>>],
    /// `[model][resample][figure]`
    draws: &'a [Vec<Vec<Option<f64>>>],
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(values: &'a [Vec<Option<f64>>], draws: &'a [Vec<Vec<Option<f64>>>]) -> Self {
        Self { values, draws, next: 0 }
    }

    /// The next figures, one for each measure.
    pub(crate) fn take(&mut self, measures: &[Measure]) -> Figures {
        let first = self.next;
        self.next += measures.len();
        Figures((first..).zip(measures).map(|(column, measure)| self.figure(column, *measure)).collect())
    }

    fn figure(&self, column: usize, measure: Measure) -> Figure {
        let of_model = |(values, draws): (&Vec<Option<f64>>, &Vec<Vec<Option<f64>>>)| {
            Estimate::new(values[column], draws.iter().map(|draw| draw[column]))
        };
        let models = self.values.iter().zip(self.draws).map(of_model).collect();
        let difference = match (self.values, self.draws) {
            ([first, second], [first_draws, second_draws]) => {
                let minus = |second: Option<f64>, first: Option<f64>| Some(second? - first?);
                let draws = first_draws.iter().zip(second_draws);
                let draws = draws.map(|(first, second)| minus(second[column], first[column]));
                Some(Difference::new(Estimate::new(minus(second[column], first[column]), draws)))
            }
            _ => None,
        };
        Figure { measure, models, difference }
    }
}

impl Estimate {
    pub(crate) fn new(value: Option<f64>, draws: impl ExactSizeIterator<Item = Option<f64>>) -> Self {
        // Of what isn't there no interval is known either.
        let interval = value.and_then(|_| interval(draws));
        Self { value, low: interval.map(|(low, _)| low), high: interval.map(|(_, high)| high) }
    }
}

impl Difference {
    pub(crate) fn new(estimate: Estimate) -> Self {
        let clear = estimate.low.is_some_and(|low| low > 0.0) || estimate.high.is_some_and(|high| high < 0.0);
        Self { estimate, clear }
    }
}
