//! An open transaction of one tenant.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use postgres::Row;

use super::connection::Connection;
use super::convert;
use super::lock::{self, Absent, Held};
use super::pending::Pending;
use super::retry::Fault;
use super::value::{Value, values};
use crate::error::{Error, Result};

/// So many tickets are named in what is told of a change; of more, none.
const TOLD_AT_MOST: usize = 256;

/// Lanes that are in the table: they are few and stay.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashSet<(i64, String)>>);

impl Lanes {
    pub(super) fn knows(&self, tenant: i64, lane: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&(tenant, lane.to_owned()))
    }

    pub(super) fn add(&self, tenant: i64, lanes: HashSet<String>) {
        let lanes = lanes.into_iter().map(|lane| (tenant, lane));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(lanes);
    }
}

/// How a transaction begins that only reads.
pub(super) const READS: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// What begins a transaction for a tenant.
pub(super) fn begin(sql: &str, tenant: i64) -> String {
    format!("{sql}; SET LOCAL hearken.tenant = {tenant}")
}

/// Where changes are told.
pub(super) const CHANNEL: &str = "hearken_desk";

pub(super) struct Tx<'c> {
    connection: RefCell<&'c mut Connection>,
    pub(super) schema: &'c str,
    pub(super) tenant: i64,
    /// Whether this transaction can write. Then it locks every ticket that it reads.
    pub(super) writes: bool,
    pub(super) held: Cell<Held>,
    pub(super) absent: RefCell<Absent>,
    pub(super) pending: RefCell<Pending>,
    /// What went wrong with a statement. After that nothing of the transaction can be kept, whatever its work makes of it.
    fault: Cell<Option<Fault>>,
    /// The tickets that were changed, as far as they are told.
    changed: RefCell<BTreeSet<i64>>,
    pub(super) lanes: &'c Lanes,
    /// Lanes that this transaction made known.
    pub(super) new_lanes: RefCell<HashSet<String>>,
    /// The entries that were appended.
    pub(super) appended: RefCell<Vec<i64>>,
    /// Up to which entry nothing is under way any more, where that was asked.
    decided: Cell<Option<i64>>,
    /// The greatest numbers that were restored: of tickets and of entries.
    pub(super) restored: Cell<(i64, i64)>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(
        connection: &'c mut Connection,
        (schema, lanes): (&'c str, &'c Lanes),
        tenant: i64,
        writes: bool,
    ) -> Self {
        Self {
            connection: RefCell::new(connection),
            schema,
            tenant,
            writes,
            held: Cell::new(Held::Nothing),
            absent: RefCell::default(),
            pending: RefCell::default(),
            fault: Cell::new(None),
            changed: RefCell::default(),
            lanes,
            new_lanes: RefCell::default(),
            appended: RefCell::default(),
            decided: Cell::new(None),
            restored: Cell::default(),
        }
    }

    /// Notes that a ticket was changed.
    pub(super) fn note(&self, ticket: i64) {
        let mut changed = self.changed.borrow_mut();
        if changed.len() <= TOLD_AT_MOST {
            changed.insert(ticket);
        }
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.get()
    }

    /// A failed statement as the desk's error. Whether the transaction may be begun anew is noted.
    pub(super) fn failed(&self, error: postgres::Error) -> Error {
        if self.fault.get().is_none() {
            self.fault.set(Some(Fault::of(&error)));
        }
        let what = if self.writes { "the desk can't be written" } else { "the desk can't be read" };
        Error::store(what, error)
    }

    /// The suffix of a query for tickets.
    pub(super) fn for_update(&self) -> &'static str {
        if self.writes { "FOR UPDATE" } else { "" }
    }

    /// Runs a statement, after all that waits.
    pub(super) fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        self.flush()?;
        self.run(sql, values)
    }

    /// Runs a statement at once: one that no row that waits concerns.
    pub(super) fn run(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let mut connection = self.connection.borrow_mut();
        let rows = connection.prepared(sql).and_then(|statement| {
            let rows = connection.client.query_raw(&statement, values)?;
            postgres::fallible_iterator::FallibleIterator::collect(rows)
        });
        rows.map_err(|error| self.failed(error))
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value]) -> Result<()> {
        self.query(sql, values).map(drop)
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: &[Value],
        read: impl Fn(&Row) -> convert::Result<T>,
    ) -> Result<Vec<T>> {
        read_all(&self.query(sql, values)?, read)
    }

    /// The row that a query has, if it has one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: &[Value],
        read: impl Fn(&Row) -> convert::Result<T>,
    ) -> Result<Option<T>> {
        read_first(&self.query(sql, values)?, read)
    }

    /// The number up to which no entry is under way any more: what others append later, or have appended and not committed, comes after
    /// it. Who goes on after the last entry that they saw would miss one with a smaller number that is committed later.
    ///
    /// Each writer holds a lock whose number is that of the last entry when it began. What is under way has to be known before the
    /// snapshot is taken, so the transaction begins anew.
    pub(super) fn decided(&self) -> Result<i64> {
        if self.writes {
            return Ok(i64::MAX);
        }
        if let Some(decided) = self.decided.get() {
            return Ok(decided);
        }
        let last = format!("SELECT last_value FROM tenant_{}_entries", self.tenant);
        let under_way = "SELECT min(((classid::BIGINT << 32) | objid::BIGINT) & ((1::BIGINT << 40) - 1)) FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND classid::BIGINT >> 8 = $1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let kind = lock::appending(self.schema, self.tenant) >> 40 & 0xff_ffff;
        let mut connection = self.connection.borrow_mut();
        let mut ask = || -> Result<i64, postgres::Error> {
            connection.client.batch_execute("ROLLBACK")?;
            // IMPORTANT: in this order. Who begins in between takes numbers after the last one.
            let last: i64 = connection.client.query_one(&last, &[])?.try_get(0)?;
            let under_way: Option<i64> = connection.client.query_one(under_way, &[&kind])?.try_get(0)?;
            connection.begin(&begin(READS, self.tenant))?;
            Ok(under_way.map_or(last, |under_way| last.min(under_way)))
        };
        let decided = ask().map_err(|error| self.failed(error))?;
        self.decided.set(Some(decided));
        Ok(decided)
    }

    pub(super) fn count(&self, sql: &str, values: &[Value]) -> Result<u64> {
        let count: Option<i64> = self.one(sql, values, |row| Ok(row.try_get(0)?))?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    /// Hands over all rows of a table, one by one.
    pub(super) fn each(
        &self,
        sql: &str,
        read: impl Fn(&Row) -> convert::Result<crate::store::Row>,
        sink: &mut dyn FnMut(crate::store::Row) -> Result<()>,
    ) -> Result<()> {
        use postgres::fallible_iterator::FallibleIterator;

        self.flush()?;
        let mut connection = self.connection.borrow_mut();
        let tenant = [Value::from(self.tenant)];
        let rows = connection.client.query_raw(sql, &tenant);
        let mut rows = rows.map_err(|error| self.failed(error))?;
        while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
            sink(read(&row).map_err(unreadable)?)?;
        }
        Ok(())
    }

    /// Does what is due before the commit. Returns the number of the transaction, if it has one.
    pub(super) fn prepare_commit(&self) -> Result<Option<String>> {
        self.flush()?;
        self.go_on_after_restored()?;
        let number = |row: &Row| Ok(row.try_get(0)?);
        let number = if self.changed.borrow().is_empty() {
            self.one("SELECT pg_current_xact_id_if_assigned()::TEXT", &[], number)?
        } else {
            let sql = "SELECT pg_current_xact_id_if_assigned()::TEXT, pg_notify($1, $2)";
            self.one(sql, &values![CHANNEL, self.news()], number)?
        };
        Ok(number.flatten())
    }

    /// What listeners are told of this transaction: whose desk it was, and which tickets; "*" if they were too many to name.
    fn news(&self) -> String {
        let changed = self.changed.borrow();
        let tickets = if changed.len() > TOLD_AT_MOST {
            "*".to_owned()
        } else {
            changed.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
        };
        format!("{}{tickets}", news_of(self.schema, self.tenant))
    }
}

/// What news of a desk begins with.
pub(super) fn news_of(schema: &str, tenant: i64) -> String {
    format!("{schema} {tenant} ")
}

/// Rows as what they hold.
pub(super) fn read_all<T>(rows: &[Row], read: impl Fn(&Row) -> convert::Result<T>) -> Result<Vec<T>> {
    rows.iter().map(read).collect::<convert::Result<_>>().map_err(unreadable)
}

/// The first row, if there is one.
pub(super) fn read_first<T>(rows: &[Row], read: impl Fn(&Row) -> convert::Result<T>) -> Result<Option<T>> {
    rows.first().map(read).transpose().map_err(unreadable)
}

fn unreadable(error: convert::Unreadable) -> Error {
    Error::store("the desk holds a row that can't be read", error)
}
