//! What is told to the team's own systems: a message for each hook that wants to hear of an entry in the trail, or of a spike.
//!
//! A message is written in the transaction of its entry: what happened is told, and what is told happened. It holds no word and no
//! name: its body is made when it is taken for delivery, of the entry and of the ticket as it then stands; so what a person has
//! taken back by then leaves with no message. Nothing here is for the person whose ticket it is.

mod body;
mod hook;
mod message;

pub use body::Summary;
pub(crate) use body::{of_entry, of_spike};
pub use hook::{Event, Hook};
pub(crate) use message::wait;
pub use message::{Backlog, Channel, Delivery, Message, Sent};
