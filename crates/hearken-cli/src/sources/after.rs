//! What must be durable before a source may forget a batch: records that are published, and lines in its dead letter.

use std::io;
use std::sync::{Arc, Mutex};

use hearken::{Receipt, Reject};
use hearken_streams::{Letter, letter};

use crate::sink::Sink;

/// Where lines of one source go that are no posts, beside the file that was named for all.
#[derive(Clone, Debug)]
pub(crate) struct Letters(pub(super) Arc<dyn letter::Letters>);

impl Letters {
    /// Sends a line there, if it came from there; returns whether it did. Waits while many are under way.
    pub(crate) fn send(&self, reject: &Reject) -> io::Result<bool> {
        if !self.0.want(&reject.source) {
            return Ok(false);
        }
        let detail = reject.reason.to_string();
        let letter = Letter {
            source: &reject.source,
            line: reject.line,
            reason: reject.reason.code(),
            detail: &detail,
            record: &reject.record,
        };
        self.0.send(letter).map(|()| true)
    }

    fn then(&self, then: impl FnOnce() + Send + 'static) {
        self.0.then(Box::new(then));
    }
}

/// What a batch of a source waits for once the pipeline is done with it.
#[derive(Clone, Debug, Default)]
pub(super) struct After {
    pub(super) sink: Option<Sink>,
    pub(super) letters: Option<Letters>,
}

impl After {
    /// Does something when all that was published so far is on its stream.
    pub(super) fn all(&self, then: impl FnOnce() + Send + 'static) {
        match (&self.sink, &self.letters) {
            (None, None) => then(),
            (Some(sink), None) => sink.then(then),
            (None, Some(letters)) => letters.then(then),
            // Side by side: one within the other would wait for room in a task, where nothing may wait.
            (Some(sink), Some(letters)) => {
                let first = Receipt::new({
                    let then = Mutex::new(Some(then));
                    move || {
                        if let Some(then) = then.lock().ok().and_then(|mut then| then.take()) {
                            then();
                        }
                    }
                });
                let second = first.clone();
                sink.then(move || first.settle());
                letters.then(move || second.settle());
            }
        }
    }
}
