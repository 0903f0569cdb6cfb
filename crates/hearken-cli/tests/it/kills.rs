//! `run --desk` is killed at random moments while five colleagues claim, answer and resolve. After it has read the same input to
//! its end, no post that it had acknowledged is missing, nobody has two tickets, and the trail explains every step.
//!
//! That a kill came amid a write is seen from outside: whoever writes to the desk holds a lock on a byte of the file beside it, and
//! the kernel tells who that is. The run is stopped first, so that it can't go on between the look and the kill.
#![allow(clippy::print_stdout, reason = "how many kills came amid a write is worth reading")]

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs};

use hearken_desk::{Claimant, Next, Outcome, Row, Rules, SqliteStore, State, TicketId, Timestamp};
use rustix::process::{
    Flock, FlockOffsetType, FlockType, Pid, Signal, WaitOptions, fcntl_getlk, kill_process, waitpid,
};
use serde_json::Value;

use crate::cli::PATIENCE;
use crate::desk::{Desk, live};
use crate::live::Live;

/// How often the run is killed, unless `HEARKEN_TEST_KILLS` says otherwise.
const KILLS: usize = 50;

const COLLEAGUES: usize = 5;

/// Posts that come between two kills: more than a run writes until it is killed.
const POSTS: usize = 2000;

/// A kill comes at most so long after the run began to write, microseconds.
const LATEST: u64 = 300_000;

/// What a colleague is told by the environment.
const FILE: &str = "HEARKEN_TEST_DESK";
const NAME: &str = "HEARKEN_TEST_NAME";

/// What a line begins with that is a colleague's own, and not the test program's.
const MARK: &str = "desk> ";

#[test]
fn a_run_that_is_killed_at_any_moment_loses_nobody_and_keeps_nobody_twice() {
    let kills = env::var("HEARKEN_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let desk = Desk::none();
    let feed = Feed::new(desk.dir.path().join("posts.jsonl"));
    let source = format!("file:{}", feed.path.display());
    drop(SqliteStore::open(desk.path()).unwrap());
    let colleagues: Vec<Colleague> = (0..COLLEAGUES).map(|number| Colleague::start(&desk.path(), number)).collect();
    let lock = WriteLock::of(&desk.path());
    let mut random = fastrand::Rng::new();
    let mut amid_a_write = 0;
    for kill in 0..kills {
        feed.add(kill);
        let mut run = live(&desk, &["--source", &source, "--follow"]).stderr(Stdio::inherit()).spawn().unwrap();
        let pid = Pid::from_child(&run);
        lock.wait_for(pid);
        thread::sleep(Duration::from_micros(random.u64(..LATEST)));
        kill_process(pid, Signal::STOP).unwrap();
        assert!(waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap().1.stopped(), "the run has ended");
        amid_a_write += usize::from(lock.holder() == Some(pid));
        run.kill().unwrap();
        run.wait().unwrap();
    }
    assert!(amid_a_write * 5 >= kills, "only {amid_a_write} of {kills} kills came amid a write");

    let total = kills * POSTS;
    let last = Live::start(&mut live(&desk, &["--source", &source, "--stats", "json"])).finish();
    assert_eq!(last.status.code(), Some(0), "{last:?}");
    let counts: Value = serde_json::from_str(last.stderr.lines().last().unwrap()).unwrap();
    let read = counts["posts"].as_u64().unwrap();
    assert!(read < total as u64, "nothing was acknowledged before: the last run read all {read} posts again");
    let worked: Vec<String> = colleagues.into_iter().flat_map(Colleague::end).collect();
    println!("{amid_a_write} of {kills} kills came amid a write; {read} of {total} posts were read again at last");
    check(&desk, total, &worked, kills);
}

fn check(desk: &Desk, total: usize, worked: &[String], kills: usize) {
    let desk = opened(&desk.path());
    assert_eq!(desk.check().unwrap(), [], "the history explains every ticket");
    let (mut posts, mut tickets, mut states) = (HashSet::new(), HashSet::new(), HashMap::new());
    let note = |row| {
        match row {
            Row::Post(post) => {
                assert!(tickets.insert(post.ticket), "two posts made one ticket, {}", post.ticket);
                assert!(posts.insert(post.post.id), "a post is there twice");
            }
            Row::Ticket(ticket) => drop(states.insert(ticket.id, ticket.state)),
            _ => {}
        }
        Ok(())
    };
    desk.export(note).unwrap();
    assert_eq!((posts.len(), tickets.len(), states.len()), (total, total, total), "each post is one ticket");
    let ids = |deed: &str| -> Vec<TicketId> {
        worked.iter().filter_map(|line| line.strip_prefix(deed)?.trim().parse().ok()).collect()
    };
    let (claimed, resolved) = (ids("claimed"), ids("resolved"));
    assert!(resolved.len() > kills, "only {} were resolved: nobody worked meanwhile", resolved.len());
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), claimed.len(), "a ticket was claimed twice");
    for id in resolved {
        assert!(matches!(states[&id], State::Resolved { .. }), "{id} was resolved, and is {:?}", states[&id]);
    }
    assert_eq!(desk.into_store().integrity().unwrap(), Vec::<String>::new());
}

/// A file of posts that grows, each by an author of its own.
struct Feed {
    path: PathBuf,
}

impl Feed {
    fn new(path: PathBuf) -> Self {
        fs::write(&path, "").unwrap();
        Self { path }
    }

    fn add(&self, part: usize) {
        let line = |id: usize| {
            let who = format!("\"id\":\"{id}\",\"platform\":\"net\",\"author\":\"author {id}\",\"lang\":\"en\"");
            format!("{{{who},\"created_at\":\"2026-11-20T12:00:00Z\",\"text\":\"angry angry\"}}\n")
        };
        let lines: String = (part * POSTS..(part + 1) * POSTS).map(line).collect();
        OpenOptions::new().append(true).open(&self.path).unwrap().write_all(lines.as_bytes()).unwrap();
    }
}

/// The lock of whoever writes to a desk.
struct WriteLock(File);

impl WriteLock {
    /// Where SQLite keeps it: the first of the bytes that are locked, of the file that the log's index is in.
    const BYTE: u64 = 120;

    /// IMPORTANT: this process must not have the desk open itself as long as this lives. Whoever closes a file gives up all locks
    /// that the process has on it.
    fn of(desk: &Path) -> Self {
        let index = format!("{}-shm", desk.display());
        Self(crate::live::wait_until(PATIENCE, || File::options().read(true).write(true).open(&index).ok()))
    }

    fn holder(&self) -> Option<Pid> {
        let wanted = Flock {
            start: Self::BYTE,
            length: 1,
            pid: None,
            typ: FlockType::WriteLock,
            offset_type: FlockOffsetType::Set,
        };
        fcntl_getlk(&self.0, &wanted).unwrap()?.pid
    }

    fn wait_for(&self, writer: Pid) {
        let started = Instant::now();
        while self.holder() != Some(writer) {
            assert!(started.elapsed() < PATIENCE, "it writes nothing");
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// A process that claims, answers and resolves one ticket after the other: this test program again, told to run one test only.
struct Colleague {
    child: Child,
    said: Option<JoinHandle<Vec<String>>>,
}

impl Drop for Colleague {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Colleague {
    fn start(desk: &Path, number: usize) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["kills::a_colleague", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FILE, desk)
            .env(NAME, format!("colleague {number}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix(MARK).map(str::to_owned));
        Self { child, said: Some(thread::spawn(move || said.collect())) }
    }

    /// SIGKILL. Returns all that it has said.
    fn end(mut self) -> Vec<String> {
        assert_eq!(
            self.child.try_wait().unwrap(),
            None,
            "a colleague has left: a step that is always allowed was refused"
        );
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said.take().unwrap().join().unwrap()
    }
}

fn opened(desk: &Path) -> hearken_desk::Desk<SqliteStore> {
    hearken_desk::Desk::new(SqliteStore::open(desk).unwrap(), Rules::default())
}

#[test]
#[ignore = "a process of the test above"]
fn a_colleague() {
    let (Some(file), Ok(name)) = (env::var_os(FILE), env::var(NAME)) else { return };
    let desk = opened(Path::new(&file));
    let say = |line: &str| {
        let mut stdout = stdout().lock();
        stdout.write_all(format!("\n{MARK}{line}\n").as_bytes()).unwrap();
        stdout.flush().unwrap();
    };
    loop {
        let now = Timestamp::now();
        let Next::Claimed(claimed) = desk.next(&Claimant::new(&name), now).unwrap() else {
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        let id = claimed.ticket.id;
        say(&format!("claimed {id}"));
        desk.answer(id, &name, None, false, now).unwrap();
        desk.resolve(id, &name, Outcome::Helped, None, now).unwrap();
        say(&format!("resolved {id}"));
        // People take their time, and leave the disk to others.
        thread::sleep(Duration::from_millis(25));
    }
}
