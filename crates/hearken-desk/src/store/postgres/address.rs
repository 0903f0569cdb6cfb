//! Where a desk in PostgreSQL is: a URL as libpq has it, and in it the schema.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use postgres::Config;
use postgres::config::SslMode;

use crate::error::{Error, Result};

/// Where a desk's tables are if the URL names no schema.
const SCHEMA: &str = "hearken";

/// PostgreSQL's own limit of a name, bytes.
const LONGEST_SCHEMA: usize = 63;

/// A server that doesn't answer is given up after so long, unless the URL has a `connect_timeout`.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Where a desk is, and how to get there.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) schema: String,
    pub(super) trust: Trust,
    /// What may be printed of it: no name and no password.
    shown: String,
}

/// Whose word is enough that the server is the one that is meant, where TLS is spoken at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Nobody's: what is said is secret from those who listen, but who listens may be the server. `sslmode=prefer` and `require`.
    Anyone,
    /// That of authorities: those of the file, or of the system. `sslmode=verify-full`.
    Authorities(Option<PathBuf>),
}

impl Address {
    /// Reads `postgres://name@host/database?schema=desk&sslmode=verify-full`, and all else that libpq's URLs may have.
    ///
    /// # Errors
    /// It is no such URL. The error shows no password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let shown = without_secrets(url);
        let invalid = |fault: String| Error::Invalid(format!("{shown}: {fault}"));
        let (place, typed) = url.split_once('?').unwrap_or((url, ""));
        let (mut schema, mut mode, mut root) = (SCHEMA.to_owned(), None, None);
        let mut rest = Vec::new();
        for pair in typed.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = name.to_owned(),
                Some(("sslmode", name)) => mode = Some(name),
                Some(("sslrootcert", path)) => root = Some(PathBuf::from(path)),
                _ => rest.push(pair),
            }
        }
        let starts_well = schema.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !starts_well || !schema.chars().all(is_name) || schema.len() > LONGEST_SCHEMA || schema.starts_with("pg_") {
            return Err(invalid("schema= names a schema: lower-case letters, digits and _, not pg_…".to_owned()));
        }
        let mut config: Config = format!("{place}?{}", rest.join("&")).parse().map_err(|error: postgres::Error| {
            // What it says of a bad URL is the name of an option at the most.
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            invalid(format!("no URL of a database: {cause}"))
        })?;
        let verified = Trust::Authorities(root.clone());
        let (mode, trust) = match mode {
            None | Some("prefer") if root.is_none() => (SslMode::Prefer, Trust::Anyone),
            Some("disable") => (SslMode::Disable, Trust::Anyone),
            // As libpq has it: who names authorities wants them asked.
            Some("require") if root.is_none() => (SslMode::Require, Trust::Anyone),
            None | Some("prefer" | "require" | "verify-ca" | "verify-full") => (SslMode::Require, verified),
            Some(_) => return Err(invalid("sslmode= is disable, prefer, require or verify-full".to_owned())),
        };
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("hearken");
        }
        Ok(Self { config, schema, trust, shown })
    }

    /// Gives a server up that doesn't answer for so long, or sooner if it is told so.
    pub(super) fn answer_within(&mut self, patience: Duration) {
        let typed = self.config.get_connect_timeout().copied().unwrap_or(ANSWERS_WITHIN);
        self.config.connect_timeout(typed.min(patience));
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A URL without who connects, their password, and options, which may hold one too. Of a password that is not written as URLs
/// demand nothing is shown either.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{}", rest.split('?').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_a_schema_and_what_tls_is_good_for() {
        let address = |query: &str| Address::parse(&format!("postgres://ann@db.example/desks{query}")).unwrap();
        assert_eq!(address("").schema, "hearken");
        assert_eq!(address("?schema=night&connect_timeout=1").schema, "night");
        for (query, mode, trust) in [
            ("", SslMode::Prefer, Trust::Anyone),
            ("?sslmode=disable", SslMode::Disable, Trust::Anyone),
            ("?sslmode=require", SslMode::Require, Trust::Anyone),
            ("?sslmode=verify-full", SslMode::Require, Trust::Authorities(None)),
            ("?sslmode=verify-ca", SslMode::Require, Trust::Authorities(None)),
            ("?sslrootcert=/ca.pem", SslMode::Require, Trust::Authorities(Some("/ca.pem".into()))),
        ] {
            let address = address(query);
            assert_eq!((address.config.get_ssl_mode(), address.trust), (mode, trust), "{query}");
        }
    }

    #[test]
    fn nothing_secret_is_ever_shown() {
        for url in [
            "postgres://ann:secret@db.example/desks",
            "postgres://ann:a@secret@db.example/desks",
            "postgres://ann:a/secret@db.example/desks",
            "postgres://ann:a?secret@db.example/desks",
            "postgres://db.example/desks?user=ann&password=secret",
            "postgres://ann:secret@db.example/desks?schema=No",
            "postgres://ann:secret@db.example/desks?sslmode=secret",
            "postgres://ann:secret@db.example/desks?secret",
            "postgres://ann:secret@db.example:secret/desks",
            "postgres://ann:%secret@db.example/desks",
        ] {
            let said = match Address::parse(url) {
                Ok(address) => format!("{address} {address:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(said.contains("db.example"), "{url}: {said}");
            // A port is no secret, whatever stands there.
            assert!(!said.replace("db.example:secret", "").contains("secret"), "{url}: {said}");
        }
    }
}
