//! Hearken, an embedded triage engine for social streams.
//!
//! Posts stream through an ONNX classifier on worker threads, get labelled *grief, frustration, advice, promotion*, and come
//! out as a queue ordered by who needs a human first, each with the reason. Hearken tells people whom to answer; it never
//! writes to a person itself.
//!
//! ```no_run
//! use hearken::{Model, Pipeline, Post};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::open("models/fast")?;
//! let pipeline = Pipeline::builder(model).start()?;
//!
//! pipeline.read(std::fs::File::open("posts.jsonl")?, "posts.jsonl")?;
//! pipeline.feeder().submit(Post::new("1", "My dog died at the front door. I can't stop shaking."))?;
//!
//! let summary = pipeline.finish()?;
//! for ranked in &summary.queue {
//!     println!("{} minutes ahead: {}", ranked.head_start.total().value(), ranked.post.text);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The modules follow the data, which flows one way: a stage knows those above it and none below.
//!
//! # What ONNX Runtime tells its maker
//!
//! ONNX Runtime 1.29 and newer, as its maker builds it for Linux, tries to report its use to its maker, and keeps what it could not
//! send in `~/.cache/Microsoft`. This crate forbids that by the API, which is too late for what is reported while the library is
//! loaded. Only `ORT_DISABLE_TELEMETRY=1` in the environment ends both, and it must be there before that: let it be there when your
//! program starts, for to set it later is not safe beside other threads. The command `hearken` does that by itself.

pub mod error;
pub mod label;
pub mod post;

pub mod frame;

pub mod format;

pub mod redact;

pub mod key;

pub mod shard;

pub mod language;

pub mod tokenize;

pub mod batch;

pub mod manifest;

#[cfg(feature = "load-dynamic")]
pub mod runtime;

pub mod model;

pub mod score;

pub mod judge;

pub mod policy;

pub mod cascade;

pub mod receipt;

pub mod recent;

pub mod likeness;

pub mod reply;

pub mod evidence;

pub mod rank;

pub mod tally;

pub mod campaign;

pub mod caseload;

pub mod explain;

pub mod record;

pub mod kept;

pub mod pipeline;

pub use cascade::Budget;
pub use error::{Error, ErrorKind, Result};
pub use evidence::Evidence;
pub use explain::{Explainer, Explanation};
pub use format::{Event, Format};
pub use label::Label;
pub use language::UnsupportedLanguage;
pub use model::{Model, ModelFiles};
pub use pipeline::{
    Builder, Feeder, Meter, News, Origin, Pipeline, Pool, Queue, Quota, Reject, SubmitError, Summary, TrySubmitError,
};
pub use policy::Policy;
pub use post::{Post, Timestamp};
pub use rank::{Ranked, WhenFull};
pub use receipt::Receipt;
pub use redact::Redact;
pub use score::Thresholds;
pub use shard::Shard;
pub use tally::Tally;

#[cfg(test)]
extern crate self as hearken;
#[cfg(test)]
mod testing;
