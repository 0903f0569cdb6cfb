//! The server: connections, and what becomes of a request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use constant_time_eq::constant_time_eq;
use http_body_util::LengthLimitError;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::answer::{Refusal, durable, under_way};
use super::options::Options;
use super::{Arrived, body};

/// How many connections may be open. More of them wait to be accepted.
const CONNECTIONS: usize = 1024;

/// How long clients have to take their last answers.
const FAREWELL: Duration = Duration::from_secs(5);

struct Server {
    options: Options,
    room: Arc<Semaphore>,
    requests: UnboundedSender<Arrived>,
    stop: CancellationToken,
    /// What tells batches of this run from those of another.
    run: u128,
    batches: AtomicU64,
}

/// Serves until `closed`.
pub(super) async fn serve(
    listener: TcpListener,
    options: Options,
    requests: UnboundedSender<Arrived>,
    stop: CancellationToken,
    closed: CancellationToken,
) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(options.patience);
    let run = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let room = Arc::new(Semaphore::new(options.queue));
    let server = Arc::new(Server { options, room, requests, stop, run, batches: AtomicU64::new(0) });
    let routes = Router::new().route("/posts", post(take)).route("/healthz", get(health)).with_state(server);
    let (graceful, connections) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = closed.cancelled() => break,
        };
        let (stream, open) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: others close theirs.
                tracing::warn!(%error, "A connection can't be accepted.");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(routes.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "A connection broke.");
            }
            drop(open);
        });
    }
    drop(listener);
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> std::io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let open = Arc::clone(connections).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, open))
}

async fn health(State(server): State<Arc<Server>>) -> Response {
    if server.stop.is_cancelled() { Refusal::stopping().into_response() } else { "ok\n".into_response() }
}

async fn take(State(server): State<Arc<Server>>, request: Request) -> Response {
    server.take(request).await.unwrap_or_else(IntoResponse::into_response)
}

impl Server {
    async fn take(&self, request: Request) -> Result<Response, Refusal> {
        if self.stop.is_cancelled() {
            return Err(Refusal::stopping());
        }
        let (head, body) = request.into_parts();
        self.authorize(&head.headers)?;
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| Refusal::full())?;
        let body = self.read(body).await?;
        let limit = self.options.max_body;
        let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (encoding, content_type) = (text(header::CONTENT_ENCODING), text(header::CONTENT_TYPE));
        let lines = tokio::task::spawn_blocking(move || {
            body::lines(&body, encoding.as_deref(), content_type.as_deref(), limit)
        });
        let lines = lines.await.map_err(|_| Refusal::stopping())??;
        let accepted = lines.count;
        if accepted == 0 {
            return Ok(durable(0));
        }
        let lines = Arc::new(Mutex::new(Some((lines, room))));
        let (done, settled) = oneshot::channel();
        let name = format!("{}/{:x}-{}", self.options.address, self.run, self.batches.fetch_add(1, Ordering::Relaxed));
        let arrived = Arrived { name: name.into(), lines: Arc::clone(&lines), done };
        self.requests.send(arrived).map_err(|_| Refusal::stopping())?;
        match timeout(self.options.wait, settled).await {
            Ok(Ok(())) => Ok(durable(accepted)),
            Ok(Err(_)) => Err(Refusal::stopping()),
            // Nobody has taken it: then it may as well come again, and whoever waits behind it has room.
            Err(_) if lines.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() => Err(Refusal::full()),
            Err(_) => Ok(under_way(accepted)),
        }
    }

    fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(wanted) = &self.options.token else { return Ok(()) };
        let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
        let token = given
            .and_then(|value| value.split_at_checked(7))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        match token {
            Some((_, token)) if constant_time_eq(token.trim_ascii(), wanted.0.as_bytes()) => Ok(()),
            _ => Err(Refusal::unauthorized()),
        }
    }

    async fn read(&self, body: axum::body::Body) -> Result<Bytes, Refusal> {
        let limit = self.options.max_body;
        match timeout(self.options.patience, axum::body::to_bytes(body, limit)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(error))
                if std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) =>
            {
                Err(Refusal::too_large(limit))
            }
            Ok(Err(error)) => Err(Refusal::new(StatusCode::BAD_REQUEST, format!("the body broke off: {error}"))),
            Err(_) => {
                let seconds = self.options.patience.as_secs();
                Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, format!("the body took more than {seconds} s")))
            }
        }
    }
}
