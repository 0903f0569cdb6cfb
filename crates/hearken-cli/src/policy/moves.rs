//! Who moves in the queue as a policy changes: posts gathered into cases, cases put in order before and after.

use std::collections::BTreeMap;

use hearken_desk::{Disposition, Label, Labels, NewPost, PostKey, Term, TicketId};
use serde::Serialize;

use super::weigh::Stand;

/// What is gathered of a case: a ticket, or a suppressed post that has none.
#[derive(Debug, Default)]
struct Case {
    author: Option<String>,
    posts: Vec<Post>,
}

#[derive(Debug)]
struct Post {
    key: PostKey,
    created_at: i64,
    before: Stand,
    after: Stand,
}

/// Names a case, and orders cases that rank the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Ticket(TicketId),
    Suppressed(PostKey),
}

/// All posts that were weighed, by case.
#[derive(Debug, Default)]
pub(super) struct Cases(BTreeMap<Name, Case>);

/// What would be different for a case.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Change {
    /// The ticket; none for a post that was suppressed.
    pub(super) ticket: Option<TicketId>,
    pub(super) author: Option<String>,
    pub(super) posts: Vec<String>,
    #[serde(flatten)]
    pub(super) course: Course,
    pub(super) before: Spot,
    pub(super) after: Spot,
    /// The terms that differ, the greatest difference first.
    pub(super) terms: Vec<Difference>,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Spot {
    /// In the queue, from 1.
    pub(super) place: Option<usize>,
    pub(super) disposition: Disposition,
    /// Minutes of head start.
    pub(super) priority: f64,
    pub(super) labels: Labels,
    pub(super) team: Option<String>,
}

/// A term of the head start before and after, minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    pub(super) reason: String,
    pub(super) before: f64,
    pub(super) after: f64,
}

/// Which way a case goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "course", content = "places", rename_all = "snake_case")]
pub(super) enum Course {
    Enters,
    Leaves,
    /// By so many places.
    Up(usize),
    Down(usize),
    Stays,
}

impl Cases {
    /// Adds a post of a ticket, or a suppressed one of none.
    pub(super) fn add(&mut self, ticket: Option<TicketId>, post: &NewPost, before: Stand, after: Stand) {
        let name = ticket.map_or_else(|| Name::Suppressed(post.key()), Name::Ticket);
        let case = self.0.entry(name).or_default();
        case.author = case.author.take().or(post.author.clone());
        let created_at = post.created_at.as_millisecond();
        case.posts.push(Post { key: post.key(), created_at, before, after });
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// What becomes of each case: those that enter, those that leave, then those that move furthest.
    pub(super) fn changes(self) -> Vec<Change> {
        let places = [places(&self.0, |post| &post.before), places(&self.0, |post| &post.after)];
        let of = |(name, case): (Name, Case)| {
            let [before, after] = places.each_ref().map(|places| places.get(&name).copied());
            case.change(&name, before, after)
        };
        let mut changes: Vec<Change> = self.0.into_iter().filter(|(_, case)| !case.posts.is_empty()).map(of).collect();
        changes.sort_by_key(|change| match change.course {
            Course::Enters => (0, change.after.place.unwrap_or_default(), 0),
            Course::Leaves => (1, change.before.place.unwrap_or_default(), 0),
            Course::Up(places) | Course::Down(places) => {
                (2, usize::MAX - places, change.after.place.unwrap_or_default())
            }
            Course::Stays => (3, 0, change.after.place.unwrap_or(usize::MAX)),
        });
        changes
    }
}

/// The places of all cases that wait for a human.
fn places(cases: &BTreeMap<Name, Case>, stand: fn(&Post) -> &Stand) -> BTreeMap<Name, usize> {
    let turn = |case: &Case| {
        let queued = case.posts.iter().map(stand).filter(|stand| stand.disposition == Disposition::Queued);
        queued.map(|stand| stand.rank_at).min()
    };
    let mut queue: Vec<(i64, &Name)> = cases.iter().filter_map(|(name, case)| Some((turn(case)?, name))).collect();
    queue.sort();
    queue.into_iter().enumerate().map(|(before, (_, name))| (name.clone(), before + 1)).collect()
}

impl Case {
    fn change(self, name: &Name, before: Option<usize>, after: Option<usize>) -> Change {
        let course = match (before, after) {
            (None, Some(_)) => Course::Enters,
            (Some(_), None) => Course::Leaves,
            (Some(before), Some(after)) if after < before => Course::Up(before - after),
            (Some(before), Some(after)) if after > before => Course::Down(after - before),
            _ => Course::Stays,
        };
        let [was, is] = [self.lead(|post| &post.before), self.lead(|post| &post.after)];
        Change {
            ticket: if let Name::Ticket(id) = name { Some(*id) } else { None },
            course,
            before: self.spot(was, before, |post| &post.before),
            after: self.spot(is, after, |post| &post.after),
            terms: differences(&was.before.why, &is.after.why),
            author: self.author,
            posts: self.posts.into_iter().map(|post| post.key.id).collect(),
        }
    }

    /// The post that gives the case its turn.
    fn lead(&self, stand: fn(&Post) -> &Stand) -> &Post {
        let turn = |post: &&Post| (stand(post).disposition != Disposition::Queued, stand(post).rank_at);
        // A case is made with its first post.
        self.posts.iter().min_by_key(turn).unwrap_or(&self.posts[0])
    }

    fn spot(&self, lead: &Post, place: Option<usize>, stand: fn(&Post) -> &Stand) -> Spot {
        let labels = self.posts.iter().fold(Labels::default(), |all, post| all.with(stand(post).labels));
        // Whichever post's route stands first, as at the desk.
        let team = self.posts.iter().filter_map(|post| stand(post).team.as_ref()).min_by_key(|(place, _)| *place);
        Spot {
            place,
            disposition: stand(lead).disposition,
            priority: (lead.created_at - stand(lead).rank_at) as f64 / 60_000.0,
            labels,
            team: team.map(|(_, team)| team.clone()),
        }
    }
}

impl Change {
    /// Whether anything is different but the places that others take.
    pub(super) fn is_its_own(&self) -> bool {
        !self.terms.is_empty() || self.before.labels != self.after.labels || self.moves_team()
    }

    /// Whether another team gets it.
    pub(super) fn moves_team(&self) -> bool {
        self.before.team != self.after.team
    }

    /// Whether it would have a label that it hasn't.
    pub(super) fn gains(&self, label: Label) -> bool {
        self.after.labels.contains(label) && !self.before.labels.contains(label)
    }

    /// Whether it wouldn't have a label that it has.
    pub(super) fn loses(&self, label: Label) -> bool {
        self.before.labels.contains(label) && !self.after.labels.contains(label)
    }
}

fn differences(before: &[Term], after: &[Term]) -> Vec<Difference> {
    let minutes =
        |terms: &[Term], reason: &str| terms.iter().find(|term| term.reason == reason).map_or(0.0, |term| term.minutes);
    let mut reasons: Vec<&str> = before.iter().chain(after).map(|term| &*term.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let difference = |reason: &str| {
        let (before, after) = (minutes(before, reason), minutes(after, reason));
        (before != after).then(|| Difference { reason: reason.to_owned(), before, after })
    };
    let mut all: Vec<Difference> = reasons.into_iter().filter_map(difference).collect();
    all.sort_by(|one, other| (other.after - other.before).abs().total_cmp(&(one.after - one.before).abs()));
    all
}

#[cfg(test)]
mod tests;
