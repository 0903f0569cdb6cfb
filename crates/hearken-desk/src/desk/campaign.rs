//! Campaigns: many like texts by many authors become one held ticket, which is nobody's. Grief stays where it is, and so does what a
//! colleague has touched.

use std::collections::HashSet;

use super::join::{MOVED_AT_ONCE, absorb, move_posts};
use super::routing::was_touched;
use super::step::{Act, enter, load};
use super::take_in::{TakenIn, open, weigh};
use crate::error::Result;
use crate::intake::{Disposition, NewPost, PostKey, TicketPost};
use crate::state::{Action, State, transition};
use crate::store::RowsMut;
use crate::ticket::{Ticket, TicketId};
use crate::trail::{Before, Deed, Entry};

const WHY: &str = "one of many like texts";

/// Takes in what stands for a campaign, and makes one ticket of it and of the copies that came before it was known to be one.
pub(super) fn collapse(
    rows: &mut dyn RowsMut,
    entry: &NewPost,
    copies: &[PostKey],
    act: Act<'_>,
    taken: &mut TakenIn,
) -> Result<()> {
    let act = act.because(Some(WHY));
    let mut changed = put_entry(rows, entry, act)?;
    let keys: HashSet<PostKey> = copies.iter().cloned().chain([entry.key()]).collect();
    let (mut whole, mut parts): (Option<Ticket>, Vec<(Ticket, Vec<TicketPost>)>) = (None, Vec::new());
    for id in tickets_of(rows, entry, copies)? {
        let ticket = load(rows, id, act)?;
        if !may_be_put_aside(rows, &ticket)? {
            continue;
        }
        let posts = rows.posts_of(id, None, MOVED_AT_ONCE + 1)?;
        let is_nobodys = ticket.person.is_none() && ticket.state == State::Held;
        if is_nobodys && whole.is_none() {
            whole = Some(ticket);
        } else if posts.len() <= MOVED_AT_ONCE
            && posts.iter().all(|post| is_nobodys || post.gone || keys.contains(&post.post.key()))
        {
            parts.push((ticket, posts));
        }
    }
    if let Some((first, _)) = parts.first() {
        let mut whole = match whole {
            Some(whole) => whole,
            None => open_for_nobody(rows, first, entry, act)?,
        };
        for (ticket, posts) in &mut parts {
            merge(rows, ticket, posts, &mut whole, act)?;
            taken.collapsed += 1;
        }
        weigh(rows, act.rules, &mut whole)?;
        changed = true;
    }
    *if changed { &mut taken.changed } else { &mut taken.unchanged } += 1;
    Ok(())
}

/// Keeps what stands for the campaign as it is now; where it is new, as a held ticket of its own. Returns whether anything changed.
fn put_entry(rows: &mut dyn RowsMut, entry: &NewPost, act: Act<'_>) -> Result<bool> {
    match rows.post(&entry.key())? {
        // How many there are is in its record.
        Some(known) if !known.gone && known.post.record != entry.record => {
            let (record, why) = (entry.record.clone(), entry.why.clone());
            rows.put_post(&TicketPost { post: NewPost { record, why, ..known.post }, ..known })?;
            Ok(true)
        }
        Some(_) => Ok(false),
        None => {
            let entry = NewPost { disposition: Disposition::Held, ..entry.clone() };
            let ticket = open(rows, &entry, None, act)?;
            rows.put_post(&TicketPost { ticket: ticket.id, taken_at: act.now, reposts: 0, gone: false, post: entry })?;
            Ok(true)
        }
    }
}

/// The tickets that some posts are in, each once, in their order.
fn tickets_of(rows: &dyn RowsMut, entry: &NewPost, copies: &[PostKey]) -> Result<Vec<TicketId>> {
    let mut tickets = Vec::new();
    for key in [entry.key()].iter().chain(copies) {
        if let Some(post) = rows.post(key)?
            && !tickets.contains(&post.ticket)
        {
            tickets.push(post.ticket);
        }
    }
    Ok(tickets)
}

/// Whether nobody is done wrong by it: no colleague has touched it, and nobody in it mourns.
fn may_be_put_aside(rows: &dyn RowsMut, ticket: &Ticket) -> Result<bool> {
    let waits_for_anyone = matches!(ticket.state, State::Open | State::Held) && !ticket.is_grief();
    Ok(waits_for_anyone && !was_touched(rows, ticket)?)
}

/// The ticket of a campaign: it has no person, so that what one of its authors writes of themselves is a case of their own.
fn open_for_nobody(rows: &mut dyn RowsMut, first: &Ticket, entry: &NewPost, act: Act<'_>) -> Result<Ticket> {
    let nobodys = NewPost {
        author: None,
        thread: None,
        disposition: Disposition::Held,
        created_at: first.last_post_at,
        ..entry.clone()
    };
    open(rows, &nobodys, None, act)
}

fn merge(
    rows: &mut dyn RowsMut,
    gone: &mut Ticket,
    posts: &[TicketPost],
    whole: &mut Ticket,
    act: Act<'_>,
) -> Result<()> {
    absorb(rows, whole, gone, false, act)?;
    let to = transition(&gone.state, &Action::Merge(whole.id), act.by, act.now)?;
    let moved: Vec<PostKey> = posts.iter().map(|post| post.post.key()).collect();
    let before = Some(Before { moved: moved.clone(), ..Before::from(&*gone) });
    let entry = Entry { to: to.clone(), other: Some(whole.id), before, ..act.entry(gone, Deed::Merged) };
    let from = gone.id;
    enter(rows, act.rules, gone, to, &entry, |_| {})?;
    for post in posts.iter().filter(|post| !post.gone) {
        // If what it says changes, it comes out again.
        let held = NewPost { disposition: Disposition::Held, ..post.post.clone() };
        rows.put_post(&TicketPost { post: held, ..post.clone() })?;
    }
    move_posts(rows, from, whole.id, &moved)
}
