//! What becomes of examples under a policy, and whether that is what is expected of them.

use std::cmp::Reverse;

use anyhow::{Context, Result};
use hearken::label::LabelSet;
use hearken::policy::{Disposition, HeadStart};
use hearken::score::{Judgement, Probability};
use hearken::{Explainer, Label, Post, Timestamp};
use hearken_desk::{NewPost, Route, route};

use super::examples::{Example, Expect};
use super::file::PolicyFile;
use crate::desk;

/// What becomes of an example.
#[derive(Debug)]
pub(super) struct Tried<'a> {
    pub(super) example: &'a Example,
    pub(super) assigned: LabelSet,
    pub(super) urgency: f64,
    pub(super) head_start: HeadStart,
    pub(super) disposition: Disposition,
    pub(super) route: Option<&'a Route>,
    /// Among the queued ones, from 1.
    pub(super) rank: Option<usize>,
    /// What was expected and isn't so.
    pub(super) faults: Vec<String>,
}

/// Tries all examples of a policy. Without a model there may be none that needs one.
pub(super) fn try_all<'a>(policy: &'a PolicyFile, mut model: Option<Explainer>) -> Result<Vec<Tried<'a>>> {
    let mut all = Vec::new();
    for example in &policy.examples {
        let heard = heard(policy, example, model.as_mut()).with_context(|| format!("example {:?}", example.name))?;
        all.push(tried(policy, example, heard));
    }
    // All are written at the same time, so the head start alone is their order; among equals the first of the file.
    let mut queue: Vec<usize> = (0..all.len()).filter(|at| all[*at].disposition == Disposition::Queued).collect();
    queue.sort_by_key(|at| Reverse(all[*at].head_start.total()));
    for (before, at) in queue.into_iter().enumerate() {
        all[at].rank = Some(before + 1);
    }
    let faults: Vec<Vec<String>> = all.iter().map(|tried| tried.faults(&all)).collect();
    for (tried, faults) in all.iter_mut().zip(faults) {
        tried.faults = faults;
    }
    Ok(all)
}

fn heard(policy: &PolicyFile, example: &Example, model: Option<&mut Explainer>) -> Result<(Judgement, HeadStart)> {
    let mut post = Post::new("", example.text.clone().unwrap_or_default());
    post.reach = example.reach;
    if let Some(labels) = &example.labels {
        let judgement = given(labels, example.urgency.unwrap_or_default());
        return Ok((judgement, policy.engine().head_start(&judgement, &post)));
    }
    Ok(model.context("it needs a model")?.hear(&post)?)
}

/// What is heard where the example says so: its labels for certain, advice as sought.
fn given(labels: &[Label], urgency: f64) -> Judgement {
    let assigned: LabelSet = labels.iter().copied().collect();
    let is = |label| Probability::new(f64::from(u8::from(assigned.contains(label))));
    Judgement {
        grief: is(Label::Grief),
        frustration: is(Label::Frustration),
        advice_seeking: is(Label::Advice),
        advice_giving: Probability::default(),
        promotion: is(Label::Promotion),
        urgency_at_least: [0.0, 1.0, 2.0].map(|below| Probability::new(urgency - below)),
        assigned,
    }
}

fn tried<'a>(
    policy: &'a PolicyFile,
    example: &'a Example,
    (judgement, head_start): (Judgement, HeadStart),
) -> Tried<'a> {
    let disposition = policy.engine().disposition(&judgement, &head_start);
    let mut post = NewPost::new(
        example.platform.clone().unwrap_or_default(),
        "",
        example.text.clone().unwrap_or_default(),
        Timestamp::UNIX_EPOCH,
    );
    post.author.clone_from(&example.author);
    post.lang.clone_from(&example.lang);
    post.labels = desk::labels(judgement.assigned);
    post.urgency = judgement.urgency();
    let route = route::first_for(&policy.desk.routes, &post).filter(|_| disposition != Disposition::Neutral);
    Tried {
        example,
        assigned: judgement.assigned,
        urgency: judgement.urgency(),
        head_start,
        disposition,
        route: route.map(|(_, route)| route),
        rank: None,
        faults: Vec::new(),
    }
}

impl Tried<'_> {
    /// The team that gets it.
    pub(super) fn team(&self) -> Option<&str> {
        self.route.map(|route| &*route.team)
    }

    fn faults(&self, all: &[Tried<'_>]) -> Vec<String> {
        let Expect { disposition, labels, route, team, rank, before } = &self.example.expect;
        let mut faults = Vec::new();
        if let Some(expected) = disposition.filter(|expected| *expected != self.disposition) {
            faults.push(format!("{} instead of {}", becomes(self.disposition), becomes(expected)));
        }
        if let Some(expected) = labels
            && self.assigned != expected.iter().copied().collect()
        {
            faults.push(format!("{} instead of {}", names(self.assigned.iter()), names(expected.iter().copied())));
        }
        let now = self.route.map(|route| &*route.name);
        if let Some(expected) = route.as_deref().filter(|expected| now != Some(expected)) {
            faults.push(format!(
                "route {} instead of {expected:?}",
                now.map_or("none".to_owned(), |now| format!("{now:?}"))
            ));
        }
        let of = |team: &str| if team.is_empty() { "everyone's".to_owned() } else { format!("for {team:?}") };
        let now = self.team().unwrap_or_default();
        if let Some(expected) = team.as_deref().filter(|expected| now != *expected) {
            faults.push(format!("{} instead of {}", of(now), of(expected)));
        }
        if let Some(expected) = rank.filter(|expected| self.rank != Some(*expected)) {
            let now = self.rank.map_or("no rank".to_owned(), |rank| format!("rank {rank}"));
            faults.push(format!("{now} instead of {expected}"));
        }
        if let Some(other) = before {
            faults.extend(self.not_before(other, all));
        }
        faults
    }

    /// Why it doesn't come before another; that one may not be queued at all.
    fn not_before(&self, name: &str, all: &[Tried<'_>]) -> Option<String> {
        let Some(other) = all.iter().find(|other| other.example.name == name) else {
            return Some(format!("no example is called {name:?}"));
        };
        match (self.rank, other.rank) {
            (Some(mine), Some(others)) if mine < others => None,
            (Some(_), None) => None,
            (Some(_), Some(_)) => Some(format!("comes after {name:?}")),
            (None, _) => Some(format!("is not queued, so not before {name:?}")),
        }
    }
}

/// What becomes of a post, in a word.
pub(super) fn becomes(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Queued => "queued",
        Disposition::Held => "held",
        Disposition::Neutral => "neutral",
    }
}

/// Some labels, in words.
pub(super) fn names(labels: impl Iterator<Item = Label>) -> String {
    let names: Vec<&str> = labels.map(Label::name).collect();
    if names.is_empty() { "no label".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
