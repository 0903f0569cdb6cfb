//! What `--source` names.

use anyhow::{Result, bail, ensure};

/// A live source, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Stdin,
    /// A pattern.
    Files(String),
    /// The whole URL, as of the others.
    Listen(String),
    Bluesky(String),
    Mastodon(String),
    Nats(String),
    Kafka(String),
}

impl Address {
    /// All sources of a list, in which each entry may name several, separated by commas.
    pub(crate) fn all(given: &[String]) -> Result<Vec<Self>> {
        let all: Vec<Self> =
            given.iter().flat_map(|given| split(given)).map(|one| Self::parse(&one)).collect::<Result<_>>()?;
        let twice = all.iter().enumerate().find(|(index, one)| all[..*index].contains(one));
        if let Some((_, twice)) = twice {
            bail!("--source {} is given twice", twice.name());
        }
        Ok(all)
    }

    fn parse(text: &str) -> Result<Self> {
        let scheme = text.split_once(':').map_or(text, |(scheme, _)| scheme);
        Ok(match scheme {
            "-" => Self::Stdin,
            "file" => {
                let pattern = &text["file:".len()..];
                // file:///var/log is /var/log.
                let pattern = pattern.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(pattern);
                ensure!(!pattern.is_empty(), "--source {text}: which files? Such as file:/var/log/posts/*.jsonl");
                Self::Files(pattern.to_owned())
            }
            "listen" => Self::Listen(text.to_owned()),
            "bluesky" | "bluesky+insecure" => Self::Bluesky(text.to_owned()),
            "mastodon" | "mastodon+insecure" => Self::Mastodon(text.to_owned()),
            "nats" => Self::Nats(text.to_owned()),
            "kafka" => Self::Kafka(text.to_owned()),
            _ => bail!(
                "--source {text}: it must be bluesky://HOST, mastodon://HOST/public, nats://HOST?stream=…, kafka://HOST?topic=…, \
                 listen://HOST:PORT, file:GLOB or \"-\"; hearken run --help has an example of each"
            ),
        })
    }

    /// What names it where only one may read it: whoever does takes from the others.
    pub(crate) fn exclusive(&self) -> Option<String> {
        let with = |url: &str, keys: [&str; 2]| {
            let settings = url.split_once('?').map_or("", |(_, settings)| settings);
            let own = |key: &str| settings.split('&').filter(|it| it.starts_with(key)).collect::<String>();
            format!("{} with {} {}", self.name(), own(keys[0]), own(keys[1]))
        };
        match self {
            Self::Stdin | Self::Listen(_) => Some(self.name()),
            Self::Nats(url) => Some(with(url, ["stream=", "consumer="])),
            Self::Kafka(url) => Some(with(url, ["topic=", "group="])),
            Self::Files(_) | Self::Bluesky(_) | Self::Mastodon(_) => None,
        }
    }

    /// What messages call it, without its settings.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::Files(pattern) => format!("file:{pattern}"),
            Self::Listen(url) | Self::Bluesky(url) | Self::Mastodon(url) => {
                url.split('?').next().unwrap_or_default().to_owned()
            }
            // Who reads is no part of it, and may be given with a password by mistake.
            Self::Nats(url) | Self::Kafka(url) => {
                let place = url.split('?').next().unwrap_or_default();
                match (place.split_once("://"), place.rsplit_once('@')) {
                    (Some((scheme, _)), Some((_, hosts))) => format!("{scheme}://{hosts}"),
                    _ => place.to_owned(),
                }
            }
        }
    }
}

/// Cuts at the commas before which one source ends and another begins: hosts of one source have commas between them too.
fn split(given: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in given.split(',') {
        let begins = |scheme: &str| part.starts_with(scheme) && part[scheme.len()..].starts_with(':');
        let schemes =
            ["file", "listen", "bluesky", "bluesky+insecure", "mastodon", "mastodon+insecure", "nats", "kafka"];
        match all.last_mut() {
            Some(last) if part != "-" && !schemes.into_iter().any(begins) => {
                last.push(',');
                last.push_str(part);
            }
            _ => all.push(part.to_owned()),
        }
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn all(given: &[&str]) -> Vec<Address> {
        Address::all(&given.iter().map(|given| (*given).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn commas_separate_sources_and_hosts() {
        let hosts = Address::Bluesky("bluesky://a.example,b.example".to_owned());
        let files = Address::Files("/var/log/a,b*.jsonl".to_owned());
        let given = all(&["bluesky://a.example,b.example,-,file:///var/log/a,b*.jsonl", "listen://[::1]:80?wait=2"]);
        assert_eq!(given, [hosts, Address::Stdin, files, Address::Listen("listen://[::1]:80?wait=2".to_owned())]);
        assert_eq!(given[3].name(), "listen://[::1]:80");
        let given = all(&["nats://me:pw@a.example,b.example?stream=x&consumer=y,-"]);
        assert_eq!((given.len(), given[0].name().as_str()), (2, "nats://a.example,b.example"));
        let given = all(&["-,kafka://me@a.example:9092,b.example:9092?topic=x&group=y"]);
        assert_eq!((given.len(), given[1].name().as_str()), (2, "kafka://a.example:9092,b.example:9092"));
    }

    #[test]
    fn what_is_no_source_is_told_with_what_would_be() {
        for wrong in ["posts.jsonl", "https://example.org", "file:", "", "-x"] {
            let error = Address::all(&[wrong.to_owned()]).unwrap_err().to_string();
            assert!(error.contains(wrong) && error.contains("file:"), "{error}");
        }
        assert!(Address::all(&["-,-".to_owned()]).unwrap_err().to_string().contains("twice"));
    }
}
