//! The schema: one step for each version, and none is ever changed.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};

/// Marks the file as a desk's: "hear" in ASCII.
const APPLICATION_ID: i32 = 0x6865_6172;

/// What leads from each version to the next.
const STEPS: [&str; 5] = [
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
];

/// Brings a file up to this version of the schema; a new one from nothing.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let failed = |error| Error::store("the desk's tables can't be set up", error);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    if id == APPLICATION_ID && version(connection).map_err(failed)? == STEPS.len() {
        return Ok(());
    }
    // Several processes may find the same file new or old at the same time: each looks again when it has the lock.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let id: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if id != APPLICATION_ID && tables > 0 {
        return Err(Error::Invalid("the file is a database of another program, not a desk".to_owned()));
    }
    let version = version(&transaction).map_err(failed)?;
    let Some(steps) = STEPS.get(version..) else {
        return Err(Error::Invalid(format!(
            "the desk was made by a later release: its tables are of version {version}, and this one knows {}",
            STEPS.len()
        )));
    };
    for step in steps {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    transaction.pragma_update(None, "user_version", STEPS.len() as i64).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}
