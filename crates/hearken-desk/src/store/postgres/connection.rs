//! A connection of the pool: its settings, and the statements that it has prepared.

use std::collections::HashMap;
use std::time::Duration;

use postgres::{Client, Statement};
use r2d2::ManageConnection;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;

/// Statements that are kept prepared: all that there are, and some lists.
const PREPARED: usize = 256;

/// When so many statements were run, all are planned anew, and again whenever that number has doubled.
const PLANNED_ANEW_FROM: u64 = 128;

/// Nobody waits for another's lock for longer, and begins anew instead.
const LOCKS_WITHIN: Duration = Duration::from_secs(10);

/// A process that says nothing amid a transaction for so long loses it, and so does one that is cut off: others wait for its tickets.
const SILENT_AT_MOST: Duration = Duration::from_secs(60);

/// A connection, and what it has prepared.
pub(super) struct Connection {
    pub(super) client: Client,
    statements: HashMap<String, Statement>,
    /// Statements that were run.
    run: u64,
    /// Whether a transaction may be open, or its server can't be used: then the pool throws it away.
    pub(super) open: bool,
}

impl Connection {
    pub(super) fn prepared(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        self.run += 1;
        // A plan that was made while the tables were small may read all of them; they have not grown by more than what was run since.
        if self.statements.len() >= PREPARED || (self.run.is_power_of_two() && self.run >= PLANNED_ANEW_FROM) {
            self.statements.clear();
        }
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn begin(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.open = true;
        self.client.batch_execute(sql)
    }

    pub(super) fn commit(&mut self) -> Result<(), postgres::Error> {
        self.client.batch_execute("COMMIT")?;
        self.open = false;
        Ok(())
    }

    /// Ends a transaction of which nothing is to be kept. If that fails, the pool throws the connection away, and the server the
    /// transaction.
    pub(super) fn roll_back(&mut self) {
        if self.client.batch_execute("ROLLBACK").is_ok() {
            self.open = false;
        }
    }
}

/// Makes connections.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) address: Address,
    pub(super) tls: MakeRustlsConnect,
}

impl ManageConnection for Connector {
    type Connection = Connection;
    type Error = postgres::Error;

    fn connect(&self) -> Result<Connection, postgres::Error> {
        let mut client = self.address.config.connect(self.tls.clone())?;
        let (schema, locks, silent) = (&self.address.schema, LOCKS_WITHIN.as_millis(), SILENT_AT_MOST.as_millis());
        // Plans: each statement has an index that is made for it, whatever the statistics say at first; to plan it anew each time
        // would take longer than to run it. And what people say has to survive a power cut, whatever an administrator set.
        client.batch_execute(&format!(
            "SET search_path = {schema};
             SET standard_conforming_strings = on;
             SET default_transaction_isolation = 'read committed';
             SET lock_timeout = {locks};
             SET idle_in_transaction_session_timeout = {silent};
             SET plan_cache_mode = force_generic_plan;
             SET enable_seqscan = off;
             SET jit = off;
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';"
        ))?;
        Ok(Connection { client, statements: HashMap::new(), run: 0, open: false })
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), postgres::Error> {
        connection.client.simple_query("").map(drop)
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.open || connection.client.is_closed()
    }
}
