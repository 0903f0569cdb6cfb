//! What a `bluesky://` URL says.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use url::{Url, form_urlencoded};

use crate::backoff::Waits;
use crate::gathering::Linger;

/// The public servers, which are asked when a URL names none.
const PUBLIC: &str = "jetstream1.us-east.bsky.network,jetstream2.us-east.bsky.network,\
                      jetstream1.us-west.bsky.network,jetstream2.us-west.bsky.network";
const COLLECTIONS: [&str; 2] = ["app.bsky.feed.post", "app.bsky.feed.repost"];

/// How to read Jetstream.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source without its query: what its cursor is saved under.
    pub name: String,
    /// Servers as URLs, `wss://HOST/subscribe`, the first one first.
    pub servers: Vec<Url>,
    /// Which records to ask for.
    pub collections: Vec<String>,
    /// Whose records to ask for; empty: everyone's.
    pub dids: Vec<String>,
    /// Jetstream's zstd dictionary. With it, events are asked for compressed.
    pub dictionary: Option<PathBuf>,
    /// Where to begin when no cursor was saved, in microseconds since 1970; `None`: now.
    pub from: Option<u64>,
    /// A connection without events for this long is broken.
    pub stall: Duration,
    /// Waits between tries.
    pub waits: Waits,
    /// When events are a batch.
    pub linger: Linger,
}

impl Options {
    /// Of `bluesky://HOST,HOST…?collection=NSID&did=DID&cursor=TIME_US&zstd-dictionary=FILE&tls=false`. Hosts may have ports;
    /// without a host it is the public servers. `bluesky+insecure://` is the same as `tls=false`: no TLS.
    ///
    /// # Errors
    ///
    /// It isn't such a URL.
    pub fn from_url(url: &str) -> Result<Self> {
        Self::parse(url).with_context(|| format!("{url} is no source of Bluesky posts"))
    }

    fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").context("it has no ://")?;
        let mut tls = match scheme {
            "bluesky" => true,
            "bluesky+insecure" => false,
            _ => bail!("it begins with {scheme}://, not bluesky://"),
        };
        let (hosts, query) = rest.split_once('?').unwrap_or((rest, ""));
        let hosts = hosts.trim_end_matches('/');
        let mut options = Self {
            name: format!("{scheme}://{hosts}"),
            servers: Vec::new(),
            collections: Vec::new(),
            dids: Vec::new(),
            dictionary: None,
            from: None,
            stall: Duration::from_secs(30),
            waits: Waits::default(),
            linger: Linger::default(),
        };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "collection" => options.collections.push(value.into_owned()),
                "did" => options.dids.push(value.into_owned()),
                "zstd-dictionary" => options.dictionary = Some(PathBuf::from(&*value)),
                "cursor" => options.from = Some(time_us(&value)?),
                "tls" => tls = value.parse().with_context(|| format!("tls={value} is neither true nor false"))?,
                _ => bail!("it has no setting {key}; these are collection, did, zstd-dictionary, cursor, tls"),
            }
        }
        if options.collections.is_empty() {
            options.collections = COLLECTIONS.map(String::from).to_vec();
        }
        let hosts = if hosts.is_empty() { PUBLIC } else { hosts };
        options.servers = hosts.split(',').map(|host| server(host, tls)).collect::<Result<_>>()?;
        Ok(options)
    }

    /// The URL to connect to.
    pub(crate) fn request(&self, server: usize, cursor: Option<u64>) -> Url {
        let mut url = self.servers[server].clone();
        let mut query = url.query_pairs_mut();
        for collection in &self.collections {
            query.append_pair("wantedCollections", collection);
        }
        for did in &self.dids {
            query.append_pair("wantedDids", did);
        }
        if let Some(cursor) = cursor {
            query.append_pair("cursor", &cursor.to_string());
        }
        if self.dictionary.is_some() {
            query.append_pair("compress", "true");
        }
        drop(query);
        url
    }
}

fn server(host: &str, tls: bool) -> Result<Url> {
    let scheme = if tls { "wss" } else { "ws" };
    let url = Url::parse(&format!("{scheme}://{host}/subscribe")).with_context(|| format!("{host:?} is no host"))?;
    ensure!(url.path() == "/subscribe" && url.username().is_empty(), "{host:?} is no host");
    Ok(url)
}

/// Below 10^15 a server would take it for a sequence number.
fn time_us(value: &str) -> Result<u64> {
    let cursor: u64 = value.parse().with_context(|| format!("cursor={value} is no number"))?;
    ensure!(cursor >= 1_000_000_000_000_000, "cursor={value} isn't in microseconds since 1970");
    Ok(cursor)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_servers_and_what_to_ask_for() {
        let options =
            Options::from_url("bluesky://a.example,b.example:444?did=did:plc:x&zstd-dictionary=/d/zstd").unwrap();
        assert_eq!(options.name, "bluesky://a.example,b.example:444");
        assert_eq!(
            options.request(1, Some(1_725_911_162_329_308)).as_str(),
            "wss://b.example:444/subscribe?wantedCollections=app.bsky.feed.post&wantedCollections=app.bsky.feed.repost\
             &wantedDids=did%3Aplc%3Ax&cursor=1725911162329308&compress=true"
        );
        let plain = Options::from_url("bluesky+insecure://127.0.0.1:9/?collection=app.bsky.feed.post").unwrap();
        assert_eq!(plain.request(0, None).as_str(), "ws://127.0.0.1:9/subscribe?wantedCollections=app.bsky.feed.post");
        assert_eq!(Options::from_url("bluesky://").unwrap().servers.len(), 4);
    }

    #[test]
    fn a_wrong_url_is_explained() {
        for (url, reason) in [
            ("jetstream.example", "it has no ://"),
            ("wss://jetstream.example", "it begins with wss://, not bluesky://"),
            ("bluesky://a.example,", r#""" is no host"#),
            ("bluesky://a.example/subscribe", r#""a.example/subscribe" is no host"#),
            ("bluesky://me@a.example", r#""me@a.example" is no host"#),
            ("bluesky://a.example?compress=true", "it has no setting compress"),
            ("bluesky://a.example?tls=no", "tls=no is neither true nor false"),
            ("bluesky://a.example?cursor=12345", "cursor=12345 isn't in microseconds"),
        ] {
            let error = format!("{:#}", Options::from_url(url).unwrap_err());
            assert!(
                error.starts_with(&format!("{url} is no source of Bluesky posts: ")) && error.contains(reason),
                "{error}"
            );
        }
    }
}
