//! Which desk, for whom, and when.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hearken_desk::{AnyStore, Desk, Rules, SqliteStore};

use crate::tenants::TenantName;

/// A desk in a file or in PostgreSQL.
pub(crate) type AnyDesk = Desk<AnyStore>;

/// A database that is away is asked again for so long. What was done is not lost in a restart or when another takes over.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens a desk, or makes it where there is none, and its tenant too.
pub(crate) fn open_or_make(place: &Path, tenant: Option<&TenantName>) -> Result<AnyDesk> {
    let store = store_of(place)?;
    if let Some(tenant) = tenant {
        store.make_tenant(tenant.as_str())?;
    }
    Ok(of_tenant(store, tenant))
}

/// Where a desk keeps its rows, of all tenants.
pub(crate) fn store_of(place: &Path) -> Result<AnyStore> {
    Ok(match url(place) {
        Some(url) => AnyStore::open_url(url, true, PATIENCE)?,
        None => AnyStore::File(SqliteStore::open(place).with_context(|| "--desk names the file of a desk")?),
    })
}

/// The desk of a tenant, or of nobody in particular.
pub(crate) fn of_tenant(store: AnyStore, tenant: Option<&TenantName>) -> AnyDesk {
    match tenant {
        Some(tenant) => Desk::for_tenant(store, tenant.as_str(), Rules::default()),
        None => Desk::new(store, Rules::default()),
    }
}

/// Opens a desk that is there, for a tenant who is there: who mistypes a name is told so, instead of being shown an empty desk.
pub(super) fn open(place: &Path, tenant: Option<&TenantName>) -> Result<AnyDesk> {
    open_within(place, tenant, PATIENCE)
}

/// Likewise, and a database has to answer at once.
pub(super) fn open_within(place: &Path, tenant: Option<&TenantName>, patience: Duration) -> Result<AnyDesk> {
    let store = match url(place) {
        Some(url) => AnyStore::open_url(url, false, patience)?,
        None if place.exists() => store_of(place)?,
        None => bail!("there is no desk {}; hearken run --desk {0} makes one", place.display()),
    };
    if let Some(tenant) = tenant {
        store.check_tenant(tenant.as_str())?;
    }
    Ok(of_tenant(store, tenant))
}

fn url(place: &Path) -> Option<&str> {
    place.to_str().filter(|place| AnyStore::is_url(place))
}

/// The file or the URL that `--desk` names.
pub(super) fn path(typed: Option<&PathBuf>) -> Result<&Path> {
    Ok(typed.context("which desk? --desk FILE or URL, or HEARKEN_DESK, names it")?)
}

/// Opens the desk that `--desk` names.
pub(crate) fn open_named(typed: Option<&PathBuf>, tenant: Option<&TenantName>) -> Result<AnyDesk> {
    open(path(typed)?, tenant)
}

/// The name of whoever acts: as typed, else their login name.
pub(crate) fn name(typed: Option<&str>) -> Result<String> {
    let login =
        || ["LOGNAME", "USER"].into_iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    typed.map(str::to_owned).or_else(login).context("who are you? --as NAME, or HEARKEN_AS, says so")
}
