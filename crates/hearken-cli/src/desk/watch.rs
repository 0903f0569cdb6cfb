//! `hearken desk watch`: who will soon have waited too long, and who has.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use hearken::Timestamp;
use hearken_desk::{Alarm, Alarmed, Deed, Labels, Person, State, TicketId};
use jiff::SignedDuration;
use serde::Serialize;

use super::print::{json_line, print};
use super::{Session, list, open, words};
use crate::metrics::{Address, Board, Phase, Served};
use crate::output::text;
use crate::stop::Stop;
use crate::tenants::TenantName;

/// What programs read of an alarm. It holds no word of a post.
#[derive(Debug, Serialize)]
struct Record<'a> {
    ticket: TicketId,
    alarm: Alarm,
    /// When it was noticed.
    at: Timestamp,
    due_by: Option<Timestamp>,
    /// Which target it is about.
    why: Option<&'a str>,
    #[serde(flatten)]
    state: &'a State,
    person: Option<&'a Person>,
    labels: Labels,
    urgency: f64,
    team: Option<&'a str>,
    waiting_since: Option<Timestamp>,
}

impl<'a> Record<'a> {
    fn new(Alarmed { entry, ticket }: &'a Alarmed) -> Self {
        Self {
            ticket: ticket.id,
            alarm: if entry.deed == Deed::Breached { Alarm::Breached } else { Alarm::Warned },
            at: entry.at,
            due_by: ticket.due_by,
            why: entry.why.as_deref(),
            state: &ticket.state,
            person: ticket.person.as_ref(),
            labels: ticket.labels,
            urgency: ticket.urgency,
            team: ticket.team.as_deref(),
            waiting_since: ticket.waiting_since,
        }
    }
}

/// Serves the figures of the desk until what is returned is dropped.
pub(super) fn serve(
    at: &Address,
    place: Option<&PathBuf>,
    tenant: Option<&TenantName>,
    now: Option<Timestamp>,
) -> Result<Served> {
    // A signal ends a watcher as it is.
    let board = Board::new(&Stop::unset()?);
    let served = board.serve(at)?;
    let panel = board.panel(tenant);
    board.watch_desk(&panel, open::path(place)?, now)?;
    panel.set_phase(Phase::Running);
    Ok(served)
}

impl Session {
    /// Prints what this look finds; and then again and again, with what others have found meanwhile.
    pub(super) fn watch(&self, every: Option<SignedDuration>) -> Result<bool> {
        let mut seen = self.desk.last_entry()?;
        loop {
            let now = if self.goes_on { Timestamp::now() } else { self.now };
            self.desk.watch(now)?;
            loop {
                let (alarms, last) = self.desk.alarms_since(seen)?;
                seen = last;
                if alarms.is_empty() {
                    break;
                }
                alarms.iter().try_for_each(|alarmed| self.print_alarm(alarmed, now))?;
            }
            match every {
                Some(every) => thread::sleep(Duration::try_from(every)?),
                None => return Ok(true),
            }
        }
    }

    fn print_alarm(&self, alarmed: &Alarmed, now: Timestamp) -> Result<()> {
        if self.print.json {
            return json_line(&Record::new(alarmed));
        }
        let Alarmed { entry, ticket } = alarmed;
        let mut told = vec![ticket.id.to_string(), words::person(ticket)];
        told.extend(ticket.due_by.map(|due| words::due(due, now)));
        told.extend(list::labels(ticket));
        told.push(format!("urgency {:.1}", ticket.urgency));
        told.push(words::state(&ticket.state, now));
        print(&format!("{}  {}\n", text::moment(entry.at), told.join(" · ")))
    }
}
