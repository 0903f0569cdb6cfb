//! What every store has to keep, run on each.

use hearken_desk::{Claimant, Claimed, Desk, MemoryStore, Next, Rules, TicketId, store::Store};

use crate::testing::at;

mod batch;
mod campaign;
mod care;
mod feedback;
mod intake;
mod ledger;
mod lists;
mod order;
mod outbox;
mod policy;
mod routes;
mod sample;
mod service;
mod work;

/// A scenario for each store.
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $name() { super::$name(hearken_desk::MemoryStore::default()); })*
        }
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[test] fn $name() { crate::conformance::on_a_file(super::$name); })*
        }
        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[test] fn $name() { crate::conformance::on_a_server(super::$name); })*
        }
    };
}
use on_every_store;

#[cfg(feature = "sqlite")]
fn on_a_file(scenario: impl FnOnce(hearken_desk::SqliteStore)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    scenario(hearken_desk::SqliteStore::open(&path).unwrap());
    let store = hearken_desk::SqliteStore::open(&path).unwrap();
    assert_eq!(store.integrity().unwrap(), Vec::<String>::new());
    assert_eq!(desk(store).check().unwrap(), []);
}

#[cfg(feature = "postgres")]
fn on_a_server(scenario: impl FnOnce(hearken_desk::PostgresStore)) {
    let Some(url) = crate::postgres::new_desk() else { return };
    scenario(hearken_desk::PostgresStore::open(&url).unwrap());
    let store = hearken_desk::PostgresStore::open(&url).unwrap();
    assert_eq!(desk(store).check().unwrap(), []);
}

fn desk<S: Store>(store: S) -> Desk<S> {
    Desk::new(store, Rules::default())
}

/// What is next for someone, at the start plus `minutes`.
fn next<S: Store>(desk: &Desk<S>, name: &str, minutes: i64) -> Option<Claimed> {
    match desk.next(&Claimant::new(name), at(minutes)).unwrap() {
        Next::Claimed(claimed) => Some(*claimed),
        Next::Nobody => None,
        Next::Rest { .. } => panic!("{name} should rest"),
    }
}

fn next_id<S: Store>(desk: &Desk<S>, name: &str, minutes: i64) -> Option<TicketId> {
    next(desk, name, minutes).map(|claimed| claimed.ticket.id)
}

#[test]
fn a_change_that_fails_leaves_nothing() {
    fn scenario<S: Store>(store: S) {
        let failed: hearken_desk::Result<()> = store.write("", hearken_desk::store::Survives::Kill, |rows| {
            rows.put_view("mine", &hearken_desk::Filter::default())?;
            assert_eq!(rows.views()?, ["mine"], "the fault comes after the change");
            Err(hearken_desk::Error::Invalid("a fault".to_owned()))
        });
        assert!(failed.is_err());
        assert_eq!(desk(store).views().unwrap(), Vec::<String>::new());
    }
    scenario(MemoryStore::default());
    #[cfg(feature = "sqlite")]
    on_a_file(scenario);
    #[cfg(feature = "postgres")]
    on_a_server(scenario);
}
