//! A stop is clean: what was read is processed and printed. Endless streams hand out while they run.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::io::ioctl_fionread;
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::{NOW, PATIENCE, command, gzip, many, posts, tiny_dir};
use crate::live::{Live, wait_until};
use crate::records::{self, Queued, ids};

fn tiny() -> Command {
    let mut command = command();
    command.args(["--now", NOW, "--model"]).arg(tiny_dir());
    command
}

/// A bad line is in its dead letter once it and all before it have been processed.
fn wait_for_letter(file: &Path) {
    wait_until(PATIENCE, || fs::metadata(file).ok().filter(|letter| letter.len() > 0));
}

#[test]
fn a_signal_while_the_input_is_idle_prints_the_queue_of_what_came() {
    for signal in [Signal::TERM, Signal::INT] {
        let dir = tempfile::tempdir().unwrap();
        let letter = dir.path().join("bad.jsonl");
        let mut run = Live::start(tiny().arg("--dead-letter").arg(&letter));
        run.say(&posts(&["hello", "grief", "angry angry urgent urgent"]));
        run.say("no post\n");
        wait_for_letter(&letter);
        run.signal(signal);
        let ended = run.end();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert_eq!(ids(&records::read(&ended.stdout)), ["3", "2"]);
    }
}

#[test]
fn half_a_line_that_a_signal_cuts_off_is_no_bad_line() {
    let mut run = Live::start(tiny().args(["--strict", "--output", "annotated"]));
    run.say(&many(1));
    run.say("{\"id\":\"half\",\"text\":\"gri");
    run.line();
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!((ended.status.code(), ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_signal_after_all_was_handed_out_is_a_clean_end() {
    let mut run = Live::start(tiny().arg("--every=50ms"));
    run.say(&many(1));
    run.line();
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!((ended.status.code(), ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_signal_in_the_middle_of_a_pipe_prints_the_queue_of_what_came() {
    let dir = tempfile::tempdir().unwrap();
    let letter = dir.path().join("bad.jsonl");
    let mut run = Live::start(tiny().arg("--dead-letter").arg(&letter));
    let mut feed = run.take_stdin();
    let block = format!("no post\n{}", many(1_000));
    // Ends when nobody reads any more.
    let writer = thread::spawn(move || while feed.write_all(block.as_bytes()).is_ok() {});
    wait_for_letter(&letter);
    run.signal(Signal::INT);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(records::read::<Queued>(&ended.stdout).len(), 50);
    writer.join().unwrap();
}

#[test]
fn a_signal_in_the_middle_of_a_file_prints_the_queue_of_what_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let feed = format!("no post\n{}", "{\"text\":\"grief\"}\n".repeat(400_000));
    for (name, bytes) in [("plain", feed.as_bytes().to_vec()), ("packed", gzip(feed.as_bytes()))] {
        let (file, letter) = (dir.path().join(name), dir.path().join(format!("{name}.bad")));
        fs::write(&file, bytes).unwrap();
        let run = Live::start(tiny().args(["--stats", "json", "--dead-letter"]).arg(&letter).arg(file));
        wait_for_letter(&letter);
        run.signal(Signal::TERM);
        let ended = run.end();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert_eq!(records::read::<Queued>(&ended.stdout).len(), 50);
        let stats = ended.stderr.lines().find(|line| line.starts_with('{')).unwrap();
        let stats: serde_json::Value = serde_json::from_str(stats).unwrap();
        assert!((1..400_000).contains(&stats["posts"].as_u64().unwrap()), "{stats}");
        assert_eq!(stats["rejected"], 1, "the line that was cut in two by the stop is none");
    }
}

#[test]
fn a_second_signal_kills() {
    let dir = tempfile::tempdir().unwrap();
    // Nobody reads the other end of this pipe: the run will wait for ever.
    let pipe = dir.path().join("pipe");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let stuck = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let feed = dir.path().join("feed.jsonl");
    fs::write(&feed, many(20_000)).unwrap();
    let mut command = tiny();
    command.args(["--output", "annotated"]).arg(feed).stdout(stuck.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let mut before = 0;
    wait_until(PATIENCE, || {
        thread::sleep(Duration::from_millis(300));
        let now = ioctl_fionread(&stuck).unwrap();
        (now > 0 && std::mem::replace(&mut before, now) == now).then_some(())
    });

    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "the first is for a clean end");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = wait_until(PATIENCE, || child.try_wait().unwrap());
    assert_eq!(status.signal(), Some(Signal::TERM.as_raw()));
}

#[test]
fn an_endless_stream_hands_out_each_post_once_and_ranks_start_at_1() {
    let mut run = Live::start(tiny().args(["--every", "200ms", "--top", "2"]));
    let next = |run: &Live| records::read::<Queued>(&run.line()).remove(0);
    run.say(&posts(&["angry angry", "grief", "hello", "angry angry urgent urgent"]));
    let mut given: Vec<Queued> = (0..3).map(|_| next(&run)).collect();
    run.say(&many(1));
    given.push(next(&run));
    assert_eq!((given[3].rank, given[3].annotated.id.as_str()), (Some(1), "0"));

    run.say("{\"id\":\"late\",\"text\":\"grief\"}\n");
    let ended = run.close();
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    given.extend(records::read(&ended.stdout));
    assert!(given.iter().all(|post| matches!(post.rank, Some(1 | 2))), "{given:?}");
    assert_eq!(ids(&given).into_iter().collect::<HashSet<_>>(), HashSet::from(["1", "2", "4", "0", "late"]));
    assert_eq!(given.len(), 5, "none twice");
}
