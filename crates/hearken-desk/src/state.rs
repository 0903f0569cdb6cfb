//! What becomes of a ticket: its states, and the one place that says which step leads from which to which.

use serde::{Deserialize, Serialize};

use crate::ticket::TicketId;
use crate::time::Timestamp;

/// Where a ticket stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Anyone may claim it.
    Open,
    /// Likewise: the person wrote again after it was answered, resolved or put off, or a colleague opened it again.
    Reopened,
    /// Someone has it, until the lease ends. After that it counts as open.
    Claimed {
        /// Who.
        by: String,
        /// When the lease ends.
        until: Timestamp,
    },
    /// Someone promised to come back to it. At that time it counts as open.
    Snoozed {
        /// Who.
        by: String,
        /// When.
        until: Timestamp,
    },
    /// Someone replied to the person.
    Answered {
        /// Who.
        by: String,
    },
    /// Nothing more is to be done.
    Resolved {
        /// Who said so.
        by: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// Promotion or a campaign: kept, and in nobody's way.
    Held,
    /// It is part of another ticket now.
    Merged {
        /// Which.
        into: TicketId,
    },
    /// The person took back all that they had written.
    Deleted,
}

/// How a ticket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The person was helped.
    Helped,
    /// Others help now: an emergency service, a hotline, another company.
    Referred,
    /// A look at it sufficed.
    NothingNeeded,
    /// The person could not be reached, or did not want to be.
    Unreachable,
    /// It was not what the model heard. Counts when misses are estimated.
    Misheard,
}

/// A step that someone takes with a ticket, or that happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take it, until the lease ends.
    Claim(Timestamp),
    /// Keep it for longer.
    Renew(Timestamp),
    /// Give it back.
    Release,
    /// Give it to a colleague, until that lease ends.
    HandOff(String, Timestamp),
    /// Say that a human replied.
    Answer,
    /// Say that nothing more is to be done.
    Resolve(Outcome),
    /// Promise to come back to it.
    Snooze(Timestamp),
    /// Open it again.
    Reopen,
    /// Put it with the promotion.
    Hold,
    /// Make it part of another.
    Merge(TicketId),
    /// The person wrote a post that is worth a human's time.
    Write,
    /// A lease or a snooze ended.
    Expire,
    /// The person took back all that they had written.
    Delete,
    /// Take a step back to this state.
    Restore(State),
}

/// Why a step can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Someone else has it.
    #[error("{by} has it until {until}")]
    Taken {
        /// Who.
        by: String,
        /// Until when.
        until: Timestamp,
    },
    /// Nobody has it, so it is not yours to do this with.
    #[error("claim it first: nobody has it, or your lease has ended")]
    Unclaimed,
    /// Someone replied already.
    #[error("{by} has answered it; reopen it if more is needed")]
    Answered {
        /// Who.
        by: String,
    },
    /// It is over.
    #[error("{by} has resolved it; reopen it if more is needed")]
    Resolved {
        /// Who.
        by: String,
    },
    /// It is held back.
    #[error("it is held back as promotion or part of a campaign; reopen it if it needs a human")]
    Held,
    /// It is part of another ticket.
    #[error("it is part of {into} now")]
    Merged {
        /// Which.
        into: TicketId,
    },
    /// The person took it all back.
    #[error("the person has deleted what they wrote")]
    Deleted,
    /// It is open as it is.
    #[error("it is open already")]
    Open,
    /// The time that was given is over.
    #[error("{until} is not in the future")]
    Past {
        /// The time.
        until: Timestamp,
    },
    /// No lease and no snooze has ended.
    #[error("nothing has ended yet")]
    NotDue,
    /// The person was contacted too often or too recently.
    #[error("{0}")]
    ContactBudget(String),
    /// There is nothing to undo, or someone else has changed it since.
    #[error("{0}")]
    Undo(String),
}

impl State {
    /// The names of all states.
    pub const NAMES: [&str; 9] =
        ["open", "reopened", "claimed", "snoozed", "answered", "resolved", "held", "merged", "deleted"];

    /// The state that counts at a time: a lease that has ended is none.
    pub fn at(&self, now: Timestamp) -> &Self {
        match self {
            Self::Claimed { until, .. } | Self::Snoozed { until, .. } if *until <= now => &Self::Open,
            state => state,
        }
    }

    /// Its name, as filters and records have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reopened => "reopened",
            Self::Claimed { .. } => "claimed",
            Self::Snoozed { .. } => "snoozed",
            Self::Answered { .. } => "answered",
            Self::Resolved { .. } => "resolved",
            Self::Held => "held",
            Self::Merged { .. } => "merged",
            Self::Deleted => "deleted",
        }
    }

    /// Whose it is: who has it, put it off, answered or resolved it.
    pub fn holder(&self) -> Option<&str> {
        match self {
            Self::Claimed { by, .. } | Self::Snoozed { by, .. } | Self::Answered { by } | Self::Resolved { by, .. } => {
                Some(by)
            }
            Self::Open | Self::Reopened | Self::Held | Self::Merged { .. } | Self::Deleted => None,
        }
    }

    /// When it ends by itself.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Claimed { until, .. } | Self::Snoozed { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Whether anyone may claim it, as it is kept: whether a lease has ended is for [`State::at`] to say.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Reopened)
    }

    /// Whether nothing can become of it any more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Merged { .. } | Self::Deleted)
    }
}

/// The state after a step that `by` takes at `now`.
///
/// # Errors
/// Says what stands in the way.
pub fn transition(state: &State, action: &Action, by: &str, now: Timestamp) -> Result<State, Refused> {
    use State::{Answered, Claimed, Deleted, Held, Merged, Open, Reopened, Resolved, Snoozed};
    let me = || by.to_owned();
    let ahead = |until: &Timestamp| if *until > now { Ok(*until) } else { Err(Refused::Past { until: *until }) };
    match (action, state.at(now)) {
        (Action::Restore(_), Deleted) => Err(Refused::Deleted),
        (Action::Restore(before), _) => Ok(before.clone()),
        // What is gone is gone, whatever is tried with it.
        (_, Merged { into }) => Err(Refused::Merged { into: *into }),
        (_, Deleted) => Err(Refused::Deleted),
        (Action::Delete, _) => Ok(Deleted),
        (Action::Expire, _) if state.at(now) != state => Ok(Open),
        (Action::Expire, _) => Err(Refused::NotDue),

        // A post of the person opens what was closed, and disturbs nobody who is at it.
        (Action::Write, Open | Held) => Ok(Open),
        (Action::Write, Reopened | Snoozed { .. } | Answered { .. } | Resolved { .. }) => Ok(Reopened),
        (Action::Write, Claimed { .. }) => Ok(state.clone()),

        // Nobody but its holder touches a claimed ticket.
        (_, Claimed { by: holder, until }) if holder != by => Err(Refused::Taken { by: holder.clone(), until: *until }),
        (Action::Claim(until) | Action::Renew(until), Claimed { .. }) => Ok(Claimed { by: me(), until: ahead(until)? }),
        (Action::Release, Claimed { .. }) => Ok(Open),
        (Action::HandOff(to, until), Claimed { .. }) => Ok(Claimed { by: to.clone(), until: ahead(until)? }),
        (Action::Answer, Claimed { .. }) => Ok(Answered { by: me() }),
        (Action::Reopen, Claimed { .. }) => Err(Refused::Open),

        // A promise may be kept early by whoever gave it; a colleague opens the ticket first.
        (Action::Claim(until), Snoozed { by: holder, .. }) if holder == by => {
            Ok(Claimed { by: me(), until: ahead(until)? })
        }
        (Action::Release, Snoozed { by: holder, .. }) if holder == by => Ok(Open),
        (Action::Snooze(until), Snoozed { by: holder, .. }) if holder == by => {
            Ok(Snoozed { by: me(), until: ahead(until)? })
        }
        (Action::Reopen | Action::Hold | Action::Merge(_), Snoozed { .. }) => after_all(action),
        (_, Snoozed { by: holder, until }) if holder != by => Err(Refused::Taken { by: holder.clone(), until: *until }),
        (_, Snoozed { .. }) => Err(Refused::Unclaimed),

        (Action::Claim(until), Open | Reopened) => Ok(Claimed { by: me(), until: ahead(until)? }),
        (Action::Reopen, Open | Reopened) => Err(Refused::Open),

        (Action::Answer, Answered { by: holder }) if holder == by => Ok(Answered { by: me() }),
        (Action::Resolve(outcome), Claimed { .. } | Answered { .. } | Held) => {
            Ok(Resolved { by: me(), outcome: *outcome })
        }
        (Action::Snooze(until), Claimed { .. } | Answered { .. }) => Ok(Snoozed { by: me(), until: ahead(until)? }),
        (Action::Reopen | Action::Hold | Action::Merge(_), _) => after_all(action),

        (_, Open | Reopened) => Err(Refused::Unclaimed),
        (_, Answered { by }) => Err(Refused::Answered { by: by.clone() }),
        (_, Resolved { by, .. }) => Err(Refused::Resolved { by: by.clone() }),
        (_, Held) => Err(Refused::Held),
    }
}

/// The steps that lead to the same state from wherever they may be taken.
fn after_all(action: &Action) -> Result<State, Refused> {
    match action {
        Action::Hold => Ok(State::Held),
        Action::Merge(into) => Ok(State::Merged { into: *into }),
        _ => Ok(State::Reopened),
    }
}

#[cfg(test)]
mod tests;
