//! Memory is bounded: whoever is slow, a reader is never more than a few chunks ahead.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use hearken::frame::FRAME_BYTES;
use hearken::{Builder, WhenFull};

use crate::testing::{Gate, by_age, settled, tiny, until, within};

const WORKERS: usize = 2;

const CHUNK_POSTS: usize = 100;

const LINE: &[u8] = b"{\"text\":\"angry words, and a good many of them, so that there is something to read\"}\n";

/// Each chunk holds a frame, one frame is in the reader's hand, and more of them are in its window.
const MOST_AHEAD: u64 = (((2 * WORKERS + 2) + 1) * CHUNK_POSTS * LINE.len() + FRAME_BYTES) as u64;

/// So many lines, and a count of the bytes that were taken of them.
struct Lines {
    left: u64,
    taken: Arc<AtomicU64>,
}

impl Read for Lines {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let lines = u64::min(self.left, (room.len() / LINE.len()) as u64);
        if lines == 0 && self.left > 0 {
            // A room smaller than a line is filled with an empty one.
            room[0] = b'\n';
            return Ok(1);
        }
        let bytes = LINE.repeat(lines as usize);
        room[..bytes.len()].copy_from_slice(&bytes);
        self.left -= lines;
        self.taken.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(bytes.len())
    }
}

/// Reads 100,000 lines (8 MB) while something stands still until `go_on` is called.
fn assert_reader_waits(builder: Builder, go_on: impl FnOnce(&hearken::Pipeline) + Send + 'static) {
    const LINES: u64 = 100_000;
    within(move || {
        let pipeline = builder.workers(WORKERS).chunk_posts(CHUNK_POSTS).start().unwrap();
        let taken = Arc::new(AtomicU64::new(0));
        let input = Lines { left: LINES, taken: Arc::clone(&taken) };
        thread::scope(|scope| {
            let reading = scope.spawn(|| pipeline.read(input, "lines"));
            until("something is read", || taken.load(Ordering::SeqCst) > 0);
            let ahead = settled(|| taken.load(Ordering::SeqCst));
            assert!(!reading.is_finished(), "nothing made the reader wait");
            assert!(ahead <= MOST_AHEAD, "the reader is {ahead} bytes ahead, {MOST_AHEAD} are allowed");
            go_on(&pipeline);
            reading.join().unwrap().unwrap();
        });
        assert_eq!(pipeline.finish().unwrap().tally.posts, LINES);
    });
}

#[test]
fn a_sink_that_stands_still_makes_the_reader_wait() {
    let gate = Gate::default();
    let held = gate.clone();
    let builder = tiny().queue(10, WhenFull::KeepBest).annotated(Box::new(move |_| {
        held.wait();
        Ok(())
    }));
    assert_reader_waits(builder, move |_| gate.open());
}

#[test]
fn a_full_queue_makes_the_reader_wait() {
    let builder = tiny().queue(10, WhenFull::Block).policy(by_age());
    assert_reader_waits(builder, |pipeline| {
        let queue = pipeline.queue();
        // The taker leaves when the pipeline is finished.
        thread::spawn(move || while queue.next(crate::testing::PATIENCE).is_some() {});
    });
}
