//! What can be typed after `hearken policy`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand};
use hearken::Timestamp;
use hearken_desk::time::span_of;

use super::tune::TypedGoal;

use crate::tenants::TenantName;

pub(crate) const EXAMPLES: &str = "\
Examples:
  hearken policy init > care.toml                   a policy with every key at its default, explained
  hearken policy check care.toml                    what is wrong or odd in it
  hearken policy test care.toml                     tries the examples that it holds
  hearken policy backtest care.toml --desk desk.db --since 7d
                                                    who would have moved up or down under it
  hearken policy apply care.toml --desk desk.db     from now on everyone at that desk goes by it
  hearken policy show --desk desk.db                what a desk goes by; --history: since when, and what before
  hearken policy tune --desk desk.db                which thresholds people's verdicts speak for
  hearken policy schema > policy.schema.json        for editors that complete and check

Exit status: 0 done; 1 the policy is wrong, or an example fails; 2 usage or fatal.";

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(super) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Print a policy with every key at its default, explained.
    Init,
    /// Print the JSON schema of a policy.
    Schema,
    /// Say what is wrong or odd in a policy; exits with 1 when something is wrong.
    Check(CheckArgs),
    /// Try the examples that a policy holds; exits with 1 when one fails.
    Test(TestArgs),
    /// Say who would have moved up or down under a policy, and who would have entered or left the queue, by what a desk keeps.
    ///
    /// Every post that a desk keeps since a time, the sample of suppressed ones too, is weighed anew from its record: head start, labels
    /// and team. What others replied counts as it did then. What a campaign is, and which posts make up a case, stays as it was; so do
    /// the judgements of the model.
    Backtest(BacktestArgs),
    /// Have everyone at a desk go by a policy from now on; what went before is kept.
    Apply(ApplyArgs),
    /// Print the policy that a desk goes by.
    Show(ShowArgs),
    /// Propose thresholds by what people said of posts, and show what they would bring; changes nothing unasked.
    #[command(after_long_help = TUNE)]
    Tune(TuneArgs),
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) file: PolicyFileArg,
    #[command(flatten)]
    pub(super) json: Json,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    pub(super) file: PolicyFileArg,
    /// The model that judges texts: "fast", "accurate" or "cascade" (built in), or a directory [default: cascade, which is accurate here].
    #[arg(long, env = "HEARKEN_MODEL", value_name = "MODEL")]
    pub(super) model: Option<PathBuf>,
    #[command(flatten)]
    pub(super) json: Json,
}

#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    #[command(flatten)]
    pub(super) file: PolicyFileArg,
    #[command(flatten)]
    pub(super) desk: DeskArg,
    /// Posts that were written since so long, such as 7d, or since a time.
    #[arg(long, env = "HEARKEN_SINCE", value_name = "SPAN|TIME", default_value = "7d", value_parser = since)]
    pub(super) since: Since,
    /// A model of your own whose posts are on the desk, for its thresholds; the built-in ones are known.
    #[arg(long, env = "HEARKEN_MODEL", value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
    /// List so many cases at the most, those that move furthest.
    #[arg(long, env = "HEARKEN_TOP", value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(super) top: u32,
    #[command(flatten)]
    pub(super) json: Json,
    /// Take TIME for the present, e.g. 2026-11-21T00:00:00Z.
    #[arg(long, env = "HEARKEN_NOW", value_name = "TIME")]
    pub(super) now: Option<Timestamp>,
}

/// A moment, or how long ago it was.
#[derive(Clone, Copy, Debug)]
pub(super) enum Since {
    Ago(Duration),
    At(Timestamp),
}

impl Since {
    pub(super) fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
            Self::At(at) => at,
        }
    }
}

fn since(typed: &str) -> Result<Since, String> {
    let ago = || span_of(typed).map(Since::Ago);
    let told = |_| format!("{typed:?} is no span of time such as 7d, and no time such as 2026-11-21T00:00:00Z");
    typed.parse().map(Since::At).or_else(|_| ago()).map_err(told)
}

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub(super) file: PolicyFileArg,
    #[command(flatten)]
    pub(super) desk: DeskArg,
    /// Who you are [default: your login name].
    #[arg(long = "as", env = "HEARKEN_AS", value_name = "NAME")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) json: Json,
    /// Take TIME for the present, e.g. 2026-11-21T00:00:00Z.
    #[arg(long, env = "HEARKEN_NOW", value_name = "TIME")]
    pub(super) now: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub(super) desk: DeskArg,
    /// List what was applied so far instead, the latest first.
    #[arg(long, env = "HEARKEN_HISTORY", value_parser = BoolishValueParser::new())]
    pub(super) history: bool,
    #[command(flatten)]
    pub(super) json: Json,
}

const TUNE: &str = "\
  hearken policy tune --desk desk.db                            what each threshold should be, for the highest F1
  hearken policy tune --desk desk.db --goal recall=0.95         for the best precision at which 95 % are heard
  hearken policy tune --desk desk.db --write new.toml           the desk's policy with these thresholds, in a new file

Verdicts come from hearken desk relabel, from cases that were resolved as misheard, and from hearken desk audit. Of each label 30 on
posts that have it and 30 on posts that don't are the least. A threshold is proposed where the gain is clear, or as the goal says.";

#[derive(Debug, Args)]
pub(super) struct TuneArgs {
    #[command(flatten)]
    pub(super) desk: DeskArg,
    /// The policy that --write begins with [default: the one that the desk goes by].
    #[arg(long, env = "HEARKEN_POLICY", value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    /// What the thresholds are to be good for: f1, or recall=SHARE.
    #[arg(long, env = "HEARKEN_GOAL", value_name = "GOAL", default_value = "f1")]
    pub(super) goal: TypedGoal,
    /// Write a policy with the proposed thresholds to FILE, which must not be there yet.
    #[arg(long, env = "HEARKEN_WRITE", value_name = "FILE")]
    pub(super) write: Option<PathBuf>,
    #[command(flatten)]
    pub(super) json: Json,
}

#[derive(Debug, Args)]
pub(super) struct PolicyFileArg {
    /// The policy, a TOML file.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct DeskArg {
    /// The file of the desk.
    #[arg(long, env = "HEARKEN_DESK", value_name = "FILE")]
    pub(super) desk: Option<PathBuf>,
    /// The tenant, where several share a desk, once a run has made it [default: a desk without tenants].
    #[arg(long, env = "HEARKEN_TENANT", value_name = "NAME")]
    pub(super) tenant: Option<TenantName>,
}

#[derive(Debug, Args)]
pub(super) struct Json {
    /// Print JSON, one object a line.
    #[arg(long, env = "HEARKEN_JSON", value_parser = BoolishValueParser::new())]
    pub(super) json: bool,
}
