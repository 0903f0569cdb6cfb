//! Where posts come from: files and pipes, plain and gzipped.

use std::fs;
use std::io::Write;
use std::thread;

use assert_cmd::Command;
use predicates::str::contains;
use rustix::fs::{CWD, Mode, mkfifoat};

use crate::cli::{gzip, posts, sample, stdout, tiny};
use crate::records::{ids, queue};

/// A run that prints every post.
fn annotate() -> Command {
    let mut run = tiny();
    run.args(["--output", "annotated", "--strict"]);
    run
}

/// The sample feed as far as it is posts, all of them with an id.
fn feed() -> String {
    let post = |line: &&str| line.starts_with("{\"id\"") && line.ends_with("}") && line.contains("\"text\": \"@");
    let feed: String = sample().lines().filter(post).flat_map(|line| [line, "\n"]).collect();
    assert!(feed.lines().count() > 30, "{feed}");
    feed
}

/// What comes out when it goes in.
fn expected() -> String {
    stdout(&annotate().write_stdin(feed()).assert().success()).to_owned()
}

#[test]
fn standard_input_is_the_default_and_has_the_name_dash() {
    let bare = annotate().write_stdin(feed()).assert().success();
    let dash = annotate().arg("-").write_stdin(feed()).assert().success();
    assert_eq!(stdout(&bare), expected());
    assert_eq!(stdout(&dash), expected());
}

#[test]
fn files_are_read_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jsonl"), "{\"id\":\"a\",\"text\":\"x\"}").unwrap();
    fs::write(dir.path().join("b.jsonl"), "{\"id\":\"b\",\"text\":\"x\"}\n").unwrap();
    let mut run = tiny();
    run.current_dir(dir.path()).args(["--output", "annotated", "b.jsonl", "-", "a.jsonl"]);
    let done = run.write_stdin("{\"id\":\"stdin\",\"text\":\"x\"}").assert().success();
    let ids: Vec<String> = crate::records::annotated(&done).into_iter().map(|post| post.id).collect();
    assert_eq!(ids, ["b", "stdin", "a"]);
}

#[test]
fn gzip_is_unpacked_wherever_it_comes_from() {
    let dir = tempfile::tempdir().unwrap();
    let packed = gzip(feed().as_bytes());
    // Told by its content, not by its name.
    for name in ["feed.jsonl.gz", "feed.jsonl"] {
        fs::write(dir.path().join(name), &packed).unwrap();
        let done = annotate().current_dir(dir.path()).arg(name).assert().success();
        assert_eq!(stdout(&done), expected());
    }
    let done = annotate().write_stdin(packed).assert().success();
    assert_eq!(stdout(&done), expected());
}

#[test]
fn an_archive_of_several_members_is_read_to_its_end() {
    let feed = feed();
    let (first, second) = feed.as_bytes().split_at(feed.len() / 3);
    let done = annotate().write_stdin([gzip(first), gzip(second)].concat()).assert().success();
    assert_eq!(stdout(&done), expected());
}

#[test]
fn an_archive_that_is_cut_off_is_2_after_what_could_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..500).map(|number| format!("grief {number} {}", number * 7919 % 1009)).collect();
    let packed = gzip(posts(&texts.iter().map(String::as_str).collect::<Vec<_>>()).as_bytes());
    fs::write(dir.path().join("cut.gz"), &packed[..packed.len() / 2]).unwrap();
    fs::write(dir.path().join("whole.jsonl"), "{\"id\":\"whole\",\"text\":\"grief\"}").unwrap();
    let mut run = tiny();
    let done = run.current_dir(dir.path()).args(["--top", "1000", "whole.jsonl", "cut.gz"]).assert().code(2);
    let queue = queue(&done);
    assert!(ids(&queue).contains(&"whole"));
    assert!((50..500).contains(&queue.len()), "{} posts", queue.len());
    done.stderr(contains("reading cut.gz: "));
}

#[test]
fn no_input_is_no_output() {
    tiny().write_stdin("").assert().success().stdout("").stderr("");
    tiny().args(["--output", "annotated"]).write_stdin("").assert().success().stdout("").stderr("");
    tiny().write_stdin(gzip(b"")).assert().success().stdout("").stderr("");
    tiny().write_stdin("\n\r\n  \n").assert().success().stdout("").stderr("");
}

#[test]
fn one_byte_of_input_is_not_lost() {
    tiny().write_stdin("x").assert().success().stdout("").stderr(contains("stdin:1: not JSON"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let windows = format!("\u{feff}{}", feed().replace('\n', "\r\n"));
    let done = annotate().write_stdin(windows).assert().success();
    assert_eq!(stdout(&done), expected());
    let done = tiny().write_stdin(format!("\u{feff}{}", posts(&["grief"]))).assert().success().stderr("");
    assert_eq!(ids(&queue(&done)), ["1"]);
}

#[test]
fn a_named_pipe_is_read_like_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let end = pipe.clone();
    let writer = thread::spawn(move || {
        // Opening waits for a reader.
        let mut pipe = fs::OpenOptions::new().write(true).open(end).unwrap();
        pipe.write_all(feed().as_bytes()).unwrap();
    });
    let done = annotate().arg(&pipe).assert().success();
    assert_eq!(stdout(&done), expected());
    writer.join().unwrap();
}

#[test]
fn process_substitution_works() {
    let mut shell = std::process::Command::new("bash");
    shell.arg("-c").arg("\"$0\" --output annotated --model \"$1\" --now \"$2\" <(grep '\"text\": \"@' posts.jsonl)");
    shell.arg(env!("CARGO_BIN_EXE_hearken")).arg(crate::cli::tiny_dir()).arg(crate::cli::NOW);
    let done = shell.current_dir(crate::cli::examples()).output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), expected());
}
