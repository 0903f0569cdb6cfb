//! Whose desk it is: a name becomes a number, once. Nobody is told of other tenants.

use std::sync::PoisonError;

use postgres::GenericClient;

use super::connection::Connection;
use super::{Failed, PostgresStore, away, lock};
use crate::error::{Error, Result};

impl PostgresStore {
    /// Makes a tenant known, under whose name nothing has to be kept yet.
    ///
    /// # Errors
    /// The desk can't be written.
    pub fn make_tenant(&self, name: &str) -> Result<()> {
        self.tenant(name).map(drop)
    }

    /// Sees to it that a tenant is known.
    ///
    /// # Errors
    /// [`Error::NoTenant`], which names no others: nobody is told of them. Or the desk can't be read.
    pub fn check_tenant(&self, name: &str) -> Result<()> {
        self.known_tenant(name)?.map(drop).ok_or_else(|| unknown(name))
    }

    /// The number of a tenant, who is made known first if need be.
    pub(super) fn tenant(&self, name: &str) -> Result<i64> {
        self.number(name, true)?.ok_or_else(|| unknown(name))
    }

    /// The number of a tenant, if it is known.
    pub(super) fn known_tenant(&self, name: &str) -> Result<Option<i64>> {
        self.number(name, false)
    }

    fn number(&self, name: &str, make: bool) -> Result<Option<i64>> {
        let known = || self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known().get(name) {
            return Ok(Some(*id));
        }
        let id = self.persist(|| {
            let mut connection = self.pool.get().map_err(away)?;
            let id = find_or_add(&mut connection, make.then_some(&*self.connector.address.schema), name);
            id.map_err(|error| {
                connection.roll_back();
                let what = if make { "the desk can't be written" } else { "the desk can't be read" };
                Failed::by(what, error)
            })
        })?;
        if let Some(id) = id {
            known().insert(name.to_owned(), id);
        }
        Ok(id)
    }
}

fn unknown(name: &str) -> Error {
    Error::NoTenant { name: name.to_owned(), others: Vec::new() }
}

/// The number of a tenant, who is added to a schema if one is given.
fn find_or_add(connection: &mut Connection, to: Option<&str>, name: &str) -> Result<Option<i64>, postgres::Error> {
    let name = name.replace('\0', "\u{fffd}");
    connection.begin("BEGIN")?;
    // Where it is there, nobody waits, and a server that is only a copy can say so.
    let id = match (find(&mut connection.client, &name)?, to) {
        (None, Some(schema)) => Some(add(&mut connection.client, schema, &name)?),
        (found, _) => found,
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
