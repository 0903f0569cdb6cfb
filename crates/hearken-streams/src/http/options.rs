//! Where to listen, and within which bounds.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use url::Url;

/// Where to listen, and within which bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Host and port.
    pub(super) address: String,
    pub(super) token: Option<Secret>,
    /// Anybody may come from anywhere.
    pub(super) insecure: bool,
    /// How long an answer waits for what becomes of its posts.
    pub(super) wait: Duration,
    /// The most bytes of a request's body, packed as well as unpacked.
    pub(super) max_body: usize,
    /// How many requests may be read and wait to be processed.
    pub(super) queue: usize,
    /// How long a client may take to send a request.
    pub(super) patience: Duration,
}

/// A token, which no message shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Options {
    /// `listen://HOST:PORT?wait=SECONDS&max-body=BYTES&queue=REQUESTS&token-file=FILE&insecure=true`
    ///
    /// # Errors
    ///
    /// There is no port, a key isn't one of these, a value isn't what it must be, or the file of the token can't be read.
    pub fn from_url(url: &str) -> Result<Self> {
        let parsed = Url::parse(url).with_context(|| format!("{url} is no address to listen at"))?;
        ensure!(parsed.scheme() == "listen", "{url}: it must begin with listen://");
        let (Some(host), Some(port)) = (parsed.host_str(), parsed.port()) else {
            bail!("{url}: host and port are wanted, such as listen://127.0.0.1:8080");
        };
        ensure!(matches!(parsed.path(), "" | "/"), "{url}: no path is wanted; posts come to /posts");
        ensure!(
            parsed.username().is_empty() && parsed.password().is_none(),
            "{host}: a token goes into HEARKEN_HTTP_TOKEN"
        );
        let mut options = Self {
            address: format!("{host}:{port}"),
            token: None,
            insecure: false,
            wait: Duration::from_secs(10),
            max_body: 8 * 1024 * 1024,
            queue: 16,
            patience: Duration::from_secs(30),
        };
        for (key, value) in parsed.query_pairs() {
            options.set(&key, &value).with_context(|| format!("{url}: {key}={value}"))?;
        }
        Ok(options)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "wait" => self.wait = Duration::from_secs(value.parse().context("seconds are wanted")?),
            "max-body" => self.max_body = positive(value).context("bytes are wanted")?,
            "queue" => self.queue = positive(value).context("a number of requests is wanted")?,
            "patience" => self.patience = Duration::from_secs(positive(value).context("seconds are wanted")? as u64),
            "insecure" => self.insecure = value.parse().context("true or false is wanted")?,
            "token-file" => {
                let token = std::fs::read_to_string(value).context("the file can't be read")?;
                self.token = Some(Secret(token.trim().to_owned()));
            }
            _ => bail!("the keys are wait, max-body, queue, patience, token-file and insecure"),
        }
        ensure!(self.token.as_ref().is_none_or(|token| !token.0.is_empty()), "the token is empty");
        Ok(())
    }

    /// Clients must send `Authorization: Bearer TOKEN`. A file that the address names wins.
    #[must_use]
    pub fn token(mut self, token: Option<String>) -> Self {
        self.token = self.token.or(token.filter(|token| !token.is_empty()).map(Secret));
        self
    }
}

fn positive(value: &str) -> Result<usize> {
    let number: u32 = value.parse()?;
    ensure!(number > 0, "it must be more than nothing");
    Ok(number as usize)
}
