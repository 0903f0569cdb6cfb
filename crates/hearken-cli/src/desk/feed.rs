//! `hearken desk feed`: which tickets have changed, one JSON object a line, for systems that keep copies of them.

use std::io::{self, BufWriter, Write};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Result;
use hearken::Timestamp;
use hearken_desk::outbox::Summary;
use serde::Serialize;

use super::open::AnyDesk;
use crate::stop::Stop;

/// Whoever follows looks so often.
const LOOKS: Duration = Duration::from_secs(1);

/// From where a feed goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// After a line that was read.
    Cursor(i64),
    /// With what was changed from a time on.
    Time(Timestamp),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        if let Ok(cursor) = typed.parse() {
            return Ok(Self::Cursor(cursor));
        }
        let time = typed.parse().map(Self::Time);
        time.map_err(|_| "a cursor is a number, and a time such as 2026-11-21T00:00:00Z".to_owned())
    }
}

/// A line. Programs outside are written against it.
#[derive(Serialize)]
struct Line<'a> {
    /// What `--since` is to be given to go on after this line.
    cursor: i64,
    #[serde(flatten)]
    ticket: Summary<'a>,
}

/// Prints what has changed, and with `follow` what changes until a signal.
pub(super) fn feed(desk: &AnyDesk, since: Option<Since>, follow: bool, now: Option<Timestamp>) -> Result<bool> {
    let stop = if follow { Stop::on_signals()? } else { Stop::unset()? };
    let mut after = match since {
        None => i64::MIN,
        Some(Since::Cursor(cursor)) => cursor,
        Some(Since::Time(time)) => desk.changes_since(time)?,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    loop {
        let changes = desk.changes(after)?;
        for (cursor, ticket) in &changes.tickets {
            let now = now.unwrap_or_else(Timestamp::now);
            serde_json::to_writer(&mut out, &Line { cursor: *cursor, ticket: Summary::new(ticket, now) })?;
            out.write_all(b"\n")?;
            after = *cursor;
        }
        if !changes.complete {
            continue;
        }
        out.flush()?;
        if !follow || stop.wait(LOOKS)? {
            return Ok(true);
        }
    }
}
