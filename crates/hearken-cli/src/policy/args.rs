//! What can be typed after `hearken policy`.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand};
use hearken::Timestamp;

pub(crate) const EXAMPLES: &str = "\
Examples:
  hearken policy init > care.toml                   a policy with every key at its default, explained
  hearken policy check care.toml                    what is wrong or odd in it
  hearken policy test care.toml                     tries the examples that it holds
  hearken policy apply care.toml --desk desk.db     from now on everyone at that desk goes by it
  hearken policy show --desk desk.db                what a desk goes by; --history: since when, and what before
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
    /// Have everyone at a desk go by a policy from now on; what went before is kept.
    Apply(ApplyArgs),
    /// Print the policy that a desk goes by.
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) file: PolicyFileArg,
    #[command(flatten)]
    pub(super) json: Json,
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
}

#[derive(Debug, Args)]
pub(super) struct Json {
    /// Print JSON, one object a line.
    #[arg(long, env = "HEARKEN_JSON", value_parser = BoolishValueParser::new())]
    pub(super) json: bool,
}
