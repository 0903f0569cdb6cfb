//! What was heard in a post, as far as people's work depends on it.

use serde::{Deserialize, Serialize};

/// One thing that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Someone mourns.
    Grief,
    /// Something doesn't work, and someone has had enough of it.
    Frustration,
    /// Someone asks for advice, or gives it.
    Advice,
    /// Someone sells.
    Promotion,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 4] = [Self::Grief, Self::Frustration, Self::Advice, Self::Promotion];
}

/// Some labels. As JSON a list of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Vec<Label>"))]
#[serde(from = "Vec<Label>", into = "Vec<Label>")]
pub struct Labels(u8);

impl Labels {
    /// Whether it is one of them.
    pub fn contains(self, label: Label) -> bool {
        self.0 & 1 << label as u8 != 0
    }

    /// These and those.
    #[must_use]
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether both have one.
    pub fn overlaps(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The labels, in the order of [`Label::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Label> {
        Label::ALL.into_iter().filter(move |label| self.contains(*label))
    }

    /// One bit a label, grief the lowest: how stores keep it.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The labels of such bits. Unknown bits are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1111)
    }
}

impl From<Label> for Labels {
    fn from(label: Label) -> Self {
        Self(1 << label as u8)
    }
}

impl From<Vec<Label>> for Labels {
    fn from(labels: Vec<Label>) -> Self {
        labels.into_iter().collect()
    }
}

impl From<Labels> for Vec<Label> {
    fn from(labels: Labels) -> Self {
        labels.iter().collect()
    }
}

impl FromIterator<Label> for Labels {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        labels.into_iter().fold(Self::default(), |all, label| all.with(label.into()))
    }
}
