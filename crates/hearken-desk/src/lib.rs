//! The people's queue of Hearken.
//!
//! A ranked list is not yet help. People take turns, are interrupted, hand over, promise to come back; two must not answer the
//! same person, and nobody who reached out may be forgotten. A [`Desk`] keeps *tickets*, each the case of one person, lets
//! people claim, answer and resolve them, and writes each change to an audit trail before it can be seen. It sends nothing to
//! anyone, and knows no clock, no thread, no terminal and no model: the time is passed in, as is what the engine heard.
//!
//! ```
//! use hearken_desk::{Claimant, Desk, Intake, Label, Labels, MemoryStore, NewPost, Next, Outcome, Rules, Timestamp};
//!
//! # fn main() -> hearken_desk::Result<()> {
//! let desk = Desk::new(MemoryStore::default(), Rules::default());
//! let now = Timestamp::from_second(1_790_000_000).unwrap_or_default();
//!
//! let mut post = NewPost::new("example", "1", "My dog died this morning.", now);
//! post.author = Some("marguerite_o".to_owned());
//! post.labels = Labels::from(Label::Grief);
//! desk.take_in(&[Intake::Post(post)], now)?;
//!
//! let Next::Claimed(claimed) = desk.next(&Claimant::new("ann"), now)? else { panic!("nobody waits") };
//! desk.answer(claimed.ticket.id, "ann", None, false, now)?;
//! desk.resolve(claimed.ticket.id, "ann", Outcome::Helped, None, now)?;
//! assert_eq!(desk.ledger(now)?.waiting, 0);
//! # Ok(())
//! # }
//! ```
//!
//! The modules follow the data, which flows one way: a post is taken in and becomes part of a ticket; the ticket goes from state
//! to state; each step is an entry in the trail; a store keeps it all; the desk holds the rules.

pub mod error;

pub mod label;
pub mod time;

pub mod intake;

pub mod feedback;

pub mod state;
pub mod ticket;
pub mod trail;

pub mod outbox;
pub mod spike;

pub mod policy;
pub mod route;
pub mod service;

pub mod rules;
pub mod sample;

pub mod report;

pub mod store;

pub mod desk;

pub use desk::{Alarmed, Case, Changes, Claimant, Claimed, Desk, Fault, Misfit, Next, Promise, Question, TakenIn};
pub use error::{Error, Result};
pub use feedback::{Correction, Feedback, Origin, Relabel, Truth};
pub use intake::{Disposition, Intake, NewPost, NewReply, PostKey, ReplyKind, Term, TicketPost, TicketReply};
pub use label::{Label, Labels};
pub use outbox::{Delivery, Event, Hook, Message, Sent};
pub use policy::Adopted;
pub use report::{By, Line, Report, Share, Times};
pub use route::Route;
pub use rules::{Care, ContactBudget, Rules};
pub use sample::{Estimate, Gate, Sampled, Verdict};
pub use service::{Calendar, ServiceLevels, Target};
pub use spike::{Spike, Spikes};
pub use state::{Action, Outcome, Refused, State, transition};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use store::AnyStore;
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
#[cfg(feature = "postgres")]
pub use store::{Change, Listener, PostgresOptions, PostgresStore};
pub use store::{Crowd, Filter, Ledger, MemoryStore, Row};
pub use ticket::{Alarm, Person, Place, Standing, Ticket, TicketId};
pub use time::Timestamp;
pub use trail::{Deed, Entry};
