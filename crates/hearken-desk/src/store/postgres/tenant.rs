//! Whose desk it is: a name becomes a number, once.

use std::sync::PoisonError;

use postgres::GenericClient;

use super::connection::Connection;
use super::{Failed, PostgresStore, away, lock};
use crate::error::Result;

impl PostgresStore {
    /// The number of a tenant, who is made known first if need be.
    pub(super) fn tenant(&self, name: &str) -> Result<i64> {
        let known = || self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known().get(name) {
            return Ok(*id);
        }
        let id = self.persist(|| {
            let mut connection = self.pool.get().map_err(away)?;
            let id = find_or_add(&mut connection, &self.connector.address.schema, name);
            id.map_err(|error| {
                connection.roll_back();
                Failed::by("the desk can't be written", error)
            })
        })?;
        known().insert(name.to_owned(), id);
        Ok(id)
    }
}

fn find_or_add(connection: &mut Connection, schema: &str, name: &str) -> Result<i64, postgres::Error> {
    let name = name.replace('\0', "\u{fffd}");
    connection.begin("BEGIN")?;
    // Where it is there, nobody waits, and a server that is only a copy can say so.
    let id = match find(&mut connection.client, &name)? {
        Some(id) => id,
        None => add(&mut connection.client, schema, &name)?,
    };
    connection.commit()?;
    Ok(id)
}

fn find(client: &mut impl GenericClient, name: &str) -> Result<Option<i64>, postgres::Error> {
    client.execute("SELECT set_config('hearken.name', $1, true)", &[&name])?;
    let row = client.query_opt("SELECT id FROM tenant WHERE name = $1", &[&name])?;
    row.map(|row| row.try_get(0)).transpose()
}

fn add(client: &mut impl GenericClient, schema: &str, name: &str) -> Result<i64, postgres::Error> {
    client.execute("SELECT pg_advisory_xact_lock($1)", &[&lock::number(schema, &["tenant"])])?;
    if let Some(id) = find(client, name)? {
        return Ok(id);
    }
    let id = client.query_one("INSERT INTO tenant (name) VALUES ($1) RETURNING id", &[&name])?.try_get(0)?;
    client.batch_execute(&format!("CREATE SEQUENCE tenant_{id}_tickets; CREATE SEQUENCE tenant_{id}_entries"))?;
    Ok(id)
}
