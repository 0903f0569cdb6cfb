//! All that people said of what was heard, one after the other.

use std::collections::HashMap;

use super::{Desk, LONGEST_LIST};
use crate::error::Result;
use crate::feedback::{Feedback, Origin, Truth};
use crate::intake::{PostKey, TicketPost};
use crate::label::Label;
use crate::sample::{MARKS, Sampled, Verdict};
use crate::state::{Outcome, State};
use crate::store::{Filter, Rows, Store};
use crate::ticket::{Place, Ticket};
use crate::time::Timestamp;

impl<S: Store> Desk<S> {
    /// Hands over what people said of posts that are still there, each post once and by the weightiest word: what a colleague
    /// corrected, then what was resolved as misheard, then what was judged in an audit. From one consistent state.
    ///
    /// # Errors
    /// `sink` or the store fails.
    pub fn feedback(&self, mut sink: impl FnMut(Feedback) -> Result<()>) -> Result<()> {
        self.read(|rows| {
            corrected(rows, &mut sink)?;
            misheard(rows, &mut sink)?;
            audited(rows, &mut sink)
        })
    }
}

fn corrected(rows: &dyn Rows, sink: &mut dyn FnMut(Feedback) -> Result<()>) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let corrections = rows.corrections(after, LONGEST_LIST)?;
        let Some(last) = corrections.last() else { return Ok(()) };
        after = last.entry;
        for correction in corrections {
            let is_last = rows.correction(&correction.post)?.is_some_and(|last| last.entry == correction.entry);
            if let Some(known) = rows.post(&correction.post)?.filter(|known| is_last && !known.gone) {
                sink(Feedback {
                    post: known.post,
                    truth: correction.truth,
                    origin: Origin::Relabelled,
                    by: correction.by,
                    at: correction.at,
                    stands_for: None,
                })?;
            }
        }
    }
}

/// Cases of one post in which one label was heard, and that was wrong. With more of either nobody knows which is meant.
fn misheard(rows: &dyn Rows, sink: &mut dyn FnMut(Feedback) -> Result<()>) -> Result<()> {
    let resolved = Filter { states: vec!["resolved".to_owned()], ..Filter::default() };
    let mut after: Option<Place> = None;
    loop {
        let tickets = rows.list(&resolved, Timestamp::MIN, after, LONGEST_LIST)?;
        let Some(last) = tickets.last() else { return Ok(()) };
        after = Some(last.place());
        for Ticket { id, state, since, .. } in tickets {
            let State::Resolved { by, outcome: Outcome::Misheard } = state else { continue };
            let posts = rows.posts_of(id, None, 2)?;
            let [TicketPost { post, gone: false, .. }] = &posts[..] else { continue };
            let labels: Vec<Label> = post.labels.iter().collect();
            let [label] = labels[..] else { continue };
            if rows.correction(&post.key())?.is_none() {
                let (post, truth) = (post.clone(), without(label));
                sink(Feedback { post, truth, origin: Origin::Misheard, by, at: since, stands_for: None })?;
            }
        }
    }
}

fn without(label: Label) -> Truth {
    let no = Some(false);
    match label {
        Label::Grief => Truth { grief: no, ..Truth::default() },
        Label::Frustration => Truth { frustration: no, ..Truth::default() },
        Label::Advice => Truth { advice_seeking: no, advice_giving: no, ..Truth::default() },
        Label::Promotion => Truth { promotion: no, ..Truth::default() },
    }
}

fn audited(rows: &dyn Rows, sink: &mut dyn FnMut(Feedback) -> Result<()>) -> Result<()> {
    let mut of_days = HashMap::new();
    let mut after: Option<PostKey> = None;
    loop {
        let judged = rows.judged(after.as_ref(), LONGEST_LIST)?;
        let Some(last) = judged.last() else { return Ok(()) };
        after = Some(last.post.key());
        for Sampled { day, mark, post, verdict } in judged {
            let Some(Verdict { by, at, grief, urgent }) = verdict else { continue };
            if rows.correction(&post.key())?.is_some() {
                continue;
            }
            let (bar, stands_for) = match of_days.get(&day) {
                Some(known) => *known,
                None => *of_days.entry(day).or_insert(of_day(rows, day)?),
            };
            let truth = Truth { grief: Some(grief), urgent: Some(urgent), ..Truth::default() };
            let stands_for = (mark < bar).then_some(stands_for);
            sink(Feedback { post, truth, origin: Origin::Audited, by, at, stands_for })?;
        }
    }
}

/// The bar of a day, and for how many posts of it one stands that was judged.
fn of_day(rows: &dyn Rows, day: i64) -> Result<(i64, f64)> {
    let bar = rows.bars(day..day + 1)?.first().map_or(MARKS, |(_, bar)| *bar);
    let (kept, _) = rows.last_sampled(day, bar)?;
    let judged = kept as usize - rows.unjudged(day..day + 1, bar, kept as usize)?.len();
    let suppressed = f64::from(kept) * MARKS as f64 / (bar as f64).max(1.0);
    Ok((bar, suppressed / (judged as f64).max(1.0)))
}
