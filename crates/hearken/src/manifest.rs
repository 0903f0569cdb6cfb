//! `hearken.json`: what a model directory says of its model.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::batch::{BatchLimits, Batcher};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, PerLabel};
use crate::language::Languages;

/// The schema that this version reads.
const SCHEMA: u32 = 1;

/// Most ids a text may be cut to; beyond it a batch of one would no longer be small.
const MAX_TOKENS: usize = 8192;

/// What `thresholds` is called among the threshold sets.
pub const DEFAULT_THRESHOLD_SET: &str = "best_f1";

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
    /// The id that fills short rows up.
    #[serde(default)]
    pub padding_id: u32,
    /// How large a batch may be.
    #[serde(default)]
    pub batch: BatchLimits,
    /// What the graph calls its inputs.
    pub inputs: Inputs,
    /// What the graph calls its output, `[batch, columns]`.
    pub output: String,
    /// What the model calls each column of the output.
    pub columns: Vec<String>,
    /// What the model's own names mean here; columns without an entry are ignored. Without a map the columns have names
    /// of ours.
    pub label_map: Option<BTreeMap<String, Column>>,
    /// What the columns' logits stand for.
    #[serde(default)]
    pub activation: Activation,
    /// How the log-odds of a column become a probability; columns without an entry use the plain sigmoid.
    #[serde(default)]
    pub calibration: BTreeMap<Column, Platt>,
    /// The calibrated probability from which a label is assigned.
    pub thresholds: PerLabel<f64>,
    /// Other thresholds, by the name of the set.
    #[serde(default)]
    pub threshold_sets: BTreeMap<String, PerLabel<f64>>,
    /// ISO 639-1 codes of the languages that the model reads; `None`: all.
    pub languages: Option<Vec<String>>,
    /// SHA-256 of the other two files.
    pub sha256: Sha256Sums,
}

/// Names of the graph's inputs, each `int64 [batch, length]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Token ids, filled up with the padding id.
    pub input_ids: String,
    /// 1 for each id of the text, 0 for padding.
    pub attention_mask: Option<String>,
    /// Always 0.
    pub token_type_ids: Option<String>,
}

/// What a column of the model's output stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
#[allow(missing_docs, reason = "the names are the definition")]
pub enum Column {
    Grief,
    Frustration,
    AdviceSeeking,
    AdviceGiving,
    Promotion,
    /// The urgency head is ordinal: this is the probability that urgency is 1 or more.
    Urgency1,
    /// That urgency is 2 or more.
    Urgency2,
    /// That urgency is 3.
    Urgency3,
}

impl Column {
    /// All columns there can be.
    pub const ALL: [Self; 8] = [
        Self::Grief,
        Self::Frustration,
        Self::AdviceSeeking,
        Self::AdviceGiving,
        Self::Promotion,
        Self::Urgency1,
        Self::Urgency2,
        Self::Urgency3,
    ];

    /// The name used in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grief => "grief",
            Self::Frustration => "frustration",
            Self::AdviceSeeking => "advice_seeking",
            Self::AdviceGiving => "advice_giving",
            Self::Promotion => "promotion",
            Self::Urgency1 => "urgency_1",
            Self::Urgency2 => "urgency_2",
            Self::Urgency3 => "urgency_3",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Column {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL.into_iter().find(|column| column.name() == name).ok_or_else(|| {
            format!("no column is called {name:?}; the columns are {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

/// What the logits of a model stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Each column is a yes or no of its own; of several columns with one meaning the largest logit counts.
    #[default]
    Sigmoid,
    /// The columns share one probability; those of several columns with one meaning add up.
    Softmax,
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sigmoid => "sigmoid",
            Self::Softmax => "softmax",
        })
    }
}

/// Platt scaling: `p = sigmoid(scale × log-odds + bias)`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    /// Factor of the log-odds.
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

    /// The columns that mean something here, each with where it stands in the model's output. A column that comes from
    /// several of the model's stands here once for each.
    pub fn heads(&self) -> impl Iterator<Item = (usize, Column)> {
        self.columns.iter().enumerate().filter_map(|(place, name)| Some((place, self.meaning(name)?)))
    }

    fn meaning(&self, name: &str) -> Option<Column> {
        match &self.label_map {
            Some(map) => map.get(name).copied(),
            None => Column::ALL.into_iter().find(|column| column.name() == name),
        }
    }

    /// A batcher for this model's rows.
    pub fn batcher(&self) -> Batcher {
        Batcher::new(self.batch).padding(self.padding_id)
    }

    /// The languages that the model reads; `None`: all.
    pub fn languages(&self) -> Option<Languages> {
        // A manifest is checked when it is made.
        Languages::new(self.languages.as_ref()?.iter().map(String::as_str)).ok()
    }

    /// The thresholds of a set by its name, in which a hyphen is as good as an underscore.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] naming the sets that there are.
    pub fn threshold_set(&self, name: &str) -> Result<PerLabel<f64>> {
        let mut sets = self.threshold_set_names();
        let known = sets.clone().find(|known| same_name(known, name)).ok_or_else(|| {
            let known = sets.by_ref().collect::<Vec<_>>().join(", ");
            let message = format!("the model {} has no thresholds called {name:?}; it has {known}", self.name);
            Error::new(ErrorKind::Config, message)
        })?;
        Ok(self.threshold_sets.get(known).copied().unwrap_or(self.thresholds))
    }

    /// The names of the threshold sets, that of `thresholds` first.
    pub fn threshold_set_names(&self) -> impl Iterator<Item = &str> + Clone {
        std::iter::once(DEFAULT_THRESHOLD_SET).chain(self.threshold_sets.keys().map(String::as_str))
    }

    fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!("schema {} is not known to this version, which reads schema {SCHEMA}", self.schema));
        }
        if self.max_tokens == 0 || self.max_tokens > MAX_TOKENS {
            return Err(format!("max_tokens is {}, it must be 1 to {MAX_TOKENS}", self.max_tokens));
        }
        if self.batch.rows == 0 || self.batch.ids == 0 {
            return Err("batch must allow at least 1 row and 1 id".to_owned());
        }
        self.check_columns()?;
        if let Some(codes) = &self.languages {
            let languages = Languages::new(codes.iter().map(String::as_str));
            languages.map_err(|code| format!("languages names {code:?}, which is no ISO 639-1 code such as \"en\""))?;
            if codes.is_empty() {
                return Err("languages is empty, so the model would read nothing; without it, it reads all".to_owned());
            }
        }
        let finite = |platt: &Platt| platt.scale.is_finite() && platt.bias.is_finite() && platt.scale > 0.0;
        if let Some((column, _)) = self.calibration.iter().find(|(_, platt)| !finite(platt)) {
            return Err(format!("the calibration of {column} must be finite with a scale above 0"));
        }
        check_thresholds(DEFAULT_THRESHOLD_SET, &self.thresholds)?;
        for (name, thresholds) in &self.threshold_sets {
            check_thresholds(name, thresholds)?;
            if self.threshold_set_names().filter(|other| same_name(other, name)).count() > 1 {
                return Err(format!("two sets of thresholds are called {name:?}; \"thresholds\" is best_f1"));
            }
        }
        Ok(())
    }

    fn check_columns(&self) -> Result<(), String> {
        if self.columns.is_empty() {
            return Err("columns is empty, so the model's output would mean nothing".to_owned());
        }
        if let Some((_, name)) = self.columns.iter().enumerate().find(|(nth, name)| self.columns[..*nth].contains(name))
        {
            return Err(format!("columns names {name:?} twice"));
        }
        match &self.label_map {
            Some(map) => {
                if let Some(name) = map.keys().find(|name| !self.columns.contains(name)) {
                    return Err(format!("label_map names {name:?}, which is none of the columns"));
                }
                if map.is_empty() {
                    return Err("label_map is empty, so the model's output would mean nothing".to_owned());
                }
            }
            None => {
                if let Some(name) = self.columns.iter().find(|name| self.meaning(name).is_none()) {
                    let ours = Column::ALL.map(Column::name).join(", ");
                    return Err(format!("columns names {name:?}, which needs a label_map to one of {ours}"));
                }
            }
        }
        // Nothing would be left for the other side of its odds.
        let all_in_one = |column| self.heads().filter(|(_, head)| *head == column).count() == self.columns.len();
        match Column::ALL.into_iter().find(|column| all_in_one(*column)) {
            Some(column) if self.activation == Activation::Softmax => {
                Err(format!("all columns of a softmax mean {column}, so its probability would always be 1"))
            }
            _ => Ok(()),
        }
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.replace('-', "_") == other.replace('-', "_")
}

fn check_thresholds(set: &str, thresholds: &PerLabel<f64>) -> Result<(), String> {
    match Label::ALL.into_iter().find(|label| !(0.0..=1.0).contains(thresholds.get(*label))) {
        None => Ok(()),
        Some(label) => {
            let threshold = thresholds.get(label);
            Err(format!("the threshold of {label} in {set} is {threshold}, it must be 0 to 1"))
        }
    }
}
