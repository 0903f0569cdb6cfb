//! A proxy that cuts connections: in the middle of a message, of a header, of whatever passes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Cut when the server has sent this many bytes.
    Cut(usize),
    /// Answered with 503.
    Refused,
}

/// Connections whose first request has this in its path.
#[derive(Clone)]
pub(crate) struct Doom {
    pub(crate) path: &'static str,
    /// The last one comes first.
    pub(crate) fates: Arc<Mutex<Vec<Fate>>>,
    /// What happened.
    pub(crate) met: Arc<Mutex<Vec<Fate>>>,
}

impl Doom {
    pub(crate) fn new(path: &'static str, fates: Vec<Fate>) -> Self {
        Self { path, fates: Arc::new(Mutex::new(fates)), met: Arc::default() }
    }

    fn meet(&self) {
        let fate = self.fates.lock().unwrap().pop().unwrap();
        self.met.lock().unwrap().push(fate);
    }
}

/// A proxy on loopback; it is gone when this is dropped.
pub(crate) struct Proxy(JoinHandle<()>);

impl Proxy {
    pub(crate) fn start(listener: TcpListener, to: SocketAddr, dooms: Vec<Doom>) -> Self {
        Self(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, to, dooms.clone()));
            }
        }))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn pass(mut client: TcpStream, to: SocketAddr, dooms: Vec<Doom>) -> Option<()> {
    let mut first = vec![0; 4096];
    let read = client.read(&mut first).await.ok()?;
    first.truncate(read);
    let path = String::from_utf8_lossy(&first).lines().next()?.to_owned();
    let doom = dooms.into_iter().find(|doom| path.contains(doom.path));
    let fate = doom.as_ref().and_then(|doom| doom.fates.lock().unwrap().last().copied());
    let mut server = TcpStream::connect(to).await.ok()?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        to_server.write_all(&first).await.ok()?;
        copy(&mut from_client, &mut to_server).await.ok()
    };
    let length = match fate {
        Some(Fate::Refused) => {
            doom?.meet();
            return to_client
                .write_all(b"HTTP/1.1 503 Not now\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await
                .ok();
        }
        Some(Fate::Cut(length)) => length,
        None => usize::MAX,
    };
    let down = async {
        let mut limited = (&mut from_server).take(length as u64);
        copy(&mut limited, &mut to_client).await.ok()
    };
    tokio::select! {
        _ = up => {}
        passed = down => if passed == Some(length as u64) {
            doom?.meet();
        },
    }
    Some(())
}
