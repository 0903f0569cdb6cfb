//! A desk wherever it is: in a file or in PostgreSQL, as it is called.

use std::time::Duration;

#[cfg(feature = "sqlite")]
use super::SqliteStore;
#[cfg(feature = "postgres")]
use super::{PostgresOptions, PostgresStore};
use super::{Rows, RowsMut, Store, Survives};
use crate::error::{Error, Result};

/// A store of either kind, for programs that are told at run time where the desk is.
#[derive(Debug)]
pub enum AnyStore {
    /// In a file.
    #[cfg(feature = "sqlite")]
    File(SqliteStore),
    /// In PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresStore>),
}

impl AnyStore {
    /// Whether this is the URL of a database, rather than the path of a file.
    pub fn is_url(address: &str) -> bool {
        address.contains("://")
    }

    /// Opens the desk of a URL, `postgres://…`; makes it where there is none, if told to. A server that goes away later is asked
    /// again for as long as `patience` has it.
    ///
    /// # Errors
    /// It is away ([`Error::Away`]), can't be reached or made, or this program knows no such database.
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "without a database there are no terms"))]
    pub fn open_url(url: &str, make: bool, patience: Duration) -> Result<Self> {
        match url.split_once("://") {
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => {
                let options = PostgresOptions { make, patience, ..PostgresOptions::default() };
                PostgresStore::open_with(url, options).map(Box::new).map(Self::Postgres)
            }
            _ => Err(unknown(url)),
        }
    }

    /// Makes a tenant known, under whose name nothing has to be kept yet.
    ///
    /// # Errors
    /// The store fails.
    pub fn make_tenant(&self, name: &str) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(store) => store.make_tenant(name),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.make_tenant(name),
        }
    }

    /// Sees to it that a tenant is known: one that isn't has an empty desk, which is not what anyone asks for.
    ///
    /// # Errors
    /// [`Error::NoTenant`], or the store fails.
    pub fn check_tenant(&self, name: &str) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(store) => store.check_tenant(name),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.check_tenant(name),
        }
    }
}

/// Names the scheme only: what follows may hold a password.
fn unknown(url: &str) -> Error {
    let scheme = url.split("://").next().unwrap_or_default();
    let known = if cfg!(feature = "postgres") { "a file or postgres://…" } else { "a file in this build" };
    Error::Invalid(format!("{scheme}://…: there is no such desk; a desk is {known}"))
}

impl Store for AnyStore {
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(store) => store.read(tenant, work),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.read(tenant, work),
        }
    }

    fn write<T>(&self, tenant: &str, survives: Survives, work: impl FnMut(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(store) => store.write(tenant, survives, work),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.write(tenant, survives, work),
        }
    }
}
