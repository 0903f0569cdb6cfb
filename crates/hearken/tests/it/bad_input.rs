//! A bad line never stops the stream: it goes to the dead letter with line number and reason, and is counted.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use hearken::format::RejectReason;
use hearken::{Pipeline, Reject, Summary, Tally};

use crate::testing::{Log, noon, tiny, within};

/// What became of an input.
struct Run {
    /// The ids of the posts that were judged, in input order.
    ids: Vec<String>,
    rejected: Vec<Reject>,
    summary: Summary,
}

impl Run {
    fn tally(&self) -> Tally {
        self.summary.tally
    }

    fn reasons(&self) -> Vec<(u64, &'static str)> {
        self.rejected.iter().map(|reject| (reject.line, reject.reason.code())).collect()
    }
}

fn run_all(feed: impl FnOnce(&Pipeline) + Send + 'static) -> Run {
    within(move || {
        let (log, rejected) = (Log::default(), Arc::new(Mutex::new(Vec::new())));
        let keep = Arc::clone(&rejected);
        let pipeline = tiny().annotated(log.sink()).rejected(move |reject| {
            keep.lock().unwrap().push(reject.clone());
            Ok(())
        });
        let pipeline = pipeline.start().unwrap();
        feed(&pipeline);
        let summary = pipeline.finish().unwrap();
        let rejected = Arc::try_unwrap(rejected).unwrap().into_inner().unwrap();
        assert_eq!(summary.tally.rejected, rejected.len() as u64);
        assert_eq!(summary.tally.posts, log.ids().len() as u64);
        Run { ids: log.ids(), rejected, summary }
    })
}

fn run(input: impl Read + Send + 'static) -> Run {
    run_all(move |pipeline| pipeline.read(input, "feed.jsonl").unwrap())
}

fn run_bytes(input: impl Into<Vec<u8>>) -> Run {
    run(io::Cursor::new(input.into()))
}

#[test]
fn every_bad_line_is_rejected_as_it_stands_and_the_stream_goes_on() {
    let bad: &[(&[u8], &str)] = &[
        (b"{\"text\":\"torn", "invalid_json"),
        (b"not json at all", "invalid_json"),
        (b"[\"hi\"]", "not_an_object"),
        (b"[\"hi\",\"1\",null,null,null,null,null,null,null]", "not_an_object"),
        (b"12", "not_an_object"),
        (b"\"hi\"", "not_an_object"),
        (b"{}", "text_missing"),
        (b"{\"text\":null}", "text_missing"),
        (b"{\"file\":\"a.json\",\"payload\":{\"id\":1,\"text\":\"grief\"}}", "wrapped"),
        (b"{\"text\":5}", "text_not_a_string"),
        (b"{\"text\":true}", "text_not_a_string"),
        (b"{\"text\":[\"hi\"]}", "text_not_a_string"),
        (b"{\"text\":{\"en\":\"hi\"}}", "text_not_a_string"),
        (b"{\"text\":\"\"}", "text_empty"),
        (b"{\"text\":\" \\n\\t\"}", "text_empty"),
        (b"{\"text\":\"\xC2\xA0\xE3\x80\x80\"}", "text_empty"),
        (b"{\"text\":\"caf\xE9\"}", "invalid_utf8"),
        (b"{\"text\":\"a\0b\"}", "invalid_json"),
        (b"\0\0\0\0", "invalid_json"),
    ];
    let mut input = Vec::new();
    for (number, (line, _)) in bad.iter().enumerate() {
        input.extend_from_slice(line);
        input.extend_from_slice(format!("\n{{\"id\":{number},\"text\":\"good\"}}\n").as_bytes());
    }
    let run = run_bytes(input);

    let all: Vec<String> = (0..bad.len()).map(|number| number.to_string()).collect();
    assert_eq!(run.ids, all, "the good lines");
    assert_eq!(run.rejected.len(), bad.len());
    for ((nth, (line, code)), reject) in bad.iter().enumerate().zip(&run.rejected) {
        assert_eq!(&*reject.source, "feed.jsonl");
        assert_eq!((reject.line, reject.reason.code()), (2 * nth as u64 + 1, *code));
        assert_eq!(reject.record, *line, "the record, byte for byte");
        assert!(!reject.reason.to_string().is_empty());
    }
}

#[test]
fn odd_but_usable_lines_are_accepted() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let megabyte = "word ".repeat(200_000);
    let lines = [
        r#"{"id":"half a pair","text":"so sad \ud83d"}"#.to_owned(),
        r#"{"id":"escaped nul","text":"a\u0000b"}"#.to_owned(),
        r#"{"id":"unknown fields","text":"hi","likes":3,"tags":["a"]}"#.to_owned(),
        format!(r#"{{"id":"deep","text":"hi","x":{deep}}}"#),
        format!(r#"{{"id":"a megabyte","text":"{megabyte}"}}"#),
        r#"{"id":1861234567890123456,"text":"a numeric id"}"#.to_owned(),
        r#"{"text":"no id"}"#.to_owned(),
        r#"{"id":null,"text":"no id either"}"#.to_owned(),
    ];
    let run = run_bytes(lines.join("\n"));
    assert_eq!(run.reasons(), []);
    let ids = ["half a pair", "escaped nul", "unknown fields", "deep", "a megabyte", "1861234567890123456"];
    assert_eq!(run.ids[..6], ids);
    assert_eq!(run.ids[6..], ["feed.jsonl:7", "feed.jsonl:8"], "a line without an id is called by its place");
}

#[test]
fn a_text_of_ten_thousand_brackets_is_no_string() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let run = run_bytes(format!("{{\"text\":{deep}}}\n{deep}\n{}\n{{\"id\":1,\"text\":\"good\"}}", "[".repeat(10_000)));
    assert_eq!(run.reasons(), [(1, "text_not_a_string"), (2, "not_an_object"), (3, "invalid_json")]);
    assert_eq!(run.ids, ["1"]);
}

#[test]
fn a_line_of_100_mb_is_rejected_by_its_first_kilobyte() {
    const LENGTH: u64 = 100_000_000;
    let line = io::repeat(b'x').take(LENGTH);
    let run = run((&b"{\"id\":1,\"text\":\"good\"}\n"[..]).chain(line).chain(&b"\n{\"id\":2,\"text\":\"good\"}\n"[..]));
    assert_eq!(run.ids, ["1", "2"]);
    let [reject] = &run.rejected[..] else { panic!("{} lines are rejected", run.rejected.len()) };
    assert_eq!(reject.reason, RejectReason::LineTooLong { length: LENGTH });
    assert_eq!((reject.line, &*reject.record), (2, &[b'x'; 1024][..]));
}

#[test]
fn line_ends_and_marks_of_all_systems_will_do() {
    let post = |id: u32| format!("{{\"id\":{id},\"text\":\"hi\"}}");
    let unix = format!("{}\n{}\n{}\n", post(1), post(2), post(3));
    let inputs = [
        unix.clone(),
        unix.replace('\n', "\r\n"),
        unix.trim_end().to_owned(),
        format!("\u{feff}{unix}"),
        format!("\u{feff}{}", unix.replace('\n', "\r\n").trim_end()),
    ];
    for input in inputs {
        let run = run_bytes(input.clone());
        assert_eq!((run.ids.len(), run.tally().rejected, run.tally().blank), (3, 0, 0), "{input:?}");
    }
}

#[test]
fn nothing_in_is_nothing_out() {
    for input in ["", "\u{feff}"] {
        let run = run_bytes(input);
        assert_eq!(run.tally(), Tally::default(), "{input:?}");
        assert!(run.summary.queue.is_empty());
    }
}

#[test]
fn blank_lines_are_counted_and_keep_their_numbers() {
    let run = run_bytes("\n{\"text\":\"hi\"}\n\r\n   \n\t\n{\"text\":\"hi\"}\n\n");
    assert_eq!(run.ids, ["feed.jsonl:2", "feed.jsonl:6"]);
    assert_eq!((run.tally().blank, run.tally().rejected, run.tally().posts), (5, 0, 2));
}

#[test]
fn a_post_that_comes_twice_stands_in_the_queue_once_where_it_ranks_better() {
    let line = |id: u32, time: &str, platform: &str| {
        format!(r#"{{"id":{id},"text":"grief","created_at":"2026-11-20T{time}Z","platform":"{platform}"}}"#)
    };
    let lines = [
        line(7, "11:00:00", "a"),
        line(7, "10:00:00", "a"),
        line(7, "11:30:00", "a"),
        line(7, "11:00:00", "b"),
        line(8, "10:30:00", "a"),
    ];
    let run = run_bytes(lines.join("\n"));
    let queue: Vec<(&str, String)> =
        run.summary.queue.iter().map(|ranked| (&*ranked.post.id, ranked.created_at.to_string())).collect();
    let expected = [("7", "2026-11-20T10:00:00Z"), ("8", "2026-11-20T10:30:00Z"), ("7", "2026-11-20T11:00:00Z")];
    assert_eq!(queue, expected.map(|(id, time)| (id, time.to_owned())));
    assert_eq!((run.tally().duplicates, run.tally().queued), (2, 5));
}

#[test]
fn posts_without_a_usable_time_are_ranked_by_their_arrival() {
    let times = ["-1", "0", "1e300", "99999999999999999999", "\"soon\"", "null", "{}", "\"9999-01-01T00:00:00Z\""];
    let mut lines: Vec<String> =
        times.iter().map(|time| format!(r#"{{"id":"{}","text":"grief","created_at":{time}}}"#, time.len())).collect();
    lines.push(r#"{"id":"none","text":"grief"}"#.to_owned());
    let undated = lines.len() as u64;
    lines.push(r#"{"id":"seconds","text":"grief","created_at":1795175999}"#.to_owned());
    lines.push(r#"{"id":"milliseconds","text":"grief","created_at":1795175998000}"#.to_owned());
    let run = run_bytes(lines.join("\n"));
    assert_eq!((run.tally().undated, run.tally().rejected), (undated, 0));
    let first: Vec<&str> = run.summary.queue.iter().take(2).map(|ranked| &*ranked.post.id).collect();
    assert_eq!(first, ["milliseconds", "seconds"], "both are older than the arrival");
    assert!(run.summary.queue[2..].iter().all(|ranked| ranked.created_at == noon()));
}

#[test]
fn an_author_that_is_no_name_costs_no_post() {
    let run = run_bytes(r#"{"id":1,"text":"grief","author":{"name":"ann"},"lang":["en"]}"#);
    assert_eq!((run.tally().posts, run.tally().ignored_fields), (1, 2));
    assert_eq!(run.summary.queue[0].post.author, None);
}

#[test]
fn a_reader_that_breaks_loses_nothing_it_gave() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "the cable was pulled"))
        }
    }
    let run = run_all(|pipeline| {
        let error =
            pipeline.read((&b"{\"id\":1,\"text\":\"good\"}\n{\"id\":2,"[..]).chain(Breaks), "feed").unwrap_err();
        assert_eq!(error.kind(), hearken::ErrorKind::Input);
        assert_eq!(error.to_string(), "reading feed: the cable was pulled");
        assert!(std::error::Error::source(&error).unwrap().is::<io::Error>());
        pipeline.read(&b"{\"id\":3,\"text\":\"good\"}\n"[..], "another").unwrap();
    });
    assert_eq!(run.ids, ["1", "3"]);
}

#[test]
fn lines_are_counted_by_source() {
    let run = run_all(|pipeline| {
        for source in ["a", "b"] {
            pipeline.read(&b"{}\n{\"text\":\"hi\"}\n"[..], source).unwrap();
        }
    });
    assert_eq!(run.ids, ["a:2", "b:2"]);
    let rejected: Vec<(&str, u64)> = run.rejected.iter().map(|reject| (&*reject.source, reject.line)).collect();
    assert_eq!(rejected, [("a", 1), ("b", 1)]);
}
