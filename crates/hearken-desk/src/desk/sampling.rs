//! Suppressed, not lost: what the queue passes over is sampled, and people look at the sample.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::routing::routed;
use super::step::{Act, enter, load, step};
use super::take_in::{add, weigh};
use super::{Desk, LONGEST_LIST, check_name};
use crate::error::{Error, Result};
use crate::intake::{Disposition, NewPost, PostKey, TicketPost};
use crate::label::{Label, Labels};
use crate::rules::Rules;
use crate::sample::{Estimate, Gate, MARKS, Sampled, URGENT_FROM, Verdict, day_of, mark_of};
use crate::state::{Action, State};
use crate::store::{Rows, RowsMut, Store};
use crate::ticket::Ticket;
use crate::time::{Timestamp, whole};
use crate::trail::Deed;

/// What should have been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Someone mourns.
    Grief,
    /// Someone needs a human soon.
    Urgency,
}

impl<S: Store> Desk<S> {
    /// Which suppressed posts the desk would still keep, by what is known now: for the source, so that most need not be handed over.
    ///
    /// # Errors
    /// The store fails.
    pub fn sample_gate(&self) -> Result<Gate> {
        self.read(|rows| Ok(Gate(rows.bars(i64::MIN..i64::MAX)?.into_iter().collect())))
    }

    /// Suppressed posts for a human to judge, drawn evenly from those that were written from the first to the last of two
    /// moments, whole days in UTC. To judge them in this order keeps the estimate even.
    ///
    /// # Errors
    /// The store fails.
    pub fn draw(&self, from: Timestamp, to: Timestamp, limit: usize) -> Result<Vec<Sampled>> {
        let days = days(from, to);
        self.read(|rows| rows.unjudged(days.clone(), bar(rows, days)?, limit.min(LONGEST_LIST)))
    }

    /// Keeps what a human made of a suppressed post, in place of what was said before. Who should have been heard gets a ticket,
    /// pinned, which is returned: nobody who was found is forgotten again.
    ///
    /// # Errors
    /// It is not in the sample; or the store fails.
    pub fn judge(&self, key: &PostKey, by: &str, grief: bool, urgent: bool, now: Timestamp) -> Result<Option<Ticket>> {
        check_name(by)?;
        let now = whole(now);
        self.write(|rows| {
            let sampled = rows.sampled(key)?;
            let sampled = sampled.ok_or_else(|| Error::Invalid(format!("post {} is not in the sample", key.id)))?;
            rows.put_verdict(key, &Verdict { by: by.to_owned(), at: now, grief, urgent })?;
            if !(grief || urgent) {
                return Ok(None);
            }
            let mut post = NewPost { disposition: Disposition::Queued, ..sampled.post };
            if grief {
                post.labels = post.labels.with(Labels::from(Label::Grief));
            }
            if urgent {
                post.urgency = post.urgency.max(URGENT_FROM);
            }
            let rules = self.rules_in(rows)?;
            let act = Act::by(&rules, by, now).because(Some("found in the sample"));
            let post = routed(&rules.routes, post);
            let mut ticket = match rows.post(key)? {
                None => add(rows, &post, act)?.0,
                Some(known) => match revive(rows, &known, post, act)? {
                    Some(ticket) => ticket,
                    None => return Ok(None),
                },
            };
            let (entry, state) = (act.entry(&ticket, Deed::Pinned), ticket.state.clone());
            enter(rows, &rules, &mut ticket, state, &entry, |ticket| ticket.pinned = true)?;
            Ok(Some(ticket))
        })
    }

    /// How much of what should have been heard was heard, of the posts that were written from the first to the last of two moments,
    /// whole days in UTC.
    ///
    /// # Errors
    /// The store fails.
    pub fn estimate(&self, question: Question, from: Timestamp, to: Timestamp) -> Result<Estimate> {
        let days = days(from, to);
        self.read(|rows| {
            let bar = bar(rows, days.clone())?;
            Ok(Estimate::new(rows.counts(days, bar, question == Question::Grief)?))
        })
    }
}

/// Opens the ticket of a post that was held back, with what was found in it. None where it is not held back any more.
fn revive(rows: &mut dyn RowsMut, known: &TicketPost, post: NewPost, act: Act<'_>) -> Result<Option<Ticket>> {
    let mut ticket = load(rows, known.ticket, act)?;
    if ticket.state != State::Held {
        return Ok(None);
    }
    rows.put_post(&TicketPost { post, ..*known })?;
    step(rows, &mut ticket, &Action::Reopen, act)?;
    weigh(rows, act.rules, &mut ticket)?;
    Ok(Some(ticket))
}

fn days(from: Timestamp, to: Timestamp) -> Range<i64> {
    day_of(from)..day_of(to).saturating_add(1)
}

/// The bar that all of some days have in common: what is below it was kept on each, so it is an even sample of all.
fn bar(rows: &dyn Rows, days: Range<i64>) -> Result<i64> {
    Ok(rows.bars(days)?.into_iter().map(|(_, bar)| bar).min().unwrap_or(MARKS))
}

/// Keeps a post that nobody would look at if its mark is among the smallest of its day. Returns whether it was.
pub(super) fn keep_if_sampled(rows: &mut dyn RowsMut, rules: &Rules, post: &NewPost) -> Result<bool> {
    let key = post.key();
    let (day, mark) = (day_of(post.created_at), mark_of(&key.platform, &key.id));
    let bar = bar(rows, day..day + 1)?;
    if mark >= bar {
        return Ok(false);
    }
    if let Some(known) = rows.sampled(&key)? {
        // Whoever judges it reads what it says now.
        if known.verdict.is_none() && post.edited_at > known.post.edited_at {
            rows.remove_sampled(&key)?;
            rows.put_sampled(&Sampled { post: post.clone(), ..known })?;
        }
        return Ok(false);
    }
    rows.put_sampled(&Sampled { day, mark, post: post.clone(), verdict: None })?;
    let (kept, last) = rows.last_sampled(day, bar)?;
    let Some(last) = last.filter(|_| kept > rules.sample_per_day) else { return Ok(true) };
    if last.verdict.is_none() {
        // What a human said of it is worth keeping, though it is no part of an even sample any more.
        rows.remove_sampled(&last.post.key())?;
    }
    rows.put_bar(day, last.mark)?;
    Ok(last.post.key() != key)
}
