#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// Yields bytes in bites of given sizes, over and over.
struct Bites<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    next: usize,
}

impl Read for Bites<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()].min(room.len()).min(self.bytes.len());
        self.next += 1;
        let (bite, rest) = self.bytes.split_at(size);
        room[..size].copy_from_slice(bite);
        self.bytes = rest;
        Ok(size)
    }
}

#[derive(Debug, PartialEq)]
enum Line {
    Whole(u64, Vec<u8>),
    TooLong(u64, u64),
}

fn framed(reader: impl Read, max_line: usize) -> Vec<Line> {
    let mut framer = Framer::new(reader, max_line);
    let mut frame = Frame::default();
    let mut lines = Vec::new();
    while framer.next_frame(&mut frame).unwrap() {
        lines.extend(frame.lines().map(|(number, line)| Line::Whole(number, line.to_vec())));
        lines.extend(frame.too_long().map(|long| Line::TooLong(long.line, long.length)));
    }
    lines
}

fn text_lines(input: &[u8]) -> Vec<(u64, String)> {
    let text = |line| match line {
        Line::Whole(number, bytes) => (number, String::from_utf8(bytes).unwrap()),
        Line::TooLong(..) => panic!("no line here is too long"),
    };
    framed(input, LEAST_LIMIT).into_iter().map(text).collect()
}

/// What framing comes to, without frames.
fn naive(input: &[u8], max_line: usize) -> Vec<Line> {
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    // After the last line end there is no line, and in an empty input neither.
    lines.pop_if(|last| last.is_empty());
    let line = |(number, line): (u64, &[u8])| {
        let content = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > max_line {
            Line::TooLong(number, content.len() as u64)
        } else {
            Line::Whole(number, content.to_vec())
        }
    };
    (1..).zip(lines).map(line).collect()
}

/// Short lines of any bytes, and lines about as long as the limit and the window.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let near = |length: usize| length - 3..length + 4;
    let line = prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 0..40),
        2 => (0..2_000usize).prop_map(|length| vec![b'm'; length]),
        2 => near(LEAST_LIMIT).prop_map(|length| vec![b'x'; length]),
        1 => near(100_000).prop_map(|length| vec![b'y'; length]),
        1 => near(FRAME_BYTES).prop_map(|length| vec![b'w'; length]),
        1 => (0..300_000usize).prop_map(|length| vec![b'z'; length]),
    ];
    let end = proptest::sample::select(vec!["\n", "\r\n", "\n\n", "\r\r\n"]);
    let lines = proptest::collection::vec((line, end), 0..8);
    (any::<bool>(), lines, any::<bool>()).prop_map(|(bom, lines, cut)| {
        let mut bytes = if bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        for (line, end) in lines {
            bytes.extend(line);
            bytes.extend(end.as_bytes());
        }
        if cut {
            bytes.pop();
        }
        bytes
    })
}

/// Bites down to single bytes, though not for all of a long input, which would take for ever.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(prop_oneof![1..8usize, 1..5_000usize, Just(LEAST_LIMIT), Just(usize::MAX)], 1..10)
        .prop_filter("some bites must be large", |sizes| sizes.iter().any(|size| *size > 500))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn lines_are_those_of_a_naive_split_however_the_reader_bites(
        input in input(),
        sizes in sizes(),
        max_line in prop_oneof![Just(LEAST_LIMIT), Just(100_000), Just(300_000)],
    ) {
        let reader = Bites { bytes: &input, sizes, next: 0 };
        prop_assert!(framed(reader, max_line) == naive(&input, max_line));
    }

    #[test]
    fn inputs_of_line_ends_and_marks_survive_single_byte_reads(
        input in proptest::collection::vec(proptest::sample::select(&b"\r\n\xEF\xBB\xBFa"[..]), 0..12),
    ) {
        let reader = Bites { bytes: &input, sizes: vec![1], next: 0 };
        prop_assert_eq!(framed(reader, 0), naive(&input, LEAST_LIMIT));
    }
}

#[test]
fn no_input_has_no_line() {
    assert_eq!(text_lines(b""), []);
    assert_eq!(text_lines(b"\xEF\xBB\xBF"), []);
}

#[test]
fn line_ends_are_no_part_of_the_line() {
    let expected = [(1, "a".to_owned()), (2, "b".to_owned()), (3, String::new()), (4, "c".to_owned())];
    assert_eq!(text_lines(b"a\nb\n\nc\n"), expected);
    assert_eq!(text_lines(b"a\r\nb\r\n\r\nc\r\n"), expected);
    assert_eq!(text_lines(b"a\nb\n\nc"), expected);
    assert_eq!(text_lines(b"\xEF\xBB\xBFa\nb\n\nc"), expected);
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_start_only() {
    assert_eq!(text_lines("\u{feff}a\n\u{feff}b\n".as_bytes()), [(1, "a".to_owned()), (2, "\u{feff}b".to_owned())]);
}

/// A line of 100 MB that exists nowhere, then a short one.
struct Endless {
    left: usize,
    after: &'static [u8],
}

impl Read for Endless {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return self.after.read(room);
        }
        let count = room.len().min(self.left);
        room[..count].fill(b'x');
        self.left -= count;
        Ok(count)
    }
}

#[test]
fn a_line_of_100_mb_is_skipped_without_being_held() {
    const LENGTH: usize = 100_000_000;
    const MAX_LINE: usize = 4 << 20;
    let mut framer = Framer::new(Endless { left: LENGTH, after: b"\r\n{}\n" }, MAX_LINE);
    let mut frame = Frame::default();

    assert!(framer.next_frame(&mut frame).unwrap());
    let long = frame.too_long().unwrap();
    assert_eq!((long.line, long.length), (1, LENGTH as u64));
    assert_eq!(long.head, [b'x'; KEPT_OF_LONG_LINE]);
    assert_eq!(frame.lines().count(), 0);
    assert!(framer.window.capacity() <= 2 * MAX_LINE, "the window holds {} bytes", framer.window.capacity());
    assert!(frame.bytes.capacity() <= 2 * FRAME_BYTES);

    assert!(framer.next_frame(&mut frame).unwrap());
    assert_eq!(frame.lines().collect::<Vec<_>>(), [(2, &b"{}"[..])]);
    assert!(!framer.next_frame(&mut frame).unwrap());
}

#[test]
fn frames_go_back_to_their_size_after_a_long_line() {
    let mut input = vec![b'x'; 1_000_000];
    for _ in 0..40_000 {
        input.extend(b"\n0123456789012345678901234567890");
    }
    let mut framer = Framer::new(&input[..], 4 << 20);
    let mut frame = Frame::default();
    let mut sizes = VecDeque::new();
    while framer.next_frame(&mut frame).unwrap() {
        sizes.push_back(frame.bytes().len());
    }
    // The long line's own window, the one with its rest, and no more.
    let large = sizes.iter().filter(|size| **size > FRAME_BYTES).count();
    assert!(large <= 2, "{large} frames are over {FRAME_BYTES} bytes: {sizes:?}");
    assert_eq!(framer.window.capacity(), FRAME_BYTES);
}

#[test]
fn the_lines_of_a_window_are_dealt_out_evenly() {
    let sizes = |lines: usize, most| {
        let input = "0123456789\n".repeat(lines);
        let mut framer = Framer::new(input.as_bytes(), 4 << 20).most_lines(most);
        let mut frame = Frame::default();
        let mut sizes = Vec::new();
        while framer.next_frame(&mut frame).unwrap() {
            sizes.push(frame.lines().count());
        }
        sizes
    };
    assert_eq!(sizes(1_001, 300), [251, 251, 251, 248], "and not 300 three times and then 101");
    assert_eq!(sizes(300, 300), [300]);
    assert_eq!(sizes(3, 1), [1, 1, 1]);
    assert_eq!(sizes(2, 0), [1, 1], "a frame has a line");
    assert!(sizes(100_000, FRAME_LINES).iter().all(|lines| (200..=FRAME_LINES).contains(lines)));
}

/// Answers what it is told to; asked for more than that, a real feed would keep the framer waiting.
struct Paused(VecDeque<io::Result<&'static [u8]>>);

impl Read for Paused {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let bite = self.0.pop_front().expect("asked for more than there is")?;
        room[..bite.len()].copy_from_slice(bite);
        Ok(bite.len())
    }
}

#[test]
fn lines_at_hand_do_not_wait_for_more() {
    let mut framer = Framer::new(Paused([Ok(&b"a\nb\nhalf"[..])].into()), FRAME_BYTES);
    let mut frame = Frame::default();
    assert!(framer.next_frame(&mut frame).unwrap());
    assert_eq!(frame.bytes(), b"a\nb\n");
}

#[test]
fn an_error_comes_after_the_lines_before_it() {
    let broken = || Err(io::Error::other("the cable was pulled"));
    let interrupted = || Err(ErrorKind::Interrupted.into());
    let bites = [Ok(&b"a\n"[..]), interrupted(), Ok(b"ha"), broken(), interrupted(), Ok(b"lf\n"), Ok(b"")];
    let mut framer = Framer::new(Paused(bites.into()), FRAME_BYTES);
    let mut frame = Frame::default();

    assert!(framer.next_frame(&mut frame).unwrap());
    assert_eq!(frame.bytes(), b"a\n");
    assert_eq!(framer.next_frame(&mut frame).unwrap_err().to_string(), "the cable was pulled");
    assert!(framer.next_frame(&mut frame).unwrap(), "a reader that recovers is read on");
    assert_eq!(frame.lines().collect::<Vec<_>>(), [(2, &b"half"[..])]);
    assert!(!framer.next_frame(&mut frame).unwrap());
}
