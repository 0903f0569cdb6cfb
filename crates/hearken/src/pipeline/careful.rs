//! The second look: the careful model of a cascade, at the posts for which it could change the most.

use std::time::{Duration, Instant};

use super::line::Line;
use super::rules::{Rules, Verdict};
use super::shared::Shared;
use super::worker::Part;
use crate::cascade::{Budget, Controller, Load, Spent, stake};
use crate::error::Result;
use crate::judge::Judge;
use crate::policy::Disposition;
use crate::post::{Post, effective_time};
use crate::rank::rank_at;

/// A careful model. A worker has one of its own.
pub(super) struct Careful {
    judge: Judge,
}

/// The careful model's time for one pipeline at one worker.
pub(super) struct Pace {
    controller: Controller,
    /// When the last chunk of the last group arrived.
    last_arrival: Option<Instant>,
    /// What the last look took, and at how many posts of how many.
    posts: usize,
    judged: usize,
    time: Duration,
}

/// A post of the group, after the first look.
struct Candidate<'a> {
    place: usize,
    text: &'a str,
    /// Whether it would get into a queue that only few get into.
    enters: bool,
    stake: f64,
}

impl Careful {
    pub(super) fn new(judge: Judge) -> Self {
        Self { judge }
    }

    /// Judges those posts of a group again for which there is time and most is at stake. `room` is the part of the worker's time that
    /// the group's pipeline may plan with.
    pub(super) fn look(
        &mut self,
        group: &[Part<'_>],
        verdicts: &mut [Option<Verdict>],
        line: &Line,
        pace: &mut Pace,
        room: f64,
    ) -> Result<()> {
        let Some(scorer) = &line.careful else { return Ok(()) };
        let started = Instant::now();
        let mut candidates = candidates(group, verdicts, &line.rules, &line.shared);
        pace.posts = candidates.len();
        let load = pace.load(group, candidates.iter().filter(|candidate| candidate.enters).count(), room);
        pace.judged = pace.controller.allow(&load);
        if pace.judged < pace.posts {
            candidates.select_nth_unstable_by(pace.judged, |one, other| {
                other.enters.cmp(&one.enters).then(other.stake.total_cmp(&one.stake))
            });
        }
        for candidate in &candidates[..pace.judged] {
            self.judge.hear(candidate.place, candidate.text)?;
        }
        self.judge.judge(scorer, |place, judgement| verdicts[place] = Some(Verdict { judgement, with_care: true }))?;
        pace.time = started.elapsed();
        Ok(())
    }

    /// Lets go of what an error left.
    pub(super) fn forget(&mut self) {
        self.judge.forget();
    }
}

impl Pace {
    pub(super) fn new(budget: Budget) -> Self {
        let controller = Controller::new(budget);
        Self { controller, last_arrival: None, posts: 0, judged: 0, time: Duration::ZERO }
    }

    /// Whether there is a choice to make among posts, so that a few more to choose from are worth a moment.
    pub(super) fn is_selective(&self) -> bool {
        self.controller.is_selective()
    }

    /// Learns how long the whole group took.
    pub(super) fn learn(&mut self, whole: Duration) {
        let first = whole.saturating_sub(self.time);
        let spent = Spent { posts: self.posts, first, careful_posts: self.judged, careful: self.time };
        self.controller.spent(&spent);
    }

    fn load(&mut self, group: &[Part<'_>], entering: usize, room: f64) -> Load {
        let arrived = group.last().map(|part| part.arrived);
        let before = std::mem::replace(&mut self.last_arrival, arrived);
        Load {
            posts: self.posts,
            entering,
            arrived_within: before.zip(arrived).map(|(before, now)| now.saturating_duration_since(before)),
            age: group.first().map_or(Duration::ZERO, |part| part.arrived.elapsed()),
            pressed: group.iter().any(|part| part.pressed),
            room,
        }
    }
}

/// The posts of a group that the first model has judged.
fn candidates<'a>(
    group: &'a [Part<'_>],
    verdicts: &[Option<Verdict>],
    rules: &Rules,
    shared: &Shared,
) -> Vec<Candidate<'a>> {
    const MINUTE: f64 = 60_000.0;
    let cut = shared.queue.cut();
    let posts = group.iter().flat_map(|part| part.posts.iter().map(move |post| (part, post)));
    let candidate = |(place, ((part, post), verdict)): (usize, ((&Part<'_>, &'a Post<'_>), &Option<Verdict>))| {
        let Verdict { judgement, .. } = verdict.as_ref()?;
        let head_start = rules.policy.head_start(judgement, post);
        let rank_at = rank_at(effective_time(post.created_at, part.received).0, &head_start);
        // Whoever reads every record reads this one, wherever the queue ends.
        let behind = if rules.annotate { 0.0 } else { (rank_at as f64 - cut as f64) / MINUTE };
        let queued = rules.policy.disposition(judgement, &head_start) == Disposition::Queued;
        let enters = queued && rank_at <= cut && cut != i64::MAX;
        let stake = stake(judgement, &rules.policy, &rules.thresholds, behind);
        Some(Candidate { place, text: &post.text, enters, stake })
    };
    posts.zip(verdicts).enumerate().filter_map(candidate).collect()
}
