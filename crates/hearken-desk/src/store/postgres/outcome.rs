//! What became of a transaction whose commit nobody answered: its server knows.

use std::thread;

use postgres::error::SqlState;

use super::{Failed, PostgresStore, away, retry};
use crate::error::{Error, Result};

impl PostgresStore {
    /// Fails if the transaction of a number was not kept, and then it may be done again; or if that can't be known, and then it may
    /// not: `error` is how the connection was lost.
    pub(super) fn ask_what_became_of(&self, number: &str, error: postgres::Error) -> Result<(), Failed> {
        let mut delays = retry::delays(self.patience);
        loop {
            match self.became_of(number) {
                Ok(Some(true)) => return Ok(()),
                Ok(Some(false)) => return Err(Failed::by("the desk can't be written", error)),
                // It is under way still, or its server is.
                Ok(None) | Err(Failed { again: true, .. }) => {}
                Err(Failed { again: false, .. }) => return Err(unknown(error)),
            }
            match delays.next() {
                Some(delay) => thread::sleep(delay),
                None => return Err(unknown(error)),
            }
        }
    }

    /// Whether a transaction was kept; none while that is not decided.
    fn became_of(&self, number: &str) -> Result<Option<bool>, Failed> {
        let mut connection = self.pool.get().map_err(away)?;
        let status = connection.client.query_one(&format!("SELECT pg_xact_status('{number}')"), &[]);
        let status = match status.and_then(|row| row.try_get::<_, Option<String>>(0)) {
            Ok(status) => status,
            // A server to which this number is still to come has not kept it: it took over from one that never told it.
            Err(error) if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) => return Ok(Some(false)),
            Err(error) => {
                // Whatever it is, this connection is not asked again.
                connection.open = true;
                return Err(Failed::by("the desk can't be read", error));
            }
        };
        Ok(match status.as_deref() {
            Some("committed") => Some(true),
            Some("aborted") => Some(false),
            _ => None,
        })
    }
}

fn unknown(error: postgres::Error) -> Failed {
    let message =
        "the connection was lost in the moment of the commit: look whether the change was kept before you try again";
    Error::store(message, error).into()
}
