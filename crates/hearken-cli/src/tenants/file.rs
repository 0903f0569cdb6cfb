//! The file of tenants: whose posts come from where, how many may come, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use hearken::{Quota, Redact};
use serde::Deserialize;

use super::TenantName;
use crate::args::{FeedFormat, Masked, OutputMode};
use crate::policy::{Loaded, at_line};
use crate::settings::Settings;
use crate::sources::Address;

/// Holds the bearer token of everyone who has none of their own.
pub(crate) const HTTP_TOKEN: &str = "HEARKEN_HTTP_TOKEN";

/// A file of tenants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantsFile {
    tenant: BTreeMap<TenantName, Tenant>,
}

/// One tenant, as it stands in the file. What is not there is as the flags say for all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Tenant {
    /// As `--source` has them.
    sources: Vec<String>,
    /// Parts of the workers' time while others want theirs.
    #[serde(default = "one")]
    share: u32,
    /// Posts that may come, such as "500/s", "30000/m" or "1000000/h"; as many as come unless set.
    quota: Option<Rate>,
    /// Posts that may come at once; what the quota allows in a second unless set.
    burst: Option<u32>,
    policy: Option<PathBuf>,
    sink: Option<String>,
    output: Option<OutputMode>,
    dead_letter: Option<PathBuf>,
    held: Option<PathBuf>,
    format: Option<FeedFormat>,
    redact: Option<Masked>,
    /// The variable with the token that clients send who post here; HEARKEN_HTTP_TOKEN_NAME unless set.
    http_token_env: Option<String>,
}

fn one() -> u32 {
    1
}

/// Posts in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct Rate {
    posts_per_second: f64,
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wanted = || format!("{text:?} is no quota: it must look like \"500/s\", \"30000/m\" or \"1000000/h\"");
        let (posts, span) = text.split_once('/').ok_or_else(wanted)?;
        let seconds = match span.trim() {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(wanted()),
        };
        let posts: u32 = posts.trim().parse().ok().filter(|posts| *posts > 0).ok_or_else(wanted)?;
        Ok(Self { posts_per_second: f64::from(posts) / seconds })
    }
}

/// The settings of each tenant of a file, over those that are typed for all.
pub(super) fn read(path: &Path, all: &Settings) -> Result<Vec<Settings>> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("tenants {name}"))?;
    settings(&text, &name, all)
}

fn settings(text: &str, name: &str, all: &Settings) -> Result<Vec<Settings>> {
    let file: TenantsFile = toml::from_str(text).map_err(|error| at_line(text, name, &error))?;
    ensure!(
        !file.tenant.is_empty(),
        "{name}: no tenant stands in it; the first one is [tenant.NAME] with sources = […]"
    );
    let tenants = file.tenant.into_iter().map(|(tenant, own)| {
        let called = tenant.to_string();
        own.over(all, tenant).with_context(|| format!("{name}: tenant {called}"))
    });
    let tenants = tenants.collect::<Result<Vec<_>>>()?;
    check(&tenants).with_context(|| name.to_owned())?;
    Ok(tenants)
}

impl Tenant {
    fn over(self, all: &Settings, tenant: TenantName) -> Result<Settings> {
        ensure!(!self.sources.is_empty(), "it has no sources, such as sources = [\"listen://127.0.0.1:8080\"]");
        ensure!((1..=1000).contains(&self.share), "share = {}: it must be 1 to 1000", self.share);
        let quota = match (self.quota, self.burst) {
            (Some(Rate { posts_per_second }), burst) => {
                let burst = burst.unwrap_or(posts_per_second.ceil() as u32);
                ensure!(burst > 0, "burst = 0: it must be 1 or more");
                Some(Quota { posts_per_second, burst })
            }
            (None, Some(_)) => bail!("burst goes with a quota, such as quota = \"500/s\""),
            (None, None) => None,
        };
        let mut own = all.clone();
        own.sources = Address::all(&self.sources)?;
        own.share = self.share;
        own.quota = quota;
        own.policy = self.policy.as_deref().map(Loaded::read).transpose()?.or(own.policy);
        own.sink = self.sink.or(own.sink);
        own.output = self.output.unwrap_or(own.output);
        own.dead_letter = self.dead_letter.or(own.dead_letter);
        own.held = self.held.or(own.held);
        own.format = self.format.map(Into::into).or(own.format);
        own.redact = self.redact.map(|what| Redact { handles: what == Masked::Handles }).or(own.redact);
        own.http_token_env = self.http_token_env.unwrap_or_else(|| tenant.variable(HTTP_TOKEN));
        own.tenant = Some(tenant);
        own.one_of_many = true;
        own.settle()?;
        Ok(own)
    }
}

/// Makes sure that nothing of one tenant can come to another.
fn check(tenants: &[Settings]) -> Result<()> {
    let mut taken = BTreeSet::new();
    for own in tenants {
        let Some(tenant) = &own.tenant else { continue };
        let places = own.sources.iter().filter_map(Address::exclusive).map(|place| format!("the source {place}"));
        let files = [("dead-letter", &own.dead_letter), ("held", &own.held)];
        let files = files.into_iter().filter_map(|(key, file)| Some((key, file.as_ref()?)));
        let files = files.map(|(key, file)| format!("{key} = {:?}", file.display().to_string()));
        let sink = own.sink.iter().map(|sink| format!("the sink {}", without_secrets(sink)));
        for place in places.chain(files).chain(sink) {
            ensure!(
                taken.insert(place.clone()),
                "tenant {tenant}: {place} is another tenant's too; each needs its own"
            );
        }
        let listens = own.sources.iter().any(|source| matches!(source, Address::Listen(_)));
        let variable = &own.http_token_env;
        if listens {
            ensure!(
                taken.insert(format!("${variable}")),
                "tenant {tenant}: {variable} holds another tenant's token too; http-token-env = \"NAME\" names another"
            );
            ensure!(
                std::env::var_os(variable).is_some() || std::env::var_os(HTTP_TOKEN).is_none(),
                "tenant {tenant}: its token goes into {variable}; {HTTP_TOKEN} would let one tenant's clients post as another's"
            );
        }
    }
    Ok(())
}

/// A URL without whom it names before the host.
fn without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
