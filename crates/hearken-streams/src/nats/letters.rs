//! The dead letter of a stream: where messages go that are no posts, and those that came too often.

use std::io;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use async_nats::jetstream::{AckKind, Message};
use async_nats::{Client, HeaderMap, Subject};

use super::publisher::{Outgoing, Publisher};
use crate::letter::{self, DETAIL, Letter, REASON, SOURCE};
use crate::sink::Then;

/// How often it came.
const DELIVERED: &str = "Hearken-Delivered";

/// Takes what is no post. Cloning gives another handle.
#[derive(Clone, Debug)]
pub struct Letters {
    stream: Arc<str>,
    /// `None`: the letters are only told of.
    to: Option<(Subject, Publisher)>,
}

impl Letters {
    pub(super) fn new(client: &Client, stream: Arc<str>, subject: Option<&str>) -> Self {
        let to = subject.map(|subject| (subject.into(), Publisher::start(client.clone())));
        Self { stream, to }
    }

    /// Gives up a message that came too often: it is terminated when it is in the dead letter.
    pub(super) async fn give_up(&self, message: &Message, sequence: u64, delivered: u64) -> Result<()> {
        let place = format!("{}:{sequence}", self.stream);
        if let Some((subject, publisher)) = &self.to {
            let mut headers = HeaderMap::new();
            headers.insert(REASON, "delivered_too_often");
            headers.insert(DETAIL, format!("it came {delivered} times, and nobody was done with it"));
            headers.insert(SOURCE, place.as_str());
            headers.insert(DELIVERED, delivered.to_string());
            let (subject, id, payload) = (subject.clone(), format!("{place}/too_often"), message.payload.clone());
            publisher.publish_one(Outgoing { subject, id, headers, payload }).await;
            tracing::warn!(message = place, delivered, "A message came too often; it is in the dead letter.");
        } else {
            tracing::warn!(
                message = place,
                delivered,
                "A message came too often and is left out; dead-letter=SUBJECT would keep such messages apart."
            );
        }
        message.ack_with(AckKind::Term).await.map_err(|error| anyhow!("giving up the message {place}: {error}"))
    }
}

impl letter::Letters for Letters {
    fn want(&self, source: &str) -> bool {
        self.to.is_some() && letter::is_of(&self.stream, source)
    }

    fn send(&self, letter: Letter<'_>) -> io::Result<()> {
        let Letter { source, line, reason, detail, record } = letter;
        let Some((subject, publisher)) = &self.to else { return Ok(()) };
        let place = format!("{source}:{line}");
        let mut headers = HeaderMap::new();
        headers.insert(REASON, reason);
        headers.insert(DETAIL, letter::one_line(detail));
        headers.insert(SOURCE, place.as_str());
        let (id, payload) = (format!("{place}/{reason}"), record.to_vec().into());
        publisher.publish(vec![Outgoing { subject: subject.clone(), id, headers, payload }])
    }

    fn then(&self, then: Then) {
        match &self.to {
            Some((_, publisher)) => publisher.then(then),
            None => then(),
        }
    }
}
