//! Cuts whole lines out of a content.

use std::io;

use super::content::Content;

/// How many bytes a batch aims for.
const BATCH_BYTES: usize = 256 * 1024;

/// Whole lines that stand together.
#[derive(Debug)]
pub(super) struct Lines {
    /// What to hand out: the lines with their ends. A line over the limit is cut off behind it.
    pub(super) bytes: Vec<u8>,
    /// How many bytes they take up in the content.
    pub(super) length: u64,
    /// How many there are.
    pub(super) count: u64,
}

/// The next lines from `offset` on, a batch of them at the most; `None` when no whole line is there. `last`: what stands at
/// the end without a line's end is a line too. No more than `max_line` bytes of one line are held.
pub(super) fn next(content: &mut Content, offset: u64, max_line: usize, last: bool) -> io::Result<Option<Lines>> {
    let mut bytes = vec![0; BATCH_BYTES];
    let mut filled = 0;
    loop {
        let count = content.read_at(offset + filled as u64, &mut bytes[filled..])?;
        let ended = count < bytes.len() - filled;
        let searched = filled;
        filled += count;
        if let Some(end) = bytes[searched..filled].iter().rposition(|byte| *byte == b'\n') {
            bytes.truncate(searched + end + 1);
            return Ok(Some(whole(bytes)));
        }
        if ended {
            bytes.truncate(filled);
            return Ok((last && filled > 0).then(|| whole(bytes)));
        }
        if filled > max_line {
            bytes.truncate(max_line + 1);
            let rest = rest_of_line(content, offset + filled as u64, last)?;
            return Ok(rest.map(|rest| {
                bytes.push(b'\n');
                Lines { bytes, length: filled as u64 + rest, count: 1 }
            }));
        }
        bytes.resize((2 * bytes.len()).min(max_line + 1), 0);
    }
}

fn whole(bytes: Vec<u8>) -> Lines {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let count = ends + u64::from(bytes.last() != Some(&b'\n'));
    Lines { length: bytes.len() as u64, count, bytes }
}

/// How far it is to the end of a line that is too long; `None` while that isn't there.
fn rest_of_line(content: &mut Content, from: u64, last: bool) -> io::Result<Option<u64>> {
    let mut buffer = vec![0; BATCH_BYTES];
    let mut length = 0;
    loop {
        let count = content.read_at(from + length, &mut buffer)?;
        if let Some(end) = buffer[..count].iter().position(|byte| *byte == b'\n') {
            return Ok(Some(length + end as u64 + 1));
        }
        length += count as u64;
        if count < buffer.len() {
            return Ok(last.then_some(length));
        }
    }
}
