//! Live sources: what was read is told to them when it is printed, and comes again when it wasn't.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use predicates::str::contains;
use rustix::process::Signal;

use crate::cli::{self, NOW, PATIENCE, many, posts, stderr, stdout, tiny_dir};
use crate::live::{Ended, Live, wait_until};
use crate::records::{self, Queued, ids};

/// A run of a source with the small model.
fn run(sources: &[&str], cursor: &Path) -> Command {
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir()).arg("--cursor").arg(cursor);
    for source in sources {
        command.args(["--source", source]);
    }
    command
}

struct Feed {
    dir: tempfile::TempDir,
}

impl Feed {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path("posts.jsonl")).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// A run that follows the feed.
    fn follow(&self) -> Command {
        let source = format!("file:{}", self.path("*.jsonl").display());
        let mut command = run(&[&source], &self.path("cursors.json"));
        command.arg("--follow");
        command
    }
}

fn stop(run: Live) -> Ended {
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    ended
}

fn numbered(from: u64, to: u64) -> String {
    (from..to).map(|id| format!("{{\"id\":{id},\"text\":\"hello\"}}\n")).collect()
}

fn id_of(record: &str) -> u64 {
    let record: serde_json::Value = serde_json::from_str(record).unwrap();
    record["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_followed_file_is_annotated_through_rotations_and_restarts_and_nothing_comes_twice() {
    let feed = Feed::new();
    let mut seen = Vec::new();
    for round in 0..3 {
        let first = round * 300;
        feed.append(&numbered(first, first + 100));
        let run = Live::start(feed.follow().args(["--output", "annotated"]));
        seen.extend((0..100).map(|_| id_of(&run.line())));
        feed.append(&numbered(first + 100, first + 200));
        fs::rename(feed.path("posts.jsonl"), feed.path(&format!("posts.jsonl.{round}"))).unwrap();
        feed.append(&numbered(first + 200, first + 300));
        seen.extend((0..200).map(|_| id_of(&run.line())));
        let ended = stop(run);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    }
    assert_eq!(seen, (0..900).collect::<Vec<_>>());
}

#[test]
fn what_was_not_printed_when_a_run_is_killed_comes_again() {
    let feed = Feed::new();
    let output = feed.path("annotated");
    let mut killed_early = 0;
    let count = 60_000;
    for kill in 0..4 {
        feed.append(&numbered(kill * count, (kill + 1) * count));
        let appended = OpenOptions::new().create(true).append(true).open(&output).unwrap();
        let before = fs::metadata(&output).unwrap().len();
        let mut child = feed.follow().args(["--output", "annotated"]).stdout(appended).spawn().unwrap();
        wait_until(PATIENCE, || (fs::metadata(&output).unwrap().len() > before + 500_000).then_some(()));
        child.kill().unwrap();
        child.wait().unwrap();
        let lines = fs::read_to_string(&output).unwrap().lines().count() as u64;
        killed_early += u64::from(lines < (kill + 1) * count);
    }
    assert!(killed_early > 0, "each run had printed everything before it was killed");
    let total = 4 * count;
    let ids = || -> Vec<u64> {
        let text = fs::read_to_string(&output).unwrap();
        // A line that the kill cut off stands before the next one that was printed.
        text.lines()
            .filter_map(|line| line.rfind("{\"id\"").map(|at| &line[at..]))
            .filter(|line| line.ends_with('}'))
            .map(id_of)
            .collect()
    };
    let appended = OpenOptions::new().append(true).open(&output).unwrap();
    let mut last = feed.follow().args(["--output", "annotated"]).stdout(appended).spawn().unwrap();
    wait_until(PATIENCE, || {
        (fs::read_to_string(&output).unwrap().contains(&format!("\"id\":\"{}\"", total - 1))).then_some(())
    });
    thread::sleep(Duration::from_millis(300));
    last.kill().unwrap();
    last.wait().unwrap();
    let ids = ids();
    let once: HashSet<u64> = ids.iter().copied().collect();
    assert_eq!(once.len() as u64, total, "each at least once; {} came twice", ids.len() - once.len());
}

#[test]
fn a_post_that_nobody_was_handed_comes_again() {
    let feed = Feed::new();
    feed.append(&posts(&["grief", "angry angry urgent urgent", "hello"]));
    let letter = feed.path("bad");
    let start = |top: &str| {
        let run = Live::start(feed.follow().args(["--every", "1h", "--top", top, "--dead-letter"]).arg(&letter));
        let before = fs::metadata(&letter).map_or(0, |letter| letter.len());
        feed.append("no post\n");
        wait_until(PATIENCE, || (fs::metadata(&letter).ok()?.len() > before).then_some(()));
        stop(run)
    };
    let handed_out =
        |ended: &Ended| ids(&records::read::<Queued>(&ended.stdout)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(handed_out(&start("1")), ["2"]);
    assert_eq!(handed_out(&start("10")), ["2", "1"], "the file was not done with: all of it comes again");
    assert_eq!(handed_out(&start("10")), Vec::<String>::new(), "now it was");
}

/// Sends posts, and gives status and body of the answer.
pub(crate) fn send(port: u16, body: &str) -> (String, String) {
    let mut stream = wait_until(PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
    let request = format!(
        "POST /posts HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n\
         Authorization: Bearer sesame\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().to_owned(), body.to_owned())
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn posts_are_sent_over_http_and_answered_when_they_are_printed() {
    let dir = tempfile::tempdir().unwrap();
    let (port, letter) = (free_port(), dir.path().join("bad"));
    let source = format!("listen://127.0.0.1:{port}");
    let mut command = run(&[&source], &dir.path().join("cursors.json"));
    command.args(["--output", "annotated", "--dead-letter"]).arg(&letter).env("HEARKEN_HTTP_TOKEN", "sesame");
    let run = Live::start(&mut command);
    let body = posts(&["grief", "hello"]) + "no post\n";
    assert_eq!(send(port, &body), ("200".to_owned(), "{\"accepted\":3}".to_owned()));
    assert_eq!((id_of(&run.line()), id_of(&run.line())), (1, 2));
    let letter = fs::read_to_string(letter).unwrap();
    assert!(letter.contains(&format!("127.0.0.1:{port}/")) && letter.contains("\"line\":3"), "{letter}");
    let ended = stop(run);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains(&format!("listening at http://127.0.0.1:{port}/posts")), "{ended:?}");
    assert!(!ended.stderr.contains("sesame"));
}

#[test]
fn what_was_answered_is_printed_even_when_the_run_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let (port, output) = (free_port(), dir.path().join("annotated"));
    let mut command = run(&[&format!("listen://127.0.0.1:{port}")], &dir.path().join("cursors.json"));
    let mut child = command.args(["--output", "annotated"]).stdout(File::create(&output).unwrap()).spawn().unwrap();
    send(port, &numbered(0, 1));
    let (answered, told) = std::sync::mpsc::channel();
    let client = thread::spawn(move || {
        for id in 1.. {
            // The run is killed while it waits for an answer, or before it can ask.
            let Some(status) = try_send(port, &numbered(id, id + 1)) else { return id };
            assert_eq!(status, "200");
            answered.send(id).unwrap();
        }
        0
    });
    while told.recv_timeout(PATIENCE).unwrap() < 100 {}
    child.kill().unwrap();
    child.wait().unwrap();
    let cut_off = client.join().unwrap();
    assert!(cut_off > 100);
    let printed: HashSet<u64> = fs::read_to_string(&output).unwrap().lines().map(id_of).collect();
    assert!((0..cut_off).all(|id| printed.contains(&id)), "{} of {cut_off}", printed.len());
}

/// Sends posts, and gives the status; `None` when there is no answer.
fn try_send(port: u16, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head =
        format!("POST /posts HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.split(' ').nth(1)?.to_owned())
}

#[test]
fn in_a_queue_an_answer_says_what_is_not_durable_yet() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let source = format!("listen://127.0.0.1:{port}?wait=1");
    let mut command = run(&[&source], &dir.path().join("cursors.json"));
    let run = Live::start(command.args(["--every", "3s"]));
    let slow = send(port, &many(1));
    assert_eq!(slow, ("202".to_owned(), "{\"accepted\":1,\"durable\":false}".to_owned()));
    run.line();
    let (status, _) = send(port, &posts(&["hello"]));
    assert_eq!(status, "200", "nobody needs it, and what was before it is handed out");
    stop(run);
}

#[test]
fn sources_stand_side_by_side_and_one_that_fails_does_not_end_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = format!("file:{}/*.jsonl", dir.path().display());
    let mut run = Live::start(run(&["-", &nowhere], &dir.path().join("cursors.json")).args(["--output", "annotated"]));
    thread::sleep(Duration::from_millis(500));
    run.say(&posts(&["hello"]));
    assert_eq!(id_of(&run.line()), 1);
    let ended = run.close();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(ended.stderr.contains("no file with posts in it matches"), "{ended:?}");
}

#[test]
fn without_follow_files_are_read_to_their_ends() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jsonl"), numbered(0, 5)).unwrap();
    let mut packed = File::create(dir.path().join("b.jsonl.gz")).unwrap();
    packed.write_all(&cli::gzip(numbered(5, 9).trim_end().as_bytes())).unwrap();
    let source = format!("file:{}/*.jsonl*", dir.path().display());
    for _ in 0..2 {
        let mut command = cli::tiny();
        command.args(["--output", "annotated"]).env("HEARKEN_SOURCE", &source).env("XDG_STATE_HOME", dir.path());
        let done = command.assert().success().stderr("");
        let mut seen: Vec<u64> = stdout(&done).lines().map(id_of).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..9).collect::<Vec<_>>());
    }
    assert!(!dir.path().join("hearken").exists(), "nothing is remembered of files that are not followed");
}

#[test]
fn two_runs_do_not_share_a_cursor() {
    let feed = Feed::new();
    feed.append(&numbered(0, 1));
    let first = Live::start(feed.follow().args(["--output", "annotated"]));
    first.line();
    let done = assert_cmd::Command::from_std(feed.follow()).timeout(PATIENCE).assert().code(2).stdout("");
    assert!(stderr(&done).contains("another process") && stderr(&done).contains("--cursor"), "{}", stderr(&done));
    stop(first);
}

#[test]
fn what_can_not_be_a_source_is_told() {
    for (args, said) in [
        (&["--source", "https://example.org"][..], "listen://HOST:PORT"),
        (&["--source", "-", "posts.jsonl"], "not both"),
        (&["--source=-,-"], "twice"),
        (&["--source", "listen://0.0.0.0:0"], "HEARKEN_HTTP_TOKEN"),
        (&["--source", "listen://127.0.0.1:0?wat=1"], "the keys are"),
    ] {
        cli::tiny().args(args).write_stdin("").assert().code(2).stdout("").stderr(contains(said));
    }
}
