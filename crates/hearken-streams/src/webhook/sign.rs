//! By which a receiver knows who sends, and that nobody changed the message.

use std::fmt;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What secrets begin with that are written in base64.
const PREFIX: &str = "whsec_";

/// A shorter secret is none, bytes.
const SHORTEST: usize = 16;

/// A secret that sender and receiver share; no message shows it.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// Reads `whsec_` with base64 after it, as the specification has it, or any other text for its bytes.
    ///
    /// # Errors
    ///
    /// It is no base64, or shorter than 16 bytes.
    pub fn new(written: &str) -> Result<Self> {
        let bytes = match written.trim().strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).context("what comes after whsec_ is no base64")?,
            None => written.trim().as_bytes().to_vec(),
        };
        ensure!(bytes.len() >= SHORTEST, "a secret has at least {SHORTEST} bytes, this one has {}", bytes.len());
        Ok(Self(Hmac::new_from_slice(&bytes).context("the secret can't be used")?))
    }

    /// The signature of a message that is sent at a time, seconds since 1970.
    pub(super) fn sign(&self, id: &str, at: u64, body: &str) -> String {
        let mut signed = self.0.clone();
        signed.update(format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(signed.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn signatures_are_those_of_other_implementations() {
        let secret = Secret::new("whsec_plJ3nmyCDGBKInavdOK15jsl").unwrap();
        let body = r#"{"event_type":"ping","data":{"success":true}}"#;
        let signature = secret.sign("msg_loFOjxBNrRLzqYUf", 1_731_705_121, body);
        assert_eq!(signature, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_is_refused_and_none_is_shown() {
        assert!(Secret::new("").is_err() && Secret::new("too short").is_err() && Secret::new("whsec_!").is_err());
        let secret = Secret::new("a secret of enough bytes").unwrap();
        assert_eq!(format!("{secret:?}"), "…");
    }
}
