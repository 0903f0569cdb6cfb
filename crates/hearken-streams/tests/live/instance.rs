//! A Mastodon server: a public timeline, its streams, and somebody who posts.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::proxy::{Doom, Proxy};

/// An event: its name and its payload.
type Event = (&'static str, String);

pub(crate) struct World {
    statuses: Mutex<Vec<(u64, String)>>,
    events: broadcast::Sender<Event>,
    address: SocketAddr,
    pub(crate) plan: Plan,
    /// Streams that were closed as planned.
    pub(crate) closed: AtomicUsize,
    pub(crate) opened: AtomicUsize,
    pub(crate) limited: AtomicUsize,
    /// Paths, queries and tokens.
    pub(crate) requests: Mutex<Vec<String>>,
}

/// How the server behaves.
#[derive(Default)]
pub(crate) struct Plan {
    /// Closes a stream in good order after so many events; the last one first.
    pub(crate) closes: Mutex<Vec<usize>>,
    /// How many times the timeline is refused with 429.
    pub(crate) limits: AtomicUsize,
    pub(crate) no_websocket: bool,
    /// Says that its streams are there, over TLS.
    pub(crate) secure_at: Option<SocketAddr>,
    /// Answers all with this.
    pub(crate) refusal: Option<u16>,
}

/// A server on loopback; it is gone when this is dropped.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    pub(crate) world: Arc<World>,
    task: JoinHandle<()>,
    _proxy: Proxy,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A status in the documented shape, cut short.
pub(crate) fn status(id: u64) -> String {
    format!(
        r#"{{"id":"{id}","created_at":"2022-08-30T23:03:42.000Z","in_reply_to_id":null,"visibility":"public","language":"en","content":"<p>Status \"{id}\" that nobody wrote.</p>","account":{{"id":"1","acct":"nobody@a.example"}}}}"#
    )
}

impl Instance {
    pub(crate) async fn start(plan: Plan, dooms: Vec<Doom>) -> Self {
        let behind = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (to, address) = (behind.local_addr().unwrap(), front.local_addr().unwrap());
        let world = Arc::new(World {
            statuses: Mutex::default(),
            events: broadcast::channel(100_000).0,
            address,
            plan,
            closed: AtomicUsize::new(0),
            opened: AtomicUsize::new(0),
            limited: AtomicUsize::new(0),
            requests: Mutex::default(),
        });
        let router = Router::new()
            .route("/api/v2/instance", get(instance))
            .route("/api/v1/timelines/public", get(timeline))
            .route("/api/v1/streaming", get(socket))
            .route("/api/v1/streaming/public", get(server_sent))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&world), note))
            .with_state(Arc::clone(&world));
        let task = tokio::spawn(async move {
            let _ = axum::serve(behind, router).await;
        });
        Self { address, world, task, _proxy: Proxy::start(front, to, dooms) }
    }
}

impl World {
    pub(crate) fn post(&self, id: u64) {
        self.statuses.lock().unwrap().push((id, status(id)));
        self.say("update", status(id));
    }

    pub(crate) fn say(&self, event: &'static str, payload: String) {
        let _ = self.events.send((event, payload));
    }

    pub(crate) async fn until_opened(&self, streams: usize) {
        while self.opened.load(Ordering::SeqCst) < streams {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn note(State(world): State<Arc<World>>, request: Request, next: axum::middleware::Next) -> Response {
    let token = request.headers().get(header::AUTHORIZATION).map(|token| token.to_str().unwrap().to_owned());
    world.requests.lock().unwrap().push(format!("{} {}", request.uri(), token.unwrap_or_default()));
    match world.plan.refusal {
        Some(status) => (StatusCode::from_u16(status).unwrap(), r#"{"error":"not for you"}"#).into_response(),
        // One request a connection, so that the proxy knows each by its path.
        None if !request.uri().path().contains("streaming") => {
            ([(header::CONNECTION, "close")], next.run(request).await).into_response()
        }
        None => next.run(request).await,
    }
}

async fn instance(State(world): State<Arc<World>>) -> String {
    let streaming = match world.plan.secure_at {
        Some(address) => format!("wss://{address}"),
        None => format!("ws://{}", world.address),
    };
    format!(r#"{{"domain":"a.example","configuration":{{"urls":{{"streaming":"{streaming}"}}}}}}"#)
}

async fn timeline(State(world): State<Arc<World>>, Query(query): Query<HashMap<String, String>>) -> Response {
    if world.plan.limits.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
        world.limited.fetch_add(1, Ordering::SeqCst);
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")], r#"{"error":"Too many requests"}"#)
            .into_response();
    }
    let limit: usize = query["limit"].parse().unwrap();
    let mut statuses = world.statuses.lock().unwrap().clone();
    statuses.sort_by_key(|(id, _)| *id);
    let page: Vec<String> = match query.get("min_id") {
        Some(after) => {
            let after: u64 = after.parse().unwrap();
            statuses.into_iter().filter(|(id, _)| *id > after).take(limit).map(|(_, status)| status).collect()
        }
        None => statuses.into_iter().rev().take(limit).rev().map(|(_, status)| status).collect(),
    };
    // As a server orders them: the newest first.
    let page: Vec<String> = page.into_iter().rev().collect();
    ([("content-type", "application/json")], format!("[{}]", page.join(","))).into_response()
}

/// The events of one stream: how many until it is closed.
fn open(world: &World) -> (broadcast::Receiver<Event>, usize) {
    let events = world.events.subscribe();
    world.opened.fetch_add(1, Ordering::SeqCst);
    (events, world.plan.closes.lock().unwrap().pop().unwrap_or(usize::MAX))
}

async fn socket(State(world): State<Arc<World>>, request: Request) -> Response {
    if world.plan.no_websocket {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.unwrap();
    let (mut events, mut left) = open(&world);
    upgrade.on_upgrade(move |mut socket| async move {
        loop {
            tokio::select! {
                event = events.recv() => {
                    let Ok((event, payload)) = event else { return };
                    let json = serde_json::json!({"stream": ["public"], "event": event, "payload": payload});
                    if socket.send(Message::text(json.to_string())).await.is_err() {
                        return;
                    }
                }
                message = socket.recv() => if message.is_none_or(|message| message.is_err()) {
                    return;
                },
            }
            left -= 1;
            if left == 0 {
                world.closed.fetch_add(1, Ordering::SeqCst);
                let _ = socket.send(Message::Close(None)).await;
                return;
            }
        }
    })
}

async fn server_sent(State(world): State<Arc<World>>) -> Response {
    let (events, left) = open(&world);
    let parts = futures_util::stream::unfold((world, events, left), |(world, mut events, left)| async move {
        if left == 0 {
            world.closed.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        let (event, payload) = events.recv().await.ok()?;
        let part = format!(":thump\n\nevent: {event}\ndata: {payload}\n\n");
        Some((Ok::<_, std::io::Error>(Bytes::from(part)), (world, events, left - 1)))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(parts.boxed())).into_response()
}
