//! The desk: what people can do with tickets, by the rules. All of it stands here once, above the stores.
//!
//! Each operation is one transaction. It reads the tickets concerned, lets leases end that have ended, asks
//! [`crate::state::transition`], appends to the trail, and only then changes the ticket; so nothing is visible without its entry.

use crate::error::{Error, Result};
use crate::rules::Rules;
use crate::store::{Rows, RowsMut, Store, Survives};
use crate::trail::DESK;

mod campaign;
mod check;
mod contact;
mod join;
mod ledger;
mod next;
mod port;
mod sampling;
mod step;
mod take_in;
mod undo;
mod view;
mod wipe;
mod work;

pub use check::Fault;
pub use next::{Claimant, Claimed, Next};
pub use sampling::Question;
pub use take_in::{Misfit, TakenIn};
pub use view::Case;

/// The tenant of a desk that serves one only.
pub const ONLY_TENANT: &str = "";

/// The longest text that someone may attach to a ticket, bytes.
const LONGEST_NOTE: usize = 16 * 1024;

/// The longest name of a person or a team, bytes.
const LONGEST_NAME: usize = 256;

/// No list is longer.
pub const LONGEST_LIST: usize = 1000;

/// A desk of one tenant on a store. May be shared by threads if the store may.
#[derive(Debug)]
pub struct Desk<S> {
    store: S,
    tenant: String,
    rules: Rules,
}

impl<S: Store> Desk<S> {
    /// A desk of a store that serves one tenant only.
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

    /// What the desk goes by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    fn read<T>(&self, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        self.store.read(&self.tenant, work)
    }

    /// A change that has to be there after a power cut.
    fn write<T>(&self, work: impl FnOnce(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        self.store.write(&self.tenant, Survives::PowerCut, work)
    }

    /// A claim and its like, which end by themselves anyway: not worth waiting for a disk.
    fn write_lightly<T>(&self, work: impl FnOnce(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        self.store.write(&self.tenant, Survives::Kill, work)
    }
}

/// Checks the name of someone who acts.
fn check_name(name: &str) -> Result<()> {
    let fault = if name.trim().is_empty() {
        "a name is needed"
    } else if name == DESK {
        "the desk calls itself so; take another name"
    } else if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
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
