//! `hearken desk relabel`: what should have been heard in a post. What follows for its turn is for the policy to say.

use anyhow::{Context, Result, bail};
use hearken::Post;
use hearken::kept::Kept;
use hearken::label::LabelSet;
use hearken::policy::{Policy, Reason};
use hearken::score::{Judgement, Probability};
use hearken_desk::{Disposition, Label, NewPost, Relabel, Term, Ticket, TicketId, TicketPost, Truth};

use super::args::{Head, RelabelArgs};
use super::print::print;
use super::{Session, list, words};
use crate::policy;

const MINUTE: f64 = 60_000.0;

impl Session {
    pub(super) fn relabel(&self, args: &RelabelArgs) -> Result<bool> {
        let (id, why) = (args.one.ticket, args.why.why.as_deref());
        let truth = truth(args);
        let case = self.desk.show(id, true, self.now)?;
        let post = the_post(id, &case.posts, args.post.as_deref())?;
        let relabel = weighed(post, truth, &policy::engine_of(&self.desk)?);
        let ticket = self.desk.relabel(id, &self.name()?, &relabel, why, self.now).with_context(|| id.to_string())?;
        if self.print.json {
            self.print.step(&self.case(&ticket)?, &[])?;
        } else {
            print(&format!("{} · {} · {}\n", ticket.id, words::person(&ticket), heard(&ticket)))?;
        }
        Ok(true)
    }
}

fn heard(ticket: &Ticket) -> String {
    let mut heard = list::labels(ticket);
    heard.push(format!("urgency {:.1}", ticket.urgency));
    heard.join(", ")
}

/// What was typed: all that is in the post, or only what is not.
fn truth(args: &RelabelArgs) -> Truth {
    let said = |head: Head| match &args.labels {
        Some(labels) => Some(labels.contains(&Some(head))),
        None => args.not_heard.contains(&head).then_some(false),
    };
    Truth {
        grief: said(Head::Grief),
        frustration: said(Head::Frustration),
        advice_seeking: said(Head::AdviceSeeking),
        advice_giving: said(Head::AdviceGiving),
        promotion: said(Head::Promotion),
        urgency: args.urgency,
        urgent: None,
    }
}

/// The post of a ticket that is meant: the only one, or the one that is named.
fn the_post<'a>(id: TicketId, posts: &'a [TicketPost], named: Option<&str>) -> Result<&'a NewPost> {
    let live: Vec<&NewPost> = posts.iter().filter(|post| !post.gone).map(|post| &post.post).collect();
    match (named, &live[..]) {
        (Some(named), _) => {
            let post = live.into_iter().find(|post| post.id == named);
            post.with_context(|| format!("{id} has no post {named}"))
        }
        (None, [only]) => Ok(only),
        (None, _) => {
            let ids: Vec<String> = live.iter().map(|post| words::name(&post.id)).collect();
            bail!("{id} has {} posts; --post ID says which is meant: {}", ids.len(), ids.join(", "))
        }
    }
}

/// What follows from a correction for a post's turn: terms of which something was said are those of a model that is sure of it, the
/// others stay.
fn weighed(post: &NewPost, truth: Truth, policy: &Policy) -> Relabel {
    let sure = judgement(&truth, post);
    let known = policy.head_start(&sure, &Post::new("", "")).why();
    let mut why: Vec<Term> = post.why.iter().filter(|term| !is_said(&term.reason, &truth)).cloned().collect();
    let known = known.iter().map(|term| (term.reason.name(), term.minutes.value()));
    why.extend(known.filter(|(reason, _)| is_said(reason, &truth)).map(|(reason, minutes)| Term {
        reason: reason.to_owned(),
        minutes,
        ..Term::default()
    }));
    why.sort_by(|one, other| other.minutes.abs().total_cmp(&one.minutes.abs()));
    let minutes: f64 = why.iter().map(|term| term.minutes).sum();
    let labels = truth.correct(post.labels);
    // What waits for a human goes on waiting; `hold` is for the rest.
    let waits = post.disposition == Disposition::Queued
        || labels.contains(Label::Grief)
        || (!labels.contains(Label::Promotion) && minutes >= policy.queue_from);
    Relabel {
        post: post.key(),
        truth,
        model: Kept::from_json(&post.record).map(|kept| kept.judge).unwrap_or_default(),
        rank_at: post.created_at.as_millisecond() - (minutes * MINUTE).round() as i64,
        why,
        due_by: if truth.urgency.is_some() { policy.due_by(&sure, post.created_at) } else { post.due_by },
        disposition: if waits { Disposition::Queued } else { post.disposition },
    }
}

/// Whether a term is one of those of which something was said.
fn is_said(reason: &str, truth: &Truth) -> bool {
    let by_reason = [
        (Reason::Urgency, truth.urgency.is_some()),
        (Reason::Grief, truth.grief.is_some()),
        (Reason::Frustration, truth.frustration.is_some()),
        (Reason::AdviceSeeking, truth.advice_seeking.is_some()),
        (Reason::AdviceGiving, truth.advice_giving.is_some()),
        (Reason::Promotion, truth.promotion.is_some()),
    ];
    by_reason.iter().any(|(of, said)| *said && of.name() == reason)
}

/// What a model would say that is sure of what was said, and of nothing else.
fn judgement(truth: &Truth, post: &NewPost) -> Judgement {
    let sure = |said: Option<bool>| Probability::new(f64::from(u8::from(said == Some(true))));
    let level = |level: u8| sure(truth.urgency.map(|urgency| urgency >= level));
    let mut assigned = LabelSet::default();
    for label in truth.correct(post.labels).iter() {
        assigned.insert(match label {
            Label::Grief => hearken::Label::Grief,
            Label::Frustration => hearken::Label::Frustration,
            Label::Advice => hearken::Label::Advice,
            Label::Promotion => hearken::Label::Promotion,
        });
    }
    Judgement {
        grief: sure(truth.grief),
        frustration: sure(truth.frustration),
        advice_seeking: sure(truth.advice_seeking),
        advice_giving: sure(truth.advice_giving),
        promotion: sure(truth.promotion),
        urgency_at_least: [level(1), level(2), level(3)],
        assigned,
    }
}
