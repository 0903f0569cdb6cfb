//! The flags of `hearken eval`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;

use crate::args::{JudgeArgs, RunArgs, WORKERS, When};

const RESAMPLES: RangeInclusive<i64> = 0..=100_000;

/// What `--help` ends with.
pub(crate) const EXAMPLES: &str = "\
Labelled posts:
  {\"text\": \"My dog died.\", \"grief\": 1, \"frustration\": 0, \"advice\": null, \"urgency\": 3}
  Labels are 0, 1 (or false, true) or null for not known; what is absent is not known. Instead of
  \"advice\" there may be \"advice_seeking\" and \"advice_giving\". Urgency is 0 to 3. The other
  fields are those of posts (hearken --help).

Figures, each with its 95 % bootstrap interval; none where many draws leave the figure undefined:
  labels    Precision, recall and F1 of the labels that are assigned; average precision; Brier
            score; ECE, the expected calibration error over 10 bins. (Every draw scatters the bins
            further, so the intervals of ECE lean upwards.) The macro row is the mean over the
            labels that have a known positive.
  rankings  By expected urgency and by priority: NDCG@50 with gain 2^urgency - 1; how much of
            urgency 3 is in the top 1, 5 and 10 % (rounded to whole posts, at least one);
            Spearman's correlation with urgency. Where scores are equal, the mean over all their
            orders counts.
  Priority is the head start alone, as though all posts were written at the same moment. A post
  that a model leaves unjudged counts as probability 0 and comes last.

Examples:
  hearken eval dev.jsonl                        figures and worst misses of the built-in model
  hearken eval dev.jsonl --against models/mine  two models side by side, with their difference
  hearken eval dev.jsonl --json | jq .macro     one JSON object
  hearken eval dev.jsonl --plots charts         charts: precision and recall, reliability, depth
  hearken eval dev.jsonl --threshold grief=0.3  what another threshold would bring

Exit status: 0 done; 1 done, but lines were rejected (with --strict); 2 usage, no label, or fatal.";

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Files of labelled posts, plain or gzipped JSONL; "-" or none is standard input.
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    judge: JudgeArgs,

    /// A second model on the same posts: side by side, with the difference of the two.
    #[arg(long, env = "HEARKEN_AGAINST", value_name = "fast|accurate|DIR")]
    pub(super) against: Option<PathBuf>,

    /// Print one JSON object instead of tables.
    #[arg(long, env = "HEARKEN_JSON", value_parser = BoolishValueParser::new())]
    pub(super) json: bool,

    /// Write charts into this folder, as SVG.
    #[arg(long, env = "HEARKEN_PLOTS", value_name = "DIR")]
    pub(super) plots: Option<PathBuf>,

    /// List so many of the worst misses of each kind; 0 lists none.
    #[arg(long, env = "HEARKEN_MISSES", value_name = "N", default_value_t = 10)]
    pub(super) misses: usize,

    /// List the misses with their texts, not only their ids.
    #[arg(long, env = "HEARKEN_SHOW_TEXT", value_parser = BoolishValueParser::new())]
    pub(super) show_text: bool,

    /// Draw the posts anew so often for the intervals; 0 makes none.
    #[arg(long, env = "HEARKEN_RESAMPLES", value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(RESAMPLES))]
    pub(super) resamples: u32,

    /// Decides what is drawn: the same number gives the same intervals.
    #[arg(long, env = "HEARKEN_SEED", value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,

    /// Exit with status 1 when a line was rejected.
    #[arg(long, env = "HEARKEN_STRICT", value_parser = BoolishValueParser::new())]
    strict: bool,

    /// Worker threads [default: one per core].
    #[arg(long, env = "HEARKEN_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(WORKERS))]
    workers: Option<u16>,

    /// Use colours in the tables; auto: on a terminal, unless NO_COLOR is set [default: auto].
    #[arg(long, env = "HEARKEN_COLOR", value_enum, value_name = "WHEN")]
    color: Option<When>,
}

impl EvalArgs {
    /// What it shares with a run, so that a setting means the same in both.
    pub(super) fn as_run(&self) -> RunArgs {
        RunArgs {
            files: self.files.clone(),
            judge: self.judge.clone(),
            workers: self.workers,
            strict: self.strict,
            color: self.color,
            ..RunArgs::default()
        }
    }
}
