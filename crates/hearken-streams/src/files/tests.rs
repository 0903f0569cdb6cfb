#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::cursor::Cursors;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than a few rounds take.
const WHILE: Duration = Duration::from_millis(700);

async fn files(pattern: &Path, follow: bool, cursors: Option<&Cursors>) -> Files {
    let options = Options::new(pattern.to_str().unwrap()).unwrap().follow(follow);
    Files::start(options, cursors.map(|cursors| cursors.cursor("files").unwrap())).await.unwrap()
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn pack(from: &Path, to: &Path) {
    let mut packer = GzEncoder::new(File::create(to).unwrap(), Compression::fast());
    packer.write_all(&fs::read(from).unwrap()).unwrap();
    packer.finish().unwrap();
}

fn lines(batch: &Batch) -> Vec<String> {
    String::from_utf8(batch.lines.clone()).unwrap().lines().map(str::to_owned).collect()
}

/// The next `count` lines; the batches that they came in are committed.
async fn take(source: &mut Files, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let batch = timeout(PATIENCE, source.next()).await.expect("a batch in time").unwrap().expect("a batch");
        taken.extend(lines(&batch));
        source.commit(batch.token).await.unwrap();
    }
    taken
}

async fn assert_idle(source: &mut Files) {
    let more = timeout(WHILE, source.next()).await;
    assert!(more.is_err(), "{more:?}");
}

/// A writer of numbered lines that rotates its file in every way that there is.
struct Writer {
    dir: TempDir,
    written: u64,
    rotated: u64,
}

const KINDS: u64 = 6;

impl Writer {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), written: 0, rotated: 0 }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("posts.jsonl")
    }

    fn write(&mut self, count: u64) {
        let text: String = (self.written..self.written + count).map(|id| format!("{{\"id\":{id}}}\n")).collect();
        append(&self.path(), &text);
        self.written += count;
    }

    fn rotate(&mut self, kind: u64) {
        // Files tell times apart by some milliseconds.
        thread::sleep(Duration::from_millis(15));
        self.rotated += 1;
        let (path, number) = (self.path(), self.rotated);
        let to = self.dir.path().join(format!("posts.jsonl.{number}"));
        let packed = self.dir.path().join(format!("posts.jsonl.{number}.gz"));
        match kind {
            0 => fs::rename(&path, &to).unwrap(),
            1 => {
                fs::rename(&path, &to).unwrap();
                File::create(&path).unwrap();
            }
            2 => {
                fs::copy(&path, &to).unwrap();
                OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
            }
            3 => {
                fs::rename(&path, &to).unwrap();
                pack(&to, &packed);
                fs::remove_file(&to).unwrap();
            }
            4 => {
                pack(&path, &packed);
                OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
            }
            _ => {
                // As logrotate does by default: all move on by one.
                fs::rename(&path, &to).unwrap();
                for old in (1..=number).rev() {
                    let name = |number| self.dir.path().join(format!("posts.jsonl.{number}"));
                    if name(old).exists() {
                        fs::rename(name(old), name(old + 1)).unwrap();
                    }
                }
                self.rotated += 1;
            }
        }
    }
}

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The numbers from 0 to `count`, each once and in order; else where they first differ.
fn assert_all(seen: &[String], count: u64, of: &str) {
    for (index, line) in seen.iter().enumerate() {
        assert_eq!(*line, format!("{{\"id\":{index}}}"), "{of}, line {index} of {count}");
    }
    assert_eq!(seen.len() as u64, count, "{of}");
}

#[tokio::test(flavor = "multi_thread")]
async fn through_twenty_rotations_each_line_comes_once_and_in_order() {
    for seed in 0..3 {
        let mut writer = Writer::new();
        let mut dice = Dice(seed);
        let path = writer.path();
        let cursors = Cursors::open(writer.dir.path().join("cursors")).unwrap();
        writer.write(10);
        let mut source = files(&path, true, Some(&cursors)).await;
        let mut seen = take(&mut source, 1).await;
        let writing = thread::spawn(move || {
            for rotation in 0..20 {
                writer.write(1 + dice.roll(400));
                thread::sleep(Duration::from_millis(dice.roll(150)));
                writer.write(1 + dice.roll(400));
                writer.rotate((rotation + seed) % KINDS);
                thread::sleep(Duration::from_millis(dice.roll(150)));
            }
            writer.write(1);
            writer
        });
        while !writing.is_finished() {
            if let Ok(batch) = timeout(POLL, source.next()).await {
                let batch = batch.unwrap().unwrap();
                seen.extend(lines(&batch));
                source.commit(batch.token).await.unwrap();
            }
        }
        let writer = writing.join().unwrap();
        assert!(writer.rotated >= 20);
        seen.extend(take(&mut source, writer.written as usize - seen.len()).await);
        assert_all(&seen, writer.written, &format!("seed {seed}"));
        assert_idle(&mut source).await;
        drop(source);
        let mut again = files(&path, true, Some(&cursors)).await;
        assert_idle(&mut again).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_started_anew_goes_on_where_it_had_committed() {
    let mut restarts = 0;
    for seed in 0..3 {
        let mut writer = Writer::new();
        let mut dice = Dice(seed + 100);
        let cursors = Cursors::open(writer.dir.path().join("cursors")).unwrap();
        let (mut done, mut source) = (Vec::new(), None);
        for rotation in 0..20 {
            writer.write(1 + dice.roll(9000));
            let mut reader = match source.take() {
                Some(reader) => reader,
                None => files(&writer.path(), true, Some(&cursors)).await,
            };
            // Some of it, and not all of that is committed when the reader goes.
            let mut open = Vec::new();
            for _ in 0..dice.roll(3) {
                if let Ok(batch) = timeout(POLL, reader.next()).await {
                    let batch = batch.unwrap().unwrap();
                    open.extend(lines(&batch));
                    if dice.roll(2) == 0 {
                        reader.commit(batch.token).await.unwrap();
                        done.append(&mut open);
                    }
                }
            }
            if open.is_empty() && dice.roll(3) == 0 {
                source = Some(reader);
            } else {
                restarts += 1;
                drop(reader);
            }
            writer.rotate((rotation + seed) % KINDS);
        }
        writer.write(1);
        drop(source);
        let mut reader = files(&writer.path(), true, Some(&cursors)).await;
        done.extend(take(&mut reader, writer.written as usize - done.len()).await);
        assert_all(&done, writer.written, &format!("seed {seed}"));
        assert_idle(&mut reader).await;
    }
    assert!(restarts > 20, "{restarts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_line_waits_for_its_end_and_new_files_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.jsonl");
    append(&path, "one\ntw");
    let mut source = files(&dir.path().join("*.jsonl"), true, None).await;
    let batch = timeout(PATIENCE, source.next()).await.unwrap().unwrap().unwrap();
    assert_eq!((lines(&batch), batch.first_line), (vec!["one".to_owned()], 1));
    assert!(batch.name.starts_with(&format!("{}@", path.display())), "{}", batch.name);
    assert_idle(&mut source).await;
    append(&path, "o\n");
    let batch = timeout(PATIENCE, source.next()).await.unwrap().unwrap().unwrap();
    assert_eq!((lines(&batch), batch.first_line), (vec!["two".to_owned()], 2));
    append(&dir.path().join("b.jsonl"), "three\n");
    assert_eq!(take(&mut source, 1).await, ["three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rotation_left_before_the_first_look_is_not_read_even_when_it_is_packed_later() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    append(&path("posts.jsonl.1"), "old\n");
    append(&path("posts.jsonl"), "new\n");
    let mut source = files(&path("posts.jsonl"), true, None).await;
    assert_eq!(take(&mut source, 1).await, ["new"]);
    pack(&path("posts.jsonl.1"), &path("posts.jsonl.1.gz"));
    fs::remove_file(path("posts.jsonl.1")).unwrap();
    assert_idle(&mut source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_deleted_is_read_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("posts.jsonl");
    append(&path, "one\n");
    let mut source = files(&path, true, None).await;
    assert_eq!(take(&mut source, 1).await, ["one"]);
    let mut open = OpenOptions::new().append(true).open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    open.write_all(b"two\nhalf").unwrap();
    append(&path, "three\n");
    let mut taken = take(&mut source, 3).await;
    taken.sort();
    assert_eq!(taken, ["half", "three", "two"], "nobody ends the half line any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_following_the_last_line_counts_and_the_source_ends() {
    let dir = tempfile::tempdir().unwrap();
    append(&dir.path().join("a"), "one\ntwo");
    append(&dir.path().join("b"), "three");
    pack(&dir.path().join("b"), &dir.path().join("c"));
    let mut source = files(&dir.path().join("*"), false, None).await;
    assert_eq!(take(&mut source, 4).await, ["one", "two", "three", "three"]);
    assert_eq!(source.next().await.unwrap(), None);
    let error = files(&dir.path().join("*.jsonl"), false, None).await.next().await.unwrap_err();
    assert!(error.to_string().contains("no file"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_not_be_read_is_an_error_at_the_end_or_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("posts.jsonl.gz");
    append(&dir.path().join("good"), "{\"id\":0}\n");
    pack(&dir.path().join("good"), &path);
    let whole = fs::read(&path).unwrap();
    let mut broken = whole.clone();
    broken.truncate(14);
    fs::write(&path, &broken).unwrap();
    let old = File::options().append(true).open(&path).unwrap();
    old.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
    let error = files(&path, false, None).await.next().await.unwrap_err();
    assert!(error.to_string().contains("can't be read"), "{error}");
    let mut source = files(&path, true, None).await;
    assert_idle(&mut source).await;
    fs::write(&path, &whole).unwrap();
    assert_eq!(take(&mut source, 1).await, ["{\"id\":0}"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_long_is_cut_off_and_never_held() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("posts.jsonl");
    let limit = 400_000;
    append(&path, &format!("one\n{}\ntwo\n{}\nthree\n", "x".repeat(3_000_000), "y".repeat(limit)));
    let options = Options::new(path.to_str().unwrap()).unwrap().follow(true).max_line(limit);
    let mut source = Files::start(options, None).await.unwrap();
    let mut numbers = Vec::new();
    let mut taken = Vec::new();
    while taken.len() < 5 {
        let batch = timeout(PATIENCE, source.next()).await.unwrap().unwrap().unwrap();
        assert!(batch.lines.len() <= limit + 300_000, "{}", batch.lines.len());
        numbers.push(batch.first_line);
        taken.extend(lines(&batch));
    }
    let lengths: Vec<usize> = taken.iter().map(String::len).collect();
    assert_eq!(lengths, [3, limit + 1, 3, limit, 5]);
    assert!(numbers.is_sorted() && numbers.first() == Some(&1), "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_now_and_then_with_a_cursor_reads_what_has_come_since() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let cursors = Cursors::open(path("cursors")).unwrap();
    append(&path("posts.jsonl"), "one\ntwo\n");
    let mut source = files(&path("posts.jsonl*"), false, Some(&cursors)).await;
    assert_eq!(take(&mut source, 2).await, ["one", "two"]);
    assert_eq!(source.next().await.unwrap(), None);
    drop(source);
    append(&path("posts.jsonl"), "three\n");
    pack(&path("posts.jsonl"), &path("posts.jsonl.1.gz"));
    fs::remove_file(path("posts.jsonl")).unwrap();
    append(&path("posts.jsonl"), "four\n");
    let mut source = files(&path("posts.jsonl*"), false, Some(&cursors)).await;
    let mut taken = take(&mut source, 2).await;
    taken.sort();
    assert_eq!(taken, ["four", "three"]);
    assert_eq!(source.next().await.unwrap(), None);
}
