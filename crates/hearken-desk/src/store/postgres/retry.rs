//! What a failure means: whether a transaction may be begun anew, and how long to wait before; whether a desk that can't be opened can
//! be a moment later.

use std::io::{self, ErrorKind};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use postgres::error::SqlState;

use crate::error::Error;

/// What a failure leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Others were in the way, and nothing was kept: it may go well the next time.
    Conflict,
    /// The connection is of no use any more: it is gone, or its server gives no leave to write.
    Lost,
    /// It would fail again.
    Ours,
}

impl Fault {
    pub(super) fn of(error: &postgres::Error) -> Self {
        const CONFLICTS: [SqlState; 5] = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
            // Of numbers that were the next: another was first.
            SqlState::UNIQUE_VIOLATION,
            // Others hold all the locks that there are.
            SqlState::OUT_OF_MEMORY,
        ];
        const LOST: [SqlState; 6] = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            // A server that is only a copy now.
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ];
        match error.code() {
            Some(code) if CONFLICTS.contains(code) => Self::Conflict,
            Some(code) if LOST.contains(code) || code.code().starts_with("08") => Self::Lost,
            Some(_) => Self::Ours,
            None if error.is_closed() || comes_from_the_network(error) => Self::Lost,
            None => Self::Ours,
        }
    }

    pub(super) fn may_pass(self) -> bool {
        self != Self::Ours
    }
}

fn comes_from_the_network(error: &postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // A certificate that is not believed, and a socket that is not for everyone.
            return !matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::PermissionDenied);
        }
        cause = error.source();
    }
    false
}

/// Why a desk can't be opened: for now, or for good.
pub(super) fn opening(what: String, error: postgres::Error) -> Error {
    if Fault::of(&error).may_pass() { Error::away(what, error) } else { Error::store(what, error) }
}

/// How long to wait before each further try, until it is given up: `patience` altogether, about.
pub(super) fn delays(patience: Duration) -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(1))
        .with_max_delay(Duration::from_millis(500))
        .with_jitter()
        .without_max_times()
        .with_total_delay(Some(patience))
        .build()
}
