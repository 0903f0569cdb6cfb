//! Printing: tables and words for people, JSON for programs.

use std::io::{self, Write};

use anyhow::Result;
use hearken::Timestamp;
use hearken_desk::{Case, Ticket};
use serde::Serialize;

use super::record::Record;
use super::{list, show, words};
use crate::output::say;

/// How things are printed, and as of when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printer {
    pub(super) json: bool,
    pub(super) color: bool,
    pub(super) now: Timestamp,
}

impl Printer {
    /// A case with all that belongs to it.
    pub(super) fn case(self, case: &Case, warnings: &[String]) -> Result<()> {
        self.warn(warnings);
        if self.json {
            return json_line(&Record::new(case, true, warnings));
        }
        print(&show::render(case, self.now, self.color))
    }

    /// What became of a ticket.
    pub(super) fn step(self, case: &Case, warnings: &[String]) -> Result<()> {
        self.warn(warnings);
        if self.json {
            return json_line(&Record::new(case, false, warnings));
        }
        let ticket: &Ticket = &case.ticket;
        let pinned = if ticket.pinned { ", pinned" } else { "" };
        let state = words::state(&ticket.state, self.now);
        print(&format!("{} · {} · {state}{pinned}\n", ticket.id, words::person(ticket)))
    }

    /// Several cases; `nobody` says so where there are none.
    pub(super) fn list(self, cases: &[Case], nobody: &str) -> Result<()> {
        if self.json {
            return cases.iter().try_for_each(|case| json_line(&Record::new(case, false, &[])));
        }
        print(&if cases.is_empty() { format!("{nobody}\n") } else { list::render(cases, self.now, self.color) })
    }

    fn warn(self, warnings: &[String]) {
        warnings.iter().for_each(say);
    }
}

/// Prints text for people.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Prints one object on a line.
pub(crate) fn json_line(record: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line)?;
    Ok(stdout.flush()?)
}
