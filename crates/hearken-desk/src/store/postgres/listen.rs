//! Being told of changes, instead of asking again and again.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use postgres::Notification;
use postgres::fallible_iterator::FallibleIterator;
use r2d2::ManageConnection;

use super::connection::{Connection, Connector};
use super::tx::{CHANNEL, news_of};
use crate::error::{Error, Result};
use crate::ticket::TicketId;

/// What was committed since the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These tickets changed, or what belongs to them.
    Tickets(BTreeSet<TicketId>),
    /// Any may have: very many did, or the connection was lost meanwhile.
    Any,
}

/// Changes of one tenant's desk as they are committed, by whatever process. Those that come while nobody waits are kept.
pub struct Listener {
    connector: Connector,
    connection: Option<Connection>,
    /// What news of this desk begins with.
    mine: String,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({})", self.connector.address)
    }
}

impl Listener {
    pub(super) fn of(connector: Connector, tenant: i64) -> Result<Self> {
        let mine = news_of(&connector.address.schema, tenant);
        let mut changes = Self { connector, connection: None, mine };
        changes.connect()?;
        Ok(changes)
    }

    /// Waits for changes, at most so long, or until something is told of another desk of this database. None: there was none of this
    /// desk yet. All that were committed up to now come at once.
    ///
    /// # Errors
    /// The connection was lost, and the server can't be reached. It is tried again the next time.
    pub fn wait(&mut self, at_most: Duration) -> Result<Option<Change>> {
        let told = match &mut self.connection {
            Some(connection) => all_told(connection, at_most),
            None => None,
        };
        match told {
            Some(told) => Ok(self.change(&told)),
            None => {
                self.connect()?;
                Ok(Some(Change::Any))
            }
        }
    }

    fn connect(&mut self) -> Result<()> {
        self.connection = None;
        let away = |error| Error::store(format!("the desk {} can't be reached", self.connector.address), error);
        let mut connection = self.connector.connect().map_err(away)?;
        connection.client.batch_execute(&format!("LISTEN {CHANNEL}")).map_err(away)?;
        self.connection = Some(connection);
        Ok(())
    }

    fn change(&self, told: &[Notification]) -> Option<Change> {
        let mine = told.iter().filter_map(|told| told.payload().strip_prefix(&self.mine));
        let mut tickets = BTreeSet::new();
        for names in mine {
            for name in names.split(',') {
                match name.parse() {
                    Ok(ticket) => drop(tickets.insert(ticket)),
                    Err(_) => return Some(Change::Any),
                }
            }
        }
        (!tickets.is_empty()).then_some(Change::Tickets(tickets))
    }
}

/// What a connection was told; none if it is lost.
fn all_told(connection: &mut Connection, at_most: Duration) -> Option<Vec<Notification>> {
    let first = connection.client.notifications().timeout_iter(at_most).next().ok()?;
    if first.is_none() {
        // It was silent because nothing happened, or because nobody is there.
        connection.client.batch_execute("").ok()?;
    }
    let rest: Vec<Notification> = connection.client.notifications().iter().collect().ok()?;
    Some(first.into_iter().chain(rest).collect())
}
