//! Looking: who is next, who waits, who was kind.

use anyhow::Result;
use hearken::Timestamp;
use hearken_desk::{Case, Claimant, Filter, Label, Labels, Next, Ticket};
use serde::Serialize;

use super::args::{ListArgs, NextArgs, SupportersArgs};
use super::print::{json_line, print};
use super::{Session, words};
use crate::output::{say, text};

/// Supporters are looked for so far back, unless told otherwise.
const A_WEEK: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

impl Session {
    /// Claims the best ticket. False where there is none.
    pub(super) fn next(&self, args: NextArgs) -> Result<bool> {
        let claimant = Claimant {
            name: self.name()?,
            skills: all(args.skills),
            languages: args.languages,
            team: args.team,
            more_grief: args.more_grief,
        };
        match self.desk.next(&claimant, self.now)? {
            Next::Claimed(claimed) => {
                self.print.case(&self.case(&claimed.ticket)?, &claimed.warnings)?;
                Ok(true)
            }
            Next::Nobody => Ok(false),
            Next::Rest { grief_in_a_row } => {
                say(format_args!(
                    "only grief waits, and you had {grief_in_a_row} such tickets in a row: time for a break, or --more-grief"
                ));
                Ok(false)
            }
        }
    }

    pub(super) fn list(&self, args: ListArgs) -> Result<bool> {
        let mut filter = match &args.view {
            Some(view) => self.desk.view(view)?,
            None => Filter::default(),
        };
        if !args.state.is_empty() {
            filter.states = args.state;
        } else if filter.states.is_empty() {
            filter.states = at_hand().states;
        }
        if !args.label.is_empty() {
            filter.labels = all(args.label);
        }
        filter.urgency_from = args.urgency_from.or(filter.urgency_from);
        filter.lang = args.lang.or(filter.lang);
        filter.team = args.team.or(filter.team);
        filter.holder = args.holder.or(filter.holder);
        filter.author = args.author.or(filter.author);
        filter.due_before = args.due_before.or(filter.due_before);
        filter.alarm = args.alarm.or(filter.alarm);
        if let Some(name) = &args.save_view {
            self.desk.save_view(name, &filter)?;
        }
        let tickets = self.desk.list(&filter, None, args.limit.limit.into(), self.now)?;
        self.print.list(&self.cases(&tickets)?, "No such tickets.")?;
        Ok(true)
    }

    /// How many wait, and who.
    pub(super) fn waiting(&self, limit: usize) -> Result<bool> {
        let ledger = self.desk.ledger(self.now)?;
        let cases = self.cases(&self.desk.waiting(None, limit, self.now)?)?;
        if self.print.json {
            json_line(&ledger)?;
            self.print.list(&cases, "")?;
            return Ok(true);
        }
        let [assigned, acknowledged] = [ledger.assigned, ledger.acknowledged].map(text::count);
        let headline = ledger.headline(self.now);
        print(&format!("{headline} (assigned: {assigned}, acknowledged: {acknowledged})\n"))?;
        if !cases.is_empty() {
            self.print.list(&cases, "")?;
        }
        Ok(true)
    }

    pub(super) fn supporters(&self, args: &SupportersArgs) -> Result<bool> {
        let kind = self.desk.supporters(self.since(args.since)?, args.limit.limit.into())?;
        for kept in &kind {
            if self.print.json {
                json_line(kept)?;
                continue;
            }
            let reply = &kept.reply;
            let who = words::author(reply.author.as_deref());
            let said = text::plain(&reply.text, 160);
            let to = format!("{} {}", kept.ticket, words::reply(reply.kind));
            print(&format!("{} · {who} · {to}: {said}\n", words::name(&reply.id)))?;
        }
        if kind.is_empty() && !self.print.json {
            print("Nobody is left to thank.\n")?;
        }
        Ok(true)
    }

    /// The time since when is looked: as typed, or a week ago.
    pub(super) fn since(&self, typed: Option<Timestamp>) -> Result<Timestamp> {
        Ok(typed.map_or_else(|| self.now.saturating_sub(A_WEEK), Ok)?)
    }

    pub(super) fn views(&self) -> Result<bool> {
        #[derive(Serialize)]
        struct View<'a> {
            view: &'a str,
            filter: Filter,
        }
        for view in &self.desk.views()? {
            if self.print.json {
                json_line(&View { view, filter: self.desk.view(view)? })?;
            } else {
                print(&format!("{}\n", words::name(view)))?;
            }
        }
        Ok(true)
    }

    /// A ticket with all that belongs to it.
    pub(super) fn case(&self, ticket: &Ticket) -> Result<Case> {
        Ok(self.desk.show(ticket.id, self.reveal, self.now)?)
    }

    fn cases(&self, tickets: &[Ticket]) -> Result<Vec<Case>> {
        tickets.iter().map(|ticket| self.case(ticket)).collect()
    }
}

/// Tickets with which something is still to be done. The others would stand before them in every list: they are older.
pub(super) fn at_hand() -> Filter {
    let states = ["open", "reopened", "claimed", "snoozed", "answered"];
    Filter { states: states.map(str::to_owned).to_vec(), ..Filter::default() }
}

fn all(labels: Vec<Label>) -> Labels {
    labels.into_iter().collect()
}
