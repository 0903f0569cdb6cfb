//! One post as a desk keeps it, and as it would be under another policy.

use std::collections::{BTreeMap, BTreeSet};

use hearken::kept::Kept;
use hearken::label::{LabelSet, PerLabel};
use hearken::policy::{HeadStart, Minutes, Reason};
use hearken::rank::rank_at;
use hearken::score::Probability;
use hearken::{Label, Policy};
use hearken_desk::{Disposition, Labels, NewPost, Route, Term, route};

use crate::desk;

/// Urgencies that differ by less are the same one: probabilities are in steps of 1/10,000.
const SAME_URGENCY: f64 = 1e-6;

/// What becomes of a post.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stand {
    pub(super) disposition: Disposition,
    pub(super) rank_at: i64,
    pub(super) labels: Labels,
    pub(super) why: Vec<Term>,
    /// The place of the route that decides its team, in the policy's order, and the team.
    pub(super) team: Option<(usize, String)>,
}

/// Weighs posts by a policy.
#[derive(Debug)]
pub(super) struct Scales<'a> {
    policy: Policy,
    routes: &'a [Route],
    /// The thresholds in force, by the name of the model.
    thresholds: BTreeMap<String, PerLabel<Probability>>,
    /// Those that go for every model.
    own: PerLabel<Option<Probability>>,
    /// What could not be weighed as the policy has it.
    pub(super) left: Left,
}

/// Posts that stay as they were, or partly so.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Left {
    /// Their records hold too little.
    pub(super) unreadable: u64,
    /// A colleague said what is to be heard in them.
    pub(super) by_hand: u64,
    /// Models whose thresholds are not known here: of their posts only labels with a threshold in the policy are assigned anew.
    pub(super) unknown_models: BTreeSet<String>,
}

/// How a post stands now.
pub(super) fn as_kept(post: &NewPost, routes: &[Route]) -> Stand {
    let place = |name: &String| routes.iter().position(|route| route.name == *name);
    let place = post.route.as_ref().and_then(place).unwrap_or(usize::MAX);
    Stand {
        disposition: post.disposition,
        rank_at: post.rank_at,
        labels: post.labels,
        why: post.why.clone(),
        team: post.team.clone().map(|team| (place, team)),
    }
}

impl<'a> Scales<'a> {
    pub(super) fn new(
        policy: Policy,
        routes: &'a [Route],
        thresholds: BTreeMap<String, PerLabel<f64>>,
        own: PerLabel<Option<f64>>,
    ) -> Self {
        let thresholds = thresholds.into_iter().map(|(model, all)| (model, all.map(Probability::new))).collect();
        let own = own.map(|threshold| threshold.map(Probability::new));
        Self { policy, routes, thresholds, own, left: Left::default() }
    }

    /// How a post would stand.
    pub(super) fn weigh(&mut self, post: &NewPost) -> Stand {
        let Ok(mut kept) = Kept::from_json(&post.record) else {
            self.left.unreadable += 1;
            return self.with_team(post, as_kept(post, &[]));
        };
        let same_urgency = (kept.judgement.urgency() - post.urgency).abs() < SAME_URGENCY;
        if desk::labels(kept.judgement.assigned) != post.labels || !same_urgency {
            self.left.by_hand += 1;
            return self.with_team(post, as_kept(post, &[]));
        }
        kept.judgement.assigned = self.assigned(&kept);
        let is_grief = kept.judgement.assigned.contains(Label::Grief);
        let head_start = self.policy.head_start(&kept.judgement, &kept.post());
        let (head_start, in_campaign) = self.with_evidence(head_start, post, is_grief);
        let disposition = match post.disposition {
            Disposition::Held if in_campaign && !is_grief => Disposition::Held,
            _ => desk::disposition_of(self.policy.disposition(&kept.judgement, &head_start)),
        };
        let stand = Stand {
            disposition,
            rank_at: rank_at(post.created_at, &head_start),
            labels: desk::labels(kept.judgement.assigned),
            why: desk::terms(&head_start, &[]),
            team: None,
        };
        self.with_team(post, stand)
    }

    /// The labels by the thresholds in force.
    fn assigned(&mut self, kept: &Kept) -> LabelSet {
        if let Some(thresholds) = self.thresholds.get(kept.model()) {
            return kept.judgement.assigned_by(thresholds);
        }
        self.left.unknown_models.insert(kept.model().to_owned());
        let is_assigned = |label: &Label| match self.own.get(*label) {
            Some(threshold) => kept.judgement.probability(*label) >= *threshold,
            None => kept.judgement.assigned.contains(*label),
        };
        Label::ALL.into_iter().filter(is_assigned).collect()
    }

    /// With the terms that come from other posts than this one: how many replied is not kept, so what they are worth is as it was, up to
    /// the most that it may be. Says whether it is one of many like texts.
    fn with_evidence(&self, head_start: HeadStart, post: &NewPost, is_grief: bool) -> (HeadStart, bool) {
        let term = |reason: Reason| post.why.iter().find(|term| term.reason == reason.name());
        let replies = term(Reason::Replies).map_or(0.0, |term| term.minutes.min(self.policy.replies_at_most));
        let in_campaign = term(Reason::Campaign).is_some();
        let head_start = head_start.with(Reason::Replies, Minutes::new(replies));
        if !in_campaign || is_grief {
            return (head_start, in_campaign);
        }
        (head_start.with(Reason::Campaign, self.policy.minutes_for_campaign()), true)
    }

    /// With the team that the routes give it, unless it came with one.
    fn with_team(&self, post: &NewPost, stand: Stand) -> Stand {
        let given = post.team.as_ref().filter(|_| post.route.is_none());
        let team = match given {
            Some(team) => Some((usize::MAX, team.clone())),
            None if stand.disposition == Disposition::Suppressed => None,
            None => {
                let heard = NewPost { labels: stand.labels, ..post.clone() };
                route::first_for(self.routes, &heard).map(|(place, route)| (place, route.team.clone()))
            }
        };
        Stand { team, ..stand }
    }
}

#[cfg(test)]
mod tests;
