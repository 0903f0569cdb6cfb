//! What travels on the channels: input on the way in, its outcome on the way out.

use std::sync::Arc;
use std::time::Instant;

use bumpalo::Bump;
use jiff::Timestamp;

use super::happening::Happening;
use super::news::Tiding;
use crate::format::{Event, Format, RejectReason};
use crate::frame::{FRAME_BYTES, Frame};
use crate::key::Key;
use crate::rank::Ranked;
use crate::receipt::Receipt;
use crate::tally::Tally;

/// What posts that are submitted one by one have for a source.
pub(super) const SUBMITTED: &str = "submitted";

/// What a chunk costs whatever is in it, and a submitted event beside its text, as bytes of input: as much as the rest of a line.
const CHUNK_COST: usize = 1024;
const EVENT_COST: usize = 128;

/// Some lines of a source, or some submitted events, and what became of them. Buffers are reused.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Place in the input order.
    pub(super) number: u64,
    pub(super) source: Arc<str>,
    /// Where what becomes of it is counted.
    pub(super) counted_at: usize,
    /// `None`: told line by line.
    pub(super) format: Option<Format>,
    /// The numbers of the lines of the batch that the frame is of, where they don't follow one another; else none.
    pub(super) numbers: Arc<[u64]>,
    pub(super) received: Timestamp,
    /// When the chunk, or the first post that was submitted to it, came.
    pub(super) arrived: Instant,
    /// How many posts the quota was asked for.
    pub(super) booked: usize,
    /// Whether whoever brought it had to wait for a free chunk.
    pub(super) pressed: bool,
    pub(super) frame: Frame,
    /// Texts of the frame that had escapes, without them.
    pub(super) texts: Bump,
    /// What was submitted.
    pub(super) events: Vec<Event<'static>>,
    pub(super) outcome: Outcome,
}

/// What became of a chunk.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// JSONL, one record for each post, and one for each deletion.
    pub(super) annotated: Vec<u8>,
    /// A key for each of these lines, where someone wants keys.
    pub(super) keys: Vec<Key>,
    /// What it does to the queue.
    pub(super) happenings: Vec<Happening>,
    /// The same for those who keep cases beyond the queue, as far as it is said of posts.
    pub(super) tidings: Vec<Tiding>,
    /// Posts that nobody needs, as far as they are told all the same.
    pub(super) suppressed: Vec<Ranked>,
    pub(super) rejected: Vec<Reject>,
    /// The chunk's share in the batch that it came with.
    pub(super) receipt: Option<Receipt>,
    pub(super) tally: Tally,
}

/// A line that is no post, or a post that the caller wants rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The name of the source, as it was given to `read`; of a submitted post `submitted`.
    pub source: Arc<str>,
    /// Number of the line, from 1; of a submitted post 0.
    pub line: u64,
    /// Why it is rejected.
    pub reason: RejectReason,
    /// The line without its end; of one that is too long, the beginning; a submitted post as a line of the generic format.
    pub record: Vec<u8>,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self {
            number: 0,
            source: Arc::from(""),
            counted_at: 0,
            format: None,
            numbers: Arc::default(),
            received: Timestamp::UNIX_EPOCH,
            arrived: Instant::now(),
            booked: 0,
            pressed: false,
            frame: Frame::default(),
            texts: Bump::new(),
            events: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    /// About how many bytes of input it has.
    pub(super) fn bytes(&self) -> usize {
        self.frame.bytes().len() + self.events.iter().map(text_bytes).sum::<usize>()
    }

    /// What it costs a worker, about, in bytes of input.
    pub(super) fn cost(&self) -> usize {
        CHUNK_COST + self.bytes() + EVENT_COST * self.events.len()
    }

    pub(super) fn clear(&mut self) {
        self.booked = 0;
        self.pressed = false;
        self.format = None;
        self.numbers = Arc::default();
        self.frame.clear();
        self.texts.reset();
        if self.texts.allocated_bytes() > 2 * FRAME_BYTES {
            // One huge text had many.
            self.texts = Bump::new();
        }
        self.events.clear();
        let Outcome { annotated, keys, happenings, tidings, suppressed, rejected, receipt, tally } = &mut self.outcome;
        annotated.clear();
        keys.clear();
        happenings.clear();
        tidings.clear();
        suppressed.clear();
        rejected.clear();
        *receipt = None;
        *tally = Tally::default();
    }
}

/// About how many bytes an event has that a model reads.
fn text_bytes(event: &Event<'_>) -> usize {
    match event {
        Event::Post(post) | Event::Edit(post) => post.text.len(),
        Event::Repost(repost) => repost.of.text.len(),
        Event::Delete(_) | Event::Rejected(_) | Event::Skipped(_) => 0,
    }
}
