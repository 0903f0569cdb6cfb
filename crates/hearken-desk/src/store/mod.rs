//! Where the desk keeps its rows. A store knows no rule: it gives transactions, and in them a few operations on rows. What a row
//! means is the desk's business, which stands above all stores; `conformance` holds all of them to the same behaviour.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::feedback::Correction;
use crate::intake::{PostKey, TicketPost, TicketReply};
use crate::label::{Label, Labels};
use crate::outbox::{Channel, Message};
use crate::policy::Adopted;
use crate::sample::{Counts, Sampled, Verdict};
use crate::spike::Spike;
use crate::ticket::{Alarm, Lane, Person, Place, Ticket, TicketId};
use crate::time::Timestamp;
use crate::trail::{Contact, Deed, Entry};

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod any;
mod memory;
mod outbox;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use any::AnyStore;
pub use memory::MemoryStore;
pub use outbox::{OutboxRows, OutboxRowsMut};
#[cfg(feature = "postgres")]
pub use postgres::{Change, Listener, PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// What a committed change survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survives {
    /// The end of every process that uses the desk, by whatever signal. A power cut, or the crash of a database server, may take the
    /// last moments back: whole changes, the latest first.
    Kill,
    /// That too. All earlier changes survive it then as well.
    PowerCut,
}

/// Keeps the rows of desks, each desk under the name of its tenant.
pub trait Store {
    /// Reads from one consistent state.
    ///
    /// # Errors
    /// What `work` says, or the failure of the store.
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T>;

    /// Changes rows: all that `work` does, or nothing if it returns an error. No other change happens in between to what `work`
    /// reads one by one: a ticket, a post, a person's tickets and contacts, a colleague's load and last deeds.
    ///
    /// A store whose writers don't take turns may have to begin anew, and then does `work` from its start: what came of the time before
    /// never was.
    ///
    /// # Errors
    /// What `work` says, or the failure of the store.
    fn write<T>(&self, tenant: &str, survives: Survives, work: impl FnMut(&mut dyn RowsMut) -> Result<T>) -> Result<T>;
}

/// Which tickets to list. What is not set doesn't matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Names of states, as [`crate::state::State::name`] has them. None: all but merged and deleted tickets.
    pub states: Vec<String>,
    /// At least one of these labels.
    pub labels: Labels,
    /// At least so urgent.
    pub urgency_from: Option<f64>,
    /// In this language: a primary subtag.
    pub lang: Option<String>,
    /// For this team.
    pub team: Option<String>,
    /// Whose it is, see [`crate::state::State::holder`].
    pub holder: Option<String>,
    /// By this author, on whatever network.
    pub author: Option<String>,
    /// Due before this.
    pub due_before: Option<Timestamp>,
    /// Whose service level has come to this.
    pub alarm: Option<Alarm>,
}

impl Filter {
    /// Whether a ticket is one of them. A lease that ended by `now` counts as none.
    pub fn matches(&self, ticket: &Ticket, now: Timestamp) -> bool {
        let state = ticket.state.at(now);
        let is =
            |wanted: &Option<String>, got: Option<&str>| wanted.as_deref().is_none_or(|wanted| got == Some(wanted));
        let state_matches = match self.states.is_empty() {
            true => !state.is_gone(),
            false => self.states.iter().any(|name| name == state.name()),
        };
        state_matches
            && (self.labels.is_empty() || self.labels.overlaps(ticket.labels))
            && self.urgency_from.is_none_or(|least| ticket.urgency >= least)
            && is(&self.lang, ticket.lang.as_deref())
            && is(&self.team, ticket.team.as_deref())
            && is(&self.holder, state.holder())
            && is(&self.author, ticket.person.as_ref().map(|person| person.author.as_str()))
            && self.due_before.is_none_or(|limit| ticket.due_by.is_some_and(|due| due < limit))
            && self.alarm.is_none_or(|alarm| ticket.alarm_by(now) == Some(alarm))
    }
}

/// Who reached out, and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Cases nobody is at.
    pub waiting: u64,
    /// Since when the first of them waits.
    pub oldest: Option<Timestamp>,
    /// Cases that someone has, and that are not answered yet.
    pub assigned: u64,
    /// Cases that a human answered, or found to need no answer.
    pub acknowledged: u64,
    /// Cases whose service level was missed, and that are not answered yet, whoever has them.
    pub late: u64,
}

/// Tickets that are alike, as far as figures of a desk tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// The name of their state, see [`crate::state::State::name`].
    pub state: String,
    /// Their team.
    pub team: Option<String>,
    /// What was heard in them.
    pub labels: Labels,
    /// Their urgency to the nearest level, 0 to 3.
    pub urgency: u8,
    /// How many.
    pub tickets: u64,
    /// Of these, nobody has answered so many.
    pub unanswered: u64,
    /// Since when the first of them waits.
    pub oldest: Option<Timestamp>,
}

/// What a colleague did lately, as far as the desk cares for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Tickets of grief that they claimed one after the other, up to now.
    pub grief_in_a_row: u32,
    /// When they claimed the last ticket.
    pub last_claim_at: Option<Timestamp>,
}

/// A part of the whole, for export and import: each table in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    /// A ticket.
    Ticket(Ticket),
    /// A post of a ticket.
    Post(TicketPost),
    /// A reply to one.
    Reply(TicketReply),
    /// A line of the trail.
    Entry(Entry),
    /// That a human wrote to a person.
    Contact(Contact),
    /// A saved view.
    View {
        /// Its name.
        name: String,
        /// What it shows.
        filter: Filter,
    },
    /// A policy that was adopted.
    Policy(Adopted),
    /// A suppressed post.
    Sampled(Sampled),
    /// What should have been heard.
    Correction(Correction),
    /// The bar of a day.
    Bar {
        /// The day.
        day: i64,
        /// Its bar.
        bar: i64,
    },
    /// A message that was not delivered yet.
    Message(Message),
    /// How a hook does.
    Channel(Channel),
    /// How many tickets came in some minutes.
    Opened {
        /// With this label; none: all together.
        label: Option<Label>,
        /// The minutes, see [`crate::spike`].
        bucket: i64,
        /// How many.
        tickets: u64,
    },
    /// A spike.
    Spike(Spike),
}

/// Reading. Every list is bounded by its `limit`, and goes on after its last row.
#[expect(clippy::missing_errors_doc, reason = "all fail if the store does, and only then")]
pub trait Rows: OutboxRows {
    /// A ticket.
    fn ticket(&self, id: TicketId) -> Result<Option<Ticket>>;
    /// The ticket of a person, neither merged nor deleted, with the latest post: of those of a conversation if there is one,
    /// else of all.
    fn ticket_of(&self, person: &Person, thread: Option<&str>) -> Result<Option<Ticket>>;
    /// All lanes that a ticket was ever in.
    fn lanes(&self) -> Result<Vec<Lane>>;
    /// The first ready ticket of some lanes. If this transaction can write, no other may change that ticket before this one ends, and
    /// one that another is about to change is passed over.
    fn first_ready(&self, lanes: &[Lane]) -> Result<Option<Ticket>>;
    /// Tickets whose lease, snooze or quiet period has ended, the first first.
    fn awake(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>>;
    /// Tickets whose next alarm has come, the first first.
    fn alarming(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>>;
    /// Tickets in the order of their turns.
    fn list(&self, filter: &Filter, now: Timestamp, after: Option<Place>, limit: usize) -> Result<Vec<Ticket>>;
    /// Tickets of those who wait, whoever waits longest first.
    fn waiting(&self, now: Timestamp, after: Option<(Timestamp, TicketId)>, limit: usize) -> Result<Vec<Ticket>>;
    /// What became of all.
    fn ledger(&self, now: Timestamp) -> Result<Ledger>;
    /// How many tickets there are of each kind, in any order. Looks at every ticket.
    fn census(&self, now: Timestamp) -> Result<Vec<Crowd>>;

    /// A post.
    fn post(&self, key: &PostKey) -> Result<Option<TicketPost>>;
    /// Posts of a ticket, by time and key; gone ones too.
    fn posts_of(&self, ticket: TicketId, after: Option<(Timestamp, PostKey)>, limit: usize) -> Result<Vec<TicketPost>>;
    /// Posts of a person that are not gone. They are in tickets of that person, or in what those became part of: a ticket holds
    /// another's posts in no other way.
    fn posts_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketPost>>;
    /// A reply.
    fn reply(&self, key: &PostKey) -> Result<Option<TicketReply>>;
    /// Replies to posts of a ticket, by time and key.
    fn replies_of(&self, ticket: TicketId, limit: usize) -> Result<Vec<TicketReply>>;
    /// Replies by a person.
    fn replies_by(&self, person: &Person, limit: usize) -> Result<Vec<TicketReply>>;
    /// Kind replies to those who mourn since a time, which nobody thanked for.
    fn supporters(&self, since: Timestamp, limit: usize) -> Result<Vec<TicketReply>>;

    /// An entry.
    fn entry(&self, seq: i64) -> Result<Option<Entry>>;
    /// Entries of a ticket, in order.
    fn entries_of(&self, ticket: TicketId, after: i64, limit: usize) -> Result<Vec<Entry>>;
    /// Entries of these deeds that come after one, in order.
    fn deeds_after(&self, after: i64, deeds: &[Deed], limit: usize) -> Result<Vec<Entry>>;
    /// The number of the last entry of the trail; 0 before the first. In a transaction that writes, its own entries count; where others
    /// write at the same time, no others.
    fn last_entry(&self) -> Result<i64>;
    /// Hands over every ticket that came to the desk in some time, by number, with its entries of these deeds in order, until
    /// `sink` fails.
    fn histories(
        &self,
        opened: Range<Timestamp>,
        deeds: &[Deed],
        sink: &mut dyn FnMut(Ticket, Vec<Entry>) -> Result<()>,
    ) -> Result<()>;
    /// What someone did, the latest first.
    fn entries_by(&self, by: &str, before: i64, limit: usize) -> Result<Vec<Entry>>;
    /// When a person was contacted since a time, in order.
    fn contacts_with(&self, person: &Person, since: Timestamp, limit: usize) -> Result<Vec<Contact>>;
    /// What a colleague did lately.
    fn load(&self, name: &str) -> Result<Load>;
    /// A saved view.
    fn view(&self, name: &str) -> Result<Option<Filter>>;
    /// The names of all saved views.
    fn views(&self) -> Result<Vec<String>>;

    /// The policy that was adopted last.
    fn policy(&self) -> Result<Option<Adopted>>;
    /// Policies that were adopted before the one of this number, the latest first.
    fn policies(&self, before: i64, limit: usize) -> Result<Vec<Adopted>>;

    /// A suppressed post.
    fn sampled(&self, key: &PostKey) -> Result<Option<Sampled>>;
    /// Suppressed posts by an author.
    fn sampled_by(&self, person: &Person, limit: usize) -> Result<Vec<Sampled>>;
    /// How many of a day with marks below `bar` are kept, and the one with the greatest mark among them.
    fn last_sampled(&self, day: i64, bar: i64) -> Result<(u32, Option<Sampled>)>;
    /// The bars of days, where some were dropped.
    fn bars(&self, days: Range<i64>) -> Result<Vec<(i64, i64)>>;
    /// Suppressed posts of some days with marks below `bar` that nobody judged, the smallest mark first.
    fn unjudged(&self, days: Range<i64>, bar: i64, limit: usize) -> Result<Vec<Sampled>>;
    /// What follows for an estimate from the sample below `bar`: of grief, or of urgency.
    fn counts(&self, days: Range<i64>, bar: i64, grief: bool) -> Result<Counts>;

    /// Suppressed posts that someone judged, by key.
    fn judged(&self, after: Option<&PostKey>, limit: usize) -> Result<Vec<Sampled>>;

    /// The last correction of a post.
    fn correction(&self, key: &PostKey) -> Result<Option<Correction>>;
    /// All corrections, by their entries.
    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>>;

    /// Hands over all rows, in an order in which [`RowsMut::restore`] takes them, until `sink` fails.
    fn export(&self, sink: &mut dyn FnMut(Row) -> Result<()>) -> Result<()>;
}

/// Reading and writing.
#[expect(clippy::missing_errors_doc, reason = "all fail if the store does, and only then")]
pub trait RowsMut: Rows + OutboxRowsMut {
    /// Says beforehand, and before anything else, of which posts and people there will be news, so that no other transaction takes in
    /// news of the same at the same time. Nothing need be said where writers take turns anyway.
    fn expect(&mut self, posts: &[PostKey], people: &[Person]) -> Result<()> {
        let _ = (posts, people);
        Ok(())
    }
    /// A number that no ticket has.
    fn new_ticket_id(&mut self) -> Result<TicketId>;
    /// Keeps a ticket, new or known.
    fn put_ticket(&mut self, ticket: &Ticket) -> Result<()>;
    /// Keeps a post, new or known.
    fn put_post(&mut self, post: &TicketPost) -> Result<()>;
    /// Keeps a reply, new or known.
    fn put_reply(&mut self, reply: &TicketReply) -> Result<()>;
    /// Forgets a reply.
    fn remove_reply(&mut self, key: &PostKey) -> Result<()>;
    /// Adds an entry to the trail, gives it a number whatever `seq` says, and returns that.
    fn append(&mut self, entry: &Entry) -> Result<i64>;
    /// Keeps that a person was contacted.
    fn put_contact(&mut self, contact: &Contact) -> Result<()>;
    /// Forgets a contact that didn't take place.
    fn remove_contact(&mut self, entry: i64) -> Result<()>;
    /// Forgets all contacts with a person.
    fn forget_person(&mut self, person: &Person) -> Result<()>;
    /// Keeps what a colleague did lately.
    fn put_load(&mut self, name: &str, load: &Load) -> Result<()>;
    /// Keeps a view, new or known.
    fn put_view(&mut self, name: &str, filter: &Filter) -> Result<()>;
    /// Keeps a policy, whose number is greater than that of all others.
    fn put_policy(&mut self, policy: &Adopted) -> Result<()>;
    /// Keeps a suppressed post.
    fn put_sampled(&mut self, sampled: &Sampled) -> Result<()>;
    /// Keeps what a human made of a suppressed post.
    fn put_verdict(&mut self, key: &PostKey, verdict: &Verdict) -> Result<()>;
    /// Forgets a suppressed post.
    fn remove_sampled(&mut self, key: &PostKey) -> Result<()>;
    /// Lowers the bar of a day.
    fn put_bar(&mut self, day: i64, bar: i64) -> Result<()>;
    /// Keeps what should have been heard in a post.
    fn put_correction(&mut self, correction: &Correction) -> Result<()>;
    /// Forgets a correction that was taken back.
    fn remove_correction(&mut self, entry: i64) -> Result<()>;
    /// Forgets all corrections of a post.
    fn remove_corrections_of(&mut self, key: &PostKey) -> Result<()>;
    /// Keeps an exported row as it was, its numbers too.
    fn restore(&mut self, row: &Row) -> Result<()>;
}
