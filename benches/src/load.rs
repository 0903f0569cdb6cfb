//! An open-loop load: posts come when they are due, and wait from that moment on, whoever is slow.
//!
//! Three parties share the machine: the engine, a thread that submits, and one that takes posts out of the queue. The
//! submitting one wakes every millisecond and submits all that has become due meanwhile, so that it doesn't spin on a core
//! that the engine needs; a post may have waited for that millisecond, which counts as latency too.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use hearken::{Builder, Feeder, Label, Model, Pipeline, Policy, Post, Queue, UnsupportedLanguage, WhenFull};

use crate::schedule::Schedule;

/// How often the submitting thread looks what is due.
const TICK: Duration = Duration::from_millis(1);

/// How long a run may take beyond its schedule before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// What became of a schedule.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// For each phase of the schedule.
    pub phases: Vec<PhaseOutcome>,
    /// How many posts were submitted.
    pub submitted: u64,
    /// How many came out of the queue.
    pub ranked: u64,
    /// How many were held back as promotion, which have no latency: the queue never sees them.
    pub held: u64,
}

/// What became of the posts that were due in one phase.
#[derive(Clone, Debug)]
pub struct PhaseOutcome {
    /// From due to ranked, nanoseconds.
    pub latency: Histogram<u64>,
    /// From the beginning of the phase until its last post was ranked.
    pub elapsed: Duration,
}

impl PhaseOutcome {
    fn new() -> Result<Self> {
        Ok(Self { latency: Histogram::new(3)?, elapsed: Duration::ZERO })
    }

    /// Posts ranked a second.
    pub fn rate(&self) -> f64 {
        self.latency.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// A pipeline that judges every post and ranks all of them, so that each has a latency.
pub fn ranking_all(model: Model, workers: usize) -> Builder {
    let all = Policy { queue_from: -525_600.0, ..Policy::default() };
    let builder = Pipeline::builder(model).workers(workers).policy(all).queue(10_000, WhenFull::Block);
    // What is taken for promotion with all certainty is held back even so.
    builder.threshold(Label::Promotion, 1.0).unsupported_language(UnsupportedLanguage::Through)
}

/// Submits `posts`, over and over, as they are due, and waits until the last one is ranked.
///
/// # Errors
///
/// What the pipeline fails with, or that posts were lost.
pub fn run(builder: Builder, posts: &[Post<'static>], schedule: &Schedule) -> Result<Outcome> {
    let pipeline = builder.start()?;
    let (feeder, queue) = (pipeline.feeder(), pipeline.queue());
    let start = Instant::now();
    let (phases, held) = thread::scope(|scope| {
        let submitting = scope.spawn(|| submit(&feeder, posts, schedule, start));
        let taking = scope.spawn(|| take(&queue, schedule, start));
        let submitted = submitting.join().ok().context("the submitting thread died")?;
        let is_done = || pipeline.tally().posts >= schedule.posts() && queue.is_empty();
        let deadline = Instant::now() + PATIENCE;
        while submitted.is_ok() && !is_done() && Instant::now() < deadline {
            thread::sleep(TICK);
        }
        // Ends the taking thread too.
        let summary = pipeline.finish()?;
        let phases = taking.join().ok().context("the taking thread died")??;
        submitted?;
        Ok::<_, anyhow::Error>((phases, summary.tally.held))
    })?;
    let ranked = phases.iter().map(|phase| phase.latency.len()).sum();
    let outcome = Outcome { phases, submitted: schedule.posts(), ranked, held };
    ensure!(ranked + held == outcome.submitted, "of {} posts {ranked} were ranked, {held} held", outcome.submitted);
    Ok(outcome)
}

fn submit(feeder: &Feeder, posts: &[Post<'static>], schedule: &Schedule, start: Instant) -> Result<()> {
    let mut waiting = (0..schedule.posts()).map(|number| (number, schedule.due(number).1)).peekable();
    while waiting.peek().is_some() {
        let now = start.elapsed();
        while let Some((number, _)) = waiting.next_if(|(_, due)| *due <= now) {
            let mut post = posts[number as usize % posts.len()].clone();
            post.id = number.to_string().into();
            // The queue goes by arrival; without a name every post is a case of its own, to be counted.
            (post.created_at, post.author) = (None, None);
            feeder.submit(post)?;
        }
        thread::sleep(TICK);
    }
    Ok(())
}

fn take(queue: &Queue, schedule: &Schedule, start: Instant) -> Result<Vec<PhaseOutcome>> {
    let mut phases: Vec<PhaseOutcome> = schedule.phases().iter().map(|_| PhaseOutcome::new()).collect::<Result<_>>()?;
    while let Some(first) = queue.next(Duration::MAX) {
        let now = start.elapsed();
        for post in std::iter::once(first).chain(queue.take(usize::MAX)) {
            let number = post.post.id.parse()?;
            let (phase, due) = schedule.due(number);
            phases[phase].latency.record(now.saturating_sub(due).as_nanos() as u64)?;
            phases[phase].elapsed = now.saturating_sub(schedule.start_of(phase));
        }
    }
    Ok(phases)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::fast;
    use crate::posts::posts;
    use crate::schedule::Phase;

    #[test]
    fn a_post_waits_from_when_it_is_due_and_not_from_when_it_is_let_in() {
        // More than the pipeline's chunks take: the last ones are let in when most of the others are done.
        let schedule = Schedule::new(vec![Phase { posts: 3_000, rate: f64::INFINITY }]);
        let outcome = run(ranking_all(fast().unwrap(), 1), &posts(100).unwrap(), &schedule).unwrap();
        assert_eq!((outcome.submitted, outcome.ranked + outcome.held), (3_000, 3_000));
        let PhaseOutcome { latency, elapsed } = &outcome.phases[0];
        let longest = Duration::from_nanos(latency.max());
        assert!(longest >= elapsed.mul_f64(0.99), "{longest:?} of {elapsed:?}");
    }

    #[test]
    fn each_phase_has_its_own_figures() {
        let schedule = Schedule::new(vec![Phase::lasting(0.1, 1_000.0), Phase::lasting(0.1, 100.0)]);
        let outcome = run(ranking_all(fast().unwrap(), 1), &posts(100).unwrap(), &schedule).unwrap();
        let ranked: u64 = outcome.phases.iter().map(|phase| phase.latency.len()).sum();
        assert_eq!(ranked + outcome.held, 110);
        assert!(outcome.phases[1].latency.len() <= 10 && outcome.phases[1].rate() <= 115.0);
    }

    #[test]
    fn posts_that_never_come_out_are_an_error() {
        let nobody = ranking_all(fast().unwrap(), 1).policy(Policy { queue_from: 525_600.0, ..Policy::default() });
        let schedule = Schedule::new(vec![Phase::lasting(0.1, 1_000.0)]);
        let error = run(nobody, &posts(100).unwrap(), &schedule).unwrap_err();
        assert!(error.to_string().starts_with("of 100 posts "), "{error}");
    }
}
