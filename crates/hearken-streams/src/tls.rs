//! The one TLS of all sources: certificates that the system trusts, cryptography by ring.

use std::error::Error;
use std::io;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// How to speak to servers.
///
/// # Errors
///
/// The system has no certificates.
pub(crate) fn config() -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .context("no certificates to know servers by (on Debian: apt-get install ca-certificates)")?
        .with_no_client_auth())
}

/// Whether a server can't be told from an impostor: its certificate is none that the system trusts. Anywhere among the causes.
pub(crate) fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // What an error of the system holds is not among its causes.
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source());
    }
    false
}
