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
