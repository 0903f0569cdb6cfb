//! Posts so far, by the REST API; its limits are obeyed.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::{sleep, timeout};
use url::Url;

use super::options::Options;
use super::status::{Id, Line};
use crate::backoff::{Backoff, Waits};
use crate::failure::{Failure, Refusal};

/// Posts in a page, at the most; servers have none larger.
const PAGE: usize = 40;
/// A longer answer is an error, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;
/// For one request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks a server.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) client: Client,
    server: Url,
    statuses: Url,
    waits: Waits,
}

#[derive(Deserialize)]
struct Instance {
    configuration: Configuration,
}

#[derive(Deserialize)]
struct Configuration {
    urls: Urls,
}

#[derive(Deserialize)]
struct Urls {
    streaming: String,
}

impl Rest {
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &options.token {
            let mut token =
                HeaderValue::from_str(&token.bearer()).context("the token has characters that no token has")?;
            token.set_sensitive(true);
            headers.insert(AUTHORIZATION, token);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(crate::tls::config()?)
            .user_agent(concat!("hearken/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(Duration::from_secs(15))
            .read_timeout(options.stall)
            .build()?;
        let statuses = options.timeline.statuses(&options.server);
        Ok(Self { client, server: options.server.clone(), statuses, waits: options.waits })
    }

    /// Where the streams of this server are, as `wss://HOST/`.
    pub(crate) async fn streaming(&self) -> Result<Url, Failure> {
        let mut url = self.server.clone();
        url.set_path("/api/v2/instance");
        let secure = self.server.scheme() == "https";
        let mut streaming = match self.get::<Instance>(url).await {
            Ok((instance, _)) => {
                let said = instance.configuration.urls.streaming;
                Url::parse(&said).map_err(|error| anyhow!("its streams are at {said:?}, which is no URL: {error}"))?
            }
            // Servers of other makes and before 4.0 don't say.
            Err(Failure::Refused(refusal)) if refusal.status == 404 => self.server.clone(),
            Err(failure) => return Err(failure),
        };
        let scheme = if secure { "wss" } else { "ws" };
        if streaming.scheme() != scheme && streaming != self.server {
            return Err(anyhow!("its streams are at {streaming}, not at a {scheme}:// address").into());
        }
        // Between schemes of the web this never fails.
        let _ = streaming.set_scheme(scheme);
        Ok(streaming)
    }

    /// The newest post.
    pub(crate) async fn newest(self) -> Result<Vec<Line>, Failure> {
        self.insist(&[("limit", "1")]).await
    }

    /// Up to a page of posts right after `after`, oldest first.
    pub(crate) async fn after(self, after: Id) -> Result<Vec<Line>, Failure> {
        let mut page = self.insist(&[("limit", &PAGE.to_string()), ("min_id", &after.0)]).await?;
        page.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(page)
    }

    /// Asks until there is an answer; only one that would always be the same is a failure.
    async fn insist(&self, query: &[(&str, &str)]) -> Result<Vec<Line>, Failure> {
        let mut url = self.statuses.clone();
        url.query_pairs_mut().extend_pairs(query);
        let mut backoff = Backoff::new(self.waits);
        loop {
            let failure = match self.get::<Vec<Box<RawValue>>>(url.clone()).await {
                Ok((page, rest)) => {
                    let lines: Result<Vec<Line>, _> = page.iter().map(|status| Line::of_status(status.get())).collect();
                    sleep(rest).await;
                    return lines.map_err(|error| Failure::Broken(anyhow!("a status can't be read: {error}")));
                }
                Err(failure) if failure.is_lasting() => return Err(failure),
                Err(failure) => failure,
            };
            let wait = backoff.wait(Duration::ZERO).max(failure.retry_after());
            tracing::warn!(server = %self.server, %failure, ?wait, "No answer from a Mastodon timeline; trying again.");
            sleep(wait).await;
        }
    }

    /// An answer, and how long to leave the server alone after it.
    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<(T, Duration), Failure> {
        let answer = async {
            let response = self.client.get(url).send().await.map_err(broken)?;
            let pause = pause(response.headers(), Timestamp::now());
            let response = accepted(response).await?;
            let body = body(response, LONGEST).await?;
            let answer = serde_json::from_slice(&body).context("the server's answer isn't what Mastodon answers")?;
            Ok((answer, pause))
        };
        timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| Err(anyhow!("no answer within {} s", PATIENCE.as_secs()).into()))
    }
}

/// The response, or why it is none.
pub(crate) async fn accepted(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let pause = pause(response.headers(), Timestamp::now());
    let said = body(response, 64 * 1024).await.unwrap_or_default();
    let mut refusal = Refusal::new(status.as_u16(), &said, None);
    refusal.retry_after = Some(pause).filter(|pause| !pause.is_zero());
    Err(Failure::Refused(refusal))
}

pub(crate) fn broken(error: reqwest::Error) -> Failure {
    // Addresses of the server are known, and a query may one day hold what is nobody's business.
    Failure::Broken(error.without_url().into())
}

async fn body(mut response: Response, longest: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > longest {
            return Err(anyhow!("an answer longer than {longest} bytes").into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How long a server wants to be left alone: `Retry-After`, or until its limit begins anew where nothing is left of it.
fn pause(headers: &HeaderMap, now: Timestamp) -> Duration {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(seconds) = text("retry-after").and_then(|value| value.trim().parse().ok()) {
        return Duration::from_secs(seconds);
    }
    let used_up = text("x-ratelimit-remaining").is_some_and(|left| left.trim() == "0");
    let reset = text("x-ratelimit-reset").and_then(|value| value.trim().parse::<Timestamp>().ok()).filter(|_| used_up);
    reset.and_then(|reset| Duration::try_from(reset.duration_since(now)).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::pause as until;
    use super::*;

    #[test]
    fn a_server_is_left_alone_as_long_as_it_says() {
        let now: Timestamp = "2022-08-31T00:00:00Z".parse().unwrap();
        let pause = |headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            until(&headers.collect(), now)
        };
        let reset = ("x-ratelimit-reset", "2022-08-31T00:04:30.123456Z");
        assert_eq!(pause(&[("x-ratelimit-remaining", "1"), reset]), Duration::ZERO);
        assert_eq!(pause(&[("x-ratelimit-remaining", "0"), reset]), Duration::from_micros(270_123_456));
        assert_eq!(pause(&[("retry-after", "7"), ("x-ratelimit-remaining", "0"), reset]), Duration::from_secs(7));
        assert_eq!(
            pause(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2022-08-30T00:00:00Z")]),
            Duration::ZERO
        );
    }
}
