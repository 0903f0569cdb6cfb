//! Whether the trail tells the whole story: every ticket stands where its last entry says, and every entry begins where the one
//! before ended.

use serde::Serialize;

use super::{Desk, LONGEST_LIST};
use crate::error::Result;
use crate::state::State;
use crate::store::{Filter, Rows, Store};
use crate::ticket::{Ticket, TicketId};
use crate::time::Timestamp;

/// A ticket whose trail doesn't explain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The ticket.
    pub ticket: TicketId,
    /// What is wrong with it.
    pub what: String,
}

impl<S: Store> Desk<S> {
    /// Reads the trail of every ticket, and names those that it doesn't explain. Takes a while on a large desk.
    ///
    /// # Errors
    /// The store fails.
    pub fn check(&self) -> Result<Vec<Fault>> {
        let all = Filter { states: State::NAMES.map(str::to_owned).to_vec(), ..Filter::default() };
        self.read(|rows| {
            let (mut faults, mut after) = (Vec::new(), None);
            loop {
                let tickets = rows.list(&all, Timestamp::MIN, after, LONGEST_LIST)?;
                for ticket in &tickets {
                    let what = fault(rows, ticket)?;
                    faults.extend(what.map(|what| Fault { ticket: ticket.id, what }));
                }
                match tickets.last() {
                    Some(last) => after = Some(last.place()),
                    None => return Ok(faults),
                }
            }
        })
    }
}

fn fault(rows: &dyn Rows, ticket: &Ticket) -> Result<Option<String>> {
    let (mut stands, mut after): (Option<State>, i64) = (None, i64::MIN);
    loop {
        let entries = rows.entries_of(ticket.id, after, LONGEST_LIST)?;
        for entry in &entries {
            if entry.from != stands {
                return Ok(Some(format!("entry {} doesn't begin where the one before ended", entry.seq)));
            }
            stands = Some(entry.to.clone());
            after = entry.seq;
        }
        if entries.is_empty() {
            break;
        }
    }
    Ok(match stands {
        None => Some("it has no entry in the trail".to_owned()),
        Some(state) if state != ticket.state => {
            Some(format!("it is {}, but its last entry says {}", ticket.state.name(), state.name()))
        }
        Some(_) => None,
    })
}
