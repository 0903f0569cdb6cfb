//! `hearken policy test`: posts that the policy itself holds, and what is to become of them.

use hearken::Label;
use schemars::JsonSchema;
use serde::Deserialize;

/// A post, and what is to become of it. It has a text, which the model judges, or says what is heard in it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Example {
    /// Its name, by which others refer to it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) text: Option<String>,
    /// What is heard in it, whatever a model would say.
    pub(crate) labels: Option<Vec<Label>>,
    /// How urgent it is, 0 to 3; with `labels`.
    #[schemars(range(min = 0.0, max = 3.0))]
    pub(crate) urgency: Option<f64>,
    /// Who wrote it.
    pub(crate) author: Option<String>,
    /// The network that it was written on.
    pub(crate) platform: Option<String>,
    /// The tag of its language.
    pub(crate) lang: Option<String>,
    /// How many see it.
    pub(crate) reach: Option<u64>,
    /// What is to become of it.
    #[serde(default)]
    pub(crate) expect: Expect,
}

/// What is to become of an example. What is not given doesn't matter.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expect {
    /// Whether it waits for a human, is held back, or needs nobody.
    pub(crate) disposition: Option<Disposition>,
    /// The labels that it is assigned, and no others.
    pub(crate) labels: Option<Vec<Label>>,
    /// The route that decides.
    pub(crate) route: Option<String>,
    /// The team that gets it; "" is everyone's.
    pub(crate) team: Option<String>,
    /// Its rank among the queued examples, all written at the same time, from 1.
    #[schemars(range(min = 1))]
    pub(crate) rank: Option<usize>,
    /// It comes before this other example.
    pub(crate) before: Option<String>,
}

/// What becomes of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Disposition {
    /// It waits for a human.
    Queued,
    /// It is promotion.
    Held,
    /// It needs nobody.
    Neutral,
}
