//! Where the messages of a hook go: a web address or a command.

use anyhow::{Result, bail};
use hearken_desk::{Delivery, Hook, Sent};

use super::program;

/// Where messages go.
#[derive(Debug)]
pub(super) enum Target {
    /// To a server, signed.
    #[cfg(feature = "webhook")]
    Web(Box<hearken_streams::webhook::Webhook>),
    /// To a program on this machine.
    Program,
}

impl Target {
    /// The target of a hook.
    ///
    /// # Errors
    /// Its address or its secret can't be used.
    pub(super) fn of(hook: &Hook) -> Result<Self> {
        match &hook.url {
            Some(url) => web(hook, url),
            None if hook.command.is_empty() => bail!("it has neither a url nor a command"),
            None => Ok(Self::Program),
        }
    }

    /// Delivers one message.
    pub(super) async fn deliver(&self, hook: &Hook, delivery: &Delivery) -> Sent {
        match self {
            #[cfg(feature = "webhook")]
            Self::Web(webhook) => {
                use hearken_streams::webhook::Answer;
                let answer = webhook.send(&delivery.message.id, &delivery.body).await;
                let why = answer.to_string();
                match answer {
                    Answer::Accepted => Sent::Delivered,
                    Answer::Gone => Sent::Closed { why },
                    Answer::Refused { after, .. } => Sent::Failed { why, after },
                    Answer::Broken(_) => Sent::Failed { why, after: None },
                }
            }
            Self::Program => program::run(hook, delivery).await,
        }
    }
}

#[cfg(feature = "webhook")]
fn web(hook: &Hook, url: &str) -> Result<Target> {
    use anyhow::Context;
    use hearken_streams::webhook::{Secret, Webhook};
    let variable = hook.secret_env.as_deref().context("secret-env names no variable with its secret")?;
    let secret = std::env::var(variable).with_context(|| format!("its secret should be in {variable}"))?;
    let secret = Secret::new(&secret).with_context(|| variable.to_owned())?;
    Ok(Target::Web(Box::new(Webhook::new(url, secret, hook.timeout)?)))
}

#[cfg(not(feature = "webhook"))]
fn web(_: &Hook, _: &str) -> Result<Target> {
    bail!("this hearken was built without webhooks (feature webhook)")
}

/// Where the messages of a hook go, for people: no more of an address than its host, for the rest may be a secret.
pub(in crate::desk) fn host(hook: &Hook) -> String {
    match &hook.url {
        Some(url) => {
            let (_, rest) = url.split_once("://").unwrap_or_default();
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            host.rsplit('@').next().unwrap_or_default().to_owned()
        }
        None => hook.command.first().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_host_is_shown() {
        let shown = |url: &str| host(&Hook { url: Some(url.to_owned()), ..Hook::new("a") });
        assert_eq!(shown("https://me:secret@desk.example:8443/T1/secret?token=secret"), "desk.example:8443");
        assert_eq!(shown("http://127.0.0.1:9"), "127.0.0.1:9");
        assert_eq!(host(&Hook { command: vec!["page".to_owned(), "secret".to_owned()], ..Hook::new("a") }), "page");
    }
}
