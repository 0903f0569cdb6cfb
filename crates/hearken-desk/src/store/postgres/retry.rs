//! What a failure means for a transaction: whether it may be begun anew, and how long to wait before.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use postgres::error::SqlState;

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
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
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
