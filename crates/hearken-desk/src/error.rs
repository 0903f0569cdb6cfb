//! What can go wrong: a refusal that a person can act on, a ticket that isn't there, a store that fails.

use std::error::Error as StdError;

use crate::state::Refused;
use crate::ticket::TicketId;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing was changed. Whatever the error, no part of the change was kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ticket's state, or a rule of the desk, doesn't allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No such ticket.
    #[error("{0} is not on this desk")]
    NoTicket(TicketId),
    /// What was asked for makes no sense, whatever the state.
    #[error("{0}")]
    Invalid(String),
    /// The store failed. `source()` says how.
    #[error("{message}")]
    Store {
        /// What was being done.
        message: String,
        /// What the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// The failure of a store: what was being done, and what the database said.
    pub fn store(message: impl Into<String>, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Store { message: message.into(), source: source.into() }
    }
}
