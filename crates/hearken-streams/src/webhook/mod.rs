//! A webhook: a message to a server of one's own, signed as the Standard Webhooks specification has it.
//!
//! The receiver checks that `webhook-signature` is `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64, that
//! `webhook-timestamp` is about now, and that it does not know `webhook-id` yet: a message may come more than once.

mod sign;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use url::Url;

pub use sign::Secret;

/// Sends messages to one address.
#[derive(Debug)]
pub struct Webhook {
    client: Client,
    url: Url,
    secret: Secret,
}

/// What came of a message. Holds nothing of what the server said: it may have repeated the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server has it: 2xx.
    Accepted,
    /// The server wants no more: 410.
    Gone,
    /// The server answered otherwise.
    Refused {
        /// The status.
        status: u16,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// There was no answer.
    Broken(String),
}

impl Webhook {
    /// A webhook at `https://…` or `http://…`. A message that took longer than `timeout` is broken off.
    ///
    /// # Errors
    ///
    /// The address is none, or the system has no certificates to know servers by.
    pub fn new(url: &str, secret: Secret, timeout: Duration) -> Result<Self> {
        // Addresses of hooks are often secrets themselves, so no message shows one.
        let url = Url::parse(url).context("the address is no URL")?;
        ensure!(matches!(url.scheme(), "http" | "https") && url.has_host(), "the address must be one of http or https");
        let client = Client::builder()
            .tls_backend_preconfigured(crate::tls::config()?)
            .user_agent(concat!("hearken/", env!("CARGO_PKG_VERSION")))
            // Whoever moves has to say so: the signature is for this receiver.
            .redirect(Policy::none())
            .timeout(timeout)
            .build()?;
        Ok(Self { client, url, secret })
    }

    /// Sends a message: a JSON object under an id, which is the same whenever it is sent.
    pub async fn send(&self, id: &str, body: &str) -> Answer {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", self.secret.sign(id, now, body))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) => Answer::of(response.status(), response.headers()),
            Err(error) if error.is_timeout() => Answer::Broken("no answer in time".to_owned()),
            Err(error) => Answer::Broken(format!("{:#}", anyhow::Error::new(error.without_url()))),
        }
    }
}

impl Answer {
    fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        match status {
            StatusCode::GONE => Self::Gone,
            status if status.is_success() => Self::Accepted,
            status => {
                let after = headers.get(RETRY_AFTER).and_then(|value| rest(value.to_str().ok()?, Timestamp::now()));
                Self::Refused { status: status.as_u16(), after }
            }
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Gone => f.write_str("the server answered 410: it wants no more messages"),
            Self::Refused { status, .. } => write!(f, "the server answered {status}"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

/// How long `Retry-After` asks for: seconds, or a date.
fn rest(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
