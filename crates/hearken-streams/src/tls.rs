//! The one TLS of all sources: certificates that the system trusts, cryptography by ring.

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
