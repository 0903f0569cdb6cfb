//! How long a post takes from the moment it is due until it is ranked, at half of the maximum rate and in a burst.
//!
//! Latency counts from when a post is due, not from when the engine took it (no coordinated omission).
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::thread::available_parallelism;

use anyhow::{Result, ensure};
use clap::Parser;
use hearken::Post;
use hearken_benches::harness::Harness;
use hearken_benches::load::{Outcome, PhaseOutcome, ranking_all, run};
use hearken_benches::memory::{self, resident};
use hearken_benches::posts::posts;
use hearken_benches::schedule::{Phase, Schedule};
use hearken_benches::{accurate, fast};

/// How much more comes in the burst.
const BURST: f64 = 25.0;

/// How many times the maximum the burst is: clearly more than once, for the maximum varies with what else the machine does.
const OVERLOAD: f64 = 2.0;

/// What the pipeline may hold in a burst: chunks, a full queue, and most of all what the caseload remembers of as many posts as it may,
/// for all posts are queued here.
const MOST_GROWTH: u64 = 96 << 20;

/// Measures latency, open loop.
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    harness: Harness,
    /// Posts a second; half of the maximum, which is measured first, unless given
    #[arg(long)]
    rate: Option<f64>,
    /// How long the steady load lasts
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// How long the burst lasts; before and after it comes 1/25 of its rate for 3 seconds
    #[arg(long, default_value_t = 5.0)]
    burst: f64,
    /// Worker threads; one per core unless given
    #[arg(long)]
    workers: Option<usize>,
    /// Judges with the model `accurate`
    #[arg(long)]
    accurate: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if args.harness.skips("latency") {
        return Ok(());
    }
    let test = args.harness.is_test();
    let model = if args.accurate { accurate()? } else { fast()? };
    let workers = args.workers.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    let posts = posts(if test { 500 } else { 20_000 })?;
    let measure = |phases| run(ranking_all(model.clone(), workers), &posts, &Schedule::new(phases));
    let (seconds, burst, calm) = if test { (0.1, 0.1, 0.1) } else { (args.seconds, args.burst, 3.0) };

    let name = &model.manifest().name;
    println!("{name}, {workers} workers, posts of {:.0} characters, from due to ranked", characters(&posts));
    println!(
        "{:<10}{:>12}{:>12}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "", "offered/s", "ranked/s", "p50 ms", "p90", "p99", "p99.9", "max"
    );

    // All due at once: the pipeline is never without work, and the rate is what it can do.
    let at_once = |posts| vec![Phase { posts, rate: f64::INFINITY }];
    let few = if test {
        200
    } else if args.accurate {
        4_000
    } else {
        400_000
    };
    measure(at_once(few / 4))?;
    let most = measure(at_once(few))?.phases[0].rate();
    println!("{:<10}{:>12}{most:>12.0}", "maximum", "");

    let steady = vec![Phase::lasting(seconds, args.rate.unwrap_or(most / 2.0))];
    let outcome = measure(steady.clone())?;
    print_phase("steady", &steady[0], &outcome.phases[0]);
    print_counts(&outcome);

    let peak = OVERLOAD * most;
    let phases: Vec<Phase> = [(calm, peak / BURST), (burst, peak), (calm, peak / BURST)]
        .map(|(time, rate)| Phase::lasting(time, rate))
        .into();
    memory::forget_peak();
    let before = resident();
    let outcome = measure(phases.clone())?;
    let after = resident();
    for (name, (phase, found)) in ["calm", "burst", "calm again"].iter().zip(phases.iter().zip(&outcome.phases)) {
        print_phase(name, phase, found);
    }
    print_counts(&outcome);
    if let (Some(before), Some(after)) = (before, after) {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        println!("resident: {:.1} MB before, {:.1} MB at the peak", megabytes(before.now), megabytes(after.peak));
        let growth = after.peak.saturating_sub(before.now);
        ensure!(test || growth <= MOST_GROWTH, "the burst took {growth} bytes, over {MOST_GROWTH}");
    }
    Ok(())
}

fn characters(posts: &[Post<'_>]) -> f64 {
    posts.iter().map(|post| post.text.chars().count()).sum::<usize>() as f64 / posts.len() as f64
}

fn print_phase(name: &str, phase: &Phase, found: &PhaseOutcome) {
    print!("{name:<10}{:>12.0}{:>12.0}", phase.rate, found.rate());
    let quantiles = [0.5, 0.9, 0.99, 0.999, 1.0].map(|share| found.latency.value_at_quantile(share));
    for nanoseconds in quantiles {
        print!("{:>10.2}", nanoseconds as f64 / 1e6);
    }
    println!();
}

fn print_counts(outcome: &Outcome) {
    let Outcome { submitted, ranked, held, .. } = outcome;
    println!("{submitted} in = {ranked} ranked + {held} held back; none lost");
}
