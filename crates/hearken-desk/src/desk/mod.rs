//! The desk: what people can do with tickets, by the rules. All of it stands here once, above the stores.
//!
//! Each operation is one transaction. It reads the tickets concerned, lets leases end that have ended, asks
//! [`crate::state::transition`], appends to the trail, and only then changes the ticket; so nothing is visible without its entry. At
//! its end `tell` reads what it appended, and writes the messages that others are to have of it.

use crate::error::{Error, Result};
use crate::rules::{Rules, is_name};
use crate::store::{Rows, RowsMut, Store, Survives};
use crate::trail::DESK;

mod campaign;
mod check;
mod contact;
mod feed;
mod feedback;
mod join;
mod ledger;
mod next;
mod outbox;
mod policy;
mod port;
mod relabel;
mod report;
mod routing;
mod sampling;
mod step;
mod take_in;
mod tell;
mod undo;
mod view;
mod watch;
mod wipe;
mod work;

pub use check::Fault;
pub use feed::Changes;
pub use next::{Claimant, Claimed, Next};
pub use sampling::Question;
pub use take_in::{Misfit, TakenIn};
pub use view::Case;
pub use watch::{Alarmed, Promise};

/// The tenant of a desk that serves one only.
pub const ONLY_TENANT: &str = "";

/// The longest text that someone may attach to a ticket, bytes.
const LONGEST_NOTE: usize = 16 * 1024;

/// No list is longer.
pub const LONGEST_LIST: usize = 1000;

/// A desk of one tenant on a store. May be shared by threads if the store may.
#[derive(Debug)]
pub struct Desk<S> {
    store: S,
    tenant: String,
    /// What goes until a policy is adopted.
    rules: Rules,
}

impl<S: Store> Desk<S> {
    /// A desk of a store that serves one tenant only. It goes by `rules` until a policy is adopted, see [`Desk::adopt`].
    pub fn new(store: S, rules: Rules) -> Self {
        Self::for_tenant(store, ONLY_TENANT, rules)
    }

    /// The desk of one tenant of several. It sees nothing of the others.
    pub fn for_tenant(store: S, tenant: impl Into<String>, rules: Rules) -> Self {
        Self { store, tenant: tenant.into(), rules }
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    fn read<T>(&self, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        self.store.read(&self.tenant, work)
    }

    /// A change that has to be there after a power cut.
    fn write<T>(&self, mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        self.store.write(&self.tenant, Survives::PowerCut, |rows| self.telling(rows, &mut work))
    }

    /// A claim and its like, which end by themselves anyway: not worth waiting for a disk.
    fn write_lightly<T>(&self, mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        self.store.write(&self.tenant, Survives::Kill, |rows| self.telling(rows, &mut work))
    }
}

/// Checks the name of someone who acts.
fn check_name(name: &str) -> Result<()> {
    let fault = if name.trim().is_empty() {
        "a name is needed"
    } else if name == DESK {
        "the desk calls itself so; take another name"
    } else if !is_name(name) {
        "a name is at most 256 bytes long and has no control characters"
    } else {
        return Ok(());
    };
    Err(Error::Invalid(fault.to_owned()))
}

fn check_note(note: &str) -> Result<()> {
    if note.len() > LONGEST_NOTE {
        return Err(Error::Invalid(format!("a note is at most {LONGEST_NOTE} bytes long, not {}", note.len())));
    }
    Ok(())
}
