//! The four labels a post may carry, and the heads of the model they come from.

use std::fmt;
use std::str::FromStr;

/// A label of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Loss, bereavement, despair, or sympathy for it.
    Grief,
    /// Annoyance, anger, complaint.
    Frustration,
    /// Advice sought or given.
    Advice,
    /// Marketing, self-promotion, spam.
    Promotion,
}

impl Label {
    /// All labels, in the order of the output.
    pub const ALL: [Self; 4] = [Self::Grief, Self::Frustration, Self::Advice, Self::Promotion];

    /// The name used in JSON, on the command line and in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grief => "grief",
            Self::Frustration => "frustration",
            Self::Advice => "advice",
            Self::Promotion => "promotion",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a label.
#[derive(Debug, thiserror::Error)]
#[error("no label is called {0:?}; the labels are grief, frustration, advice and promotion")]
pub struct UnknownLabel(String);

impl FromStr for Label {
    type Err = UnknownLabel;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|label| label.name() == name).ok_or_else(|| UnknownLabel(name.to_owned()))
    }
}

/// A set of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelSet(u8);

impl LabelSet {
    /// Adds a label.
    pub fn insert(&mut self, label: Label) {
        self.0 |= 1 << label as u8;
    }

    /// Whether the label is in the set.
    pub fn contains(self, label: Label) -> bool {
        self.0 & (1 << label as u8) != 0
    }

    /// The labels of the set, in the order of [`Label::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Label> {
        Label::ALL.into_iter().filter(move |label| self.contains(*label))
    }
}

impl FromIterator<Label> for LabelSet {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        let mut set = Self::default();
        labels.into_iter().for_each(|label| set.insert(label));
        set
    }
}

impl serde::Serialize for LabelSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// One value per label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerLabel<T> {
    /// The value for grief.
    pub grief: T,
    /// The value for frustration.
    pub frustration: T,
    /// The value for advice.
    pub advice: T,
    /// The value for promotion.
    pub promotion: T,
}

impl<T> PerLabel<T> {
    /// The value of one label.
    pub fn get(&self, label: Label) -> &T {
        match label {
            Label::Grief => &self.grief,
            Label::Frustration => &self.frustration,
            Label::Advice => &self.advice,
            Label::Promotion => &self.promotion,
        }
    }

    /// The same, with `make` done to each value.
    pub fn map<U>(self, make: impl Fn(T) -> U) -> PerLabel<U> {
        let Self { grief, frustration, advice, promotion } = self;
        PerLabel {
            grief: make(grief),
            frustration: make(frustration),
            advice: make(advice),
            promotion: make(promotion),
        }
    }

    /// The value of one label, to change it.
    pub fn get_mut(&mut self, label: Label) -> &mut T {
        match label {
            Label::Grief => &mut self.grief,
            Label::Frustration => &mut self.frustration,
            Label::Advice => &mut self.advice,
            Label::Promotion => &mut self.promotion,
        }
    }
}
