//! What a desk in PostgreSQL has to keep beside what every store has.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

mod following;
mod lost;
mod server;
mod shared;
mod tables;

pub(crate) use server::Server;

/// The server of this process's tests. Who crashes one starts their own.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}

/// The URL of a desk that isn't there yet, in a schema of its own.
pub(crate) fn new_desk() -> Option<String> {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    Some(server()?.url(&format!("desk_{}", LAST.fetch_add(1, Ordering::Relaxed))))
}
