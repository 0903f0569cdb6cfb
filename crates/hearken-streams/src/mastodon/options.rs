//! What a `mastodon://` URL says.

use std::path::Path;
use std::time::Duration;
use std::{env, fmt, fs};

use anyhow::{Context as _, Result, bail, ensure};
use url::{Url, form_urlencoded};

use super::timeline::Timeline;
use crate::backoff::Waits;
use crate::gathering::Linger;

/// The environment variable that holds the token where no file does.
const TOKEN: &str = "HEARKEN_MASTODON_TOKEN";

/// How to read a Mastodon server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source: what its cursor is saved under.
    pub name: String,
    /// The server, `https://HOST/`.
    pub server: Url,
    /// What to read of it.
    pub timeline: Timeline,
    /// Who reads.
    pub token: Option<Token>,
    /// How events come.
    pub transport: Transport,
    /// A connection over which nothing comes for this long, not even a sign of life, is broken.
    pub stall: Duration,
    /// How long after a stream is open it is sure to bring all that is posted.
    pub settle: Duration,
    /// Waits between tries.
    pub waits: Waits,
    /// When events are a batch.
    pub linger: Linger,
}

/// How events come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Over WebSocket; as server-sent events from a server that won't have that.
    #[default]
    Either,
    /// Over WebSocket.
    WebSocket,
    /// As server-sent events.
    ServerSentEvents,
}

/// An access token. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token as the server gave it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Options {
    /// Of `mastodon://HOST/TIMELINE?transport=websocket|sse&token-file=FILE&tls=false`, where the timeline is `public`,
    /// `public:local`, `public:remote` (each also with `:media`), `hashtag?tag=TAG`, `hashtag:local?tag=TAG`, `list?list=ID` or
    /// `user`. The token is read from the file, or from the environment variable `HEARKEN_MASTODON_TOKEN`.
    ///
    /// # Errors
    ///
    /// It isn't such a URL, or the file can't be read.
    pub fn from_url(url: &str) -> Result<Self> {
        Self::parse(url).with_context(|| format!("{url} is no source of Mastodon posts"))
    }

    fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").context("it has no ://")?;
        let mut tls = match scheme {
            "mastodon" => true,
            "mastodon+insecure" => false,
            _ => bail!("it begins with {scheme}://, not mastodon://"),
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, stream) = place.split_once('/').unwrap_or((place, ""));
        let (mut tag, mut list, mut token_file) = (None, None, None);
        let mut transport = Transport::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "tag" => tag = Some(value.trim_start_matches('#').to_owned()),
                "list" => list = Some(value.into_owned()),
                "token-file" => token_file = Some(value.into_owned()),
                "transport" => transport = transport_of(&value)?,
                "tls" => tls = value.parse().with_context(|| format!("tls={value} is neither true nor false"))?,
                "token" | "access_token" => {
                    bail!("a token in a URL ends up in logs; put it into a file (token-file=FILE) or into {TOKEN}")
                }
                _ => bail!("it has no setting {key}; these are tag, list, transport, token-file, tls"),
            }
        }
        let timeline = Timeline::new(stream, tag, list)?;
        let scheme_of_server = if tls { "https" } else { "http" };
        let server =
            Url::parse(&format!("{scheme_of_server}://{host}/")).with_context(|| format!("{host:?} is no host"))?;
        ensure!(server.username().is_empty(), "{host:?} is no host");
        Ok(Self {
            name: format!("{scheme}://{host}/{timeline}"),
            server,
            timeline,
            token: token(token_file.as_deref().map(Path::new))?,
            transport,
            stall: Duration::from_secs(90),
            settle: Duration::from_secs(1),
            waits: Waits::default(),
            linger: Linger::default(),
        })
    }
}

fn transport_of(value: &str) -> Result<Transport> {
    match value {
        "websocket" => Ok(Transport::WebSocket),
        "sse" => Ok(Transport::ServerSentEvents),
        _ => bail!("transport={value} is neither websocket nor sse"),
    }
}

fn token(file: Option<&Path>) -> Result<Option<Token>> {
    let token = match file {
        Some(file) => {
            let text =
                fs::read_to_string(file).with_context(|| format!("reading the token file {}", file.display()))?;
            ensure!(!text.trim().is_empty(), "the token file {} is empty", file.display());
            Some(text)
        }
        None => env::var(TOKEN).ok().filter(|token| !token.trim().is_empty()),
    };
    Ok(token.map(|token| Token::new(token.trim())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_url_names_a_server_and_a_timeline() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "s3cret\n").unwrap();
        let url =
            format!("mastodon://a.example/hashtag?tag=%23grief&transport=sse&token-file={}", file.path().display());
        let options = Options::from_url(&url).unwrap();
        assert_eq!(options.name, "mastodon://a.example/hashtag?tag=grief");
        assert_eq!(options.server.as_str(), "https://a.example/");
        assert_eq!(options.transport, Transport::ServerSentEvents);
        assert_eq!(options.token.as_ref().unwrap().bearer(), "Bearer s3cret");
        assert!(!format!("{options:?}").contains("s3cret"));
        let plain = Options::from_url("mastodon+insecure://127.0.0.1:3000/public:local").unwrap();
        assert_eq!(
            (plain.name.as_str(), plain.server.as_str()),
            ("mastodon+insecure://127.0.0.1:3000/public:local", "http://127.0.0.1:3000/")
        );
    }

    #[test]
    fn a_wrong_url_is_explained() {
        for (url, reason) in [
            ("https://a.example/public", "it begins with https://, not mastodon://"),
            ("mastodon://a.example", "it names no timeline; these are public"),
            ("mastodon://a.example/direct", "there is no timeline direct; these are public"),
            ("mastodon://a.example/hashtag", "it says not which hashtag: hashtag?tag=TAG"),
            ("mastodon://a.example/list", "it says not which list: list?list=ID"),
            ("mastodon:///public", r#""" is no host"#),
            ("mastodon://me@a.example/public", r#""me@a.example" is no host"#),
            ("mastodon://a.example/public?token=abc", "a token in a URL ends up in logs"),
            ("mastodon://a.example/public?transport=pigeon", "neither websocket nor sse"),
            ("mastodon://a.example/public?token-file=/nowhere/token", "reading the token file /nowhere/token"),
        ] {
            let error = format!("{:#}", Options::from_url(url).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }
}
