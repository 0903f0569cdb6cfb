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
    /// Nobody has ever run for this tenant, nor kept anything under its name.
    #[error("this desk has no tenant {name}{}; a run with that tenant makes it", only(others))]
    NoTenant {
        /// What was asked for.
        name: String,
        /// The tenants there are; empty where the store tells nobody of others.
        others: Vec<String>,
    },
    /// What was asked for makes no sense, whatever the state.
    #[error("{0}")]
    Invalid(String),
    /// The database is away, or not ready yet: the same may go well a moment later. `source()` says how.
    #[error("{message}")]
    Away {
        /// What was being done.
        message: String,
        /// What the network or the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
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

    /// The same of a store that is away for now.
    pub fn away(message: impl Into<String>, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Away { message: message.into(), source: source.into() }
    }
}

/// So many tenants are named: whoever mistyped one finds it among them, and with more it is no list any more.
const NAMED: usize = 20;

fn only(tenants: &[String]) -> String {
    match tenants.len().saturating_sub(NAMED) {
        _ if tenants.is_empty() => String::new(),
        0 => format!(", only {}", tenants.join(", ")),
        more => format!(", only {} and {more} more", tenants[..NAMED].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_mistypes_a_tenant_reads_which_there_are() {
        let said = |count: usize| {
            let others = (0..count).map(|number| format!("t{number}")).collect();
            Error::NoTenant { name: "acmee".to_owned(), others }.to_string()
        };
        assert_eq!(said(0), "this desk has no tenant acmee; a run with that tenant makes it");
        assert_eq!(said(2), "this desk has no tenant acmee, only t0, t1; a run with that tenant makes it");
        assert!(said(20).contains(", t19; a run"), "{}", said(20));
        assert!(said(23).contains(", t19 and 3 more; a run"), "{}", said(23));
    }
}
