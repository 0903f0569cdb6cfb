//! Framing: cuts a byte stream into frames of whole lines, hundreds of lines at a time.
//!
//! A frame ends at a line's end once it has as many lines or bytes as it may, or as soon as the reader has nothing more at
//! hand: a fast feed is read in large bites, a slow one is not kept waiting. A line longer than the limit is skipped without
//! being held in memory; only its beginning and its length are kept.

use std::io::{self, ErrorKind, Read};

/// How many bytes a frame has at the most, unless one line alone has more: some hundred lines of the most talkative feeds.
pub const FRAME_BYTES: usize = 256 * 1024;

/// How many lines a frame has at the most, unless set. What works on a frame wants enough to choose its batches from.
const FRAME_LINES: usize = 384;

/// No limit to the length of a line is less than this, bytes.
const LEAST_LIMIT: usize = 64 * 1024;

/// How much of a line that is too long is kept for the dead letter, bytes.
const KEPT_OF_LONG_LINE: usize = 1024;

/// Some whole lines of one source. Its buffer is reused from frame to frame.
#[derive(Debug, Default)]
pub struct Frame {
    bytes: Vec<u8>,
    /// Number of the first line, from 1.
    first_line: u64,
    too_long: Option<TooLong>,
}

/// A line over the limit: where it stood, how long it was and how it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Number of the line, from 1.
    pub line: u64,
    /// Length without the line's end, bytes.
    pub length: u64,
    /// The first kilobyte.
    pub head: Vec<u8>,
}

impl Frame {
    /// The lines with their numbers from 1, without line ends (`\n` or `\r\n`).
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let body = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        // An empty frame has no line; an empty line is one.
        let lines = (!self.bytes.is_empty()).then_some(LineIter { rest: Some(body) });
        lines.into_iter().flatten().zip(self.first_line..).map(|(line, number)| (number, line))
    }

    /// The line that was skipped for its length, if this frame stands for one.
    pub fn too_long(&self) -> Option<&TooLong> {
        self.too_long.as_ref()
    }

    /// All lines with their ends.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Empties the frame and lets go of a buffer that one huge line has blown up.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(2 * FRAME_BYTES);
        self.too_long = None;
    }
}

struct LineIter<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for LineIter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let line = match memchr::memchr(b'\n', rest) {
            Some(end) => {
                self.rest = Some(&rest[end + 1..]);
                &rest[..end]
            }
            None => {
                self.rest = None;
                rest
            }
        };
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// Cuts what a reader yields into [`Frame`]s.
///
/// ```
/// use hearken::frame::{FRAME_BYTES, Frame, Framer};
///
/// # fn main() -> std::io::Result<()> {
/// let mut framer = Framer::new(&b"one\r\n\nthree"[..], FRAME_BYTES);
/// let (mut frame, mut lines) = (Frame::default(), Vec::new());
/// while framer.next_frame(&mut frame)? {
///     lines.extend(frame.lines().map(|(number, line)| (number, line.to_vec())));
/// }
/// assert_eq!(lines, [(1, b"one".to_vec()), (2, b"".to_vec()), (3, b"three".to_vec())]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Framer<R> {
    reader: R,
    max_line: usize,
    max_lines: usize,
    /// How many lines the next frames get, so that all frames of a window are about as large.
    share: usize,
    /// Read but not handed out yet: `window[start..end]`.
    window: Vec<u8>,
    start: usize,
    end: usize,
    next_line: u64,
    at_start: bool,
    finished: bool,
}

impl<R: Read> Framer<R> {
    /// Frames `reader`; lines of more than `max_line` bytes (at least 64 KiB) are skipped.
    pub fn new(reader: R, max_line: usize) -> Self {
        let max_line = max_line.max(LEAST_LIMIT);
        Self {
            reader,
            max_line,
            max_lines: FRAME_LINES,
            share: 0,
            window: vec![0; FRAME_BYTES.min(max_line)],
            start: 0,
            end: 0,
            next_line: 1,
            at_start: true,
            finished: false,
        }
    }

    /// Counts lines from `first_line` on, for a reader that begins within a file.
    pub fn count_from(mut self, first_line: u64) -> Self {
        self.next_line = first_line;
        self
    }

    /// Puts so many lines into a frame at the most; 384 unless set.
    pub fn most_lines(mut self, lines: usize) -> Self {
        self.max_lines = lines.max(1);
        self
    }

    /// Fills `frame` with the next lines. False at the end of the input.
    ///
    /// # Errors
    ///
    /// What the reader answered. Lines that were read whole before the error are handed out first.
    pub fn next_frame(&mut self, frame: &mut Frame) -> io::Result<bool> {
        frame.clear();
        frame.first_line = self.next_line;
        loop {
            let waiting = &self.window[self.start..self.end];
            if let Some((count, last)) = (1..).zip(memchr::memchr_iter(b'\n', waiting).take(self.share)).last() {
                frame.bytes.extend_from_slice(&waiting[..=last]);
                self.next_line += count;
                self.start += last + 1;
                return Ok(true);
            }
            if self.end - self.start > self.max_line {
                frame.too_long = Some(self.skip_line()?);
                return Ok(true);
            }
            if self.finished {
                frame.bytes.extend_from_slice(&self.window[self.start..self.end]);
                self.next_line += u64::from(self.start < self.end);
                self.start = self.end;
                return Ok(!frame.bytes.is_empty());
            }
            self.fill()?;
        }
    }

    /// Reads until the window holds a frame's worth, or the reader pauses, or the one line in it is over the limit.
    fn fill(&mut self) -> io::Result<()> {
        self.window.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > self.window.len() / 2 {
            // The unfinished line takes up most of the window.
            let wanted = (2 * self.window.len()).min(self.max_line + 1);
            self.window.resize(wanted.max(self.window.len()), 0);
        } else if self.end <= FRAME_BYTES.min(self.max_line) / 2 {
            // The long line is through; the window goes back to its size.
            self.window.truncate(FRAME_BYTES.min(self.max_line));
            self.window.shrink_to_fit();
        }
        while self.end < self.window.len() {
            let room = self.window.len() - self.end;
            let count = match self.reader.read(&mut self.window[self.end..]) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.finished = count == 0;
            self.end += count;
            if self.at_start && self.window[..self.end].starts_with(b"\xEF\xBB\xBF") {
                self.start = 3;
            }
            // A short read means that the feed has no more for now: don't make its posts wait.
            let paused = count < room && memchr::memchr(b'\n', &self.window[..self.end]).is_some();
            if self.finished || paused {
                break;
            }
        }
        self.at_start = false;
        let lines = memchr::memchr_iter(b'\n', &self.window[self.start..self.end]).count();
        self.share = lines.div_ceil(lines.div_ceil(self.max_lines).max(1));
        Ok(())
    }

    /// Drops the line that fills the window, up to its end, however far that is.
    fn skip_line(&mut self) -> io::Result<TooLong> {
        let head = self.window[self.start..self.end].iter().take(KEPT_OF_LONG_LINE).copied().collect();
        let mut skipped = TooLong { line: self.next_line, length: 0, head };
        self.next_line += 1;
        let mut last = None;
        loop {
            let waiting = &self.window[self.start..self.end];
            let end = memchr::memchr(b'\n', waiting);
            let part = &waiting[..end.unwrap_or(waiting.len())];
            last = part.last().copied().or(last);
            skipped.length += part.len() as u64;
            self.start += end.map_or(part.len(), |end| end + 1);
            if end.is_some() || self.finished {
                skipped.length -= u64::from(last == Some(b'\r'));
                return Ok(skipped);
            }
            self.fill()?;
        }
    }
}

#[cfg(test)]
mod tests;
