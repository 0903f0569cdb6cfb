//! The audit trail: who did what with which ticket, when, from where to where, and why. Entries are only ever added.

use serde::{Deserialize, Serialize};

use crate::feedback::Heard;
use crate::label::Labels;
use crate::state::State;
use crate::ticket::{Alarm, Person, Ticket, TicketId};
use crate::time::Timestamp;

/// Who acts where no person does: leases end, posts come in.
pub const DESK: &str = "desk";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A post came in that began a ticket.
    Opened,
    /// The person wrote again.
    Wrote,
    /// The person changed a post.
    Edited,
    /// The person took back a post.
    Deleted,
    /// Someone claimed it.
    Claimed,
    /// Someone claimed it for longer.
    Renewed,
    /// Someone gave it back.
    Released,
    /// Someone gave it to a colleague or a team.
    HandedOff,
    /// Someone answered.
    Answered,
    /// Someone resolved it.
    Resolved,
    /// Someone put it off.
    Snoozed,
    /// Someone opened it again.
    Reopened,
    /// It was put with the promotion.
    Held,
    /// A lease, a snooze or a quiet period ended.
    Returned,
    /// It was put off, for the person was contacted too recently.
    Quieted,
    /// Someone pinned it.
    Pinned,
    /// Someone took the pin out.
    Unpinned,
    /// Someone wrote something down.
    Noted,
    /// Someone made it part of another.
    Merged,
    /// Another was made part of it.
    Absorbed,
    /// Someone took posts out of it.
    Split,
    /// It was made of posts of another.
    SplitOff,
    /// Someone thanked a person who was kind to the one whose case it is.
    Thanked,
    /// Its service level will soon be missed.
    Warned,
    /// Its service level was missed.
    Breached,
    /// Someone said what should have been heard in it.
    Relabelled,
    /// Someone took a step back.
    Undone,
}

impl Deed {
    /// Its name, as records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Wrote => "wrote",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Claimed => "claimed",
            Self::Renewed => "renewed",
            Self::Released => "released",
            Self::HandedOff => "handed_off",
            Self::Answered => "answered",
            Self::Resolved => "resolved",
            Self::Snoozed => "snoozed",
            Self::Reopened => "reopened",
            Self::Held => "held",
            Self::Returned => "returned",
            Self::Quieted => "quieted",
            Self::Pinned => "pinned",
            Self::Unpinned => "unpinned",
            Self::Noted => "noted",
            Self::Merged => "merged",
            Self::Absorbed => "absorbed",
            Self::Split => "split",
            Self::SplitOff => "split_off",
            Self::Thanked => "thanked",
            Self::Warned => "warned",
            Self::Breached => "breached",
            Self::Relabelled => "relabelled",
            Self::Undone => "undone",
        }
    }

    /// Whether the one who did it can take it back.
    pub fn can_be_undone(self) -> bool {
        match self {
            Self::Claimed
            | Self::Renewed
            | Self::Released
            | Self::HandedOff
            | Self::Answered
            | Self::Resolved
            | Self::Snoozed
            | Self::Reopened
            | Self::Held
            | Self::Pinned
            | Self::Unpinned
            | Self::Noted
            | Self::Merged
            | Self::SplitOff
            | Self::Relabelled => true,
            // The first four are the person's, not the desk's; the rest are parts or consequences of others.
            Self::Opened
            | Self::Wrote
            | Self::Edited
            | Self::Deleted
            | Self::Returned
            | Self::Quieted
            | Self::Absorbed
            | Self::Split
            | Self::Thanked
            | Self::Warned
            | Self::Breached
            | Self::Undone => false,
        }
    }
}

/// One line of the trail. Holds no word of a person's posts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number: later entries of a ticket have greater ones.
    pub seq: i64,
    /// Which ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Timestamp,
    /// Who; [`DESK`] where nobody did.
    pub by: String,
    /// What.
    pub deed: Deed,
    /// The state before; none for a new ticket.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Why: a note, an outcome, the reason that was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// The other ticket of a merge or a split.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other: Option<TicketId>,
    /// The entry that this one takes back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undoes: Option<i64>,
    /// What has to be put back when it is undone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Before>,
}

/// What a step changed beside the state, as it was before; and what the case was about, which later posts may change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// See [`Ticket::pinned`].
    pub pinned: bool,
    /// See [`Ticket::team`].
    pub team: Option<String>,
    /// See [`Ticket::waiting_since`].
    pub waiting_since: Option<Timestamp>,
    /// See [`Ticket::acknowledged_at`].
    pub acknowledged_at: Option<Timestamp>,
    /// See [`Ticket::quiet_until`].
    pub quiet_until: Option<Timestamp>,
    /// See [`Ticket::alarm`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alarm: Option<Alarm>,
    /// See [`Ticket::labels`]. Not known of steps that were taken before desks wrote it down; likewise the urgency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub labels: Option<Labels>,
    /// See [`Ticket::urgency`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub urgency: Option<f64>,
    /// The entry that the ticket stood by.
    pub entry: i64,
    /// The posts that a merge or a split moved: platform and id.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub moved: Vec<crate::intake::PostKey>,
    /// What was heard in the post that someone corrected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heard: Option<Heard>,
}

impl From<&Ticket> for Before {
    fn from(ticket: &Ticket) -> Self {
        Self {
            pinned: ticket.pinned,
            team: ticket.team.clone(),
            waiting_since: ticket.waiting_since,
            acknowledged_at: ticket.acknowledged_at,
            quiet_until: ticket.quiet_until,
            alarm: ticket.alarm,
            labels: Some(ticket.labels),
            urgency: Some(ticket.urgency),
            entry: ticket.entry,
            moved: Vec::new(),
            heard: None,
        }
    }
}

/// That a human wrote to a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The trail's entry that says so.
    pub entry: i64,
    /// To whom.
    pub person: Person,
    /// When.
    pub at: Timestamp,
    /// Who wrote.
    pub by: String,
    /// Whether the case was about grief.
    pub grief: bool,
}
