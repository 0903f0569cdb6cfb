//! Messages to a server: signed, tried once, and only what the server accepted counts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use hearken_streams::webhook::{Answer, Secret, Webhook};
use hmac::{Hmac, KeyInit as _, Mac as _};
use tokio::net::TcpListener;

const KEY: &str = "a secret of enough bytes";

type Seen = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Answers with the status that the message asks for.
async fn answer(State(seen): State<Seen>, headers: HeaderMap, body: String) -> Response {
    let status = body.parse::<u16>().unwrap();
    seen.lock().unwrap().push((headers, body));
    match status {
        0 => std::future::pending().await,
        429 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response(),
        302 => (StatusCode::FOUND, [(header::LOCATION, "/hook")]).into_response(),
        // A body that never ends is nobody's business.
        202 => {
            let more = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 65_536]));
            (StatusCode::ACCEPTED, axum::body::Body::from_stream(more)).into_response()
        }
        status => StatusCode::from_u16(status).unwrap().into_response(),
    }
}

async fn server() -> (String, Seen) {
    let seen = Seen::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/hook", post(answer)).with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/hook"), seen)
}

fn webhook(url: &str) -> Webhook {
    Webhook::new(url, Secret::new(KEY).unwrap(), Duration::from_secs(2)).unwrap()
}

#[tokio::test]
async fn a_receiver_can_tell_who_sends_and_what() {
    let (url, seen) = server().await;
    assert_eq!(webhook(&url).send("msg_1", "200").await, Answer::Accepted);
    let seen = seen.lock().unwrap();
    let (headers, body) = &seen[0];
    let text = |name: &str| headers[name].to_str().unwrap();
    let mut signed = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    signed.update(format!("msg_1.{}.{body}", text("webhook-timestamp")).as_bytes());
    let expected = base64::engine::general_purpose::STANDARD.encode(signed.finalize().into_bytes());
    assert_eq!(text("webhook-signature"), format!("v1,{expected}"));
    assert_eq!((text("webhook-id"), text("content-type")), ("msg_1", "application/json"));
    assert!(text("user-agent").starts_with("hearken/"));
    let sent_at: u64 = text("webhook-timestamp").parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(now - sent_at < 60, "{sent_at} is not about now, {now}");
}

#[tokio::test]
async fn only_what_was_accepted_counts() {
    let (url, seen) = server().await;
    let webhook = webhook(&url);
    let refused = |status, after: Option<u64>| Answer::Refused { status, after: after.map(Duration::from_secs) };
    for (body, answer) in [
        ("204", Answer::Accepted),
        ("202", Answer::Accepted),
        ("302", refused(302, None)),
        ("404", refused(404, None)),
        ("429", refused(429, Some(120))),
        ("503", refused(503, None)),
        ("410", Answer::Gone),
        ("0", Answer::Broken("no answer in time".to_owned())),
    ] {
        assert_eq!(webhook.send("msg_1", body).await, answer, "{body}");
    }
    assert_eq!(seen.lock().unwrap().len(), 8, "each once: no redirect is followed");
}

#[tokio::test]
async fn where_nobody_listens_the_address_stays_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    drop(listener);
    let Answer::Broken(why) = webhook(&url).send("msg_1", "200").await else { panic!("somebody answered") };
    assert!(!why.contains("token") && why.contains("refused"), "{why}");
}
