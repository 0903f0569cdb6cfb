//! Posts that are sent here: `POST /posts` over HTTP.
//!
//! A request is answered when what became of its posts is durable, so a client that keeps them until then loses none. Every
//! bound is kept by refusal: a body that is too large, a client that is too slow, more requests than may wait.
//!
//! ```text
//!  server ─► body ─► Arrived ─► Batch      commit ─► answer
//! ```

mod answer;
mod body;
mod options;
mod server;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::source::{Batch, Source, Token};
use body::Lines;
pub use options::Options;

/// A request whose body was read.
#[derive(Debug)]
struct Arrived {
    name: Arc<str>,
    /// Whoever takes them out first has them: the source, or the request when it has waited long enough. With them goes the
    /// room that they took up.
    lines: Slot,
    done: oneshot::Sender<()>,
}

type Slot = Arc<Mutex<Option<(Lines, OwnedSemaphorePermit)>>>;

/// A source of posts that are sent here.
#[derive(Debug)]
pub struct Http {
    name: String,
    address: SocketAddr,
    arrived: UnboundedReceiver<Arrived>,
    last: Token,
    /// Requests that wait for their answer, in order of their tokens.
    waiting: VecDeque<(Token, oneshot::Sender<()>)>,
    /// Ends the server when the source is dropped.
    _open: DropGuard,
}

/// The server behind a source. It ends when the source is dropped.
#[derive(Debug)]
pub struct Server(JoinHandle<()>);

impl Server {
    /// Waits until the last answer is sent, or its client has had time enough.
    pub async fn ended(self) {
        let _ = self.0.await;
    }
}

impl Http {
    /// Listens. From `stop` on new requests are refused; those under way are answered when they are done with, or when the
    /// source is dropped.
    ///
    /// # Errors
    ///
    /// The address can't be had, or isn't one of this machine alone and there is no token.
    pub async fn listen(options: Options, stop: CancellationToken) -> Result<(Self, Server)> {
        let name = format!("listen://{}", options.address);
        let listener = TcpListener::bind(&options.address).await.with_context(|| format!("listening at {name}"))?;
        let address = listener.local_addr()?;
        ensure!(
            address.ip().is_loopback() || options.token.is_some() || options.insecure,
            "{name} can be reached from other machines: set HEARKEN_HTTP_TOKEN or ?token-file=FILE, or say ?insecure=true"
        );
        let (requests, arrived) = unbounded_channel();
        let closed = CancellationToken::new();
        tracing::info!(%address, "Listening.");
        let server = Server(tokio::spawn(server::serve(listener, options, requests, stop, closed.clone())));
        let _open = closed.drop_guard();
        Ok((Self { name, address, arrived, last: 0, waiting: VecDeque::new(), _open }, server))
    }

    /// Where it listens; tells the port where any was asked for (0).
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Source for Http {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        loop {
            let Some(arrived) = self.arrived.recv().await else { return Ok(None) };
            let slot = arrived.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
            // Else it was told to come again: it has waited too long.
            let Some((lines, _)) = slot else { continue };
            self.last += 1;
            // Of those that were told that it takes longer nobody waits any more.
            self.waiting.retain(|(_, done)| !done.is_closed());
            self.waiting.push_back((self.last, arrived.done));
            return Ok(Some(Batch {
                name: arrived.name,
                first_line: 1,
                numbers: Vec::new(),
                lines: lines.bytes,
                token: self.last,
            }));
        }
    }

    async fn commit(&mut self, token: Token) -> Result<()> {
        while self.waiting.front().is_some_and(|(noted, _)| *noted <= token) {
            if let Some((_, done)) = self.waiting.pop_front() {
                let _ = done.send(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
