//! How tickets, states and deeds are said to people.

use hearken::Timestamp;
use hearken_desk::{Deed, Entry, Outcome, Promise, ReplyKind, State, Term, Ticket};

use super::record::BREACH;
use crate::output::text;

/// Characters of a name that are shown.
const NAME: usize = 40;

/// A name, safe on a terminal.
pub(super) fn name(name: &str) -> String {
    text::plain(name, NAME)
}

/// Who writes.
pub(super) fn author(author: Option<&str>) -> String {
    author.map_or_else(|| "somebody".to_owned(), |author| format!("@{}", name(author.trim_start_matches('@'))))
}

/// Whose case it is.
pub(super) fn person(ticket: &Ticket) -> String {
    author(ticket.person.as_ref().map(|person| &*person.author))
}

/// From one time to another: `2 h 10 min`.
pub(super) fn between(from: Timestamp, to: Timestamp) -> String {
    text::whole_minutes((to.as_second() - from.as_second()).div_euclid(60))
}

/// Where a ticket stands.
pub(super) fn state(state: &State, now: Timestamp) -> String {
    match state {
        State::Open => "open".to_owned(),
        State::Reopened => "open again".to_owned(),
        State::Claimed { by, until } => format!("{} has it for {}", name(by), between(now, *until)),
        State::Snoozed { by, until } => format!("{} comes back to it in {}", name(by), between(now, *until)),
        State::Answered { by } => format!("answered by {}", name(by)),
        State::Resolved { by, outcome: how } => format!("resolved by {}: {}", name(by), outcome(*how)),
        State::Held => "held back".to_owned(),
        State::Merged { into } => format!("part of {into}"),
        State::Deleted => "deleted by the person".to_owned(),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Helped => "helped",
        Outcome::Referred => "others help",
        Outcome::NothingNeeded => "nothing needed",
        Outcome::Unreachable => "unreachable",
        Outcome::Misheard => "misheard",
    }
}

/// What was promised: `by Nov 20 18:30: crisis, a human within 30 min around the clock`.
pub(super) fn promise(promise: &Promise) -> String {
    let within = text::whole_minutes(i64::try_from(promise.first_human.as_secs() / 60).unwrap_or(i64::MAX));
    let hours = match &promise.time_zone {
        Some(zone) => format!("of {} ({})", name(&promise.hours), name(zone)),
        None => "around the clock".to_owned(),
    };
    let by = text::moment(promise.due_by);
    let end = promise.resolve_by.map(|by| format!("; all done by {}", text::moment(by))).unwrap_or_default();
    format!("by {by}: {}, a human within {within} {hours}{end}", name(&promise.target))
}

/// What a term of the head start is called.
pub(crate) fn reason(reason: &str) -> String {
    if reason == BREACH {
        return "late".to_owned();
    }
    serde_json::from_value(reason.into()).map_or_else(|_| name(reason), |reason| text::reason(reason).to_owned())
}

/// A term of the head start, with the posts that it comes from.
pub(super) fn term(term: &Term) -> String {
    let posts: Vec<String> = term.posts.iter().map(|id| name(id)).collect();
    let posts = if posts.is_empty() { String::new() } else { format!(" ({})", posts.join(", ")) };
    reason(&term.reason) + &posts
}

/// When it is due: `due in 20 min`, `3 h late`.
pub(super) fn due(due_by: Timestamp, now: Timestamp) -> String {
    if due_by > now { format!("due in {}", between(now, due_by)) } else { format!("{} late", between(due_by, now)) }
}

/// What someone did, as the history has it.
pub(super) fn deed(entry: &Entry) -> String {
    let period = || entry.to.until().map(|until| format!(" for {}", between(entry.at, until))).unwrap_or_default();
    let told = match entry.deed {
        Deed::Opened => "opened it: a post came",
        Deed::Wrote => "heard of another post of the person",
        Deed::Edited => "heard that the person changed a post",
        Deed::Deleted => "heard that the person took a post back",
        Deed::Claimed => return format!("claimed it{}", period()),
        Deed::Renewed => return format!("keeps it{}", period()),
        Deed::Released => "gave it back",
        Deed::HandedOff => match &entry.to {
            State::Claimed { by, .. } => return format!("handed it to {}{}", name(by), period()),
            _ => "handed it to a team",
        },
        Deed::Answered => "answered",
        Deed::Resolved => match &entry.to {
            State::Resolved { outcome: how, .. } => return format!("resolved it, {}", outcome(*how)),
            _ => "resolved it",
        },
        Deed::Snoozed => return format!("put it off{}", period()),
        Deed::Reopened => "opened it again",
        Deed::Held => "put it with the promotion",
        Deed::Returned => "took it back: the time was over",
        Deed::Quieted => "put it off: the person was contacted lately",
        Deed::Pinned => "pinned it",
        Deed::Unpinned => "took the pin out",
        Deed::Noted => "noted",
        Deed::Merged => "made it part of another",
        Deed::Absorbed => "made another part of it",
        Deed::Split => "took posts out of it",
        Deed::SplitOff => "made it of another's posts",
        Deed::Thanked => "thanked someone who was kind",
        Deed::Warned => "warned: it will soon be late",
        Deed::Breached => "found it late",
        Deed::Relabelled => "said what should have been heard",
        Deed::Undone => return format!("took the last step back: {}", state(&entry.to, entry.at)),
    };
    told.to_owned()
}

/// What a reply is.
pub(super) fn reply(kind: ReplyKind) -> &'static str {
    match kind {
        ReplyKind::Concern => "worries",
        ReplyKind::Condolence => "condoles",
        ReplyKind::SameTrouble => "has the same trouble",
        ReplyKind::Advice => "advises",
        ReplyKind::Other => "replies",
    }
}
