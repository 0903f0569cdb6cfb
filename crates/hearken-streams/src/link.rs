//! Whether a source has its connection, for whoever asks while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The connection of a source. Cloning gives another handle to the same one.
#[derive(Clone, Debug, Default)]
pub struct Link(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_up: AtomicBool,
    was_up: AtomicBool,
}

impl Link {
    /// Of a source that needs no connection: as if there were one.
    pub fn always_up() -> Self {
        let link = Self::default();
        link.up();
        link
    }

    /// Whether there is a connection now, as far as is known.
    pub fn is_up(&self) -> bool {
        self.0.is_up.load(Ordering::Relaxed)
    }

    /// Whether there ever was one.
    pub fn was_up(&self) -> bool {
        self.0.was_up.load(Ordering::Relaxed)
    }

    /// There is one now.
    pub(crate) fn up(&self) {
        self.0.is_up.store(true, Ordering::Relaxed);
        self.0.was_up.store(true, Ordering::Relaxed);
    }

    /// It is lost.
    #[cfg(any(feature = "_websocket", feature = "nats", feature = "kafka"))]
    pub(crate) fn down(&self) {
        self.0.is_up.store(false, Ordering::Relaxed);
    }
}
