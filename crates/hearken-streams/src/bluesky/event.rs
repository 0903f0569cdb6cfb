//! What tells one event of Jetstream from another.

use std::borrow::Cow;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// An event by what it is about. Events of the same act have the same key on every server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// When the server saw it, in microseconds since 1970; `None` where it doesn't say.
    pub(crate) time_us: Option<u64>,
    pub(crate) key: u64,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    did: Cow<'a, str>,
    time_us: u64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
    #[serde(borrow)]
    identity: Option<News<'a>>,
    #[serde(borrow)]
    account: Option<News<'a>>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    #[serde(borrow)]
    rev: Cow<'a, str>,
    #[serde(borrow)]
    operation: Cow<'a, str>,
    #[serde(borrow)]
    collection: Cow<'a, str>,
    #[serde(borrow)]
    rkey: Cow<'a, str>,
}

/// News of an account. Its number isn't looked at: that is the relay's, and servers may follow different relays.
#[derive(Deserialize)]
struct News<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
}

impl Event {
    /// Of a message. One that is no event, or an unknown one, is known by its bytes.
    pub(crate) fn of(message: &[u8]) -> Self {
        let Ok(Envelope { did, time_us, kind, commit, identity, account }) = serde_json::from_slice(message) else {
            return Self { time_us: None, key: key(&[message]) };
        };
        let key = match (commit, identity.or(account)) {
            (Some(Commit { rev, operation, collection, rkey }), _) => {
                key(&[&did, &rev, &operation, &collection, &rkey].map(|part| part.as_bytes()))
            }
            (None, Some(News { time })) => key(&[&did, &kind, &time].map(|part| part.as_bytes())),
            (None, None) => key(&[message]),
        };
        Self { time_us: Some(time_us), key }
    }
}

/// The first 64 bits of SHA-256, so that nobody can make an event that passes for another's.
fn key(parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finalize()[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = r#"{"did":"did:plc:a","time_us":5,"kind":"commit","commit":{"rev":"3l","operation":"create","collection":"app.bsky.feed.post","rkey":"3k","record":{"text":"hi"},"cid":"b"}}"#;
    const IDENTITY: &str = r#"{"did":"did:plc:a","time_us":5,"kind":"identity","identity":{"did":"did:plc:a","handle":"a.example","seq":1,"time":"2024-09-05T06:11:04.870Z"}}"#;
    const ACCOUNT: &str = r#"{"did":"did:plc:a","time_us":5,"kind":"account","account":{"active":true,"did":"did:plc:a","seq":1,"time":"2024-09-05T06:11:04.870Z"}}"#;

    #[test]
    fn the_same_act_has_the_same_key_on_every_server() {
        for event in [COMMIT, IDENTITY, ACCOUNT] {
            let here = Event::of(event.as_bytes());
            let there =
                event.replace(r#""time_us":5"#, r#""time_us":77,"cursor":12"#).replace(r#""seq":1"#, r#""seq":2"#);
            let there = Event::of(there.as_bytes());
            assert_eq!((here.time_us, there.time_us), (Some(5), Some(77)));
            assert_eq!(here.key, there.key);
        }
    }

    #[test]
    fn different_acts_have_different_keys() {
        let key = |event: &str| Event::of(event.as_bytes()).key;
        let changed = [
            ("plc:a\",\"time", "plc:b\",\"time"),
            ("3l", "3m"),
            ("create", "update"),
            ("3k", "3j"),
            ("post", "repost"),
        ];
        for (from, to) in changed {
            assert_ne!(key(COMMIT), key(&COMMIT.replace(from, to)), "{from}");
        }
        assert_ne!(key(IDENTITY), key(ACCOUNT));
        assert_ne!(key(ACCOUNT), key(&ACCOUNT.replace("04.870", "05.870")));
    }

    #[test]
    fn what_is_no_event_is_known_by_its_bytes() {
        let event = Event::of(b"not json");
        assert_eq!(event.time_us, None);
        assert_ne!(event.key, Event::of(b"not jsom").key);
    }
}
