//! Nodes: runs of the binary that read `posts` as `triage`, and write to the desk.

use std::os::unix::process::ExitStatusExt as _;

use rustix::process::Signal;
use serde_json::Value;

use crate::cli;
use crate::live::{Ended, Live};

/// Where nodes read and write.
#[derive(Clone)]
pub(super) struct Place {
    /// The servers of the stream.
    pub(super) servers: String,
    /// The URL of the desk.
    pub(super) desk: String,
}

/// A node that runs.
pub(super) struct Node {
    /// What its connections to the database are called.
    pub(super) name: String,
    run: Live,
}

/// What a node says of itself at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Messages that came, also again.
    pub(super) delivered: u64,
    /// Of these, came again.
    pub(super) redelivered: u64,
    pub(super) acknowledged: u64,
}

impl Place {
    pub(super) fn node(&self, number: usize) -> Node {
        let name = format!("node_{number}");
        let source = format!("nats://{}?stream=posts&consumer=triage&ack-wait=5&in-flight=1024", self.servers);
        let mut command = cli::command();
        command.args(["run", "--model", "fast", "--stats", "json", "--source"]).arg(source + "&max-deliver=100");
        // Beside the address, for it is not shown where others see it.
        command.env("HEARKEN_DESK", format!("{}&application_name={name}", self.desk));
        Node { name, run: Live::start(&mut command) }
    }
}

impl Node {
    /// Whether it found no server when it started, and ended. Whoever looks after nodes starts them again.
    pub(super) fn did_not_start(&mut self) -> bool {
        self.run.has_ended()
    }

    /// Why it did not start.
    pub(super) fn reason(self) -> String {
        let Ended { status, stderr, .. } = self.run.end();
        assert_eq!(status.code(), Some(2), "{}: {stderr}", self.name);
        let starting = ["can't be opened", "connecting to", "the stream posts", "the consumer triage"];
        assert!(starting.iter().any(|what| stderr.contains(what)), "{} had begun: {stderr}", self.name);
        stderr.trim_end().to_owned()
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.run.signal(signal);
    }

    /// SIGKILL.
    pub(super) fn kill(self) {
        self.run.signal(Signal::KILL);
        let ended = self.run.end();
        assert_eq!(ended.status.signal(), Some(9), "{} had ended by itself: {ended:?}", self.name);
    }

    /// SIGTERM: it finishes what it has begun.
    pub(super) fn stop(self) -> Counts {
        self.run.signal(Signal::TERM);
        let ended = self.run.end();
        assert_eq!(ended.status.code(), Some(0), "{}: {ended:?}", self.name);
        let stats: Value = serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
        let (source, desk) = (&stats["sources"][0], &stats["desk"]);
        let count = |of: &Value, what: &str| of[what].as_u64().unwrap();
        assert_eq!((count(source, "dead"), count(desk, "misfits"), count(&stats, "campaigns")), (0, 0, 0), "{stats}");
        Counts {
            delivered: count(source, "delivered"),
            redelivered: count(source, "redelivered"),
            acknowledged: count(source, "acknowledged"),
        }
    }
}
