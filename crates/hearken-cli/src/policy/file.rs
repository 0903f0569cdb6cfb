//! The policy file: what each finding is worth, from when on a label counts, and what people at a desk go by.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use hearken::Label;
use hearken::label::PerLabel;
use hearken_desk::Rules;
use schemars::JsonSchema;
use serde::Deserialize;

use super::examples::Example;

/// A file with every key at its default.
pub(crate) const DEFAULTS: &str = include_str!("../../policy.toml");

/// A policy: who comes first, and what people at a desk go by. Every key may be left out, and then has its default. Spans of time are
/// written `"30m"`, `"12h"` or `"7d"`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PolicyFile {
    /// Who comes first: minutes of head start for all that is heard in a post, each times its probability.
    pub(crate) head_start: hearken::Policy,
    /// From which probability on a label counts.
    pub(crate) thresholds: Thresholds,
    /// What people at a desk go by. It stands on the desk, so that it is the same for everyone.
    pub(crate) desk: Rules,
    /// Posts, and what is to become of them: `hearken policy test` tries them.
    #[serde(rename = "example")]
    pub(crate) examples: Vec<Example>,
}

/// From which probability on each label counts; the model's own where none is given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Thresholds {
    /// Another of the model's own sets, such as "high-recall".
    pub(crate) set: Option<String>,
    /// For grief, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) grief: Option<f64>,
    /// For frustration, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) frustration: Option<f64>,
    /// For advice, 0 to 1: sought or given, whichever is likelier.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) advice: Option<f64>,
    /// For promotion, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) promotion: Option<f64>,
}

/// A policy with the text that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) policy: PolicyFile,
    pub(crate) source: String,
}

impl Loaded {
    /// The policy of a file that makes sense.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let source = fs::read_to_string(path).with_context(|| format!("policy {name}"))?;
        let policy = parse(&source, &name)?;
        policy.validate().with_context(|| format!("policy {name}"))?;
        Ok(Self { policy, source })
    }
}

impl PolicyFile {
    /// What the engine goes by.
    pub(crate) fn engine(&self) -> hearken::Policy {
        // What belongs together is decided once, for the queue and the desk.
        let case_within = u32::try_from(self.desk.case_within.as_secs() / 60).unwrap_or(u32::MAX);
        hearken::Policy { case_within, ..self.head_start.clone() }
    }

    /// The thresholds in the file, over which `typed` ones go.
    pub(crate) fn thresholds_under(&self, typed: &hearken::Thresholds) -> hearken::Thresholds {
        let mut thresholds = hearken::Thresholds { set: self.thresholds.set.clone(), own: self.thresholds.own() };
        thresholds.set = typed.set.clone().or(thresholds.set);
        for label in Label::ALL {
            let own = thresholds.own.get_mut(label);
            *own = typed.own.get(label).or(*own);
        }
        thresholds
    }

    /// Makes sure that one can go by it, with whatever model.
    pub(crate) fn validate(&self) -> Result<()> {
        self.engine().check()?;
        self.desk.check()?;
        for label in Label::ALL {
            if let Some(threshold) = self.thresholds.own().get(label).filter(|it| !(0.0..=1.0).contains(it)) {
                bail!("the threshold of {label} is {threshold}: it must be 0 to 1");
            }
        }
        Ok(())
    }
}

impl Thresholds {
    pub(crate) fn own(&self) -> PerLabel<Option<f64>> {
        let Self { grief, frustration, advice, promotion, .. } = *self;
        PerLabel { grief, frustration, advice, promotion }
    }
}

/// Reads a policy. A mistake is told with its line.
pub(crate) fn parse(source: &str, name: &str) -> Result<PolicyFile> {
    let told = |error: &toml::de::Error| at_line(source, name, error);
    let policy = toml::from_str(source).map_err(|error| told(&error))?;
    let tables = toml::de::DeTable::parse(source).map_err(|error| told(&error))?;
    let head_start = tables.get_ref().get("head-start").and_then(|table| table.get_ref().as_table());
    if let Some((key, _)) = head_start.and_then(|table| table.get_key_value("case-within")) {
        let line = line_of(source, key.span().start);
        bail!("{name}:{line}: case-within goes for the queue and the desk, so it stands in [desk]");
    }
    Ok(policy)
}

/// What is wrong with a file, with the line.
pub(crate) fn at_line(source: &str, name: &str, error: &toml::de::Error) -> anyhow::Error {
    let line = error.span().map_or(String::new(), |span| format!(":{}", line_of(source, span.start)));
    anyhow::anyhow!("{name}{line}: {}", with_suggestion(error.message()))
}

fn line_of(source: &str, place: usize) -> usize {
    1 + source.bytes().take(place).filter(|byte| *byte == b'\n').count()
}

/// The message, and which of the names that would do is nearest to the one that doesn't.
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let Some(unknown) = quoted.next().filter(|_| is_unknown) else { return message.replace('\n', ", ") };
    let near = quoted.map(|known| (strsim::jaro_winkler(unknown, known), known));
    match near.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(likeness, _)| *likeness > 0.8) {
        Some((_, known)) => format!("unknown key or name {unknown:?}, did you mean {known:?}?"),
        None => message.to_owned(),
    }
}

/// What a policy may hold, for editors and other programs.
pub(crate) fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(PolicyFile).to_value();
    // [`PolicyFile::engine`] takes it from the desk's rules.
    for place in ["/$defs/Policy/properties", "/properties/head-start/default"] {
        if let Some(keys) = schema.pointer_mut(place).and_then(|keys| keys.as_object_mut()) {
            keys.remove("case-within");
        }
    }
    schema
}

#[cfg(test)]
mod tests;
