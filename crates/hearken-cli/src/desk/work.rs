//! What people do with a ticket.

use anyhow::{Context, Result, ensure};
use hearken::Timestamp;
use hearken_desk::{PostKey, Ticket, TicketId};

use super::Session;
use super::args::{
    AnswerArgs, HandOffArgs, MergeArgs, NoteArgs, OneWhy, PinArgs, ResolveArgs, SnoozeArgs, SplitArgs, ThankArgs,
};
use super::print::{json_line, print};

impl Session {
    pub(super) fn claim(&self, id: TicketId) -> Result<bool> {
        let claimed = self.desk.claim(id, &self.name()?, self.now).with_context(|| id.to_string())?;
        self.print.case(&self.case(&claimed.ticket)?, &claimed.warnings)?;
        Ok(true)
    }

    pub(super) fn renew(&self, id: TicketId) -> Result<bool> {
        self.done(id, self.desk.renew(id, &self.name()?, self.now))
    }

    pub(super) fn release(&self, OneWhy { one, why }: &OneWhy) -> Result<bool> {
        self.done(one.ticket, self.desk.release(one.ticket, &self.name()?, why.why.as_deref(), self.now))
    }

    pub(super) fn hand_off(&self, args: &HandOffArgs) -> Result<bool> {
        let (id, by, why) = (args.one.ticket, self.name()?, args.why.why.as_deref());
        self.done(
            id,
            match &args.to {
                Some(to) => self.desk.hand_off(id, &by, to, why, self.now),
                None => self.desk.hand_off_to_team(id, &by, args.to_team.as_deref(), why, self.now),
            },
        )
    }

    pub(super) fn answer(&self, args: &AnswerArgs) -> Result<bool> {
        let (id, by, why) = (args.one.ticket, self.name()?, args.why.why.as_deref());
        let answered = self.desk.answer(id, &by, why, args.despite_budget, self.now);
        let answered = answered.with_context(|| id.to_string())?;
        self.print.step(&self.case(&answered.ticket)?, &answered.warnings)?;
        Ok(true)
    }

    pub(super) fn resolve(&self, args: &ResolveArgs) -> Result<bool> {
        let (id, why) = (args.one.ticket, args.why.why.as_deref());
        self.done(id, self.desk.resolve(id, &self.name()?, args.outcome, why, self.now))
    }

    pub(super) fn snooze(&self, args: &SnoozeArgs) -> Result<bool> {
        let (id, why) = (args.one.ticket, args.why.why.as_deref());
        let until = match (args.until, args.period) {
            (Some(until), _) => until,
            (None, period) => {
                let period = period.context("for how long? --for DURATION or --until TIME")?;
                self.now.checked_add(period).with_context(|| format!("--for {period:#}"))?
            }
        };
        self.done(id, self.desk.snooze(id, &self.name()?, until, why, self.now))
    }

    pub(super) fn reopen(&self, OneWhy { one, why }: &OneWhy) -> Result<bool> {
        self.done(one.ticket, self.desk.reopen(one.ticket, &self.name()?, why.why.as_deref(), self.now))
    }

    pub(super) fn hold(&self, OneWhy { one, why }: &OneWhy) -> Result<bool> {
        self.done(one.ticket, self.desk.hold(one.ticket, &self.name()?, why.why.as_deref(), self.now))
    }

    pub(super) fn pin(&self, args: &PinArgs) -> Result<bool> {
        let (id, why) = (args.one.ticket, args.why.why.as_deref());
        self.done(id, self.desk.pin(id, &self.name()?, !args.off, why, self.now))
    }

    pub(super) fn note(&self, args: &NoteArgs) -> Result<bool> {
        let id = args.one.ticket;
        self.desk.note(id, &self.name()?, &args.note.join(" "), self.now).with_context(|| id.to_string())?;
        self.show_step(id)
    }

    pub(super) fn merge(&self, args: &MergeArgs) -> Result<bool> {
        let (id, why) = (args.one.ticket, args.why.why.as_deref());
        self.done(id, self.desk.merge(id, args.into, &self.name()?, why, self.now))
    }

    pub(super) fn split(&self, args: &SplitArgs) -> Result<bool> {
        let (id, why) = (args.one.ticket, args.why.why.as_deref());
        let case = self.desk.show(id, false, self.now)?;
        let keys = case.posts.iter().map(|post| post.post.key());
        let keys: Vec<PostKey> = keys.filter(|key| args.posts.contains(&key.id)).collect();
        let missing = args.posts.iter().find(|id| keys.iter().all(|key| key.id != **id));
        ensure!(missing.is_none(), "{id} has no post {}", missing.map_or("", |id| id));
        self.done(id, self.desk.split(id, &keys, &self.name()?, why, self.now))
    }

    pub(super) fn undo(&self, why: Option<&str>) -> Result<bool> {
        let ticket = self.desk.undo(&self.name()?, why, self.now)?;
        self.show_step(ticket.id)
    }

    pub(super) fn thank(&self, args: ThankArgs) -> Result<bool> {
        let key = PostKey::new(args.platform, args.reply);
        self.desk.thank(&key, &self.name()?, self.now)?;
        match self.print.json {
            true => json_line(&serde_json::json!({"thanked": key.id})),
            false => print("Noted.\n"),
        }?;
        Ok(true)
    }

    /// Prints what became of a ticket, or says which one it was that something stood in the way of.
    fn done(&self, asked: TicketId, outcome: hearken_desk::Result<Ticket>) -> Result<bool> {
        let ticket = outcome.with_context(|| asked.to_string())?;
        self.show_step(ticket.id)
    }

    fn show_step(&self, id: TicketId) -> Result<bool> {
        self.print.step(&self.desk.show(id, self.reveal, self.now)?, &[])?;
        Ok(true)
    }
}

/// The present, as typed or as it is, to the millisecond.
pub(super) fn present(typed: Option<Timestamp>) -> Timestamp {
    typed.unwrap_or_else(Timestamp::now)
}
