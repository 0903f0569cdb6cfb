//! Which team a case is for.

use crate::error::Result;
use crate::intake::{Disposition, NewPost};
use crate::route::{Route, first_for};
use crate::store::Rows;
use crate::ticket::Ticket;
use crate::trail::DESK;

/// Entries that are looked at in one go.
const PAGE: usize = 256;

/// The post with the team that the routes give it, unless it comes with one. One that nobody is to see has none.
pub(super) fn routed(routes: &[Route], post: NewPost) -> NewPost {
    match first_for(routes, &post) {
        Some((_, route)) if post.team.is_none() && post.disposition != Disposition::Suppressed => {
            NewPost { team: Some(route.team.clone()), route: Some(route.name.clone()), ..post }
        }
        _ => post,
    }
}

/// Whether a person's later post sends their case to its team: one that has none yet, or another team by a route that stands before.
/// A case that a human had, or gave to someone, stays where they left it.
pub(super) fn moves(rows: &dyn Rows, routes: &[Route], ticket: &Ticket, post: &NewPost) -> Result<bool> {
    let place_of = |team: &str| routes.iter().position(|route| route.team == team);
    let comes_first = match (&ticket.team, &post.team) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(now), Some(then)) => place_of(then).is_some_and(|then| place_of(now).is_none_or(|now| then < now)),
    };
    Ok(comes_first && !was_touched(rows, ticket)?)
}

/// Whether a human did anything with a ticket.
pub(super) fn was_touched(rows: &dyn Rows, ticket: &Ticket) -> Result<bool> {
    let mut after = 0;
    loop {
        let entries = rows.entries_of(ticket.id, after, PAGE)?;
        let Some(last) = entries.last() else { return Ok(false) };
        after = last.seq;
        if entries.iter().any(|entry| entry.by != DESK) {
            return Ok(true);
        }
    }
}

/// Why a post is for its team, as the trail says it.
pub(super) fn why(post: &NewPost) -> Option<String> {
    post.route.as_ref().map(|route| format!("route {route}"))
}
