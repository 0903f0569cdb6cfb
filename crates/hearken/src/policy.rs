//! The policy: how many minutes of head start each finding gives a post, and what becomes of the post.
//!
//! Priority is a head start in minutes, a sum of named terms; each term is the explanation of the rank. Everyone ages at
//! the same speed, so nothing starves, and the order of two posts never changes while they wait.

use std::ops::Sub;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::label::Label;
use crate::post::Post;
use crate::score::Judgement;

/// Minutes for each finding. A term is the minutes times the calibrated probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Minutes added as urgency reaches 1, then 2, then 3.
    pub urgency: [f64; 3],
    /// Minutes for grief.
    pub grief: f64,
    /// Minutes for frustration.
    pub frustration: f64,
    /// Minutes for seeking advice.
    pub advice_seeking: f64,
    /// Minutes for giving advice.
    pub advice_giving: f64,
    /// Minutes for promotion: negative, it waits.
    pub promotion: f64,
    /// Minutes for the widest reach; grows with the logarithm, so follower count never decides.
    pub reach: f64,
    /// A post is queued from this head start on, minutes.
    pub queue_from: f64,
    /// Minutes within which a person should see a post of urgency 1, 2 and 3; others have no due time.
    pub respond_within: [u32; 3],
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            // A general question leads by an hour, a clear personal problem by half a day, a crisis by three days: within
            // that time no small matter, however long it has waited, comes before it.
            urgency: [60.0, 660.0, 3600.0],
            grief: 240.0,
            frustration: 60.0,
            advice_seeking: 60.0,
            advice_giving: 0.0,
            promotion: -1440.0,
            reach: 10.0,
            queue_from: 60.0,
            respond_within: [48 * 60, 8 * 60, 30],
        }
    }
}

/// Reach beyond this counts no more.
const WIDEST_REACH: f64 = 1_000_000.0;

/// No term may be worth more than a year: beyond it the sum would leave the range of a timestamp.
const MOST_MINUTES: f64 = 525_600.0;

/// The name of a term of the head start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the definition")]
pub enum Reason {
    Urgency,
    Grief,
    Frustration,
    AdviceSeeking,
    AdviceGiving,
    Promotion,
    Reach,
}

const REASONS: usize = 7;

/// A span of time in tenths of a minute, so that the printed terms add up to the printed sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minutes(i32);

impl Minutes {
    fn new(minutes: f64) -> Self {
        Self((minutes * 10.0).round() as i32)
    }

    /// As a number of minutes.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// As a number of milliseconds.
    pub fn as_millis(self) -> i64 {
        i64::from(self.0) * 6_000
    }
}

impl Sub for Minutes {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Serialize for Minutes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

/// One term of a head start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Term {
    /// What the minutes are for.
    pub reason: Reason,
    /// How many; negative holds the post back.
    pub minutes: Minutes,
}

/// How far ahead of its age a post is ranked, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadStart {
    terms: [Term; REASONS],
}

impl HeadStart {
    /// The sum of all terms.
    pub fn total(&self) -> Minutes {
        Minutes(self.terms.iter().map(|term| term.minutes.0).sum())
    }

    /// The terms that count, the weightiest first.
    pub fn why(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = self.terms.into_iter().filter(|term| term.minutes.0 != 0).collect();
        terms.sort_by_key(|term| std::cmp::Reverse(term.minutes.0.abs()));
        terms
    }
}

/// What becomes of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It is worth a person's time and goes into the queue.
    Queued,
    /// It is promotion and waits aside, where it can be listed and audited.
    Held,
    /// It needs nobody.
    Neutral,
}

impl Policy {
    /// Makes sure that all minutes are in range.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] naming the field.
    pub fn check(&self) -> Result<()> {
        let [urgency_1, urgency_2, urgency_3] = self.urgency;
        let fields = [
            ("urgency", urgency_1),
            ("urgency", urgency_2),
            ("urgency", urgency_3),
            ("grief", self.grief),
            ("frustration", self.frustration),
            ("advice_seeking", self.advice_seeking),
            ("advice_giving", self.advice_giving),
            ("promotion", self.promotion),
            ("reach", self.reach),
            ("queue_from", self.queue_from),
        ];
        match fields.iter().find(|(_, minutes)| !(-MOST_MINUTES..=MOST_MINUTES).contains(minutes)) {
            None => Ok(()),
            Some((name, minutes)) => {
                let message = format!("policy: {name} is {minutes} minutes, it must be within ±{MOST_MINUTES}");
                Err(Error::new(ErrorKind::Config, message))
            }
        }
    }

    /// The head start of a post, term by term.
    pub fn head_start(&self, judgement: &Judgement, post: &Post<'_>) -> HeadStart {
        let urgency: f64 =
            self.urgency.iter().zip(judgement.urgency_at_least).map(|(minutes, level)| minutes * level.value()).sum();
        let reach = post.reach.map_or(0.0, |reach| {
            let reach = (reach as f64).min(WIDEST_REACH);
            self.reach * (1.0 + reach).ln() / (1.0 + WIDEST_REACH).ln()
        });
        let term = |reason, minutes| Term { reason, minutes: Minutes::new(minutes) };
        HeadStart {
            terms: [
                term(Reason::Urgency, urgency),
                term(Reason::Grief, self.grief * judgement.grief.value()),
                term(Reason::Frustration, self.frustration * judgement.frustration.value()),
                term(Reason::AdviceSeeking, self.advice_seeking * judgement.advice_seeking.value()),
                term(Reason::AdviceGiving, self.advice_giving * judgement.advice_giving.value()),
                term(Reason::Promotion, self.promotion * judgement.promotion.value()),
                term(Reason::Reach, reach),
            ],
        }
    }

    /// Where a post with this judgement and head start goes.
    pub fn disposition(&self, judgement: &Judgement, head_start: &HeadStart) -> Disposition {
        // Grief is never held back, whatever else the post is.
        if judgement.assigned.contains(Label::Promotion) && !judgement.assigned.contains(Label::Grief) {
            Disposition::Held
        } else if head_start.total().value() >= self.queue_from || judgement.assigned.contains(Label::Grief) {
            Disposition::Queued
        } else {
            Disposition::Neutral
        }
    }

    /// When a person should have seen the post, by its urgency to the nearest level; `None` where it can wait for ever.
    pub fn due_by(&self, judgement: &Judgement, created_at: Timestamp) -> Option<Timestamp> {
        let level = judgement.urgency().round() as usize;
        let minutes = self.respond_within.get(level.checked_sub(1)?)?;
        created_at.checked_add(SignedDuration::from_mins(i64::from(*minutes))).ok()
    }
}

#[cfg(test)]
mod tests;
