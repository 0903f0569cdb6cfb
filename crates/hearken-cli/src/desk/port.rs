//! A whole desk as JSONL, out and in again.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use hearken_desk::{Error, Row};

use super::open::{AnyDesk, open_or_make};
use crate::output::{say, text};
use crate::tenants::TenantName;

/// Prints every row.
pub(super) fn export(desk: &AnyDesk) -> Result<bool> {
    let mut out = BufWriter::new(io::stdout().lock());
    let failed = |error: io::Error| Error::Store { message: "a row can't be written".to_owned(), source: error.into() };
    desk.export(|row| {
        serde_json::to_writer(&mut out, &row).map_err(io::Error::from).map_err(failed)?;
        out.write_all(b"\n").map_err(failed)
    })?;
    out.flush()?;
    Ok(true)
}

/// Takes exported rows into a desk that is empty or not there yet, all or none.
pub(super) fn import(path: &Path, tenant: Option<&TenantName>, file: Option<&Path>) -> Result<bool> {
    let file = file.filter(|file| *file != Path::new("-"));
    let (name, reader): (String, Box<dyn BufRead>) = match file {
        Some(file) => {
            let opened = File::open(file).with_context(|| file.display().to_string())?;
            (file.display().to_string(), Box::new(BufReader::new(opened)))
        }
        None => ("stdin".to_owned(), Box::new(io::stdin().lock())),
    };
    let row = |(before, line): (usize, io::Result<String>)| {
        let invalid = |reason: String| Error::Invalid(format!("{name}:{}: {reason}; nothing was imported", before + 1));
        let line = line.map_err(|error| invalid(error.to_string()))?;
        serde_json::from_str::<Row>(&line).map_err(|error| invalid(format!("no row of a desk: {error}")))
    };
    let desk = open_or_make(path, tenant)?;
    let imported = desk.import(reader.lines().enumerate().map(row))?;
    say(format_args!("{} rows imported", text::count(imported)));
    Ok(true)
}
