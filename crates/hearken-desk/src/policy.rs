//! The policy of a desk, as it was adopted: it stands on the desk, so that no two colleagues work by different rules.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// What a desk goes by since a moment, until the next is adopted. None is ever changed or forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// Its number: later ones have greater ones.
    pub seq: i64,
    /// When it was adopted.
    pub at: Timestamp,
    /// Who did.
    pub by: String,
    /// The [`digest`] of `source`.
    pub digest: String,
    /// [`Rules`](crate::Rules) as JSON.
    pub rules: String,
    /// What people wrote, with all that is no desk's business.
    pub source: String,
}

/// What tells one policy from another: SHA-256, hexadecimal.
pub fn digest(source: &str) -> String {
    Sha256::digest(source).iter().map(|byte| format!("{byte:02x}")).collect()
}
