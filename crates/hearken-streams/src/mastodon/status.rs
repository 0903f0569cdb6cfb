//! What of a status or an event has to be known to read on: whether it is a new post, and its id.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The id of a status. A later one is greater: ids are numbers, or texts of one length.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Id(pub(crate) String);

impl Id {
    /// An id that no post has.
    pub(crate) fn before_all() -> Self {
        Self("0".to_owned())
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One line for the engine.
#[derive(Debug)]
pub(crate) struct Line {
    /// Of a post that is new; changes and deletions of a post, and all else, have none.
    pub(crate) id: Option<Id>,
    pub(crate) json: Vec<u8>,
}

/// An event of a stream.
#[derive(Serialize, Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    /// JSON or an id, in a string.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    payload: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Identified {
    id: Id,
}

impl Line {
    /// Of an event, as server-sent events bring it.
    pub(crate) fn of_event(event: &str, payload: &str) -> Self {
        let event = Event { event: event.into(), payload: Some(payload.into()) };
        // Two strings can always be written.
        Self { id: new_post(&event), json: serde_json::to_vec(&event).unwrap_or_default() }
    }

    /// Of a message, as a WebSocket brings it. One that is no event stays as it came.
    pub(crate) fn of_message(message: &str) -> Self {
        match serde_json::from_str::<Event<'_>>(message) {
            Ok(event) => Self { id: new_post(&event), json: serde_json::to_vec(&event).unwrap_or_default() },
            Err(_) => Self { id: None, json: message.into() },
        }
    }

    /// Of a status, as a timeline brings it.
    ///
    /// # Errors
    ///
    /// It has no id.
    pub(crate) fn of_status(status: &str) -> serde_json::Result<Self> {
        let Identified { id } = serde_json::from_str(status)?;
        Ok(Self { id: Some(id), json: status.into() })
    }
}

fn new_post(event: &Event<'_>) -> Option<Id> {
    let payload = event.payload.as_ref().filter(|_| event.event == "update")?;
    serde_json::from_str(payload).ok().map(|Identified { id }| id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn both_transports_make_the_same_lines() {
        let payload = r#"{"id":"108","content":"<p>\"hi\"</p>"}"#;
        let message = serde_json::json!({"stream": ["public"], "event": "update", "payload": payload}).to_string();
        for line in [Line::of_event("update", payload), Line::of_message(&message)] {
            assert_eq!(line.id, Some(Id("108".into())));
            let json: serde_json::Value = serde_json::from_slice(&line.json).unwrap();
            assert_eq!(json, serde_json::json!({"event": "update", "payload": payload}));
        }
    }

    #[test]
    fn only_new_posts_have_an_id() {
        assert_eq!(Line::of_event("delete", "108").id, None);
        assert_eq!(Line::of_event("status.update", r#"{"id":"108"}"#).id, None);
        let changed = Line::of_message(r#"{"stream":["user"],"event":"filters_changed"}"#);
        assert_eq!((changed.id, changed.json.as_slice()), (None, br#"{"event":"filters_changed"}"#.as_slice()));
        assert_eq!(Line::of_message(r#"{"error":"no"}"#).json, br#"{"error":"no"}"#);
        assert_eq!(Line::of_status(r#"{"id":"7"}"#).unwrap().id, Some(Id("7".into())));
        Line::of_status("{}").unwrap_err();
    }

    #[test]
    fn later_ids_are_greater() {
        assert!(Id("999".into()) < Id("1000".into()));
        assert!(Id("01GBV".into()) < Id("01GBW".into()));
    }
}
