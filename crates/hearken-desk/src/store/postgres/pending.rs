//! What a transaction has written and not yet said to the server: new entries, tickets and posts wait for each other, and go there
//! many in one statement. A statement costs its way there and back, more than the rows in it.
//!
//! Nothing reads past it: whatever may concern a row that waits makes it go first ([`Tx::query`] always does). A ticket alone is known
//! without asking, since its last version is here, and nobody else can change it until the transaction ends.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::convert::{ENTRY, POST, TICKET};
use super::tx::Tx;
use super::value::{Value, values};
use crate::error::Result;
use crate::intake::PostKey;
use crate::ticket::{Person, Ticket, TicketId};

/// So many rows go in one statement, as long as there are as many: each size is a statement that is planned once.
const TOGETHER: [usize; 3] = [64, 8, 1];

/// When so many tickets wait they go, so that a transaction of any size needs little memory.
const WAITING_AT_MOST: usize = 512;

/// Numbers that are fetched in one go at the most: what is left of them is a gap.
const NUMBERS_AT_MOST: usize = 16;

/// What follows from the columns of a ticket.
const FOLLOWS: &str = "lane, wakes_at, waits_from";

#[derive(Debug, Default)]
pub(super) struct Pending {
    entries: Vec<Vec<Value>>,
    tickets: BTreeMap<i64, Vec<Value>>,
    posts: BTreeMap<(String, String), Vec<Value>>,
    /// Whose tickets wait.
    people: HashSet<Person>,
    /// Whether a ticket waits that may have been anyone's.
    anyone: bool,
    /// Tickets that this transaction wrote, as they are now.
    written: HashMap<i64, Ticket>,
    /// Numbers of a ticket and of its first entry, that nobody has yet.
    numbers: VecDeque<(i64, i64)>,
    /// Tickets that were numbered here, and the numbers of their first entries until these are made.
    numbered: HashMap<i64, Option<i64>>,
    /// About so many more tickets will be new.
    expected: usize,
}

impl Pending {
    /// Says about how many tickets will be new.
    pub(super) fn expect(&mut self, tickets: usize) {
        self.expected = tickets;
    }

    /// The number for the next entry of a ticket, if that is its first one: nobody else can have made one in between, so it need not
    /// be fetched when it is made.
    pub(super) fn first_entry(&mut self, ticket: i64) -> Option<i64> {
        self.numbered.get_mut(&ticket)?.take()
    }

    pub(super) fn add_entry(&mut self, values: Vec<Value>) {
        self.entries.push(values);
    }

    pub(super) fn add_ticket(&mut self, ticket: &Ticket, values: Vec<Value>) {
        // Whose it was is not known here.
        self.anyone |= ticket.person.is_none() && !self.numbered.contains_key(&ticket.id.0);
        self.people.extend(ticket.person.iter().map(cleaned));
        self.written.insert(ticket.id.0, ticket.clone());
        self.tickets.insert(ticket.id.0, values);
    }

    pub(super) fn add_post(&mut self, key: &PostKey, values: Vec<Value>) {
        self.posts.insert(place(key), values);
    }

    /// A ticket that was written.
    pub(super) fn ticket(&self, id: TicketId) -> Option<&Ticket> {
        self.written.get(&id.0)
    }

    /// Whether a post waits.
    pub(super) fn has_post(&self, key: &PostKey) -> bool {
        !self.posts.is_empty() && self.posts.contains_key(&place(key))
    }

    /// Whether a ticket waits that is this person's, or was.
    pub(super) fn is_about(&self, person: &Person) -> bool {
        self.anyone || (!self.people.is_empty() && self.people.contains(&cleaned(person)))
    }
}

/// A key as the server has it.
fn place(key: &PostKey) -> (String, String) {
    (Value::clean(&key.platform), Value::clean(&key.id))
}

fn cleaned(person: &Person) -> Person {
    Person { platform: Value::clean(&person.platform), author: Value::clean(&person.author) }
}

impl Tx<'_> {
    /// Numbers for a new ticket and its first entry.
    pub(super) fn numbers(&self) -> Result<TicketId> {
        if self.pending.borrow().numbers.is_empty() {
            let count = self.pending.borrow().expected.clamp(1, NUMBERS_AT_MOST);
            let sql = format!(
                "SELECT nextval('tenant_{tenant}_tickets'), nextval('tenant_{tenant}_entries') FROM generate_series(1, $1::BIGINT)",
                tenant = self.tenant
            );
            let rows = self.run(&sql, &values![count])?;
            let numbers: std::result::Result<Vec<_>, _> =
                rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
            self.pending.borrow_mut().numbers.extend(numbers.map_err(|error| self.failed(error))?);
        }
        let mut pending = self.pending.borrow_mut();
        pending.expected = pending.expected.saturating_sub(1);
        let (ticket, entry) = pending.numbers.pop_front().unwrap_or_default();
        pending.numbered.insert(ticket, Some(entry));
        Ok(TicketId(ticket))
    }

    /// Lets what waits go where there is much of it.
    pub(super) fn go_if_many(&self) -> Result<()> {
        let waiting = {
            let pending = self.pending.borrow();
            pending.tickets.len().max(pending.posts.len()).max(pending.entries.len())
        };
        if waiting < WAITING_AT_MOST {
            return Ok(());
        }
        self.flush()?;
        // Nor is what was written kept in mind for ever.
        self.pending.borrow_mut().written.clear();
        Ok(())
    }

    /// Lets all that waits go to the server: entries first, which explain the tickets, and these before their posts.
    pub(super) fn flush(&self) -> Result<()> {
        let (entries, tickets, posts) = {
            let mut pending = self.pending.borrow_mut();
            // Every query comes by here, and most find nothing.
            if pending.entries.is_empty() && pending.tickets.is_empty() && pending.posts.is_empty() {
                return Ok(());
            }
            pending.people.clear();
            pending.anyone = false;
            (
                std::mem::take(&mut pending.entries),
                std::mem::take(&mut pending.tickets),
                std::mem::take(&mut pending.posts),
            )
        };
        self.put_all("entry", ENTRY, None, entries)?;
        self.put_all("ticket", &format!("{TICKET}, {FOLLOWS}"), Some(1), tickets.into_values().collect())?;
        self.put_all("post", POST, Some(2), posts.into_values().collect())
    }

    /// Keeps rows: the tenant and these columns of each. Known ones, by the first so many columns, get new values, if they may.
    pub(super) fn put_all(&self, table: &str, columns: &str, key: Option<usize>, rows: Vec<Vec<Value>>) -> Result<()> {
        let mut rows = rows.into_iter();
        for together in TOGETHER {
            while rows.len() >= together {
                let values = std::iter::once(self.tenant.into()).chain(rows.by_ref().take(together).flatten());
                self.run(&insert(table, columns, key, together), &values.collect::<Vec<Value>>())?;
            }
        }
        Ok(())
    }
}

/// Inserts so many rows. $1 is the tenant; the others are counted on from row to row.
fn insert(table: &str, columns: &str, key: Option<usize>, rows: usize) -> String {
    let names: Vec<&str> = columns.split(", ").collect();
    let row = |row: usize| {
        let numbers = (0..names.len()).map(|column| format!("${}", 2 + row * names.len() + column));
        format!("($1, {})", numbers.collect::<Vec<_>>().join(", "))
    };
    let rows = (0..rows).map(row).collect::<Vec<_>>().join(", ");
    let conflict = key.map(|key| {
        let sets: Vec<String> = names[key..].iter().map(|name| format!("{name} = excluded.{name}")).collect();
        format!(" ON CONFLICT (tenant, {}) DO UPDATE SET {}", names[..key].join(", "), sets.join(", "))
    });
    format!("INSERT INTO {table} (tenant, {columns}) VALUES {rows}{}", conflict.unwrap_or_default())
}
