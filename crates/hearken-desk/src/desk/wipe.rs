//! What people took back: wiped, so that nothing of it is left but that it was there.

use super::step::{Act, load, step};
use super::take_in::{WEIGHED, weigh};
use super::watch::set_alarm;
use crate::error::Result;
use crate::intake::{NewPost, PostKey, TicketPost};
use crate::rules::Rules;
use crate::state::{Action, State};
use crate::store::{Filter, RowsMut};
use crate::ticket::{Person, Ticket};
use crate::time::Timestamp;
use crate::trail::Deed;

/// So many posts of one person are wiped in one go.
const WIPED_AT_ONCE: usize = 256;

/// Wipes what has this id. Returns whether anything had.
pub(super) fn delete(rows: &mut dyn RowsMut, rules: &Rules, key: &PostKey, now: Timestamp) -> Result<bool> {
    if rows.reply(key)?.is_some() {
        rows.remove_reply(key)?;
        // The same may be a post of its author's own case.
        wipe(rows, rules, key, now)?;
        return Ok(true);
    }
    if wipe(rows, rules, key, now)? {
        return Ok(true);
    }
    let sampled = rows.sampled(key)?.is_some();
    if sampled {
        rows.remove_sampled(key)?;
    }
    Ok(sampled)
}

/// Wipes a post of a ticket. What stays is its id, so that it can't come back.
fn wipe(rows: &mut dyn RowsMut, rules: &Rules, key: &PostKey, now: Timestamp) -> Result<bool> {
    let Some(known) = rows.post(key)?.filter(|post| !post.gone) else { return Ok(false) };
    let act = Act::by_desk(rules, now);
    let mut ticket = load(rows, known.ticket, act)?;
    let empty = NewPost {
        rank_at: known.post.rank_at,
        disposition: known.post.disposition,
        ..NewPost::new(&key.platform, &key.id, "", known.post.created_at)
    };
    rows.put_post(&TicketPost { gone: true, post: empty, ..known })?;
    rows.remove_sampled(key)?;
    rows.remove_corrections_of(key)?;
    let left = rows.posts_of(ticket.id, None, WEIGHED)?.iter().any(|post| !post.gone);
    if left {
        rows.append(&act.entry(&ticket, Deed::Deleted))?;
    } else {
        step(rows, &mut ticket, &Action::Delete, act)?;
        (ticket.person, ticket.thread, ticket.quiet_until) = (None, None, None);
    }
    if !weigh(rows, rules, &mut ticket)? {
        ticket.waiting_since = None;
        set_alarm(rules, &mut ticket);
        rows.put_ticket(&ticket)?;
    }
    Ok(true)
}

/// Wipes all that someone wrote, and their name. Returns how many posts and replies that was.
pub(super) fn delete_person(rows: &mut dyn RowsMut, rules: &Rules, person: &Person, now: Timestamp) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let mut keys: Vec<PostKey> = rows.posts_by(person, WIPED_AT_ONCE)?.iter().map(|post| post.post.key()).collect();
        keys.extend(rows.replies_by(person, WIPED_AT_ONCE)?.iter().map(|reply| reply.reply.key()));
        keys.extend(rows.sampled_by(person, WIPED_AT_ONCE)?.iter().map(|sampled| sampled.post.key()));
        if keys.is_empty() {
            forget_name(rows, rules, person, now)?;
            rows.forget_person(person)?;
            return Ok(deleted);
        }
        // What is left of a ticket depends on the order, which each store has its own of.
        keys.sort_unstable();
        for key in keys {
            deleted += u64::from(delete(rows, rules, &key, now)?);
        }
    }
}

/// Takes a person's name from the tickets that are left of them: merged ones, and those that hold posts of others too.
fn forget_name(rows: &mut dyn RowsMut, rules: &Rules, person: &Person, now: Timestamp) -> Result<()> {
    let by_author = Filter {
        states: State::NAMES.map(str::to_owned).to_vec(),
        author: Some(person.author.clone()),
        ..Filter::default()
    };
    let mut after = None;
    loop {
        let tickets = rows.list(&by_author, now, after, WIPED_AT_ONCE)?;
        let Some(last) = tickets.last() else { return Ok(()) };
        after = Some(last.place());
        for ticket in tickets.into_iter().filter(|ticket| ticket.person.as_ref() == Some(person)) {
            // Whoever keeps a copy hears of it by the trail.
            rows.append(&Act::by_desk(rules, now).entry(&ticket, Deed::Deleted))?;
            rows.put_ticket(&Ticket { person: None, ..ticket })?;
        }
    }
}
