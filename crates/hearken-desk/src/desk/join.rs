//! Cases that turn out to be one, and one that turns out to be two. Both histories stay.

use super::step::{Act, enter, load};
use super::take_in::{open, weigh};
use super::work::refuse_gone;
use super::{Desk, check_name, check_note};
use crate::error::{Error, Result};
use crate::intake::{Disposition, PostKey, TicketPost, TicketReply};
use crate::state::{Action, Refused, State, transition};
use crate::store::{RowsMut, Store};
use crate::ticket::{Ticket, TicketId};
use crate::time::{Timestamp, whole};
use crate::trail::{Before, Deed, Entry};

/// So many posts may be moved in one go. Nobody merges more by hand.
pub(super) const MOVED_AT_ONCE: usize = 1000;

impl<S: Store> Desk<S> {
    /// Makes a ticket part of another: all its posts and replies go there, and its history is shown with that one's.
    ///
    /// # Errors
    /// They are the same, one of them is gone, or someone else has one; or the store fails.
    pub fn merge(&self, from: TicketId, into: TicketId, by: &str, why: Option<&str>, now: Timestamp) -> Result<Ticket> {
        check_name(by)?;
        why.map_or(Ok(()), check_note)?;
        if from == into {
            return Err(Error::Invalid(format!("{from} can't be merged with itself")));
        }
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let (mut gone, mut kept) = (load(rows, from, act)?, load(rows, into, act)?);
            refuse_others(&kept.state, by)?;
            let waits = gone.waiting_since.is_some() && !matches!(gone.state, State::Held);
            let moved = keys_of(rows, from)?;
            absorb(rows, &mut kept, &gone, waits, act)?;
            let to = transition(&gone.state, &Action::Merge(into), by, now)?;
            let before = Some(Before { moved: moved.clone(), ..Before::from(&gone) });
            let entry = Entry { to: to.clone(), other: Some(into), before, ..act.entry(&gone, Deed::Merged) };
            enter(rows, act.rules, &mut gone, to, &entry, |_| {})?;
            move_posts(rows, from, into, &moved)?;
            Ok(kept)
        })
    }

    /// Takes posts out of a ticket and makes a new one of them, which is returned.
    ///
    /// # Errors
    /// A post is not in it, none would be left, or they are of two people; it is gone, or someone else has it; or the store fails.
    pub fn split(
        &self,
        id: TicketId,
        posts: &[PostKey],
        by: &str,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Ticket> {
        check_name(by)?;
        why.map_or(Ok(()), check_note)?;
        let now = whole(now);
        self.write(|rows| {
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(why);
            let mut old = load(rows, id, act)?;
            refuse_others(&old.state, by)?;
            let all = rows.posts_of(id, None, MOVED_AT_ONCE)?;
            let (taken, left): (Vec<TicketPost>, Vec<TicketPost>) =
                all.into_iter().filter(|post| !post.gone).partition(|post| posts.contains(&post.post.key()));
            if let Some(missing) = posts.iter().find(|key| taken.iter().all(|post| post.post.key() != **key)) {
                return Err(Error::Invalid(format!("{id} has no post {}", missing.id)));
            }
            if taken.iter().any(|post| post.post.person() != taken[0].post.person()) {
                return Err(Error::Invalid("the posts of a new ticket must be one person's".to_owned()));
            }
            let Some(first) = taken.first().filter(|_| !left.is_empty()) else {
                return Err(Error::Invalid(format!("a split takes some posts of {id} out, and leaves some")));
            };
            let mut first = first.post.clone();
            // Of a case that was held back, or is over, a part is no more urgent than the whole.
            first.disposition = if old.waiting_since.is_some() { Disposition::Queued } else { Disposition::Held };
            let moved: Vec<PostKey> = taken.iter().map(|post| post.post.key()).collect();
            let mut new = open(rows, &first, Some(id), act)?;
            rows.append(&Entry { other: Some(new.id), ..act.entry(&old, Deed::Split) })?;
            (new.acknowledged_at, new.team) = (old.acknowledged_at, old.team.clone());
            move_posts(rows, id, new.id, &moved)?;
            weigh(rows, act.rules, &mut old)?;
            weigh(rows, act.rules, &mut new)?;
            Ok(new)
        })
    }
}

/// A ticket takes in what another was.
pub(super) fn absorb(
    rows: &mut dyn RowsMut,
    kept: &mut Ticket,
    gone: &Ticket,
    waits: bool,
    act: Act<'_>,
) -> Result<()> {
    let action = if waits { Action::Write } else { Action::Restore(kept.state.clone()) };
    refuse_gone(&kept.state)?;
    let to = transition(&kept.state, &action, act.by, act.now)?;
    let before = Some(Before::from(&*kept));
    let entry = Entry { to: to.clone(), other: Some(gone.id), before, ..act.entry(kept, Deed::Absorbed) };
    enter(rows, act.rules, kept, to, &entry, |kept| {
        let both_wait = kept.waiting_since.is_some() && waits;
        let rank_at = gone.rank_at.saturating_add(gone.raised);
        kept.lower();
        if both_wait {
            kept.urgency = kept.urgency.max(gone.urgency);
            kept.rank_at = kept.rank_at.min(rank_at);
            kept.due_by = [kept.due_by, gone.due_by].into_iter().flatten().min();
        } else if waits {
            (kept.urgency, kept.rank_at, kept.due_by) = (gone.urgency, rank_at, gone.due_by);
        }
        if waits {
            kept.waiting_since = [kept.waiting_since, gone.waiting_since].into_iter().flatten().min();
            kept.alarm = kept.alarm.max(gone.alarm);
        }
        kept.labels = kept.labels.with(gone.labels);
        kept.last_post_at = kept.last_post_at.max(gone.last_post_at);
        kept.posts = kept.posts.saturating_add(gone.posts);
    })?;
    Ok(())
}

pub(super) fn keys_of(rows: &mut dyn RowsMut, ticket: TicketId) -> Result<Vec<PostKey>> {
    let posts = rows.posts_of(ticket, None, MOVED_AT_ONCE + 1)?;
    if posts.len() > MOVED_AT_ONCE {
        return Err(Error::Invalid(format!("{ticket} has more than {MOVED_AT_ONCE} posts, too many to move at once")));
    }
    Ok(posts.iter().map(|post| post.post.key()).collect())
}

/// Moves posts, and the replies to them.
pub(super) fn move_posts(rows: &mut dyn RowsMut, from: TicketId, to: TicketId, moved: &[PostKey]) -> Result<()> {
    for key in moved {
        if let Some(post) = rows.post(key)?.filter(|post| post.ticket == from) {
            rows.put_post(&TicketPost { ticket: to, ..post })?;
        }
    }
    for reply in rows.replies_of(from, usize::MAX)? {
        if moved.contains(&PostKey::new(&reply.reply.platform, &reply.reply.of)) {
            rows.put_reply(&TicketReply { ticket: to, ..reply })?;
        }
    }
    Ok(())
}

/// Nobody but its holder touches a claimed ticket, and nobody one that is gone.
fn refuse_others(state: &State, by: &str) -> Result<(), Refused> {
    match state {
        State::Claimed { by: holder, until } if holder != by => {
            Err(Refused::Taken { by: holder.clone(), until: *until })
        }
        state => refuse_gone(state),
    }
}

/// Undoes a merge or a split: the posts go back where they were.
pub(super) fn move_back(rows: &mut dyn RowsMut, entry: &Entry, ticket: &mut Ticket, act: Act<'_>) -> Result<()> {
    let undone = Entry { undoes: Some(entry.seq), ..act.entry(ticket, Deed::Undone) };
    match (entry.deed, entry.other, &entry.from, &entry.before) {
        (Deed::Merged, Some(into), Some(from), Some(before)) => {
            let mut kept = load(rows, into, act)?;
            refuse_others(&kept.state, act.by)?;
            let undone = Entry { to: from.clone(), other: Some(into), ..undone };
            enter(rows, act.rules, ticket, from.clone(), &undone, |ticket| {
                (ticket.entry, ticket.alarm) = (before.entry, before.alarm);
            })?;
            move_posts(rows, into, ticket.id, &before.moved)?;
            undo_absorption(rows, &mut kept, ticket.id, act)?;
            weigh(rows, act.rules, &mut kept)?;
            Ok(())
        }
        _ => Err(Refused::Undo(format!("entry {} can't be undone", entry.seq)).into()),
    }
}

/// Puts the other half of a merge back, if nothing became of it since.
fn undo_absorption(rows: &mut dyn RowsMut, kept: &mut Ticket, gone: TicketId, act: Act<'_>) -> Result<()> {
    let absorbed = rows.entry(kept.entry)?.filter(|entry| entry.deed == Deed::Absorbed && entry.other == Some(gone));
    let Some(Entry { seq, from: Some(from), before: Some(before), .. }) = absorbed else {
        rows.append(&Entry { other: Some(gone), ..act.entry(kept, Deed::Split) })?;
        return Ok(());
    };
    let to = transition(&kept.state, &Action::Restore(from), act.by, act.now)?;
    let entry = Entry { to: to.clone(), other: Some(gone), undoes: Some(seq), ..act.entry(kept, Deed::Undone) };
    enter(rows, act.rules, kept, to, &entry, |kept| {
        (kept.waiting_since, kept.alarm) = (before.waiting_since, before.alarm);
        kept.entry = before.entry;
    })?;
    Ok(())
}
