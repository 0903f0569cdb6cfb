//! `hearken policy`: who comes first and what people at a desk go by, written down in one file.

mod args;
mod backtest;
mod check;
mod examples;
mod file;
mod force;
mod moves;
mod trial;
mod tune;
mod weigh;

use anyhow::Result;

pub(crate) use args::{EXAMPLES, PolicyArgs};
pub(crate) use file::{Loaded, at_line};
pub(crate) use force::{engine_of, in_force};

use crate::desk::{json_line, print};
use args::PolicyCommand;

/// Does what was typed. False where a policy is wrong.
pub(crate) fn policy(args: PolicyArgs) -> Result<bool> {
    match args.command {
        PolicyCommand::Init => print(file::DEFAULTS),
        PolicyCommand::Schema => json_line(&file::schema()),
        PolicyCommand::Check(args) => return check::check(&args),
        PolicyCommand::Test(args) => return examples::test(&args),
        PolicyCommand::Backtest(args) => backtest::backtest(&args),
        PolicyCommand::Apply(args) => force::apply(&args),
        PolicyCommand::Show(args) => force::show(&args),
        PolicyCommand::Tune(args) => tune::run(&args),
    }?;
    Ok(true)
}
