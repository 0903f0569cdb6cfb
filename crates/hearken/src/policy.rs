//! The policy: how many minutes of head start each finding gives a post, and what becomes of the post.
//!
//! Priority is a head start in minutes, a sum of named terms; each term is the explanation of the rank. Everyone ages at
//! the same speed, so nothing starves, and the order of two posts never changes while they wait.

use std::ops::Sub;

use jiff::{SignedDuration, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::label::Label;
use crate::post::Post;
use crate::score::Judgement;

/// Minutes for each finding. A term is the minutes times the calibrated probability. Where a field is a span of time, people may
/// write `"8h"` for its number of minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
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
    /// Minutes for each person whose reply worries, condoles, or has the same trouble.
    pub replies: f64,
    /// The most minutes for replies: being popular must not decide.
    pub replies_at_most: f64,
    /// Minutes for one of many like texts: negative, it waits. Grief never gets them.
    pub campaign: f64,
    /// By so many authors a text is a campaign.
    pub campaign_authors: u32,
    /// Like texts belong to one campaign when they are no more than so many minutes apart.
    #[serde(deserialize_with = "span")]
    #[cfg_attr(feature = "schema", schemars(with = "Span"))]
    pub campaign_within: u32,
    /// Posts of one person are one case when they are no more than so many minutes apart.
    #[serde(deserialize_with = "span")]
    #[cfg_attr(feature = "schema", schemars(with = "Span"))]
    pub case_within: u32,
    /// A post is queued from this head start on, minutes.
    pub queue_from: f64,
    /// Minutes within which a person should see a post of urgency 1, 2 and 3; others have no due time.
    #[serde(deserialize_with = "spans")]
    #[cfg_attr(feature = "schema", schemars(with = "[Span; 3]"))]
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
            // Four people who worry weigh as much as three hours of waiting, and a crowd no more.
            replies: 45.0,
            replies_at_most: 180.0,
            campaign: -1440.0,
            campaign_authors: 5,
            campaign_within: 24 * 60,
            case_within: 24 * 60,
            queue_from: 60.0,
            respond_within: [48 * 60, 8 * 60, 30],
        }
    }
}

/// A span of time as people write it: whole minutes, or `"8h"`, `"2d 12h"`.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a number of minutes, or a span of time such as \"8h\"")]
enum Span {
    Minutes(u32),
    Written(String),
}

impl Span {
    fn minutes<E: serde::de::Error>(self) -> std::result::Result<u32, E> {
        match self {
            Self::Minutes(minutes) => Ok(minutes),
            Self::Written(written) => {
                let span =
                    written.parse().and_then(|span: jiff::Span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
                let minutes = span.ok().and_then(|span| u32::try_from(span.as_mins()).ok());
                minutes.ok_or_else(|| {
                    E::custom(format_args!("{written:?} is no span of time such as \"30m\", \"8h\" or \"2d\""))
                })
            }
        }
    }
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<u32, D::Error> {
    Span::deserialize(deserializer)?.minutes()
}

fn spans<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<[u32; 3], D::Error> {
    let [first, second, third] = <[Span; 3]>::deserialize(deserializer)?;
    Ok([first.minutes()?, second.minutes()?, third.minutes()?])
}

/// From this expected urgency on, or this probability of grief, a post that needs nobody may be one of someone who does.
const NEAR_URGENCY: f64 = 0.3;
const NEAR_GRIEF: f64 = 0.1;

/// Reach beyond this counts no more.
const WIDEST_REACH: f64 = 1_000_000.0;

/// No term may be worth more than a year: beyond it the sum would leave the range of a timestamp.
const MOST_MINUTES: f64 = 525_600.0;

/// The name of a term of the head start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    Replies,
    Campaign,
}

impl Reason {
    /// Its name, as records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Urgency => "urgency",
            Self::Grief => "grief",
            Self::Frustration => "frustration",
            Self::AdviceSeeking => "advice_seeking",
            Self::AdviceGiving => "advice_giving",
            Self::Promotion => "promotion",
            Self::Reach => "reach",
            Self::Replies => "replies",
            Self::Campaign => "campaign",
        }
    }
}

const REASONS: usize = 9;

/// A span of time in tenths of a minute, so that the printed terms add up to the printed sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minutes(i32);

impl Minutes {
    /// The nearest tenth of a minute.
    pub fn new(minutes: f64) -> Self {
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

    /// The same with other minutes for one reason.
    #[must_use]
    pub fn with(mut self, reason: Reason, minutes: Minutes) -> Self {
        for term in self.terms.iter_mut().filter(|term| term.reason == reason) {
            term.minutes = minutes;
        }
        self
    }

    /// The terms that count, the weightiest first.
    pub fn why(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = self.terms.into_iter().filter(|term| term.minutes.0 != 0).collect();
        terms.sort_by_key(|term| std::cmp::Reverse(term.minutes.0.abs()));
        terms
    }
}

/// What becomes of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
            ("replies", self.replies),
            ("replies_at_most", self.replies_at_most),
            ("campaign", self.campaign),
            ("queue_from", self.queue_from),
        ];
        if self.campaign_authors < 2 {
            let message = format!("policy: campaign_authors is {}, it must be at least 2", self.campaign_authors);
            return Err(Error::new(ErrorKind::Config, message));
        }
        if self.replies < 0.0 || self.replies_at_most < 0.0 {
            let message =
                "policy: replies and replies_at_most must not be negative: nobody waits longer for being answered";
            return Err(Error::new(ErrorKind::Config, message));
        }
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
                term(Reason::Replies, 0.0),
                term(Reason::Campaign, 0.0),
            ],
        }
    }

    /// The minutes for so many people who replied as if whoever wrote the post still waits.
    pub fn minutes_for_replies(&self, people: u32) -> Minutes {
        Minutes::new((self.replies * f64::from(people)).min(self.replies_at_most))
    }

    /// The most that what others say can move a post ahead.
    pub fn most_for_replies(&self) -> Minutes {
        Minutes::new(self.replies_at_most)
    }

    /// The minutes for one of many like texts.
    pub fn minutes_for_campaign(&self) -> Minutes {
        Minutes::new(self.campaign)
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

    /// Whether a post that needs nobody by itself is one that replies can bring into the queue. What nothing speaks for stays
    /// where it is whatever is replied: of all posts, two in a hundred are to be remembered.
    pub fn is_near_miss(&self, judgement: &Judgement, head_start: &HeadStart) -> bool {
        let speaks = judgement.urgency() >= NEAR_URGENCY || judgement.grief.value() >= NEAR_GRIEF;
        speaks
            && self.disposition(judgement, head_start) == Disposition::Neutral
            && head_start.total().value() + self.replies_at_most >= self.queue_from
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
