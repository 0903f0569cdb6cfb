//! A Jetstream server that plays a feed, and breaks.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use url::Url;

/// 2024-09-09, in microseconds.
pub(crate) const START: u64 = 1_725_911_162_000_000;

/// An event in the documented shape.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) time_us: u64,
    pub(crate) number: usize,
}

impl Event {
    /// Every tenth is news of an account, every ninth a deletion, every eighth a repost.
    pub(crate) fn json(&self) -> String {
        let Self { time_us, number } = self;
        let did = format!("did:plc:author{}", number % 97);
        let commit = |operation: &str, collection: &str, record: &str| {
            format!(
                r#"{{"did":"{did}","time_us":{time_us},"kind":"commit","commit":{{"rev":"3l{number:011}","operation":"{operation}","collection":"{collection}","rkey":"3k{number:011}"{record}}}}}"#
            )
        };
        if number % 10 == 0 {
            return format!(
                r#"{{"did":"{did}","time_us":{time_us},"kind":"account","account":{{"active":true,"did":"{did}","seq":{number},"time":"2024-09-09T19:46:02.{number:09}Z"}}}}"#
            );
        }
        if number % 9 == 0 {
            return commit("delete", "app.bsky.feed.post", "");
        }
        if number % 8 == 0 {
            let subject = r#","record":{"$type":"app.bsky.feed.repost","createdAt":"2024-09-09T19:46:02.102Z","subject":{"cid":"bafyrei","uri":"at://did:plc:other/app.bsky.feed.post/3k"}},"cid":"bafyrei""#;
            return commit("create", "app.bsky.feed.repost", subject);
        }
        let record = format!(
            r#","record":{{"$type":"app.bsky.feed.post","createdAt":"2024-09-09T19:46:02.102Z","langs":["en"],"text":"Post number {number} of a feed that nobody wrote."}},"cid":"bafyrei""#
        );
        commit("create", "app.bsky.feed.post", &record)
    }
}

/// `events` events, some of them at the same microsecond.
pub(crate) fn feed(events: usize, apart_us: u64) -> Vec<Event> {
    let mut time_us = START;
    let event = |number| {
        time_us += if number % 5 == 0 { 0 } else { apart_us };
        Event { time_us, number }
    };
    (0..events).map(event).collect()
}

/// How a server breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// In the middle of a message, without a word.
    MidMessage,
    /// Between two messages, without a word.
    Drop,
    /// With a close frame.
    Close,
    /// 503 to whoever wants to connect.
    Refuse,
    /// Sends nothing any more.
    Stall,
}

/// What a server did.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) breaks: Mutex<Vec<Break>>,
    pub(crate) sent: AtomicUsize,
    pub(crate) requests: Mutex<Vec<String>>,
}

/// A server on loopback; it is gone when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) deeds: Arc<Deeds>,
    task: JoinHandle<()>,
}

/// What a server plays.
#[derive(Clone, Default)]
pub(crate) struct Play {
    pub(crate) feed: Arc<Vec<Event>>,
    /// Breaks in the order in which they come, each with the number of events before it.
    pub(crate) breaks: Arc<Mutex<Vec<(usize, Break)>>>,
    /// Compresses with this dictionary, where it is asked to.
    pub(crate) dictionary: Option<Arc<Vec<u8>>>,
    /// What is answered instead of the feed.
    pub(crate) refusal: Option<u16>,
}

impl Server {
    pub(crate) async fn start(play: Play) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let deeds = Arc::<Deeds>::default();
        let done = Arc::clone(&deeds);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, play.clone(), Arc::clone(&done)));
            }
        });
        Self { address, deeds, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, play: Play, deeds: Arc<Deeds>) -> Option<()> {
    // A client that leaves before the break leaves it to the next connection.
    let fate = play.breaks.lock().unwrap().last().copied();
    let broke = |kind| {
        play.breaks.lock().unwrap().pop();
        deeds.breaks.lock().unwrap().push(kind);
    };
    let refusal = if let Some((_, Break::Refuse)) = fate { Some(503) } else { play.refusal };
    let mut url = None;
    #[expect(clippy::result_large_err, reason = "the signature is the library's")]
    let callback = |request: &Request, response: Response| {
        url = Url::parse(&format!("ws://host{}", request.uri())).ok();
        deeds.requests.lock().unwrap().push(request.uri().to_string());
        match refusal {
            Some(status) => {
                let mut answer = ErrorResponse::new(Some("not now".to_owned()));
                *answer.status_mut() = status.try_into().unwrap();
                Err(answer)
            }
            None => Ok(response),
        }
    };
    let accepted = accept_hdr_async(stream, callback).await;
    if let Some((_, kind @ Break::Refuse)) = fate {
        broke(kind);
    }
    let mut socket = accepted.ok()?;
    let url = url?;
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let cursor: u64 = query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
    let mut compressor = match &play.dictionary {
        Some(dictionary) if query("compress").is_some() => {
            Some(zstd::bulk::Compressor::with_dictionary(1, dictionary).unwrap())
        }
        _ => None,
    };
    let events = play.feed.iter().filter(|event| event.time_us >= cursor);
    let (length, kind) = fate.map_or((usize::MAX, None), |(length, kind)| (length, Some(kind)));
    for event in events.take(length) {
        let json = event.json();
        let message = match &mut compressor {
            Some(compressor) => Message::binary(compressor.compress(json.as_bytes()).unwrap()),
            None => Message::text(json),
        };
        socket.feed(message).await.ok()?;
        deeds.sent.fetch_add(1, Ordering::Relaxed);
    }
    socket.flush().await.ok()?;
    if let Some(kind) = kind {
        broke(kind);
        return break_off(&mut socket, kind).await;
    }
    loop {
        // Answers pings.
        socket.next().await?.ok()?;
    }
}

async fn break_off(socket: &mut WebSocketStream<TcpStream>, kind: Break) -> Option<()> {
    match kind {
        Break::MidMessage => {
            // A text frame of 300 bytes, of which 100 come.
            let stream = socket.get_mut();
            stream.write_all(&[0x81, 126, 1, 44]).await.ok()?;
            stream.write_all(&[b'{'; 100]).await.ok()?;
            stream.flush().await.ok()?;
        }
        Break::Close => socket.close(None).await.ok()?,
        Break::Stall => tokio::time::sleep(Duration::from_secs(3600)).await,
        Break::Drop | Break::Refuse => {}
    }
    Some(())
}
