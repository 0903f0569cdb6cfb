//! How things come to the desk. The same batch twice changes nothing.

use super::Desk;
use super::campaign::collapse;
use super::join::move_posts;
use super::routing::{moves, routed, was_touched, why};
use super::sampling::keep_if_sampled;
use super::step::{Act, enter, settle, step};
use super::watch::set_alarm;
use super::wipe::{delete, delete_person};
use crate::error::Result;
use crate::intake::{Disposition, Intake, NewPost, NewReply, PostKey, Term, TicketPost, TicketReply};
use crate::rules::Rules;
use crate::state::{Action, State};
use crate::store::{Rows, RowsMut, Store};
use crate::ticket::{Person, Ticket, TicketId, primary_subtag};
use crate::time::{Timestamp, earlier, later, whole};
use crate::trail::{Deed, Entry};

/// The longest id, name or tag that comes with a post, bytes.
const LONGEST_ID: usize = 1024;

/// What a store can count.
const MOST_REPOSTS: u64 = i64::MAX as u64;

/// So many posts of a ticket count when it is weighed anew.
pub(super) const WEIGHED: usize = 1000;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// New tickets, held ones too.
    pub opened: u64,
    /// Posts that became part of a ticket that was there.
    pub joined: u64,
    /// Replies that became part of a ticket.
    pub replies: u64,
    /// Suppressed and held posts that are kept for the sample, for now.
    pub sampled: u64,
    /// Posts and campaigns that were changed, or passed on more often.
    pub changed: u64,
    /// Tickets that became part of that of a campaign.
    pub collapsed: u64,
    /// Posts and replies that were wiped.
    pub deleted: u64,
    /// Things that changed nothing: known already, about posts that are not here, or beyond the sample.
    pub unchanged: u64,
    /// Things that can't be kept. All others of the batch are.
    pub misfits: Vec<Misfit>,
}

/// Something that can't be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why. Holds no word of a post.
    pub reason: &'static str,
}

impl<S: Store> Desk<S> {
    /// Takes a batch in, in order and as a whole. When this returns, it survives a power cut, so its source may forget it.
    /// Batches of some hundreds are best: each costs one wait for the disk.
    ///
    /// # Errors
    /// The store fails; then nothing of the batch was kept.
    pub fn take_in(&self, batch: &[Intake], now: Timestamp) -> Result<TakenIn> {
        let now = whole(now);
        let (posts, people) = concerned(batch);
        self.write(|rows| {
            rows.expect(&posts, &people)?;
            let rules = self.rules_in(rows)?;
            let mut taken = TakenIn::default();
            for (index, intake) in batch.iter().enumerate() {
                match misfit(intake) {
                    Some(reason) => taken.misfits.push(Misfit { index, reason }),
                    None => take(rows, &rules, intake, now, &mut taken)?,
                }
            }
            Ok(taken)
        })
    }
}

/// Which posts and people there is news of. Nothing is named where it can't be known beforehand: of an account, all posts go.
fn concerned(batch: &[Intake]) -> (Vec<PostKey>, Vec<Person>) {
    let (mut posts, mut people) = (Vec::new(), Vec::new());
    for intake in batch {
        match intake {
            Intake::Post(post) | Intake::Edit(post) | Intake::Unjudged(post) => {
                posts.push(post.key());
                people.extend(post.person());
            }
            Intake::Campaign { entry, copies } => {
                posts.push(entry.key());
                posts.extend_from_slice(copies);
                people.extend(entry.person());
            }
            Intake::Reply(reply) => posts.extend([reply.key(), PostKey::new(&reply.platform, &reply.of)]),
            Intake::Reposts { post, .. } | Intake::HeadStart { post, .. } | Intake::Deletion(post) => {
                posts.push(post.clone());
            }
            Intake::AccountDeletion(_) => return Default::default(),
        }
    }
    (posts, people)
}

fn misfit(intake: &Intake) -> Option<&'static str> {
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > LONGEST_ID);
    let bad_key = |key: &PostKey| match () {
        () if key.id.is_empty() => Some("it has no id"),
        () if key.id.len() > LONGEST_ID || key.platform.len() > LONGEST_ID => Some("its id is longer than 1,024 bytes"),
        () => None,
    };
    let bad_post = |post: &NewPost| {
        let long = [&post.author, &post.reply_to, &post.thread, &post.team].into_iter().any(long);
        let not_a_number = !post.urgency.is_finite() || post.why.iter().any(|term| !term.minutes.is_finite());
        bad_key(&post.key()).or(match () {
            () if long => Some("an author, a team or another post's id is longer than 1,024 bytes"),
            () if not_a_number => Some("its urgency or a term of its head start is no number"),
            () => None,
        })
    };
    match intake {
        Intake::Post(post) | Intake::Edit(post) | Intake::Unjudged(post) => bad_post(post),
        Intake::Campaign { entry, copies } => bad_post(entry).or_else(|| copies.iter().find_map(bad_key)),
        Intake::Reply(reply) => {
            bad_key(&reply.key()).or_else(|| long(&reply.author).then_some("its author is longer than 1,024 bytes"))
        }
        Intake::Reposts { post: key, .. } | Intake::Deletion(key) => bad_key(key),
        Intake::HeadStart { post: key, why, .. } => {
            let not_a_number = why.iter().any(|term| !term.minutes.is_finite());
            bad_key(key).or_else(|| not_a_number.then_some("a term of its head start is no number"))
        }
        Intake::AccountDeletion(person) => person.author.is_empty().then_some("it names nobody"),
    }
}

fn take(rows: &mut dyn RowsMut, rules: &Rules, intake: &Intake, now: Timestamp, taken: &mut TakenIn) -> Result<()> {
    match intake {
        Intake::Post(post) => match rows.post(&post.key())? {
            // It needed nobody, and has not changed but for what others reply.
            Some(known) if is_lifted(&known, post) => {
                edit(rows, rules, &known, &routed(&rules.routes, exact(post)), now, taken)?;
            }
            Some(_) => taken.unchanged += 1,
            None => take_post(rows, rules, &routed(&rules.routes, exact(post)), now, taken)?,
        },
        Intake::Edit(post) => match rows.post(&post.key())? {
            Some(known) => edit(rows, rules, &known, &routed(&rules.routes, exact(post)), now, taken)?,
            None => take_post(rows, rules, &routed(&rules.routes, exact(post)), now, taken)?,
        },
        Intake::Unjudged(post) => match rows.post(&post.key())? {
            Some(known) => {
                let post = NewPost { disposition: known.post.disposition, ..exact(post) };
                edit(rows, rules, &known, &post, now, taken)?;
            }
            None => {
                // What it said is not there to be checked any more.
                rows.remove_sampled(&post.key())?;
                taken.unchanged += 1;
            }
        },
        Intake::Campaign { entry, copies } => collapse(rows, &exact(entry), copies, Act::by_desk(rules, now), taken)?,
        Intake::Reply(reply) => take_reply(rows, reply, taken)?,
        Intake::Reposts { post, total } => match rows.post(post)? {
            Some(known) if !known.gone && known.reposts < (*total).min(MOST_REPOSTS) => {
                rows.put_post(&TicketPost { reposts: (*total).min(MOST_REPOSTS), ..known })?;
                taken.changed += 1;
            }
            _ => taken.unchanged += 1,
        },
        Intake::HeadStart { post, rank_at, why } => match rows.post(post)? {
            Some(known) if !known.gone && *rank_at < known.post.rank_at && rows.correction(post)?.is_none() => {
                urge(rows, rules, known, *rank_at, why)?;
                taken.changed += 1;
            }
            _ => taken.unchanged += 1,
        },
        Intake::Deletion(key) => {
            let deleted = delete(rows, rules, key, now)?;
            *if deleted { &mut taken.deleted } else { &mut taken.unchanged } += 1;
        }
        Intake::AccountDeletion(person) => taken.deleted += delete_person(rows, rules, person, now)?,
    }
    Ok(())
}

/// The post as stores keep it.
fn exact(post: &NewPost) -> NewPost {
    NewPost {
        created_at: whole(post.created_at),
        edited_at: post.edited_at.map(whole),
        due_by: post.due_by.map(whole),
        urgency: post.urgency.clamp(0.0, 3.0),
        ..post.clone()
    }
}

fn take_post(rows: &mut dyn RowsMut, rules: &Rules, post: &NewPost, now: Timestamp, taken: &mut TakenIn) -> Result<()> {
    if post.disposition == Disposition::Suppressed {
        let kept = keep_if_sampled(rows, rules, post)?;
        *if kept { &mut taken.sampled } else { &mut taken.unchanged } += 1;
        return Ok(());
    }
    let (ticket, joined) = add(rows, post, Act::by_desk(rules, now))?;
    *if joined { &mut taken.joined } else { &mut taken.opened } += 1;
    rows.remove_sampled(&post.key())?;
    if ticket.state == State::Held {
        // Nobody looks at it unasked, so it is among what is checked.
        taken.sampled += u64::from(keep_if_sampled(rows, rules, post)?);
    }
    Ok(())
}

/// Adds a post to the case that it belongs to, or to a new one. Returns whether it was there.
pub(super) fn add(rows: &mut dyn RowsMut, post: &NewPost, act: Act<'_>) -> Result<(Ticket, bool)> {
    let now = act.now;
    let (ticket, joined) = match case_of(rows, act.rules, post)? {
        Some(mut ticket) => {
            settle(rows, &mut ticket, act)?;
            join(rows, &mut ticket, post, act)?;
            (ticket, true)
        }
        None => (open(rows, post, None, act)?, false),
    };
    let post = TicketPost { ticket: ticket.id, taken_at: now, reposts: 0, gone: false, post: post.clone() };
    rows.put_post(&post)?;
    Ok((ticket, joined))
}

/// The case that a post belongs to: the same person's, in the same conversation or about the same time.
fn case_of(rows: &dyn Rows, rules: &Rules, post: &NewPost) -> Result<Option<Ticket>> {
    let Some(person) = post.person() else { return Ok(None) };
    if let Some(thread) = &post.thread
        && let Some(ticket) = rows.ticket_of(&person, Some(thread))?
    {
        return Ok(Some(ticket));
    }
    let is_near = |ticket: &Ticket| {
        let near = earlier(ticket.last_post_at, rules.case_within)..=later(ticket.last_post_at, rules.case_within);
        near.contains(&post.created_at)
    };
    Ok(rows.ticket_of(&person, None)?.filter(is_near))
}

/// Makes a ticket of a post, which was split off another perhaps.
pub(super) fn open(rows: &mut dyn RowsMut, post: &NewPost, of: Option<TicketId>, act: Act<'_>) -> Result<Ticket> {
    let waits = post.disposition != Disposition::Held;
    let mut ticket = Ticket {
        id: rows.new_ticket_id()?,
        state: if waits { State::Open } else { State::Held },
        person: post.person(),
        thread: post.thread.clone(),
        labels: post.labels,
        urgency: post.urgency,
        lang: post.lang.as_deref().and_then(primary_subtag),
        team: post.team.clone(),
        rank_at: post.rank_at,
        due_by: post.due_by,
        alarm: None,
        alarm_at: None,
        raised: 0,
        pinned: false,
        posts: 1,
        opened_at: act.now,
        last_post_at: post.created_at,
        waiting_since: waits.then_some(post.created_at),
        acknowledged_at: None,
        since: act.now,
        quiet_until: None,
        entry: 0,
    };
    let state = ticket.state.clone();
    let deed = if of.is_some() { Deed::SplitOff } else { Deed::Opened };
    let why = why(post);
    let act = act.because(act.why.or(why.as_deref()));
    let entry = Entry { from: None, before: None, other: of, ..act.entry(&ticket, deed) };
    enter(rows, act.rules, &mut ticket, state, &entry, |_| {})?;
    Ok(ticket)
}

/// Makes a post part of a ticket.
fn join(rows: &mut dyn RowsMut, ticket: &mut Ticket, post: &NewPost, act: Act<'_>) -> Result<()> {
    let first_to_wait = ticket.waiting_since.is_none();
    let moves = post.disposition != Disposition::Held && moves(rows, &act.rules.routes, ticket, post)?;
    let why = why(post).filter(|_| moves);
    let act = act.because(act.why.or(why.as_deref()));
    if post.disposition == Disposition::Held {
        rows.append(&act.entry(ticket, Deed::Wrote))?;
    } else {
        let was = ticket.entry;
        let before = ticket.state.clone();
        step(rows, ticket, &Action::Write, act)?;
        if ticket.state == before {
            // What a colleague does with it is not disturbed, and may be undone.
            ticket.entry = was;
        }
        // Whether they are to be left in peace is asked anew: it may be urgent now.
        ticket.quiet_until = None;
        ticket.waiting_since = Some(ticket.waiting_since.map_or(post.created_at, |since| since.min(post.created_at)));
    }
    ticket.lower();
    if first_to_wait && ticket.waiting_since.is_some() {
        (ticket.urgency, ticket.rank_at, ticket.due_by) = (post.urgency, post.rank_at, post.due_by);
    } else if ticket.waiting_since.is_some() && post.disposition != Disposition::Held {
        weigh_in(ticket, post);
    }
    ticket.labels = ticket.labels.with(post.labels);
    ticket.lang = post.lang.as_deref().and_then(primary_subtag).or(ticket.lang.take());
    if moves {
        ticket.team.clone_from(&post.team);
    }
    ticket.last_post_at = ticket.last_post_at.max(post.created_at);
    ticket.posts = ticket.posts.saturating_add(1);
    set_alarm(act.rules, ticket);
    rows.put_ticket(ticket)
}

fn weigh_in(ticket: &mut Ticket, post: &NewPost) {
    ticket.urgency = ticket.urgency.max(post.urgency);
    ticket.rank_at = ticket.rank_at.min(post.rank_at);
    ticket.due_by = [ticket.due_by, post.due_by].into_iter().flatten().min();
}

/// Weighs a ticket anew, as some of its posts have changed: by those that wait for an answer, or by all if none does. Returns
/// whether one does.
pub(super) fn weigh(rows: &mut dyn RowsMut, rules: &Rules, ticket: &mut Ticket) -> Result<bool> {
    ticket.lower();
    let posts = rows.posts_of(ticket.id, None, WEIGHED)?;
    let live: Vec<&TicketPost> = posts.iter().filter(|post| !post.gone).collect();
    ticket.posts = u32::try_from(live.len()).unwrap_or(u32::MAX);
    ticket.labels = live.iter().fold(Default::default(), |labels, post| post.post.labels.with(labels));
    let waits = |post: &TicketPost| {
        ticket.acknowledged_at.is_none_or(|at| post.taken_at > at) && post.post.disposition == Disposition::Queued
    };
    let mut pending: Vec<&TicketPost> = live.iter().copied().filter(|post| waits(post)).collect();
    if ticket.waiting_since.is_some() {
        // A colleague may have opened it again though no post waits.
        ticket.waiting_since = pending.iter().map(|post| post.post.created_at).min().or(ticket.waiting_since);
    }
    let any_waits = !pending.is_empty();
    if !any_waits {
        pending = live;
    }
    if let Some(((first, rest), last)) = pending.split_first().zip(pending.last()) {
        (ticket.urgency, ticket.rank_at, ticket.due_by) = (first.post.urgency, first.post.rank_at, first.post.due_by);
        rest.iter().for_each(|post| weigh_in(ticket, &post.post));
        ticket.last_post_at = last.post.created_at;
    }
    set_alarm(rules, ticket);
    rows.put_ticket(ticket)?;
    Ok(any_waits)
}

/// Whether a post that is known as one that needs nobody comes as one that does.
fn is_lifted(known: &TicketPost, post: &NewPost) -> bool {
    known.post.disposition == Disposition::Suppressed
        && post.disposition == Disposition::Queued
        && known.post.text == post.text
}

fn edit(
    rows: &mut dyn RowsMut,
    rules: &Rules,
    known: &TicketPost,
    post: &NewPost,
    now: Timestamp,
    taken: &mut TakenIn,
) -> Result<()> {
    // What a post was is not what it is: an older version changes nothing, and neither does the same one again.
    let is_older = known.post.edited_at.is_some() && post.edited_at <= known.post.edited_at;
    // What a colleague said of these very words stands.
    let is_corrected = known.post.text == post.text && rows.correction(&post.key())?.is_some();
    if known.gone || is_older || is_corrected || known.post == *post {
        taken.unchanged += 1;
        return Ok(());
    }
    let act = Act::by_desk(rules, now);
    let mut ticket = super::step::load(rows, known.ticket, act)?;
    let waits_now = known.post.disposition != Disposition::Queued && post.disposition == Disposition::Queued;
    // A person is who they were, and a case goes on where it began.
    let (author, platform) = (known.post.author.clone(), known.post.platform.clone());
    let post = NewPost { author, platform, ..post.clone() };
    rows.remove_corrections_of(&post.key())?;
    let moves = post.disposition != Disposition::Held && moves(rows, &rules.routes, &ticket, &post)?;
    let why = why(&post).filter(|_| moves);
    rows.put_post(&TicketPost { post: post.clone(), ..known.clone() })?;
    rows.append(&act.because(why.as_deref()).entry(&ticket, Deed::Edited))?;
    taken.changed += 1;
    if waits_now && ticket.state == State::Held && ticket.person.is_none() && post.author.is_some() {
        return leave_campaign(rows, known, &post, &mut ticket, act);
    }
    if waits_now {
        rows.remove_sampled(&post.key())?;
        step(rows, &mut ticket, &Action::Write, act)?;
        ticket.waiting_since.get_or_insert(post.created_at);
    }
    if moves {
        ticket.team.clone_from(&post.team);
    }
    ticket.quiet_until = None;
    let any_waits = weigh(rows, rules, &mut ticket)?;
    let needs_nobody = post.disposition == Disposition::Suppressed && !any_waits;
    if needs_nobody && ticket.state == State::Open && !was_touched(rows, &ticket)? {
        // It stays to be found, and the person is heard again when they write.
        step(rows, &mut ticket, &Action::Hold, act.because(Some("nobody is needed any more")))?;
    }
    Ok(())
}

/// What was one of many like texts says something of its own now: it goes where its author's posts go.
fn leave_campaign(
    rows: &mut dyn RowsMut,
    known: &TicketPost,
    post: &NewPost,
    campaign: &mut Ticket,
    act: Act<'_>,
) -> Result<()> {
    let (ticket, _) = add(rows, post, act)?;
    rows.put_post(&TicketPost { ticket: ticket.id, post: post.clone(), ..known.clone() })?;
    move_posts(rows, campaign.id, ticket.id, &[post.key()])?;
    weigh(rows, act.rules, campaign).map(drop)
}

/// Brings a post's turn forward, and with it that of its ticket if the post waits for an answer.
fn urge(rows: &mut dyn RowsMut, rules: &Rules, known: TicketPost, rank_at: i64, why: &[Term]) -> Result<()> {
    let ticket = rows.ticket(known.ticket)?;
    rows.put_post(&TicketPost { post: NewPost { rank_at, why: why.to_vec(), ..known.post }, ..known })?;
    match ticket {
        Some(mut ticket) => weigh(rows, rules, &mut ticket).map(drop),
        None => Ok(()),
    }
}

fn take_reply(rows: &mut dyn RowsMut, reply: &NewReply, taken: &mut TakenIn) -> Result<()> {
    let of = rows.post(&PostKey::new(&reply.platform, &reply.of))?.filter(|post| !post.gone);
    match of {
        Some(of) if rows.reply(&reply.key())?.is_none() => {
            let reply = NewReply { created_at: whole(reply.created_at), ..reply.clone() };
            rows.put_reply(&TicketReply { ticket: of.ticket, thanked_by: None, reply })?;
            taken.replies += 1;
        }
        _ => taken.unchanged += 1,
    }
    Ok(())
}
