//! The schema: one step for each version, and none is ever changed. The steps are those of a file, number by number.

use postgres::{Client, GenericClient};

use super::address::Address;
use super::lock;
use super::retry::opening;
use crate::error::{Error, Result};

/// What leads from each version to the next.
const STEPS: [&str; 5] = [
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
];

const FENCE: &str = include_str!("fence.sql");

/// The oldest server that can say what became of a transaction.
const OLDEST: i32 = 130_000;

/// Brings the tables of a desk up to this version of the schema; new ones from nothing.
pub(super) fn migrate(client: &mut Client, address: &Address, make: bool) -> Result<()> {
    let failed = |error| opening(format!("the tables of the desk {address} can't be set up"), error);
    check_server(client, address)?;
    match version(client, &address.schema).map_err(failed)? {
        Some(version) if version == STEPS.len() => return Ok(()),
        None if !make => {
            return Err(Error::Invalid(format!(
                "{address}: there is no desk in the schema {}; hearken run --desk makes one",
                address.schema
            )));
        }
        _ => {}
    }
    let mut transaction = client.transaction().map_err(failed)?;
    // Several processes may find the same desk new or old at the same time: each looks again when it has the lock.
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&lock::number(&address.schema, &["schema"])])
        .map_err(failed)?;
    let found = version(&mut transaction, &address.schema).map_err(failed)?;
    let steps = found.map_or(Some(STEPS.as_slice()), |version| STEPS.get(version..));
    let Some(steps) = steps else {
        return Err(Error::Invalid(format!(
            "{address}: the desk was made by a later release: its tables are of version {}, and this one knows {}",
            found.unwrap_or_default(),
            STEPS.len()
        )));
    };
    if found.is_none() {
        let sql =
            "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1";
        let tables = transaction.query_one(sql, &[&address.schema]).and_then(|row| row.try_get::<_, i64>(0));
        if tables.map_err(failed)? > 0 {
            let schema = &address.schema;
            return Err(Error::Invalid(format!("{address}: the schema {schema} is another program's, not a desk")));
        }
        // Not IF NOT EXISTS alone: that asks for the right to make one, even where it is there.
        let there = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
        let is_there = transaction.query_one(there, &[&address.schema]).and_then(|row| row.try_get::<_, bool>(0));
        if !is_there.map_err(failed)? {
            transaction.batch_execute(&format!("CREATE SCHEMA {}", address.schema)).map_err(failed)?;
        }
        transaction.batch_execute("CREATE TABLE schema_version (version BIGINT NOT NULL)").map_err(failed)?;
    }
    for step in steps {
        transaction.batch_execute(step).map_err(failed)?;
    }
    transaction.batch_execute(FENCE).map_err(failed)?;
    let version = STEPS.len();
    let sql = format!("DELETE FROM schema_version; INSERT INTO schema_version VALUES ({version})");
    transaction.batch_execute(&sql).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn check_server(client: &mut Client, address: &Address) -> Result<()> {
    let failed = |error| opening(format!("the desk {address} can't be opened"), error);
    let sql = "SELECT current_setting('server_version_num')::INT, current_setting('server_encoding')";
    let row = client.query_one(sql, &[]).map_err(failed)?;
    let version: i32 = row.try_get(0).map_err(failed)?;
    let encoding: String = row.try_get(1).map_err(failed)?;
    if version < OLDEST {
        return Err(Error::Invalid(format!("{address}: PostgreSQL {} is too old, 13 is needed", version / 10_000)));
    }
    if encoding != "UTF8" {
        return Err(Error::Invalid(format!("{address}: a desk needs a database in UTF8, this one is in {encoding}")));
    }
    Ok(())
}

/// None where there is no desk yet.
fn version(client: &mut impl GenericClient, schema: &str) -> Result<Option<usize>, postgres::Error> {
    // From the tables of the catalogue: what a connection remembers of it may be older than the lock that it has just got.
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1 AND relname = 'schema_version')";
    if !client.query_one(sql, &[&schema])?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let version: i64 = client.query_one(&format!("SELECT version FROM {schema}.schema_version"), &[])?.try_get(0)?;
    Ok(Some(usize::try_from(version).unwrap_or(usize::MAX)))
}
