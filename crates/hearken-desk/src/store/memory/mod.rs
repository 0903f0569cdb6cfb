//! A desk in memory, for tests and for whoever needs none of it tomorrow. It survives neither kill nor power cut.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Rows, RowsMut, Store, Survives};
use crate::error::Result;

mod outbox;
mod rows;
mod tables;

use tables::Tables;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<String, Tables>>);

impl Store for MemoryStore {
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        // The tables share their nodes with those of the lock, so a reader holds no writer up.
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned();
        work(&tables.unwrap_or_default())
    }

    fn write<T>(&self, tenant: &str, _: Survives, mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>) -> Result<T> {
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = tenants.get(tenant).cloned().unwrap_or_default();
        let done = work(&mut tables)?;
        tenants.insert(tenant.to_owned(), tables);
        Ok(done)
    }
}
