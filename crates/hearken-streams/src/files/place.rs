//! How far a file was read, and how to know the file again when it has another name, another inode, or is packed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::content::Content;
use super::scan::Identity;

/// How much is looked at to tell one content from another: of its first line, and before a place.
pub(super) const SAMPLE: usize = 1024;

/// How far a file was read. What it says of the content are digests: a post's text has no business in a state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// What batches are called.
    pub(super) name: Arc<str>,
    /// The path without the marks of a rotation.
    pub(super) base: Arc<PathBuf>,
    /// The file; `None`: it has been truncated, or given away.
    pub(super) identity: Option<Identity>,
    /// Of the first byte that was not handed out.
    pub(super) offset: u64,
    /// The number of the next line, from 1.
    pub(super) line: u64,
    /// The first line.
    pub(super) head: Sample,
    /// What stands right before `offset`.
    pub(super) tail: Sample,
    /// Was there before the first look, as what a rotation had left: it is not wanted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unwanted: bool,
}

/// Some bytes of a content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sample {
    length: u64,
    digest: u64,
}

impl Sample {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let digest = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self { length: bytes.len() as u64, digest }
    }

    /// Eight digits' worth of it and a number.
    pub(super) fn mixed_with(self, number: u64) -> u32 {
        let mixed = Self::of(&[self.digest.to_le_bytes(), number.to_le_bytes()].concat()).digest;
        (mixed >> 32) as u32
    }
}

/// Whether a content is the one that was read up to some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It is, or a copy.
    Same,
    /// It begins like it, but doesn't reach that far.
    Shorter,
    Other,
}

/// The first line, or as much of it as a sample has; `None` while it isn't there.
pub(super) fn first_line(content: &mut Content, whole: bool) -> io::Result<Option<Sample>> {
    let mut buffer = [0; SAMPLE];
    let count = content.read_at(0, &mut buffer)?;
    let read = &buffer[..count];
    Ok(match read.iter().position(|byte| *byte == b'\n') {
        Some(end) => Some(Sample::of(&read[..=end])),
        None if count == SAMPLE || (whole && count > 0) => Some(Sample::of(read)),
        None => None,
    })
}

impl Place {
    /// The start of a content.
    pub(super) fn start(name: Arc<str>, base: Arc<PathBuf>, identity: Identity, head: Sample) -> Self {
        let tail = Sample::of(&[]);
        Self { name, base, identity: Some(identity), offset: 0, line: 1, head, tail, unwanted: false }
    }

    /// Holds `content` against the place.
    pub(super) fn likeness(&self, content: &mut Content) -> io::Result<Likeness> {
        Ok(match first_line(content, true)? {
            Some(head) if head == self.head => match self.before(content)? {
                Some(tail) if Sample::of(&tail) == self.tail => Likeness::Same,
                Some(_) => Likeness::Other,
                None => Likeness::Shorter,
            },
            _ => Likeness::Other,
        })
    }

    /// What stands right before the place; `None` where the content doesn't reach that far.
    pub(super) fn before(&self, content: &mut Content) -> io::Result<Option<Vec<u8>>> {
        let mut tail = vec![0; usize::try_from(self.tail.length).unwrap_or(SAMPLE).min(SAMPLE)];
        let count = content.read_at(self.offset - tail.len() as u64, &mut tail)?;
        Ok((count == tail.len()).then_some(tail))
    }

    /// The place after `length` more bytes with `lines` lines; `tail` are the last ones before it.
    pub(super) fn after(&self, length: u64, lines: u64, tail: &[u8]) -> Self {
        Self { offset: self.offset + length, line: self.line + lines, tail: Sample::of(tail), ..self.clone() }
    }
}
