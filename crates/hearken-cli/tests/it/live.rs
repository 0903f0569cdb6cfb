//! The binary while it runs: what a test types, reads and signals in between.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cli::PATIENCE;

/// How long a run may take to end once it was told to, on a machine that does much else.
const FEW_SECONDS: Duration = Duration::from_secs(20);

/// A run that has not ended.
#[derive(Debug)]
pub(crate) struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

/// How a run ended, and what it said since it was last listened to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Live {
    /// Starts a run whose standard input stays open.
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (line, stdout) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|read| line.send(read)));
        let said = BufReader::new(child.stderr.take().unwrap());
        let stderr = Arc::<Mutex<String>>::default();
        let text = Arc::clone(&stderr);
        let listener = thread::spawn(move || {
            for line in said.lines().map(Result::unwrap) {
                *text.lock().unwrap() += &(line + "\n");
            }
        });
        Self { stdin: child.stdin.take(), child, stdout, stderr, listener: Some(listener) }
    }

    /// Types something into standard input.
    pub(crate) fn say(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Standard input, for a thread that types without end.
    pub(crate) fn take_stdin(&mut self) -> ChildStdin {
        self.stdin.take().unwrap()
    }

    /// The next line of standard output, as soon as it comes.
    pub(crate) fn line(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).expect("a line on standard output")
    }

    /// Waits until something was said on standard error.
    pub(crate) fn until_said(&self, what: &str) {
        wait_until(PATIENCE, || self.stderr.lock().unwrap().contains(what).then_some(()));
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Closes standard input and waits for the end.
    pub(crate) fn close(mut self) -> Ended {
        drop(self.stdin.take());
        self.end()
    }

    /// Closes standard input and waits for the end of a run that has much to do.
    pub(crate) fn finish(mut self) -> Ended {
        drop(self.stdin.take());
        self.end_within(PATIENCE)
    }

    /// Waits for an end that must come although standard input stays open.
    pub(crate) fn end(self) -> Ended {
        self.end_within(FEW_SECONDS)
    }

    fn end_within(mut self, limit: Duration) -> Ended {
        let status = wait_until(limit, || self.child.try_wait().unwrap());
        self.listener.take().unwrap().join().unwrap();
        let stderr = std::mem::take(&mut *self.stderr.lock().unwrap());
        let stdout = self.stdout.iter().map(|line| line + "\n").collect();
        Ended { status, stdout, stderr }
    }
}

impl Drop for Live {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again, for a while.
pub(crate) fn wait_until<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < limit, "it did not happen within {limit:?}");
        thread::sleep(Duration::from_millis(10));
    }
}
