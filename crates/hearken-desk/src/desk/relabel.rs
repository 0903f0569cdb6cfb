//! What a colleague says should have been heard in a post. The ticket follows at once; what the model said stays in the annotation.

use super::step::{Act, enter, load};
use super::take_in::weigh;
use super::work::refuse_gone;
use super::{Desk, check_name, check_note};
use crate::error::{Error, Result};
use crate::feedback::{Correction, Heard, MOST_URGENT, Relabel, Truth};
use crate::intake::{Disposition, NewPost, TicketPost};
use crate::state::{Action, Refused, State, transition};
use crate::store::{RowsMut, Store};
use crate::ticket::{Ticket, TicketId};
use crate::time::{Timestamp, whole};
use crate::trail::{Before, Deed, Entry};

impl<S: Store> Desk<S> {
    /// Keeps what should have been heard in a post of a ticket, and weighs the ticket by it. What was said before goes on counting as
    /// far as nothing is said of it now.
    /// Later replies don't move the post's turn any more: what a human said of it stands.
    ///
    /// # Errors
    /// The truth is empty or out of range, the ticket has no such post, or is gone; or the store fails.
    pub fn relabel(
        &self,
        id: TicketId,
        by: &str,
        relabel: &Relabel,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Ticket> {
        check_name(by)?;
        why.map_or(Ok(()), check_note)?;
        check_truth(&relabel.truth)?;
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let mut ticket = load(rows, id, act)?;
            refuse_gone(&ticket.state)?;
            let known = rows.post(&relabel.post)?.filter(|known| known.ticket == id && !known.gone);
            let known = known.ok_or_else(|| Error::Invalid(format!("{id} has no post {}", relabel.post.id)))?;
            let post = corrected(&known.post, relabel);
            let wakes = ticket.state == State::Held && post.disposition == Disposition::Queued;
            let to = match wakes {
                true => transition(&ticket.state, &Action::Reopen, by, now)?,
                false => ticket.state.clone(),
            };
            let before = Some(Before { heard: Some(Heard::of(&known.post)), ..Before::from(&ticket) });
            let entry = Entry { to: to.clone(), before, ..act.entry(&ticket, Deed::Relabelled) };
            let entry = enter(rows, &rules, &mut ticket, to, &entry, |ticket| {
                if wakes {
                    ticket.waiting_since.get_or_insert(post.created_at);
                    ticket.quiet_until = None;
                }
            })?;
            let Relabel { post: key, truth, model, .. } = relabel.clone();
            let truth = rows.correction(&key)?.map_or(truth, |before| truth.over(before.truth));
            rows.put_correction(&Correction { entry, post: key, by: by.to_owned(), at: now, model, truth })?;
            rows.put_post(&TicketPost { post, ..known })?;
            weigh(rows, &rules, &mut ticket)?;
            Ok(ticket)
        })
    }
}

fn check_truth(truth: &Truth) -> Result<()> {
    if truth.is_empty() {
        return Err(Error::Invalid("nothing is said of the post".to_owned()));
    }
    if let Some(urgency) = truth.urgency.filter(|urgency| *urgency > MOST_URGENT) {
        return Err(Error::Invalid(format!("an urgency of {urgency}: it must be 0 to {MOST_URGENT}")));
    }
    Ok(())
}

fn corrected(post: &NewPost, relabel: &Relabel) -> NewPost {
    let Relabel { truth, rank_at, why, due_by, disposition, .. } = relabel;
    NewPost {
        labels: truth.correct(post.labels),
        urgency: truth.urgency.map_or(post.urgency, f64::from),
        rank_at: *rank_at,
        why: why.clone(),
        due_by: due_by.map(whole),
        disposition: *disposition,
        ..post.clone()
    }
}

/// Undoes a correction: the post is again what it was before, unless its author has changed it since.
pub(super) fn unsay(rows: &mut dyn RowsMut, entry: &Entry, ticket: &mut Ticket, act: Act<'_>) -> Result<()> {
    let (Some(from), Some(before)) = (&entry.from, &entry.before) else {
        return Err(Refused::Undo(format!("entry {} can't be undone", entry.seq)).into());
    };
    let to = transition(&ticket.state, &Action::Restore(from.clone()), act.by, act.now)?;
    let undone = Entry { to: to.clone(), undoes: Some(entry.seq), ..act.entry(ticket, Deed::Undone) };
    enter(rows, act.rules, ticket, to, &undone, |ticket| {
        ticket.entry = before.entry;
        if entry.from.as_ref() != Some(&entry.to) {
            (ticket.waiting_since, ticket.quiet_until) = (before.waiting_since, before.quiet_until);
            ticket.alarm = before.alarm;
        }
    })?;
    if let Some(heard) = before.heard.clone()
        && rows.correction(&heard.post)?.is_some_and(|correction| correction.entry == entry.seq)
        && let Some(known) = rows.post(&heard.post)?
    {
        let post = heard.put_into(known.post.clone());
        rows.put_post(&TicketPost { post, ..known })?;
    }
    rows.remove_correction(entry.seq)?;
    weigh(rows, act.rules, ticket)?;
    Ok(())
}
