//! Printing the queue: a table for people, JSONL for programs.

pub(crate) mod explained;
pub(crate) mod table;
pub(crate) mod text;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use hearken::format::Deletion;
use hearken::record::{Queued, Tombstone};
use hearken::{Ranked, key};

use crate::args::When;
use crate::settings::Settings;
use crate::sink::Sink;
use crate::tenants::TenantName;

/// Says something beside the data. Where nobody listens any more, the work goes on all the same.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(anstream::stderr(), "hearken: {line}");
}

/// Whether standard output is to be in colour; NO_COLOR is heard where nobody asked for a colour.
pub(crate) fn in_color(when: When) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    when.or_auto(io::stdout().is_terminal() && !no_color)
}

/// Prints ranked posts in the form that was asked for.
#[derive(Debug)]
pub(crate) struct Printer {
    table: bool,
    color: bool,
    /// Takes records instead of standard output.
    sink: Option<Sink>,
    /// Whose records these are, where there are several.
    tenant: Option<TenantName>,
}

impl Printer {
    /// A printer in the form that the settings ask for.
    pub(crate) fn new(settings: &Settings, sink: Option<Sink>) -> Self {
        let terminal = io::stdout().is_terminal();
        let tenant = settings.one_of().cloned();
        Self { table: settings.table.or_auto(terminal), color: in_color(settings.color), sink, tenant }
    }

    /// Says which of the posts that were printed are deleted since: records for programs, a line for people.
    pub(crate) fn bury(&self, deletions: &[Deletion<'_>]) -> io::Result<()> {
        if let Some(sink) = &self.sink {
            let tell = |deletion| sink.publish(&key::of_deletion(deletion), &Tombstone::new(deletion));
            return deletions.iter().try_for_each(tell);
        }
        let mut out = Vec::new();
        for deletion in deletions {
            if self.table {
                let what =
                    if deletion.id.is_empty() { deletion.author.as_deref().unwrap_or_default() } else { &deletion.id };
                writeln!(out, "{} is deleted since.", text::plain(what, 80))?;
            } else {
                self.record(&mut out, &Tombstone::new(deletion))?;
            }
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()
    }

    /// Prints posts, best first.
    pub(crate) fn print(&self, queue: &[Ranked]) -> io::Result<()> {
        if let Some(sink) = &self.sink {
            return queue.iter().enumerate().try_for_each(|(before, ranked)| {
                sink.publish(&key::of_post(&ranked.post), &Queued::new(ranked, Some(before + 1)))
            });
        }
        let mut out = Vec::new();
        if self.table {
            if let Some(tenant) = &self.tenant {
                writeln!(out, "{tenant}")?;
            }
            out.extend_from_slice(table::render(queue, self.color).as_bytes());
        } else {
            for (before, ranked) in queue.iter().enumerate() {
                self.record(&mut out, &Queued::new(ranked, Some(before + 1)))?;
            }
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()
    }

    fn record(&self, out: &mut Vec<u8>, record: &impl serde::Serialize) -> io::Result<()> {
        let from = out.len();
        serde_json::to_writer(&mut *out, record)?;
        out.push(b'\n');
        if let Some(tenant) = &self.tenant {
            let line = of_tenant(&out[from..], tenant);
            out.splice(from.., line);
        }
        Ok(())
    }
}

/// Lines of JSON objects, each with whose it is.
pub(crate) fn of_tenant(lines: &[u8], tenant: &TenantName) -> Vec<u8> {
    // A name needs no escapes.
    let head = format!("{{\"tenant\":\"{tenant}\",");
    let mut out = Vec::with_capacity(lines.len() + lines.len() / 8);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"{") {
            Some(rest) => {
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(rest);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}
