//! The dead letter of a topic: another topic, for messages that are no posts.

use std::fmt;
use std::io;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::publisher::{Outgoing, Publisher};
use super::server::Server;
use crate::letter::{self, DETAIL, Letter, REASON, SOURCE};
use crate::sink::Then;

/// Takes what is no post. Cloning gives another handle.
#[derive(Clone)]
pub struct Letters {
    topic: Arc<str>,
    /// `None`: the letters are only told of.
    to: Option<Publisher>,
}

impl Letters {
    /// Letters of `topic`, which go to the topic `to`.
    pub(super) fn start(server: &Server, topic: Arc<str>, to: Option<&str>) -> Result<Self> {
        let to = to.map(|to| Publisher::start(server, to).context("the dead letter")).transpose()?;
        Ok(Self { topic, to })
    }
}

impl letter::Letters for Letters {
    fn want(&self, source: &str) -> bool {
        self.to.is_some() && letter::is_of(&self.topic, source)
    }

    fn send(&self, letter: Letter<'_>) -> io::Result<()> {
        let Letter { source, line, reason, detail, record } = letter;
        let Some(publisher) = &self.to else { return Ok(()) };
        let (place, detail) = (format!("{source}:{line}"), letter::one_line(detail));
        let headers = [(REASON, reason), (DETAIL, &detail), (SOURCE, &place)];
        publisher.publish(Outgoing { key: &place, headers: &headers, payload: record })
    }

    fn then(&self, then: Then) {
        match &self.to {
            Some(publisher) => publisher.then(then),
            None => then(),
        }
    }
}

impl fmt::Debug for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letters").field("topic", &self.topic).finish_non_exhaustive()
    }
}
