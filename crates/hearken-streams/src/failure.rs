//! Why there is no connection.

use std::fmt;
use std::time::Duration;

use crate::tls::is_untrusted;

/// Why there is no connection (any more).
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server answered, and not as it should.
    Refused(Refusal),
    /// The network, or what came over it.
    Broken(anyhow::Error),
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The beginning of what it said, on one line.
    pub(crate) message: String,
    /// When it wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    const LONGEST_MESSAGE: usize = 200;

    pub(crate) fn new(status: u16, body: &[u8], retry_after: Option<&[u8]>) -> Self {
        let said = String::from_utf8_lossy(body);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = said.chars().filter(|c| !c.is_control()).take(Self::LONGEST_MESSAGE).collect();
        // The other form of the header, a date, is left to the backoff.
        let seconds = retry_after.and_then(|value| str::from_utf8(value).ok()?.trim().parse().ok());
        Self { status, message, retry_after: seconds.map(Duration::from_secs) }
    }

    /// Asking again as before will bring the same answer.
    pub(crate) fn is_lasting(&self) -> bool {
        (400..500).contains(&self.status) && ![408, 425, 429].contains(&self.status)
    }
}

impl Failure {
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Broken(_) => None,
        }
    }

    /// Trying again as before will fail again.
    pub(crate) fn is_lasting(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_lasting(),
            Self::Broken(error) => is_untrusted(error.as_ref()),
        }
    }

    /// How long the server wants to be left alone, at least.
    pub(crate) fn retry_after(&self) -> Duration {
        /// An answer that asks for more isn't taken at its word.
        const LONGEST: Duration = Duration::from_secs(900);
        self.refusal().and_then(|refusal| refusal.retry_after).unwrap_or_default().min(LONGEST)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(Refusal { status, message, .. }) if message.is_empty() => {
                write!(f, "the server answered {status}")
            }
            Self::Refused(Refusal { status, message, .. }) => write!(f, "the server answered {status}: {message}"),
            Self::Broken(error) if is_untrusted(error.as_ref()) => write!(
                f,
                "{error:#} (the system must trust whoever has signed its certificate; on Linux SSL_CERT_FILE names others)"
            ),
            Self::Broken(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_the_server_said() {
        let refusal = Refusal::new(429, b"{\n \"error\": \"slow\x1b down\" }\n", Some(b" 7 "));
        assert!(!refusal.is_lasting());
        let failure = Failure::Refused(refusal);
        assert_eq!(failure.to_string(), r#"the server answered 429: { "error": "slow down" }"#);
        assert_eq!(failure.retry_after(), Duration::from_secs(7));
    }

    #[test]
    fn only_answers_that_stay_the_same_are_lasting() {
        let lasting = |status| Refusal::new(status, b"", None).is_lasting();
        assert!(lasting(400) && lasting(401) && lasting(404));
        assert!(!lasting(408) && !lasting(429) && !lasting(500) && !lasting(503) && !lasting(302));
    }
}
