//! Who wants to hear of what.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::label::Labels;
use crate::spike::Spike;
use crate::ticket::Ticket;
use crate::time::readable;
use crate::trail::{Deed, Entry};

/// The longest name of a hook, bytes.
const LONGEST_NAME: usize = 64;

/// No delivery may take longer.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// What a hook may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A ticket came into the queue: it is new, or was held back, answered or resolved before.
    Enter,
    /// Its service level will soon be missed.
    Warn,
    /// Its service level was missed.
    Breach,
    /// Many more tickets than usual came in.
    Spike,
    /// Someone said that nothing more is to be done.
    Resolve,
}

impl Event {
    /// What an entry of the trail is to those outside. The one place that says so.
    pub fn of(entry: &Entry) -> Option<Self> {
        match entry.deed {
            Deed::Opened | Deed::SplitOff | Deed::Wrote | Deed::Reopened => entry.comes_in().then_some(Self::Enter),
            Deed::Warned => Some(Self::Warn),
            Deed::Breached => Some(Self::Breach),
            Deed::Resolved => Some(Self::Resolve),
            Deed::Edited
            | Deed::Deleted
            | Deed::Claimed
            | Deed::Renewed
            | Deed::Released
            | Deed::HandedOff
            | Deed::Answered
            | Deed::Snoozed
            | Deed::Held
            | Deed::Returned
            | Deed::Quieted
            | Deed::Pinned
            | Deed::Unpinned
            | Deed::Noted
            | Deed::Merged
            | Deed::Absorbed
            | Deed::Split
            | Deed::Thanked
            | Deed::Relabelled
            | Deed::Undone => None,
        }
    }

    /// Its name, as records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Warn => "warn",
            Self::Breach => "breach",
            Self::Spike => "spike",
            Self::Resolve => "resolve",
        }
    }
}

impl Entry {
    /// Whether its ticket waits in the queue now and didn't before. One that someone had, or put off, was in it all the time.
    fn comes_in(&self) -> bool {
        let was_in = self.from.as_ref().is_some_and(|from| from.is_open() || from.until().is_some());
        self.to.is_open() && !was_in
    }
}

/// Someone to be told: a web address or a command of the team's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hook {
    /// What it is called. Under another name it is another hook, with messages of its own.
    pub name: String,
    /// What it is told of.
    pub on: Vec<Event>,
    /// Only tickets and spikes with one of these labels; all, if none is named.
    #[serde(default)]
    pub labels: Labels,
    /// Only tickets that are at least so urgent, 0 to 3. Spikes have no urgency.
    #[serde(default)]
    pub urgency_from: f64,
    /// Only tickets of this team. Spikes have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Where to post each message: `http://` or `https://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The environment variable with the secret by which the receiver of `url` knows who sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// The program to run for each message, and what it is called with. No shell is involved unless this names one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Whether a message holds what the person wrote.
    #[serde(default)]
    pub texts: bool,
    /// A delivery that takes longer has failed.
    #[serde(default = "ten_seconds", with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub timeout: Duration,
    /// After so many deliveries that failed a message is put aside, until someone retries it.
    #[serde(default = "twenty")]
    pub tries: u32,
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn twenty() -> u32 {
    20
}

impl Hook {
    /// A hook that is told of every event; set the other fields, one of [`Hook::url`] and [`Hook::command`] among them.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            on: vec![Event::Enter, Event::Warn, Event::Breach, Event::Spike, Event::Resolve],
            labels: Labels::default(),
            urgency_from: 0.0,
            team: None,
            url: None,
            secret_env: None,
            command: Vec::new(),
            texts: false,
            timeout: ten_seconds(),
            tries: twenty(),
        }
    }

    /// Whether it is told of this about a ticket.
    pub fn wants(&self, event: Event, ticket: &Ticket) -> bool {
        self.on.contains(&event)
            && (self.labels.is_empty() || self.labels.overlaps(ticket.labels))
            && ticket.urgency >= self.urgency_from
            && (self.team.is_none() || self.team == ticket.team)
    }

    /// Whether it is told of a spike. One of all tickets together is for those who want all labels.
    pub fn wants_spike(&self, spike: &Spike) -> bool {
        self.on.contains(&Event::Spike)
            && (self.labels.is_empty() || spike.label.is_some_and(|label| self.labels.contains(label)))
    }

    /// What makes a hook unusable, of some that stand together in a policy; with its name.
    pub fn faults(hooks: &[Self]) -> Vec<String> {
        let twice = |place: usize, hook: &Self| hooks[..place].iter().any(|other| other.name == hook.name);
        let named = |(place, hook): (usize, &Self)| {
            let fault = if twice(place, hook) { Some("another hook has this name") } else { hook.fault() };
            fault.map(|fault| format!("hook {:?}: {fault}", hook.name))
        };
        hooks.iter().enumerate().filter_map(named).collect()
    }

    fn fault(&self) -> Option<&'static str> {
        let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        if self.name.trim().is_empty() || self.name.len() > LONGEST_NAME || self.name.chars().any(char::is_control) {
            Some("its name must have 1 to 64 bytes and no control characters")
        } else if self.on.is_empty() {
            Some("on = [] tells it of nothing")
        } else if self.url.is_some() != self.command.is_empty() {
            Some("it needs either a url or a command")
        } else if self.url.as_ref().is_some_and(|url| !is_web(url)) {
            Some("its url must begin with https:// or http://")
        } else if self.url.is_some() && self.secret_env.is_none() {
            Some("its receiver must be able to tell who sends: secret-env names the variable with the secret")
        } else if self.url.is_none() && self.secret_env.is_some() {
            Some("a command is not sent a signature: secret-env goes with a url")
        } else if !self.urgency_from.is_finite() {
            Some("urgency-from must be a number from 0 to 3")
        } else if self.timeout.is_zero() || self.timeout > LONGEST_TIMEOUT {
            Some("its timeout must be between a second and 5 minutes")
        } else if self.tries == 0 {
            Some("tries = 0 delivers nothing")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
