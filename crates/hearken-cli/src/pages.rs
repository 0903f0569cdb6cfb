//! Completion scripts and manual pages, made from the flags themselves.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::env::Shells;

use crate::args::Cli;

/// The variable by which a shell asks what may follow.
pub(crate) const COMPLETE: &str = "HEARKEN_COMPLETE";

/// Prints the completion script of a shell. It asks the command itself, which knows the tickets of a desk too.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<bool> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(&shell.to_string()).context("there are no completions for this shell")?;
    shell.write_registration(COMPLETE, "hearken", "hearken", "hearken", &mut script)?;
    io::stdout().write_all(&script)?;
    Ok(true)
}

/// Prints the page of the whole command, or writes a page for it and each of its subcommands into a folder.
pub(crate) fn man(out: Option<&Path>) -> Result<bool> {
    match out {
        Some(dir) => {
            std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
            clap_mangen::generate_to(Cli::command(), dir).with_context(|| dir.display().to_string())?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            io::stdout().write_all(&page)?;
        }
    }
    Ok(true)
}
