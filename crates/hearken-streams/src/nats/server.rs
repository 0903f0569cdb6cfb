//! Which NATS servers, as whom, and over which wire.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use async_nats::jetstream::{Context as Jetstream, context::ContextBuilder};
use async_nats::{Client, ConnectOptions, Event};

use crate::cluster::{Cluster, Secret};

use crate::link::Link;

/// The oldest server that is spoken to: its pinned consumers and its answers to pull requests are relied on.
const OLDEST: (i64, i64) = (2, 11);

/// How long an answer may take to a request about streams and consumers.
const REQUEST: Duration = Duration::from_secs(5);

/// What `nats://USER@HOST:PORT,HOST:PORT?…` says of servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Server {
    /// `HOST:PORT` of each, or `HOST`.
    pub(super) hosts: Vec<String>,
    user: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    /// The seed of an nkey.
    nkey: Option<Secret>,
    /// A file with a JWT and its seed.
    creds: Option<PathBuf>,
    tls: bool,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Server {
    /// Its settings, for messages.
    pub(super) const SETTINGS: &'static str =
        "user, password-file, token-file, nkey-file, creds, tls, tls-ca, tls-cert, tls-key";

    /// The servers of a URL, and the settings that are none of theirs. Secrets that no file holds come from the environment:
    /// `HEARKEN_NATS_PASSWORD`, `HEARKEN_NATS_TOKEN`, `HEARKEN_NATS_NKEY`, `HEARKEN_NATS_CREDS` (a path).
    pub(super) fn parse(url: &str) -> Result<(Self, Vec<(String, String)>)> {
        const INSTEAD: &str = "a file (password-file=FILE) or into HEARKEN_NATS_PASSWORD";
        let Cluster { user, hosts, settings } = Cluster::parse("nats", url, INSTEAD)?;
        let mut server = Self { user, hosts, ..Self::default() };
        let mut others = Vec::new();
        for (key, value) in settings {
            if !server.set(&key, &value).with_context(|| format!("{key}={value}"))? {
                others.push((key, value));
            }
        }
        server.password = server.password.or_else(|| Secret::of_environment("HEARKEN_NATS_PASSWORD"));
        server.token = server.token.or_else(|| Secret::of_environment("HEARKEN_NATS_TOKEN"));
        server.nkey = server.nkey.or_else(|| Secret::of_environment("HEARKEN_NATS_NKEY"));
        let creds = || Secret::of_environment("HEARKEN_NATS_CREDS").map(|path| PathBuf::from(path.reveal()));
        server.creds = server.creds.or_else(creds);
        ensure!(
            server.certificate.is_some() == server.key.is_some(),
            "tls-cert and tls-key go together: a certificate is of no use without its key"
        );
        Ok((server, others))
    }

    /// Whether it is a setting of a server's.
    fn set(&mut self, key: &str, value: &str) -> Result<bool> {
        match key {
            "user" => self.user = Some(value.to_owned()),
            "password-file" => self.password = Some(Secret::read(value)?),
            "token-file" => self.token = Some(Secret::read(value)?),
            "nkey-file" => self.nkey = Some(Secret::read(value)?),
            "creds" => self.creds = Some(existing(value)?),
            "tls" => self.tls = value.parse().context("true or false is wanted")?,
            "tls-ca" => self.ca = Some(existing(value)?),
            "tls-cert" => self.certificate = Some(existing(value)?),
            "tls-key" => self.key = Some(existing(value)?),
            "password" | "token" | "nkey" => {
                bail!("a secret in a URL ends up in logs; {key}-file=FILE names a file that holds it")
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What messages call them.
    pub(super) fn name(&self) -> String {
        format!("nats://{}", self.hosts.join(","))
    }

    /// Connects; from then on a lost connection is made anew for as long as it takes.
    ///
    /// # Errors
    ///
    /// No server answers, none of them lets us in, or it is too old.
    pub(super) async fn connect(&self) -> Result<Client> {
        self.connect_by(Link::default()).await
    }

    /// The same, and the link says whether there is a connection.
    ///
    /// # Errors
    ///
    /// Likewise.
    pub(super) async fn connect_by(&self, link: Link) -> Result<Client> {
        let mut options = ConnectOptions::new().name("hearken").event_callback(move |event| {
            match event {
                Event::Connected => link.up(),
                Event::Disconnected | Event::Closed => link.down(),
                _ => {}
            }
            async move { tell(&event) }
        });
        if let Some(user) = &self.user {
            let password = self.password.as_ref().map(Secret::reveal).unwrap_or_default();
            options = options.user_and_password(user.clone(), password.to_owned());
        }
        if let Some(token) = &self.token {
            options = options.token(token.reveal().to_owned());
        }
        if let Some(seed) = &self.nkey {
            options = options.nkey(seed.reveal().to_owned());
        }
        if let Some(path) = &self.creds {
            options = options.credentials_file(path).await.with_context(|| path.display().to_string())?;
        }
        if self.tls || self.ca.is_some() || self.certificate.is_some() {
            options = options.require_tls(true);
        }
        if let Some(path) = &self.ca {
            options = options.add_root_certificates(path.clone());
        }
        if let (Some(certificate), Some(key)) = (&self.certificate, &self.key) {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        let client =
            options.connect(self.hosts.clone()).await.with_context(|| format!("connecting to {}", self.name()))?;
        self.check_version(&client)?;
        Ok(client)
    }

    fn check_version(&self, client: &Client) -> Result<()> {
        let (major, minor) = OLDEST;
        let found = client.server_info().version;
        ensure!(
            client.is_server_compatible(major, minor, 0),
            "{} is NATS {found}, and {major}.{minor} or newer is needed",
            self.name()
        );
        Ok(())
    }
}

/// A connection to ask of streams and consumers.
pub(super) fn to_ask(client: &Client) -> Jetstream {
    ContextBuilder::new().timeout(REQUEST).build(client.clone())
}

/// The connection's news, for whoever looks after it.
fn tell(event: &Event) {
    match event {
        Event::Connected => tracing::info!("Connected to NATS."),
        Event::Disconnected => tracing::warn!("The connection to NATS is lost; it is made anew."),
        Event::LameDuckMode => tracing::info!("A NATS server is about to stop."),
        Event::ServerError(error) => tracing::warn!(%error, "A NATS server has refused something."),
        Event::SlowConsumer(_) => tracing::warn!("Messages of NATS came faster than they were taken; some come again."),
        Event::ClientError(error) => tracing::debug!(%error, "NATS couldn't be spoken to."),
        Event::Draining | Event::Closed => {}
    }
}

fn existing(path: &str) -> Result<PathBuf> {
    fs::metadata(path).context("the file can't be read")?;
    Ok(PathBuf::from(path))
}
