//! What of a server is read: the same posts have three addresses.

use std::fmt;

use anyhow::{Context as _, Result, bail};
use url::Url;

/// A timeline, as the streaming API calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    stream: &'static str,
    /// The tag or the list.
    which: Option<String>,
}

/// Streams that bring posts.
const STREAMS: [&str; 10] = [
    "public",
    "public:local",
    "public:remote",
    "public:media",
    "public:local:media",
    "public:remote:media",
    "hashtag",
    "hashtag:local",
    "list",
    "user",
];

impl Timeline {
    pub(crate) fn new(stream: &str, tag: Option<String>, list: Option<String>) -> Result<Self> {
        let Some(stream) = STREAMS.into_iter().find(|known| *known == stream) else {
            let known = STREAMS.join(", ");
            match stream {
                "" => bail!("it names no timeline; these are {known}"),
                _ => bail!("there is no timeline {stream}; these are {known}"),
            }
        };
        let which = match stream {
            "hashtag" | "hashtag:local" => Some(tag.context("it says not which hashtag: hashtag?tag=TAG")?),
            "list" => Some(list.context("it says not which list: list?list=ID")?),
            _ => None,
        };
        Ok(Self { stream, which })
    }

    fn has(&self, part: &str) -> bool {
        self.stream.split(':').any(|it| it == part)
    }

    /// What `which` is called in a query.
    fn parameter(&self) -> &'static str {
        if self.stream == "list" { "list" } else { "tag" }
    }

    /// Its WebSocket on a streaming server, given as `wss://HOST/`.
    pub(crate) fn socket(&self, server: &Url) -> Url {
        let mut url = server.clone();
        url.set_path("/api/v1/streaming");
        url.query_pairs_mut().append_pair("stream", self.stream);
        if let Some(which) = &self.which {
            url.query_pairs_mut().append_pair(self.parameter(), which);
        }
        url
    }

    /// Its server-sent events on a streaming server, given as `https://HOST/`.
    pub(crate) fn events(&self, server: &Url) -> Url {
        let mut url = server.clone();
        let path = self.stream.trim_end_matches(":media").replace(':', "/");
        url.set_path(&format!("/api/v1/streaming/{path}"));
        if let Some(which) = &self.which {
            url.query_pairs_mut().append_pair(self.parameter(), which);
        }
        if self.has("media") {
            url.query_pairs_mut().append_pair("only_media", "true");
        }
        url
    }

    /// Its posts so far on a server, given as `https://HOST/`.
    pub(crate) fn statuses(&self, server: &Url) -> Url {
        let mut url = server.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(["api", "v1", "timelines"]);
            match (self.stream, &self.which) {
                ("list", Some(list)) => path.push("list").push(list),
                (_, Some(tag)) => path.push("tag").push(tag),
                ("user", _) => path.push("home"),
                _ => path.push("public"),
            };
        }
        for (part, parameter) in [("local", "local"), ("remote", "remote"), ("media", "only_media")] {
            if self.has(part) {
                url.query_pairs_mut().append_pair(parameter, "true");
            }
        }
        url
    }
}

/// As in a URL of a source.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stream)?;
        match &self.which {
            Some(which) => write!(f, "?{}={which}", self.parameter()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_same_posts_have_three_addresses() {
        let server = Url::parse("https://a.example/").unwrap();
        let addresses = |stream, tag: Option<&str>, list: Option<&str>| {
            let timeline = Timeline::new(stream, tag.map(String::from), list.map(String::from)).unwrap();
            [timeline.socket(&server), timeline.events(&server), timeline.statuses(&server)]
                .map(|url| url.as_str().trim_start_matches("https://a.example/api/v1/").to_owned())
        };
        assert_eq!(
            addresses("public", None, None),
            ["streaming?stream=public", "streaming/public", "timelines/public"]
        );
        assert_eq!(
            addresses("public:local:media", None, None),
            [
                "streaming?stream=public%3Alocal%3Amedia",
                "streaming/public/local?only_media=true",
                "timelines/public?local=true&only_media=true"
            ]
        );
        assert_eq!(
            addresses("hashtag:local", Some("a/b"), None),
            [
                "streaming?stream=hashtag%3Alocal&tag=a%2Fb",
                "streaming/hashtag/local?tag=a%2Fb",
                "timelines/tag/a%2Fb?local=true"
            ]
        );
        assert_eq!(
            addresses("list", None, Some("7")),
            ["streaming?stream=list&list=7", "streaming/list?list=7", "timelines/list/7"]
        );
        assert_eq!(addresses("user", None, None), ["streaming?stream=user", "streaming/user", "timelines/home"]);
    }
}
