//! A ticket: one person's case, with the posts that belong to it.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::label::{Label, Labels};
use crate::state::State;
use crate::time::Timestamp;

/// Names a ticket on its desk. Printed, and as JSON, it is `T123`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TicketId(pub i64);

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{}", self.0)
    }
}

/// Reads `T123`, `t123` or `123`.
impl FromStr for TicketId {
    type Err = ParseIntError;

    fn from_str(name: &str) -> Result<Self, ParseIntError> {
        name.strip_prefix(['T', 't']).unwrap_or(name).parse().map(Self)
    }
}

impl From<TicketId> for String {
    fn from(id: TicketId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for TicketId {
    type Error = ParseIntError;

    fn try_from(name: String) -> Result<Self, ParseIntError> {
        name.parse()
    }
}

/// Someone who writes posts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// The network on which they write; may be empty.
    pub platform: String,
    /// Their name there.
    pub author: String,
}

/// A person's case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its name.
    #[serde(rename = "ticket")]
    pub id: TicketId,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
    /// Whose case it is. Of a post without an author nobody knows.
    pub person: Option<Person>,
    /// The conversation of the first post, where it has one.
    pub thread: Option<String>,
    /// What was heard in any of its posts.
    pub labels: Labels,
    /// 0 to 3: the highest among the posts that wait for an answer.
    pub urgency: f64,
    /// The language of the latest post: its primary subtag in lower case.
    pub lang: Option<String>,
    /// The team that it is for; everyone's, if there is none.
    pub team: Option<String>,
    /// What decides its turn, milliseconds since 1970, smaller first: the smallest among the posts that wait for an answer.
    pub rank_at: i64,
    /// When a person should have seen it.
    pub due_by: Option<Timestamp>,
    /// What its service level has come to while the person waits.
    #[serde(default)]
    pub alarm: Option<Alarm>,
    /// When its service level is to be looked at next: for a warning, or for a breach at [`Ticket::due_by`].
    #[serde(default)]
    pub alarm_at: Option<Timestamp>,
    /// So much of [`Ticket::rank_at`] is owed to the breach, milliseconds.
    #[serde(default)]
    pub raised: i64,
    /// Whether it comes before all that are not pinned.
    pub pinned: bool,
    /// How many posts it has.
    pub posts: u32,
    /// When it came to the desk.
    pub opened_at: Timestamp,
    /// When the person last wrote.
    pub last_post_at: Timestamp,
    /// When the person wrote the first post that nobody has answered yet.
    pub waiting_since: Option<Timestamp>,
    /// When its posts were last answered, or found to need no answer, if ever.
    pub acknowledged_at: Option<Timestamp>,
    /// Since when it has its state.
    pub since: Timestamp,
    /// Until when it is nobody's turn, for the person was contacted too recently.
    pub quiet_until: Option<Timestamp>,
    /// The number of the trail's entry that it stands by.
    pub entry: i64,
}

/// What a service level has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// It will soon be late.
    Warned,
    /// It is late.
    Breached,
}

/// What became of someone who reached out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody is at it.
    Waiting,
    /// Someone has it.
    Assigned,
    /// A human has answered, or looked at it and found nothing to answer.
    Acknowledged,
    /// It is nobody's cry for help: held back, part of another ticket, or deleted.
    Aside,
}

impl Ticket {
    /// What became of the person at a time.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (self.state.at(now), self.waiting_since) {
            (State::Held | State::Merged { .. } | State::Deleted, _) => Standing::Aside,
            (_, None) => Standing::Acknowledged,
            (State::Claimed { .. }, Some(_)) => Standing::Assigned,
            (_, Some(_)) => Standing::Waiting,
        }
    }

    /// Whether its turn can come as it is kept, without looking at the time.
    pub fn is_ready(&self) -> bool {
        self.state.is_open() && self.quiet_until.is_none()
    }

    /// When it has to be looked at again: a lease, a snooze or a quiet period ends.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.state.until().or(self.quiet_until.filter(|_| self.state.is_open()))
    }

    /// What its service level has come to at a time, written down or not yet.
    pub fn alarm_by(&self, now: Timestamp) -> Option<Alarm> {
        let is_late = self.due_by.is_some_and(|due| due <= now);
        match self.alarm_at {
            Some(at) if at <= now => Some(if is_late { Alarm::Breached } else { Alarm::Warned }),
            _ => self.alarm,
        }
    }

    /// Takes back what a breach did to its turn.
    pub(crate) fn lower(&mut self) {
        self.rank_at = self.rank_at.saturating_add(self.raised);
        self.raised = 0;
    }

    /// Brings its turn forward by so many milliseconds, once.
    pub(crate) fn raise(&mut self, by: i64) {
        self.lower();
        self.rank_at = self.rank_at.saturating_sub(by);
        self.raised = by;
    }

    /// Where it stands in the order of turns.
    pub fn place(&self) -> Place {
        Place { unpinned: !self.pinned, rank_at: self.rank_at, id: self.id }
    }

    /// What a worker must be fit for to take it.
    pub fn lane(&self) -> Lane {
        Lane { team: self.team.clone(), lang: self.lang.clone(), labels: self.labels }
    }

    /// Whether it is about grief.
    pub fn is_grief(&self) -> bool {
        self.labels.contains(Label::Grief)
    }
}

/// The order of turns: pinned tickets first, then by rank, then the older ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Whether it is not pinned.
    pub unpinned: bool,
    /// See [`Ticket::rank_at`].
    pub rank_at: i64,
    /// The ticket.
    pub id: TicketId,
}

/// Tickets that ask the same of a worker. There are few lanes, whatever the number of tickets, so the best ticket for a worker
/// is the best of the first tickets of the lanes that they are fit for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// See [`Ticket::team`].
    pub team: Option<String>,
    /// See [`Ticket::lang`].
    pub lang: Option<String>,
    /// See [`Ticket::labels`].
    pub labels: Labels,
}

/// What stands between the parts of a lane's key; no language has it.
const BETWEEN: char = '\u{1f}';

impl Lane {
    /// The lane as one text, which is the same for the same lane only. No team is not the team without a name.
    pub(crate) fn key(&self) -> String {
        let team = self.team.as_ref().map_or(String::new(), |team| format!("={team}"));
        format!("{team}{BETWEEN}{}{BETWEEN}{}", self.lang.as_deref().unwrap_or_default(), self.labels.bits())
    }

    /// The lane of a key.
    pub(crate) fn from_key(key: &str) -> Self {
        // From the end: only a team may hold anything.
        let mut parts = key.rsplitn(3, BETWEEN);
        let bits = parts.next().and_then(|bits| bits.parse().ok()).unwrap_or_default();
        let lang = parts.next().filter(|lang| !lang.is_empty()).map(str::to_owned);
        let team = parts.next().and_then(|team| team.strip_prefix('=')).map(str::to_owned);
        Self { team, lang, labels: Labels::from_bits(bits) }
    }
}

/// The primary subtag of a BCP 47 tag in lower case; none of what is no tag, so that hostile feeds don't make lanes.
pub(crate) fn primary_subtag(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let is_language = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_language.then(|| primary.to_ascii_lowercase())
}
