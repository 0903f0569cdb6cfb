//! The command `hearken`: flags, terminal and glue round the engine.

mod args;
mod budget;
mod dead_letter;
mod desk;
mod doctor;
mod eval;
mod explain;
mod input;
mod metrics;
mod models;
mod one;
mod output;
mod pages;
mod policy;
mod progress;
mod reach;
mod run;
mod settings;
mod sink;
mod sources;
mod stats;
mod stop;
mod telemetry;
mod tenants;
mod traces;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use args::{Cli, Command};

/// Finished, but some records were rejected (with `--strict`) or a check failed.
const CHECK_FAILED: u8 = 1;

/// Usage, or something fatal.
const FATAL: u8 = 2;

fn main() -> ExitCode {
    telemetry::forbid();
    // A shell that asks what may follow is answered, and nothing else happens.
    CompleteEnv::with_factory(Cli::command).var(pages::COMPLETE).complete();
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => run(cli.run),
        Some(Command::Run(args)) => run(*args),
        Some(Command::Eval(args)) => eval::eval(&args),
        Some(Command::Explain(args)) => explain::explain(args),
        Some(Command::Desk(args)) => desk::desk(*args),
        Some(Command::Policy(args)) => policy::policy(args),
        Some(Command::Doctor(args)) => doctor::doctor(&args),
        Some(Command::Completions { shell }) => pages::completions(shell),
        Some(Command::Man { out }) => pages::man(out.as_deref()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(CHECK_FAILED),
        // Whoever read our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(in_one_sentence(&error));
            ExitCode::from(FATAL)
        }
    }
}

fn run(args: args::RunArgs) -> anyhow::Result<bool> {
    // ONNX Runtime stays a step behind: what it calls an error is in our own message too, and its INFO is hundreds of lines.
    let (ours, of_runtime) = match args.verbose {
        0 => (LevelFilter::WARN, LevelFilter::OFF),
        1 => (LevelFilter::INFO, LevelFilter::WARN),
        _ => (LevelFilter::DEBUG, LevelFilter::INFO),
    };
    let levels = Targets::new().with_default(ours).with_target("ort", of_runtime);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry().with(lines.with_filter(levels)).init();
    run::run(settings::Settings::new(args)?)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// The error and its causes, each said once: many a message already holds that of its cause.
fn in_one_sentence(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |said, cause| {
        let cause = cause.to_string();
        if said.is_empty() {
            cause
        } else if said.contains(&cause) {
            said
        } else {
            format!("{said}: {cause}")
        }
    })
}
