//! What those outside are told: the body of a message, and of a ticket what helpdesks take over.
//!
//! Messages have the shape that the Standard Webhooks specification proposes: `{"type", "timestamp", "data"}`.

use serde::Serialize;

use super::hook::{Event, Hook};
use crate::error::{Error, Result};
use crate::intake::TicketPost;
use crate::label::Labels;
use crate::spike::Spike;
use crate::state::{Outcome, State};
use crate::ticket::{Alarm, Person, Standing, Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::Entry;

/// So many posts go along, the latest, where texts are wanted.
const POSTS_TOLD: usize = 20;

/// A ticket as systems outside know it. Its fields are written against: none is renamed, and none changes its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary<'a> {
    /// Its name.
    pub ticket: TicketId,
    /// The name of its state, see [`State::NAMES`]. A lease or a snooze that has ended counts as ended.
    pub state: &'static str,
    /// What became of the person.
    pub standing: Standing,
    /// Who has it, put it off, answered or resolved it.
    pub assignee: Option<&'a str>,
    /// When a lease or a snooze ends.
    pub until: Option<Timestamp>,
    /// How it ended, if it was resolved.
    pub outcome: Option<Outcome>,
    /// The ticket that it is part of, if it was merged.
    pub merged_into: Option<TicketId>,
    /// Whose case it is: network and name.
    pub person: Option<&'a Person>,
    /// What was heard.
    pub labels: Labels,
    /// 0 to 3.
    pub urgency: f64,
    /// The language of the latest post.
    pub lang: Option<&'a str>,
    /// The team that it is for.
    pub team: Option<&'a str>,
    /// Whether it comes before all that are not pinned.
    pub pinned: bool,
    /// How many posts it has.
    pub posts: u32,
    /// When a person should have seen it.
    pub due_by: Option<Timestamp>,
    /// Whether it was warned of, or is late.
    pub alarm: Option<Alarm>,
    /// When it came to the desk.
    pub opened_at: Timestamp,
    /// When the person last wrote.
    pub last_post_at: Timestamp,
    /// Since when the person waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// When they were last answered, or found to need no answer.
    pub acknowledged_at: Option<Timestamp>,
}

impl<'a> Summary<'a> {
    /// What there is to say of a ticket at a time.
    pub fn new(ticket: &'a Ticket, now: Timestamp) -> Self {
        let state = ticket.state.at(now);
        Self {
            ticket: ticket.id,
            state: state.name(),
            standing: ticket.standing(now),
            assignee: state.holder(),
            until: state.until(),
            outcome: if let State::Resolved { outcome, .. } = state { Some(*outcome) } else { None },
            merged_into: if let State::Merged { into } = state { Some(*into) } else { None },
            person: ticket.person.as_ref(),
            labels: ticket.labels,
            urgency: ticket.urgency,
            lang: ticket.lang.as_deref(),
            team: ticket.team.as_deref(),
            pinned: ticket.pinned,
            posts: ticket.posts,
            due_by: ticket.due_by,
            alarm: ticket.alarm_by(now),
            opened_at: ticket.opened_at,
            last_post_at: ticket.last_post_at,
            waiting_since: ticket.waiting_since,
            acknowledged_at: ticket.acknowledged_at,
        }
    }
}

#[derive(Serialize)]
struct Envelope<T> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: T,
}

#[derive(Serialize)]
struct Told<'a> {
    /// The number of the entry in the trail: what has a greater one came later.
    entry: i64,
    by: &'a str,
    #[serde(flatten)]
    ticket: Summary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
struct Text<'a> {
    platform: &'a str,
    id: &'a str,
    created_at: Timestamp,
    text: &'a str,
}

/// The body of a message about an entry: what was done then, and how the ticket stands now.
pub(crate) fn of_entry(
    hook: &Hook,
    event: Event,
    entry: &Entry,
    ticket: &Ticket,
    posts: &[TicketPost],
    now: Timestamp,
) -> Result<String> {
    let live: Vec<&TicketPost> = posts.iter().filter(|post| !post.gone).collect();
    let latest = &live[live.len().saturating_sub(POSTS_TOLD)..];
    let texts = latest.iter().map(|TicketPost { post, .. }| Text {
        platform: &post.platform,
        id: &post.id,
        created_at: post.created_at,
        text: &post.text,
    });
    json(&Envelope {
        r#type: event.name(),
        timestamp: entry.at,
        data: Told {
            entry: entry.seq,
            by: &entry.by,
            ticket: Summary::new(ticket, now),
            // A colleague's note may quote the person.
            why: entry.why.as_deref().filter(|_| hook.texts),
            texts: hook.texts.then(|| texts.collect()),
        },
    })
}

/// The body of a message about a spike.
pub(crate) fn of_spike(spike: &Spike) -> Result<String> {
    json(&Envelope { r#type: Event::Spike.name(), timestamp: spike.at, data: spike })
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::store("a message can't be written", error))
}
