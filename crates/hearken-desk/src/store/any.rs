//! A desk wherever it is: in a file or in PostgreSQL, as it is called.

#[cfg(feature = "postgres")]
use super::{PostgresOptions, PostgresStore};
use super::{Rows, RowsMut, Store, Survives};
#[cfg(feature = "sqlite")]
use super::SqliteStore;
use crate::error::{Error, Result};

/// A store of either kind, for programs that are told at run time where the desk is.
#[derive(Debug)]
pub enum AnyStore {
    /// In a file.
    #[cfg(feature = "sqlite")]
    File(SqliteStore),
    /// In PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl AnyStore {
    /// Whether this is the URL of a database, rather than the path of a file.
    pub fn is_url(address: &str) -> bool {
        address.contains("://")
    }

    /// Opens the desk of a URL, `postgres://…`.
    ///
    /// # Errors
    /// See [`PostgresStore::open`]; or this program knows no such database.
    #[cfg(feature = "postgres")]
    pub fn open_url(url: &str, options: PostgresOptions) -> Result<Self> {
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => PostgresStore::open_with(url, options).map(Self::Postgres),
            _ => Err(unknown(url)),
        }
    }

    /// Opens the desk of a URL.
    ///
    /// # Errors
    /// This program knows no database.
    #[cfg(not(feature = "postgres"))]
    pub fn open_url(url: &str) -> Result<Self> {
        Err(unknown(url))
    }
}

/// Names the scheme only: what follows may hold a password.
fn unknown(url: &str) -> Error {
    let scheme = url.split("://").next().unwrap_or_default();
    Error::Invalid(format!("{scheme}://…: no such desk is known here; a desk is a file{}", if cfg!(feature = "postgres") { " or postgres://…" } else { "" }))
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

    fn write<T>(
        &self,
        tenant: &str,
        survives: Survives,
        work: impl FnMut(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(store) => store.write(tenant, survives, work),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.write(tenant, survives, work),
        }
    }
}
