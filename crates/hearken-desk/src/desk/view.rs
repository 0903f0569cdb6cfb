//! What people see: one case whole, lists of tickets, saved views.

use serde::Serialize;

use super::watch::{Promise, promise};
use super::{Desk, LONGEST_LIST};
use crate::error::{Error, Result};
use crate::intake::{TicketPost, TicketReply};
use crate::rules::is_name;
use crate::store::{Filter, Rows, Store};
use crate::ticket::{Place, Standing, Ticket, TicketId};
use crate::time::{Timestamp, whole};
use crate::trail::{Deed, Entry};

/// So many tickets that were merged one into the other are followed.
const MERGED_AT_MOST: usize = 64;

/// A ticket with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// The ticket, with what has ended ended.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// What became of the person.
    pub standing: Standing,
    /// What was promised to them, while they wait.
    pub service: Option<Promise>,
    /// Whether some texts are withheld until someone asks for them, to spare who reads.
    pub blurred: bool,
    /// What the person wrote, in order. Texts are empty where they were taken back, or are withheld.
    pub posts: Vec<TicketPost>,
    /// What others replied, in order; texts likewise.
    pub replies: Vec<TicketReply>,
    /// What was done, in order, with those that became part of this one as well.
    pub history: Vec<Entry>,
}

impl<S: Store> Desk<S> {
    /// One case. Heavy texts of grief are withheld unless they are `asked` for, see [`crate::rules::Care::blur_from`]; so are
    /// the annotations, which may quote them.
    ///
    /// # Errors
    /// There is no such ticket, or the store fails.
    pub fn show(&self, id: TicketId, asked: bool, now: Timestamp) -> Result<Case> {
        let now = whole(now);
        self.read(|rows| {
            let mut ticket = rows.ticket(id)?.ok_or(Error::NoTicket(id))?;
            as_of(&mut ticket, now);
            let mut posts = rows.posts_of(id, None, LONGEST_LIST)?;
            let mut replies = rows.replies_of(id, LONGEST_LIST)?;
            let rules = self.rules_in(rows)?;
            let heavy = |post: &&mut TicketPost| !asked && rules.care.blurs(&post.post);
            let mut blurred = false;
            for TicketPost { post, .. } in posts.iter_mut().filter(heavy) {
                post.text.clear();
                post.record = "{}".to_owned();
                blurred = true;
            }
            if blurred {
                // They may quote it, or tell the same.
                replies.iter_mut().for_each(|reply| reply.reply.text.clear());
            }
            let history = history(rows, id)?;
            let (standing, service) = (ticket.standing(now), promise(&rules, &ticket, now));
            Ok(Case { standing, service, ticket, blurred, posts, replies, history })
        })
    }

    /// Tickets in the order of their turns, at most [`LONGEST_LIST`]. The place of the last goes on from there.
    ///
    /// # Errors
    /// The store fails.
    pub fn list(&self, filter: &Filter, after: Option<Place>, limit: usize, now: Timestamp) -> Result<Vec<Ticket>> {
        let now = whole(now);
        let mut tickets = self.read(|rows| rows.list(filter, now, after, limit.min(LONGEST_LIST)))?;
        tickets.iter_mut().for_each(|ticket| as_of(ticket, now));
        Ok(tickets)
    }

    /// Keeps a filter under a name, in place of the one of that name.
    ///
    /// # Errors
    /// The name is unusable, or the store fails.
    pub fn save_view(&self, name: &str, filter: &Filter) -> Result<()> {
        if !is_name(name) {
            return Err(Error::Invalid(
                "a view needs a name of at most 256 bytes without control characters".to_owned(),
            ));
        }
        self.write(|rows| rows.put_view(name, filter))
    }

    /// The filter of a name.
    ///
    /// # Errors
    /// There is no such view, or the store fails.
    pub fn view(&self, name: &str) -> Result<Filter> {
        self.read(|rows| {
            let view = rows.view(name)?;
            view.ok_or_else(|| Error::Invalid(format!("no view is called {name}; there is {}", names(rows))))
        })
    }

    /// The names of all views.
    ///
    /// # Errors
    /// The store fails.
    pub fn views(&self) -> Result<Vec<String>> {
        self.read(|rows| rows.views())
    }
}

fn names(rows: &dyn Rows) -> String {
    let names = rows.views().unwrap_or_default();
    if names.is_empty() { "none yet".to_owned() } else { names.join(", ") }
}

/// Shows what has ended as ended, and what is late as late. That it is, is written down when someone touches the ticket.
fn as_of(ticket: &mut Ticket, now: Timestamp) {
    if ticket.state.at(now) != &ticket.state {
        ticket.since = ticket.state.until().unwrap_or(ticket.since);
        ticket.state = ticket.state.at(now).clone();
    }
    ticket.quiet_until = ticket.quiet_until.filter(|until| *until > now);
    ticket.alarm = ticket.alarm_by(now);
}

fn history(rows: &dyn Rows, id: TicketId) -> Result<Vec<Entry>> {
    let mut tickets = vec![id];
    let mut history = Vec::new();
    let mut read = 0;
    while let Some(&ticket) = tickets.get(read).filter(|_| read < MERGED_AT_MOST) {
        let entries = rows.entries_of(ticket, i64::MIN, LONGEST_LIST)?;
        let absorbed = entries.iter().filter(|entry| entry.deed == Deed::Absorbed).filter_map(|entry| entry.other);
        for other in absorbed {
            if !tickets.contains(&other) {
                tickets.push(other);
            }
        }
        history.extend(entries);
        read += 1;
    }
    history.sort_by_key(|entry| entry.seq);
    Ok(history)
}
