//! What a tenant is called.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The longest name, characters.
const LONGEST: usize = 64;

/// A tenant's name: it stands in rows, records, file names and variables as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TenantName(String);

impl TenantName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A variable of the environment that belongs to the tenant, such as `HEARKEN_HTTP_TOKEN_ACME_EU` of `acme-eu`.
    pub(crate) fn variable(&self, of_all: &str) -> String {
        let own = self.0.chars().map(|char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' });
        of_all.chars().chain(std::iter::once('_')).chain(own).collect()
    }
}

impl FromStr for TenantName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if (1..=LONGEST).contains(&name.len()) && name.bytes().all(known) {
            Ok(Self(name.to_owned()))
        } else {
            Err(format!("{name:?} is no name of a tenant: 1 to {LONGEST} of a-z, 0-9, - _ and . are wanted"))
        }
    }
}

impl TryFrom<String> for TenantName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
