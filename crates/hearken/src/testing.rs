//! What tests share: the unit tests of the crate, and the integration tests in `tests/it`, which include this file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, reason = "tests")]

#[path = "testing/texts.rs"]
pub(crate) mod texts;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hearken::pipeline::Sink;
use hearken::{Builder, Model, Pipeline, Policy, Post, Receipt, Timestamp};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of this crate.
pub(crate) fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the model that ships.
pub(crate) fn fast_dir() -> PathBuf {
    crate_dir().join("../../models/fast")
}

pub(crate) fn accurate() -> Model {
    Model::open(crate_dir().join("../../models/accurate")).unwrap()
}

/// The folder of the model of `tests/data/make_tiny.py`.
pub(crate) fn tiny_dir() -> PathBuf {
    crate_dir().join("tests/data/tiny")
}

/// The model that ships.
pub(crate) fn fast() -> Model {
    Model::open(fast_dir()).unwrap()
}

/// A pipeline whose model hears a label exactly where its word is in the text, see `tests/data/make_tiny.py`.
pub(crate) fn tiny() -> Builder {
    Pipeline::builder(Model::open(tiny_dir()).unwrap()).workers(2).now(noon())
}

/// A policy that sends everything to the queue, ordered by age alone.
pub(crate) fn by_age() -> Policy {
    Policy {
        urgency: [0.0; 3],
        grief: 0.0,
        frustration: 0.0,
        advice_seeking: 0.0,
        advice_giving: 0.0,
        promotion: 0.0,
        reach: 0.0,
        replies: 0.0,
        queue_from: -1.0,
        respond_within: [0; 3],
        ..Policy::default()
    }
}

/// The time of arrival in tests.
pub(crate) fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// `noon`, so many seconds later.
pub(crate) fn after_noon(seconds: i64) -> Timestamp {
    Timestamp::from_second(noon().as_second() + seconds).unwrap()
}

/// A post with a number for an id, written so many seconds after noon.
pub(crate) fn post(number: u64, text: &str) -> Post<'static> {
    let mut post = Post::new(number.to_string(), text.to_owned());
    post.created_at = Some(after_noon(i64::try_from(number).unwrap()));
    post
}

/// Lines of JSON, one for each number, with the number for an id.
pub(crate) fn jsonl(numbers: std::ops::Range<u64>, text: impl Fn(u64) -> String) -> String {
    numbers.map(|number| format!("{}\n", serde_json::json!({"id": number, "text": text(number)}))).collect()
}

/// Runs `body`, and fails the test, instead of hanging it, if that takes too long.
pub(crate) fn within<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, outcome) = channel();
    let thread = thread::spawn(move || {
        let _ = done.send(body());
    });
    match outcome.recv_timeout(PATIENCE) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("it hangs: nothing came of it in {PATIENCE:?}"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("the body ended without a value"),
        },
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a number has stopped changing for a while, and tells it.
pub(crate) fn settled(mut number: impl FnMut() -> u64) -> u64 {
    const QUIET: Duration = Duration::from_millis(500);
    let start = Instant::now();
    let mut last = (number(), Instant::now());
    while last.1.elapsed() < QUIET {
        assert!(start.elapsed() < PATIENCE, "it never settles");
        thread::sleep(Duration::from_millis(5));
        let now = number();
        if now != last.0 {
            last = (now, Instant::now());
        }
    }
    last.0
}

/// A gate that some threads wait at until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub(crate) fn wait(&self) {
        let open = self.0.0.lock().unwrap();
        let (_open, timeout) = self.0.1.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap();
        assert!(!timeout.timed_out(), "the gate was never opened");
    }
}

/// Bytes that a sink has taken.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn sink(&self) -> Sink {
        let log = Arc::clone(&self.0);
        Box::new(move |bytes: &[u8]| -> io::Result<()> {
            log.lock().unwrap().extend_from_slice(bytes);
            Ok(())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.records().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a pipeline annotates texts with, in their order.
pub(crate) fn annotated(model: Model, texts: Vec<String>) -> Vec<serde_json::Value> {
    within(move || {
        let log = Log::default();
        let pipeline = Pipeline::builder(model).workers(1).now(noon()).annotated(log.sink()).start().unwrap();
        for text in texts {
            pipeline.feeder().submit(Post::new("1", text)).unwrap();
        }
        pipeline.finish().unwrap();
        log.records()
    })
}

/// A receipt, and whether it was settled.
pub(crate) fn watched() -> (Receipt, Arc<AtomicBool>) {
    let settled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&settled);
    (Receipt::new(move || flag.store(true, Ordering::SeqCst)), settled)
}
