//! How well a model does on posts that people have labelled.
//!
//! Takes what people said of each post and what one or two models said, and gives figures with bootstrap intervals, the
//! worst misses, and curves to draw. It knows no model, no file and no terminal: plain values in, plain values out.
//!
//! ```
//! use hearken_eval::{Options, Prediction, Predictions, Question, Truth, evaluate};
//!
//! # fn main() -> Result<(), hearken_eval::Error> {
//! let mut truths = vec![Truth::default(); 4];
//! let mut posts = vec![Prediction::default(); 4];
//! for (post, (grief, probability)) in [(true, 0.9), (false, 0.6), (true, 0.4), (false, 0.1)].into_iter().enumerate() {
//!     truths[post].labels[Question::Grief] = Some(grief);
//!     posts[post].probabilities[Question::Grief] = probability;
//!     posts[post].assigned[Question::Grief] = Some(probability >= 0.5);
//! }
//! let model = Predictions { model: "fast".to_owned(), posts };
//! let report = evaluate(&truths, &model, None, &Options::default())?;
//! let precision = &report.labels[0].figures.0[0];
//! assert_eq!(precision.models[0].value, Some(0.5));
//! # Ok(())
//! # }
//! ```
//!
//! The modules follow the data, which flows one way: [`question`] → `binary` and `ranking` → `bootstrap` → `figure` →
//! [`report`]; [`mod@misses`] and [`curve`] read the first ones, and [`mod@tune`]
//! proposes thresholds.

pub mod question;

mod binary;
mod bootstrap;
mod figure;
mod ranking;

pub mod curve;
pub mod measure;
pub mod misses;
pub mod report;
pub mod tune;

pub use measure::Measure;
pub use misses::{Misses, misses};
pub use question::{PerQuestion, Prediction, Predictions, Question, Truth};
pub use report::{Error, Options, Report, evaluate};
pub use tune::tune;

#[cfg(test)]
mod testing;
