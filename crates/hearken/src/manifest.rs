//! `hearken.json`: what a model directory says of its model.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, PerLabel};

/// The schema that this version reads.
const SCHEMA: u32 = 1;

/// Most ids a text may be cut to; beyond it a batch of one would no longer be small.
const MAX_TOKENS: usize = 8192;

/// A model's inputs, outputs, labels, calibration and thresholds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    schema: u32,
    /// The name that records carry, such as `fast`.
    pub name: String,
    /// Texts are cut to this many ids.
    pub max_tokens: usize,
    /// Whether the tokenizer's own frame (`[CLS] … [SEP]`) goes round the text.
    #[serde(default)]
    pub special_tokens: bool,
    /// What the graph calls its inputs.
    pub inputs: Inputs,
    /// What the graph calls its output, `[batch, columns]`.
    pub output: String,
    /// What each column of the output stands for.
    pub columns: Vec<Column>,
    /// How the logit of a column becomes a probability; columns without an entry use the plain sigmoid.
    #[serde(default)]
    pub calibration: BTreeMap<Column, Platt>,
    /// The calibrated probability from which a label is assigned.
    pub thresholds: PerLabel<f64>,
    /// SHA-256 of the other two files.
    pub sha256: Sha256Sums,
}

/// Names of the graph's inputs, each `int64 [batch, length]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Token ids, filled up with 0.
    pub input_ids: String,
    /// 1 for each id of the text, 0 for padding.
    pub attention_mask: Option<String>,
    /// Always 0.
    pub token_type_ids: Option<String>,
}

/// What a column of the model's output stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the definition")]
pub enum Column {
    Grief,
    Frustration,
    AdviceSeeking,
    AdviceGiving,
    Promotion,
    /// The urgency head is ordinal: this is the probability that urgency is 1 or more.
    #[serde(rename = "urgency_1")]
    Urgency1,
    /// That urgency is 2 or more.
    #[serde(rename = "urgency_2")]
    Urgency2,
    /// That urgency is 3.
    #[serde(rename = "urgency_3")]
    Urgency3,
}

/// Platt scaling: `p = sigmoid(scale × logit + bias)`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    /// Factor of the logit.
    pub scale: f64,
    /// Added after scaling.
    pub bias: f64,
}

impl Default for Platt {
    fn default() -> Self {
        Self { scale: 1.0, bias: 0.0 }
    }
}

/// Hex digests of the files that the manifest describes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sha256Sums {
    /// Digest of `model.onnx`.
    #[serde(rename = "model.onnx")]
    pub model: String,
    /// Digest of `tokenizer.json`.
    #[serde(rename = "tokenizer.json")]
    pub tokenizer: String,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] naming what is missing, unknown or out of range.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| Error::with_source(ErrorKind::Model, format!("hearken.json: {error}"), error))?;
        manifest.check().map_err(|problem| Error::new(ErrorKind::Model, format!("hearken.json: {problem}")))?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!("schema {} is not known to this version, which reads schema {SCHEMA}", self.schema));
        }
        if self.max_tokens == 0 || self.max_tokens > MAX_TOKENS {
            return Err(format!("max_tokens is {}, it must be 1 to {MAX_TOKENS}", self.max_tokens));
        }
        if self.columns.is_empty() {
            return Err("columns is empty, so the model's output would mean nothing".to_owned());
        }
        if let Some((_, column)) =
            self.columns.iter().enumerate().find(|(nth, column)| self.columns[..*nth].contains(column))
        {
            return Err(format!("columns names {column:?} twice"));
        }
        let finite = |platt: &Platt| platt.scale.is_finite() && platt.bias.is_finite() && platt.scale > 0.0;
        if let Some((column, _)) = self.calibration.iter().find(|(_, platt)| !finite(platt)) {
            return Err(format!("the calibration of {column:?} must be finite with a scale above 0"));
        }
        for label in Label::ALL {
            let threshold = *self.thresholds.get(label);
            if !(0.0..=1.0).contains(&threshold) {
                return Err(format!("the threshold of {label} is {threshold}, it must be 0 to 1"));
            }
        }
        Ok(())
    }
}
