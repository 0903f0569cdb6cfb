//! URLs of clusters: `SCHEME://USER@HOST:PORT,HOST:PORT?setting=value&…`. Secrets don't belong there.

use std::{env, fmt, fs};

use anyhow::{Context as _, Result, ensure};
use url::{Url, form_urlencoded};

/// What such a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cluster {
    pub(crate) user: Option<String>,
    /// `HOST:PORT` of each, or `HOST`.
    pub(crate) hosts: Vec<String>,
    pub(crate) settings: Vec<(String, String)>,
}

/// What no message shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Cluster {
    /// Reads a URL. `instead` says where a password belongs.
    pub(crate) fn parse(scheme: &str, url: &str, instead: &str) -> Result<Self> {
        let rest = url.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
        let rest = rest.with_context(|| format!("it must begin with {scheme}://"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, hosts) = place.rsplit_once('@').map_or((None, place), |(user, hosts)| (Some(user), hosts));
        ensure!(
            user.is_none_or(|user| !user.contains(':')),
            "a password in a URL ends up in logs; put it into {instead}"
        );
        let hosts: Vec<String> = hosts.trim_end_matches('/').split(',').map(str::to_owned).collect();
        for host in &hosts {
            let valid = Url::parse(&format!("{scheme}://{host}"));
            let valid = valid.is_ok_and(|url| url.has_host() && matches!(url.path(), "" | "/"));
            ensure!(valid, "{host:?} is no host");
        }
        let settings = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Self { user: user.map(str::to_owned), hosts, settings })
    }
}

/// A URL without its settings and without who is meant, for messages.
pub(crate) fn shown(url: &str) -> String {
    let place = url.split('?').next().unwrap_or_default();
    match (place.split_once("://"), place.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, hosts))) => format!("{scheme}://{hosts}"),
        _ => place.to_owned(),
    }
}

/// A whole number that is more than nothing.
pub(crate) fn positive(text: &str) -> Result<u64> {
    let number: u64 = text.parse().context("a whole number is wanted")?;
    ensure!(number > 0, "it must be more than nothing");
    Ok(number)
}

impl Secret {
    /// What a file holds, without the white space around it.
    pub(crate) fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(path).context("the file can't be read")?;
        ensure!(!text.trim().is_empty(), "the file is empty");
        Ok(Self(text.trim().to_owned()))
    }

    /// What a variable of the environment holds, if anything.
    pub(crate) fn of_environment(name: &str) -> Option<Self> {
        let text = env::var(name).ok().map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty()).map(Self)
    }

    /// Itself, for whom it is meant for.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_neither_settings_nor_users() {
        assert_eq!(shown("nats://me:pw@a.example,b.example?stream=x"), "nats://a.example,b.example");
        assert_eq!(shown("kafka://a.example:9092?topic=x@y"), "kafka://a.example:9092");
        assert_eq!(shown("nonsense"), "nonsense");
    }
}
