//! Where metrics are served.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Whoever says no more than a port means this machine only.
const HERE: &str = "127.0.0.1";

/// A host and a port, `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Address(String);

impl Address {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let port: u16 = port.parse().map_err(|_| {
            format!("{text:?} is neither a port nor HOST:PORT, such as 9464, 127.0.0.1:9464 or [::1]:9464")
        })?;
        let bare_six = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if bare_six || host.contains(['/', '@', ' ']) {
            return Err(format!("{host:?} is no host; one of IPv6 stands in brackets, such as [::1]:9464"));
        }
        Ok(Self(format!("{}:{port}", if host.is_empty() { HERE } else { host })))
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_on_this_machine() {
        for (typed, meant) in [
            ("9464", "127.0.0.1:9464"),
            (":9464", "127.0.0.1:9464"),
            ("0", "127.0.0.1:0"),
            ("0.0.0.0:9464", "0.0.0.0:9464"),
            ("[::1]:9464", "[::1]:9464"),
            ("localhost:1", "localhost:1"),
        ] {
            assert_eq!(typed.parse(), Ok(Address(meant.to_owned())));
        }
        for wrong in ["", "localhost", "127.0.0.1", "::1", "::1:9464", "1:65536", "http://a:1", "me:pw@a:1"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
