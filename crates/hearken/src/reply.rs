//! Replies as evidence: what others' answers say about whoever wrote the post.
//!
//! A short reply is told by patterns, because what makes "are you ok?" a sign is not what the sentence feels like but whom it
//! is said to; advice is told by the model. Pure: decided by workers.

use regex::{Regex, RegexBuilder};
use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::label::Label;
use crate::score::Judgement;

/// What a reply says about the post that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Someone worries: "are you ok?"
    Concern,
    /// Someone mourns with them: "so sorry for your loss".
    Condolence,
    /// Someone has the same trouble: "same here, anyone know a fix?"
    SameTrouble,
    /// Someone has advised already. That is no sign of waiting.
    Advice,
}

/// A longer text is not a mere reply; it speaks for itself. Bytes.
const SHORT: usize = 300;

/// From this expected urgency on, whoever replies with trouble of their own needs someone too.
const IN_NEED: f64 = 0.8;

/// From this expected urgency on, whoever replies needs someone, whatever they say.
const IN_GREAT_NEED: f64 = 2.0;

/// Words of sympathy in which people name themselves.
const COURTESY: &str = r"\b(i'm|i am|we're|we are|i feel) (so |very |truly |really |terribly |deeply )*sorry\b
    |\b(my|our) (deepest |sincere |sincerest |heartfelt )*(condolences|sympathy|sympathies|thoughts|prayers|love|heart|hearts)\b
    |\b(i'm|i am|we're|we are) (always )?(here|thinking|praying|sending|worried)\b|\b(call|ring|text|dm|message|tell) (me|us)\b
    |\bi (can't|cannot) imagine\b|\bi hope\b|\bknow (me|us)\b";

/// Whoever speaks of themselves has perhaps a trouble of their own.
const SELF: &str = r"\b(i|me|my|mine|myself|we|us|our|ours)\b";

const CONDOLENCE: &str = r"\bsorry (for|about|to hear( about| of)?) (your|the|this|his|her|their) (loss|\w+ ?\w*('s)? (passing|death))
    |\bsorry (for|about) your (loss|dad|mom|mum|mother|father|dog|cat|son|daughter|wife|husband|brother|sister|friend|baby)
    |\bso sorry\b|\bsorry you lost\b|\bcondolences\b|\brest in peace\b|\br\.?i\.?p\.?\b|\bmay (he|she|they) rest\b
    |\b(thoughts|prayers) (are )?with you\b|\bin (my|our) (thoughts|prayers)\b|\bloss is never easy\b";

const CONCERN: &str = r"\b(are|r) (you|u) (ok|okay|alright|all right|safe|still there|doing (ok|okay|alright))\b|\b(you|u) (ok|okay|alright)\s*\?
    |\bhow are you (holding|doing|coping|feeling)\b|\bhope (you('re| are)|everything('s| is)) (ok|okay|alright|all right|safe)\b
    |\bworried about you\b|\bthinking (of|about) you\b|\bhere (for you|if you (need|want))\b|\bplease (stay|hold on|hang on|call|talk|reach out)\b
    |\b(do you|d'you) need (help|anything|someone|anyone|a hand)\b|\bis (someone|anyone|anybody|somebody) with you\b
    |\bsending (you )?(all )?(my |our )?(love|hugs|strength|a hug)\b|\byou('re| are) not alone\b|\bcheck(ing)? (in )?on you\b|\b(call|ring|text|dm|message) me\b";

const SAME_TROUBLE: &str = r"\bsame (here|problem|issue|thing|error|boat|trouble)\b|\bme too\b|\bsame for me\b|\bhappen(s|ed|ing) to me( too| as well)?\b
    |\bhaving (the same|this)\b|\bi have this too\b|\bdid (you|anyone) (ever )?(find|get|figure|solve|fix)\b
    |\bany(one|body) (know|knows|got|have|has|found|find) (of )?(a|the|any) (fix|solution|workaround|answer)\b
    |\bany (fix|luck|solution|workaround|update|news)( yet)?\b|\bmine (does|did|is doing) (that|this|the same)( too)?\b|^\s*\+1\b";

/// Tells what a reply says.
#[derive(Debug)]
pub struct Listener {
    /// In the order in which they are tried.
    patterns: [(ReplyKind, Regex); 3],
    courtesy: Regex,
    oneself: Regex,
}

impl Listener {
    /// A listener for replies in English.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a pattern can't be built; a test builds them all.
    pub fn new() -> Result<Self> {
        Ok(Self {
            patterns: [
                (ReplyKind::Condolence, pattern(CONDOLENCE)?),
                (ReplyKind::SameTrouble, pattern(SAME_TROUBLE)?),
                (ReplyKind::Concern, pattern(CONCERN)?),
            ],
            courtesy: pattern(COURTESY)?,
            oneself: pattern(SELF)?,
        })
    }

    /// What a reply says about the post that it answers; `None` where it says nothing, or advertises.
    pub fn hear(&self, text: &str, judgement: &Judgement) -> Option<ReplyKind> {
        if judgement.assigned.contains(Label::Promotion) {
            return None;
        }
        let short = text.len() <= SHORT;
        let kind = self.patterns.iter().find(|(_, pattern)| short && pattern.is_match(text)).map(|(kind, _)| *kind);
        let advises = judgement.assigned.contains(Label::Advice) && judgement.advice_giving > judgement.advice_seeking;
        // Whoever advises may well begin with "so sorry" or "same here".
        if advises { Some(ReplyKind::Advice) } else { kind }
    }

    /// Whether whoever wrote a reply needs someone too, beside the one whom it answers. Sympathy is labelled grief, but it is
    /// the other's; where they speak of themselves they are believed.
    pub fn needs_someone_too(&self, kind: ReplyKind, text: &str, judgement: &Judgement) -> bool {
        let urgency = judgement.urgency();
        let speaks_of_self = match kind {
            ReplyKind::Concern | ReplyKind::Condolence => self.oneself.is_match(&self.courtesy.replace_all(text, "")),
            ReplyKind::SameTrouble | ReplyKind::Advice => true,
        };
        kind == ReplyKind::Advice || urgency >= IN_GREAT_NEED || (urgency >= IN_NEED && speaks_of_self)
    }
}

impl ReplyKind {
    /// Whether it is a sign that whoever wrote the post still waits for someone.
    pub fn is_waiting(self) -> bool {
        self != Self::Advice
    }
}

/// A pattern of several lines, for any case of letters. English needs no more than ASCII, and word boundaries of Unicode would
/// cost ten times as much on every reply.
fn pattern(lines: &str) -> Result<Regex> {
    // Phones write another apostrophe.
    let line = lines.split('\n').map(str::trim_start).collect::<String>().replace('\'', "(?:'|’)");
    RegexBuilder::new(&line).case_insensitive(true).unicode(false).build().map_err(|error| {
        Error::with_source(ErrorKind::Config, format!("a pattern for replies can't be built: {error}"), error)
    })
}

#[cfg(test)]
mod tests;
