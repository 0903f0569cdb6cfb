//! A desk in PostgreSQL, which people and runs on many machines use at once.
//!
//! # What makes the desk's promises true when nobody waits for a turn
//!
//! The desk reads, decides and writes, and relies on what it read. Transactions run at `READ COMMITTED` and *lock what they read*:
//!
//! - A ticket that a writing transaction reads is locked (`FOR UPDATE`), and what is read of it is its latest version. So no two
//!   change one ticket from the same state, and the entries of a ticket are in the order of their numbers.
//! - `next` takes the first ready ticket that nobody holds (`SKIP LOCKED`). It locks that one only, not the first of every lane, so who
//!   comes second gets the second best. Where all are held it waits: nobody is told that no one waits while someone does.
//! - News of a post or of a person is taken in by one transaction at a time: two machines that take in two posts of a person open one
//!   ticket. [`RowsMut::expect`](super::RowsMut::expect) names them beforehand, and all are locked in the same order; whoever names
//!   none (a merge, a split, an account that is deleted) has all news to itself.
//! - So are a person's contacts, what a colleague did last and their load, which decide whether something is allowed.
//!
//! `SERIALIZABLE` would promise the same without a thought, but not this fast: sixteen colleagues who ask for the same first ticket
//! all read it, one gets it, and fifteen begin anew; even `REPEATABLE READ` fails where `SKIP LOCKED` would pass on, for a ticket that
//! was claimed since the snapshot is an error there. Reads, which lock nothing, see one snapshot (`REPEATABLE READ`).
//!
//! Numbers of tickets and entries come from sequences: later ones of a ticket are greater, and a transaction may leave a gap.
//!
//! # When something is in the way
//!
//! A transaction that meets a deadlock, a lock that is held for too long, or a lost connection is done again from its start, for a while:
//! nothing of it was kept. If the connection is lost in the moment of the commit, the server is asked afterwards what became of that
//! transaction (`pg_xact_status`): an answer is never written down twice, and never lost unsaid.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use r2d2::{ManageConnection, NopErrorHandler, Pool, PooledConnection};

use super::{Rows, RowsMut, Store, Survives};
use crate::error::{Error, Result};

mod address;
mod connection;
mod convert;
mod list;
mod listen;
mod lock;
mod outbox;
mod outcome;
mod pending;
mod read;
mod retry;
mod schema;
mod tenant;
mod tls;
mod tx;
mod value;
mod write;

use address::Address;
use connection::Connector;
pub use listen::{Change, Listener};
use retry::Fault;
use tx::{Lanes, READS, Tx};

/// How a desk is reached.
#[derive(Clone, Copy, Debug)]
pub struct PostgresOptions {
    /// At most so many connections at once; so many threads can use the desk without waiting for each other.
    pub connections: u32,
    /// A server that is away, or busy with others, is asked again for so long.
    pub patience: Duration,
    /// Whether the desk is made where there is none.
    pub make: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(30), make: true }
    }
}

/// A store in PostgreSQL, version 13 or newer. Threads may share it.
pub struct PostgresStore {
    pool: Pool<Connector>,
    connector: Connector,
    patience: Duration,
    tenants: Mutex<HashMap<String, i64>>,
    lanes: Lanes,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({})", self.connector.address)
    }
}

/// Why a transaction was not kept, and whether it may be done again.
struct Failed {
    error: Error,
    again: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, again: false }
    }
}

impl Failed {
    fn by(what: &str, error: postgres::Error) -> Self {
        Self { again: Fault::of(&error).may_pass(), error: Error::store(what, error) }
    }
}

impl PostgresStore {
    /// Opens the desk that a URL names, `postgres://name:password@host/database?schema=hearken`, and makes its tables where there are
    /// none. The password, and who connects, are shown in no error.
    ///
    /// # Errors
    /// It can't be reached, is not a desk, or was made by a later release.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, PostgresOptions::default())
    }

    /// Likewise, on other terms.
    ///
    /// # Errors
    /// See [`PostgresStore::open`].
    pub fn open_with(url: &str, options: PostgresOptions) -> Result<Self> {
        let mut address = Address::parse(url)?;
        address.answer_within(options.patience);
        let named = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::store(format!("the desk {address} can't be opened"), error)
        };
        let tls = tls::connector(&address.trust).map_err(named)?;
        let connector = Connector { address: address.clone(), tls };
        // Not by the pool, which would try for long where a password is wrong.
        let mut first = connector.connect().map_err(|error| named(error.into()))?;
        schema::migrate(&mut first.client, &address, options.make)?;
        let pool = Pool::builder()
            .max_size(options.connections.max(1))
            .min_idle(Some(0))
            .connection_timeout(options.patience.max(Duration::from_millis(1)))
            // A connection is tried by the transaction that it is for.
            .test_on_check_out(false)
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(connector.clone());
        Ok(Self { pool, connector, patience: options.patience, tenants: Mutex::default(), lanes: Lanes::default() })
    }

    /// Listens for changes of a tenant's desk, by whatever process: for a board that shows what is.
    ///
    /// # Errors
    /// The server can't be reached.
    pub fn listen(&self, tenant: &str) -> Result<Listener> {
        Listener::of(self.connector.clone(), self.tenant(tenant)?)
    }

    /// Begins a transaction for a tenant. Nothing was done yet when it fails, so a connection that turns out to be lost is no matter.
    fn begin(&self, sql: &str, tenant: i64) -> Result<PooledConnection<Connector>, Failed> {
        let mut connection = self.pool.get().map_err(away)?;
        connection.begin(&tx::begin(sql, tenant)).map_err(|error| Failed::by("the desk can't be reached", error))?;
        Ok(connection)
    }

    /// Does something until it succeeds, fails for good, or the time is over.
    fn persist<T>(&self, mut attempt: impl FnMut() -> Result<T, Failed>) -> Result<T> {
        let mut delays = retry::delays(self.patience);
        loop {
            match attempt() {
                Ok(done) => return Ok(done),
                Err(Failed { error, again: true }) => match delays.next() {
                    Some(delay) => thread::sleep(delay),
                    None => return Err(error),
                },
                Err(Failed { error, again: false }) => return Err(error),
            }
        }
    }

    fn attempt<T>(
        &self,
        tenant: i64,
        survives: Survives,
        work: &mut impl FnMut(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T, Failed> {
        let begin = match survives {
            Survives::Kill => "BEGIN; SET LOCAL synchronous_commit = off",
            Survives::PowerCut => "BEGIN",
        };
        let lock = lock::appending(&self.connector.address.schema, tenant);
        let lock =
            format!("SELECT pg_advisory_xact_lock_shared('{lock}'::BIGINT | last_value) FROM tenant_{tenant}_entries");
        let mut connection = self.begin(&format!("{begin}; {lock}"), tenant)?;
        let mut tx = Tx::new(&mut connection, (&self.connector.address.schema, &self.lanes), tenant, true);
        let done = work(&mut tx).and_then(|done| tx.prepare_commit().map(|number| (done, number)));
        let (fault, news) = (tx.fault(), tx.new_lanes.take());
        let (done, number) = match (done, fault) {
            (Ok(done), None) => done,
            (done, fault) => {
                if fault != Some(Fault::Lost) {
                    connection.roll_back();
                }
                // IMPORTANT: a statement that failed undoes all, even if the work made nothing of it. To commit would say nothing.
                let error = done.err().unwrap_or_else(|| Error::store("a statement failed", "nothing was kept"));
                return Err(Failed { error, again: fault.is_some_and(Fault::may_pass) });
            }
        };
        if let Err(error) = connection.commit() {
            drop(connection);
            match number {
                Some(number) if Fault::of(&error) == Fault::Lost => self.ask_what_became_of(&number, error)?,
                _ => return Err(Failed::by("the desk can't be written", error)),
            }
        }
        self.lanes.add(tenant, news);
        Ok(done)
    }
}

fn away(error: r2d2::Error) -> Error {
    Error::store("the desk can't be reached", error)
}

impl Store for PostgresStore {
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        let tenant = self.tenant(tenant)?;
        let mut connection = self.persist(|| self.begin(READS, tenant))?;
        let done = work(&Tx::new(&mut connection, (&self.connector.address.schema, &self.lanes), tenant, false));
        connection.roll_back();
        done
    }

    fn write<T>(
        &self,
        tenant: &str,
        survives: Survives,
        mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T> {
        let tenant = self.tenant(tenant)?;
        self.persist(|| self.attempt(tenant, survives, &mut work))
    }
}
