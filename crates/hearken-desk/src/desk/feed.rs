//! The feed: which tickets have changed, for systems that keep copies of them; and which spikes there were.

use std::collections::BTreeMap;

use super::{Desk, LONGEST_LIST};
use crate::error::Result;
use crate::spike::Spike;
use crate::store::Store;
use crate::ticket::{Ticket, TicketId};
use crate::time::{Timestamp, whole};

/// Tickets that have changed, in the order of their last changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Each with the number of the last entry that changed it, of those that were read. Whoever goes on after that number misses
    /// nothing.
    pub tickets: Vec<(i64, Ticket)>,
    /// Whether there is nothing newer.
    pub complete: bool,
}

impl<S: Store> Desk<S> {
    /// The tickets of some of the entries that come after the one with the number `after`, each once and as it stands now. One that
    /// was changed again beyond those entries comes again with the next.
    ///
    /// # Errors
    /// The store fails.
    pub fn changes(&self, after: i64) -> Result<Changes> {
        self.read(|rows| {
            let entries = rows.entries_after(after, LONGEST_LIST)?;
            let mut last: BTreeMap<TicketId, i64> = BTreeMap::new();
            last.extend(entries.iter().map(|entry| (entry.ticket, entry.seq)));
            let mut order: Vec<(i64, TicketId)> = last.into_iter().map(|(ticket, entry)| (entry, ticket)).collect();
            order.sort_unstable();
            let mut tickets = Vec::with_capacity(order.len());
            for (entry, id) in order {
                tickets.extend(rows.ticket(id)?.map(|ticket| (entry, ticket)));
            }
            Ok(Changes { tickets, complete: entries.len() < LONGEST_LIST })
        })
    }

    /// What [`Desk::changes`] is to be asked for, to hear of all changes since a time.
    ///
    /// # Errors
    /// The store fails.
    pub fn changes_since(&self, since: Timestamp) -> Result<i64> {
        self.read(|rows| Ok(rows.first_entry_since(whole(since))?.map_or(rows.last_entry()?, |first| first - 1)))
    }

    /// Spikes since a time, the latest first; at most [`LONGEST_LIST`].
    ///
    /// # Errors
    /// The store fails.
    pub fn spikes(&self, since: Timestamp) -> Result<Vec<Spike>> {
        self.read(|rows| rows.spikes(whole(since), LONGEST_LIST))
    }
}
