//! What waiting can mend.

use std::error::Error;
use std::fmt;

/// Why something couldn't be reached that may well be reached a moment later: servers are away, or elect a leader. It says what the
/// error says that it is made of.
#[derive(Debug)]
pub struct Away(anyhow::Error);

impl Away {
    /// An error, as one of these if it is one.
    #[cfg(any(feature = "nats", feature = "kafka"))]
    pub(crate) fn mark(error: anyhow::Error, is_away: bool) -> anyhow::Error {
        if is_away { Self(error).into() } else { error }
    }
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Away {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
