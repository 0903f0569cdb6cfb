//! A desk in one SQLite file, which several processes use at once: readers never wait, writers take turns.
//!
//! The file is in WAL mode. With [`Survives::PowerCut`] a commit waits until the disk has it (`synchronous=FULL`). With
//! [`Survives::Kill`] it only hands it to the operating system (`NORMAL`): the end of any process does it no harm, and a power
//! cut may take the last such commits back, whole and the latest first, but none that came before one with `PowerCut`.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use super::{Rows, RowsMut, Store, Survives};
use crate::error::{Error, Result};

mod convert;
mod list;
mod outbox;
mod read;
mod schema;
mod write;

/// A writer asks so often whether it is its turn: SQLite's own way waits longer and longer, up to 100 ms, while others overtake it.
const ASK_AGAIN: Duration = Duration::from_micros(500);

/// After so many times it gives up: a minute.
const ASKS: i32 = 120_000;

/// When the log has as many pages as this part of the file, who waits for the disk anyway moves them into the file. Pages that nearly
/// every batch changes, as those of an index by author, are then written there once for many batches.
const LOG_SHARE: i64 = 4;

/// But not before it has so many pages of 4 KiB, and no later than with so many: 16 and 256 MiB.
const LONG_LOG: RangeInclusive<i64> = 4096..=65_536;

/// When nobody who waits for the disk came until the log is so many pages longer, whoever comes moves them.
const LONGER_LOG: i64 = 3 * 4096;

/// What a connection keeps of the file in memory, KiB.
const CACHE: i64 = 64 * 1024;

/// Statements that are kept prepared: all that there are, and some lists.
const PREPARED: usize = 128;

/// A store in a file.
#[derive(Debug)]
pub struct SqliteStore(Mutex<Open>);

#[derive(Debug)]
struct Open {
    connection: Connection,
    /// What commits survive as the connection is set now.
    survives: Survives,
    /// How long the log may get until a commit moves its pages into the file, as the connection is set now.
    log: i64,
}

/// An open transaction of one tenant.
struct Tx<'c> {
    connection: &'c Connection,
    tenant: i64,
    last_ticket: Cell<i64>,
    last_entry: Cell<i64>,
}

impl SqliteStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It can't be opened, is not a desk, or was made by a later release.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let named = |error| Error::store(format!("the desk {} can't be opened", path.display()), error);
        let mut connection = Connection::open(path).map_err(named)?;
        connection
            .busy_handler(Some(|asked: i32| {
                thread::sleep(ASK_AGAIN);
                asked < ASKS
            }))
            .map_err(named)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        use_log(&connection).map_err(named)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(named)?;
        connection.pragma_update(None, "foreign_keys", "ON").map_err(named)?;
        connection.pragma_update(None, "wal_autocheckpoint", LONG_LOG.start()).map_err(named)?;
        // Without this SQLite plans a statement anew for other values, to see whether a partial index goes for them: half of its time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(named)?;
        // What a person takes back is overwritten, not only forgotten.
        connection.pragma_update(None, "secure_delete", "ON").map_err(named)?;
        connection.pragma_update(None, "cache_size", -CACHE).map_err(named)?;
        schema::migrate(&mut connection).map_err(|error| match error {
            Error::Invalid(fault) => Error::Invalid(format!("{}: {fault}", path.display())),
            error => error,
        })?;
        Ok(Self(Mutex::new(Open { connection, survives: Survives::PowerCut, log: *LONG_LOG.start() })))
    }

    /// Makes a tenant known, under whose name nothing has to be kept yet.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn make_tenant(&self, name: &str) -> Result<()> {
        match self.check_tenant(name) {
            Err(Error::NoTenant { .. }) => self.write(name, Survives::Kill, |_| Ok(())),
            known => known,
        }
    }

    /// Sees to it that a tenant is known.
    ///
    /// # Errors
    /// [`Error::NoTenant`], which names those there are, or the file can't be read.
    pub fn check_tenant(&self, name: &str) -> Result<()> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error| Error::store("the desk can't be read", error);
        if find(&open.connection, name).map_err(failed)?.is_some() {
            return Ok(());
        }
        // The nameless one is the desk without tenants.
        let names = || -> rusqlite::Result<Vec<String>> {
            let mut names = open.connection.prepare("SELECT name FROM tenant WHERE name <> '' ORDER BY name")?;
            names.query_map([], |row| row.get(0))?.collect()
        };
        Err(Error::NoTenant { name: name.to_owned(), others: names().map_err(failed)? })
    }

    /// Has SQLite look the whole file over. Returns what it finds wrong.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn integrity(&self) -> Result<Vec<String>> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = || -> rusqlite::Result<Vec<String>> {
            let mut check = open.connection.prepare("PRAGMA integrity_check")?;
            let lines = check.query_map([], |row| row.get::<_, String>(0))?;
            let mut found: Vec<String> = lines.filter(|line| line.as_deref() != Ok("ok")).collect::<Result<_, _>>()?;
            let mut keys = open.connection.prepare("PRAGMA foreign_key_check")?;
            let lines = keys.query_map([], |row| row.get::<_, String>(0))?;
            for table in lines {
                found.push(format!("a row of {} belongs to nothing", table?));
            }
            Ok(found)
        };
        found().map_err(|error| Error::store("the desk can't be looked over", error))
    }
}

impl Open {
    /// Sets the connection up for a commit that is to survive this.
    fn prepare_for(&mut self, survives: Survives) -> rusqlite::Result<()> {
        if self.survives == Survives::Kill && survives == Survives::Kill {
            return Ok(());
        }
        let pages = self.connection.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?;
        let (level, log) = match survives {
            Survives::Kill => ("NORMAL", long_log(pages) + LONGER_LOG),
            Survives::PowerCut => ("FULL", long_log(pages)),
        };
        if self.survives != survives {
            self.connection.pragma_update(None, "synchronous", level)?;
            self.survives = survives;
        }
        if self.log != log {
            self.connection.pragma_update(None, "wal_autocheckpoint", log)?;
            self.log = log;
        }
        Ok(())
    }
}

/// How many pages the log of a file of so many pages may have; in large steps, for it is set anew when it changes.
fn long_log(pages: i64) -> i64 {
    let step = LONG_LOG.start();
    (pages / LOG_SHARE / step * step).clamp(*step, *LONG_LOG.end())
}

/// Puts the file into WAL mode. Where several make the same file at once, SQLite tells all but one that it is busy without asking the
/// busy handler, lest they wait for each other.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    let mut asked = 0;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && asked < ASKS => {
                asked += 1;
                thread::sleep(ASK_AGAIN);
            }
            done => return done,
        }
    }
}

impl Store for SqliteStore {
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error| Error::store("the desk can't be read", error);
        let transaction = open.connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(failed)?;
        // A tenant of whom nothing was ever written has nothing.
        let tx = find(&transaction, tenant).map_err(failed)?.unwrap_or(Tx::new(&transaction, -1, 0, 0));
        work(&tx)
    }

    fn write<T>(
        &self,
        tenant: &str,
        survives: Survives,
        mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error| Error::store("the desk can't be written", error);
        open.prepare_for(survives).map_err(failed)?;
        // IMPORTANT: immediate. A transaction that first reads and then wants to write may find that another has written meanwhile,
        // and would have to begin anew.
        let transaction = open.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut tx = match find(&transaction, tenant).map_err(failed)? {
            Some(tx) => tx,
            None => add(&transaction, tenant).map_err(failed)?,
        };
        let before = (tx.last_ticket.get(), tx.last_entry.get());
        let done = work(&mut tx)?;
        if before != (tx.last_ticket.get(), tx.last_entry.get()) {
            tx.keep_numbers().map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        Ok(done)
    }
}

impl<'c> Tx<'c> {
    fn new(connection: &'c Connection, tenant: i64, last_ticket: i64, last_entry: i64) -> Self {
        Self { connection, tenant, last_ticket: Cell::new(last_ticket), last_entry: Cell::new(last_entry) }
    }

    fn keep_numbers(&self) -> rusqlite::Result<()> {
        let sql = "UPDATE tenant SET last_ticket = ?2, last_entry = ?3 WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.execute(params![self.tenant, self.last_ticket.get(), self.last_entry.get()])?;
        Ok(())
    }
}

fn find<'c>(connection: &'c Connection, tenant: &str) -> rusqlite::Result<Option<Tx<'c>>> {
    let sql = "SELECT id, last_ticket, last_entry FROM tenant WHERE name = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([tenant], |row| Ok(Tx::new(connection, row.get(0)?, row.get(1)?, row.get(2)?))).optional()
}

fn add<'c>(connection: &'c Connection, tenant: &str) -> rusqlite::Result<Tx<'c>> {
    connection.execute("INSERT INTO tenant (name, last_ticket, last_entry) VALUES (?1, 0, 0)", [tenant])?;
    Ok(Tx::new(connection, connection.last_insert_rowid(), 0, 0))
}

#[cfg(test)]
mod tests;
