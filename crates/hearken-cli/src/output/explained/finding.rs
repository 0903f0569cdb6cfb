//! What words move: how much of it there is, how far a word moves it, and how strongly.

use hearken::Label;
use hearken::explain::{Effect, Findings};
use hearken::score::Judgement;

use crate::output::text;

/// The log-odds from which a word is coloured, and from which more strongly: with the word the odds are 1.2, 1.6, 2.7 and
/// 7.4 times what they are without it. Probabilities would not do: near 0 and 1 no word moves them.
const STEPS: [f64; 4] = [0.2, 0.5, 1.0, 2.0];

/// A finding that is less than this share of its whole, with a word as without it, is none, whatever the odds do.
const NOTHING: f64 = 0.05;

/// What words move: a label, or the urgency.
#[derive(Clone, Copy)]
pub(super) enum Finding {
    Label(Label),
    Urgency,
}

impl Finding {
    pub(super) const ALL: [Self; 5] = [
        Self::Urgency,
        Self::Label(Label::Grief),
        Self::Label(Label::Frustration),
        Self::Label(Label::Advice),
        Self::Label(Label::Promotion),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Label(label) => label.name(),
            Self::Urgency => "urgency",
        }
    }

    pub(super) fn of(self, findings: &Findings) -> f64 {
        match self {
            Self::Label(label) => findings.get(label),
            Self::Urgency => findings.urgency,
        }
    }

    /// How much of it there is in the whole text.
    pub(super) fn heard(self, judgement: &Judgement) -> f64 {
        match self {
            Self::Label(label) => judgement.probability(label).value(),
            Self::Urgency => judgement.urgency(),
        }
    }

    /// The most there can be.
    pub(super) fn whole(self) -> f64 {
        match self {
            Self::Label(_) => 1.0,
            Self::Urgency => 3.0,
        }
    }

    /// How strong an effect is, as an index into the colours; `None` where it is too weak to show.
    pub(super) fn step(self, heard: f64, effect: &Effect) -> Option<usize> {
        let without = heard - self.of(&effect.probability);
        let log_odds = self.of(&effect.log_odds).abs();
        let step = STEPS.iter().rposition(|from| log_odds >= *from);
        step.filter(|_| heard.max(without) >= NOTHING * self.whole())
    }

    /// How much there is of it: `83.4 %`, `2.31`.
    pub(super) fn amount(self, value: f64) -> String {
        match self {
            Self::Label(_) => text::percent(value),
            Self::Urgency => format!("{value:.2}"),
        }
    }

    /// What a word adds, in percentage points or in levels of urgency.
    pub(super) fn change(self, value: f64) -> String {
        let (value, decimals) = match self {
            Self::Label(_) if value.abs() >= 0.001 => (value * 100.0, 1),
            Self::Label(_) => (value * 100.0, 2),
            Self::Urgency => (value, 2),
        };
        format!("{value:+.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use hearken::policy::Minutes;

    use super::*;

    fn effect(probability: f64, log_odds: f64) -> Effect {
        let grief = |grief| Findings { grief, ..Findings::default() };
        Effect { probability: grief(probability), log_odds: grief(log_odds), priority: Minutes::default() }
    }

    #[test]
    fn a_word_is_as_strong_as_it_changes_the_odds_either_way() {
        let grief = Finding::Label(Label::Grief);
        for (log_odds, step) in [(0.1, None), (0.2, Some(0)), (0.6, Some(1)), (1.0, Some(2)), (9.0, Some(3))] {
            assert_eq!(grief.step(1.0, &effect(0.0, log_odds)), step);
            assert_eq!(grief.step(1.0, &effect(0.0, -log_odds)), step);
        }
    }

    #[test]
    fn where_nothing_is_heard_no_word_counts_unless_something_is_heard_without_it() {
        let grief = Finding::Label(Label::Grief);
        assert_eq!(grief.step(0.01, &effect(0.0099, 5.0)), None);
        assert_eq!(grief.step(0.01, &effect(-0.5, -5.0)), Some(3));
    }

    #[test]
    fn a_change_is_in_points_or_levels() {
        let changes = [0.4199, 0.0051, 0.0004, -0.2].map(|value| Finding::Label(Label::Grief).change(value));
        assert_eq!(changes, ["+42.0", "+0.5", "+0.04", "-20.0"]);
        assert_eq!(Finding::Urgency.change(0.4199), "+0.42");
    }
}
