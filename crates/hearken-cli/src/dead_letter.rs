//! The dead letter: lines that are no posts, and if wanted posts in foreign languages, kept as JSONL with where they stood
//! and why they were rejected.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use hearken::Reject;
use serde::Serialize;

#[derive(Serialize)]
struct Letter<'a> {
    file: &'a str,
    line: u64,
    /// A stable name, such as `text_missing`.
    reason: &'static str,
    /// The same in words.
    detail: String,
    /// The line as it was, where it is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
    /// Else its bytes, so that nothing is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    record_bytes: Option<&'a [u8]>,
}

/// Opens a file that records are appended to.
pub(crate) fn append_to(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(path).with_context(|| path.display().to_string())
}

/// Appends one letter, in one write: a run that is killed leaves whole lines.
pub(crate) fn write(out: &mut impl Write, reject: &Reject) -> io::Result<()> {
    let record = std::str::from_utf8(&reject.record).ok();
    let letter = Letter {
        file: &reject.source,
        line: reject.line,
        reason: reject.reason.code(),
        detail: reject.reason.to_string(),
        record,
        record_bytes: if record.is_none() { Some(&reject.record) } else { None },
    };
    let mut line = serde_json::to_vec(&letter)?;
    line.push(b'\n');
    out.write_all(&line)
}
