//! What programs read of a ticket. They are written against these field names.

use hearken::Timestamp;
use hearken_desk::{
    Alarm, Case, Entry, Labels, Person, Promise, Standing, State, Term, Ticket, TicketId, TicketPost, TicketReply,
};
use serde::Serialize;
use serde_json::Value;

/// The term of the head start that a ticket has for being late.
pub(super) const BREACH: &str = "breach";

/// A ticket with its posts.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    ticket: TicketId,
    #[serde(flatten)]
    state: &'a State,
    standing: Standing,
    person: Option<&'a Person>,
    labels: Labels,
    urgency: f64,
    /// Minutes of head start.
    priority: Option<f64>,
    due_by: Option<Timestamp>,
    /// Whether it will soon be late, or is.
    alarm: Option<Alarm>,
    /// What was promised to the one who waits.
    service: Option<&'a Promise>,
    why: Vec<Term>,
    lang: Option<&'a str>,
    team: Option<&'a str>,
    /// The route that gave it its team.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    pinned: bool,
    waiting_since: Option<Timestamp>,
    acknowledged_at: Option<Timestamp>,
    quiet_until: Option<Timestamp>,
    since: Timestamp,
    /// Whether texts are left empty, to spare who reads.
    hidden: bool,
    posts: Vec<Post<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replies: Option<&'a [TicketReply]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a [Entry]>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

#[derive(Debug, Serialize)]
struct Post<'a> {
    id: &'a str,
    platform: &'a str,
    text: &'a str,
    created_at: Timestamp,
    reply_to: Option<&'a str>,
    thread: Option<&'a str>,
    reposts: u64,
    deleted: bool,
    /// What `--output annotated` says of it, and what else another policy would go by.
    annotation: Value,
}

impl<'a> Record<'a> {
    /// The record of a case; `whole` with replies and history.
    pub(super) fn new(case: &'a Case, whole: bool, warnings: &'a [String]) -> Self {
        let Case { ticket, standing, service, blurred, posts, replies, history } = case;
        let first = lead(ticket, posts);
        Self {
            ticket: ticket.id,
            state: &ticket.state,
            standing: *standing,
            person: ticket.person.as_ref(),
            labels: ticket.labels,
            urgency: ticket.urgency,
            priority: first.map(|post| priority(post) + minutes(ticket.raised)),
            due_by: ticket.due_by,
            alarm: ticket.alarm,
            service: service.as_ref(),
            why: why(ticket, posts),
            lang: ticket.lang.as_deref(),
            team: ticket.team.as_deref(),
            route: route(ticket, posts),
            pinned: ticket.pinned,
            waiting_since: ticket.waiting_since,
            acknowledged_at: ticket.acknowledged_at,
            quiet_until: ticket.quiet_until,
            since: ticket.since,
            hidden: *blurred,
            posts: posts.iter().map(Post::new).collect(),
            replies: whole.then_some(replies),
            history: whole.then_some(history),
            warnings,
        }
    }
}

impl<'a> Post<'a> {
    fn new(kept: &'a TicketPost) -> Self {
        let TicketPost { reposts, gone, post, .. } = kept;
        Self {
            id: &post.id,
            platform: &post.platform,
            text: &post.text,
            created_at: post.created_at,
            reply_to: post.reply_to.as_deref(),
            thread: post.thread.as_deref(),
            reposts: *reposts,
            deleted: *gone,
            annotation: serde_json::from_str(&post.record).unwrap_or_default(),
        }
    }
}

/// The post that gives a ticket its turn.
pub(super) fn lead<'a>(ticket: &Ticket, posts: &'a [TicketPost]) -> Option<&'a TicketPost> {
    let live = || posts.iter().filter(|post| !post.gone);
    let rank_at = ticket.rank_at + ticket.raised;
    live().find(|post| post.post.rank_at == rank_at).or_else(|| live().min_by_key(|post| post.post.rank_at))
}

/// What the head start of a ticket is made of: that of its post, and what it gets for being late.
pub(super) fn why(ticket: &Ticket, posts: &[TicketPost]) -> Vec<Term> {
    let mut why = lead(ticket, posts).map_or_else(Vec::new, |post| post.post.why.clone());
    if ticket.raised > 0 {
        why.push(Term { reason: BREACH.to_owned(), minutes: minutes(ticket.raised), ..Term::default() });
        why.sort_by(|one, other| other.minutes.abs().total_cmp(&one.minutes.abs()));
    }
    why
}

/// The route that gave a ticket its team; none where a colleague did.
pub(super) fn route<'a>(ticket: &Ticket, posts: &'a [TicketPost]) -> Option<&'a str> {
    let routed = posts.iter().find(|post| post.post.route.is_some() && post.post.team == ticket.team)?;
    routed.post.route.as_deref()
}

/// Minutes of head start.
fn priority(post: &TicketPost) -> f64 {
    minutes(post.post.created_at.as_millisecond() - post.post.rank_at)
}

fn minutes(milliseconds: i64) -> f64 {
    milliseconds as f64 / 60_000.0
}
